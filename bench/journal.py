"""How many entries a second a journal makes durable beside a bare write and fdatasync of the same bytes, in one run.

    python bench/journal.py [--seconds 1] [--rounds 5] [--folder .]

The two take turns; the table gives medians and the ratio, and how fast a journal is read.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from guiju.journal import Journal, Reading
from guiju.journal.frames import BYTES

GROUPS = (1, 8, 64, 1024)
PAYLOAD = b"x" * 400


def per_second(write: Callable[[], object], group: int, seconds: float) -> float:
    begun = now = time.perf_counter()
    done = 0
    while now - begun < seconds:
        write()
        done += group
        now = time.perf_counter()
    return done / (now - begun)


def bare(folder: Path, group: int, seconds: float) -> float:
    """What the disk itself gives: the same bytes, in one write and one sync a group."""
    length = group * (20 + len(PAYLOAD)) + 108
    path, data = folder / "bare", b"x" * length
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        return per_second(lambda: (os.write(handle, data), os.fdatasync(handle)), group, seconds)
    finally:
        os.close(handle)
        path.unlink()


def ours(folder: Path, group: int, seconds: float, sync: bool = True) -> tuple[float, float]:
    """Entries written a second, and read a second."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        with Journal(Path(place) / "j", sync=sync) as journal:
            entries = [(BYTES, PAYLOAD)] * group
            written = per_second(lambda: journal.commit(entries), group, seconds)
        begun = time.perf_counter()
        return written, sum(1 for _ in Reading(Path(place) / "j")) / (time.perf_counter() - begun)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path())
    given = parser.parse_args()
    lines = [
        "# Entries of 400 bytes, one writer",
        "",
        f"`python bench/journal.py --seconds {given.seconds:g} --rounds {given.rounds}`: medians; the two take turns "
        "in one run, on a machine shared with others: read the ratios.",
        "",
        "| entries a group | bare write + fdatasync, entries/s | journal, entries/s | ratio | journal without sync "
        "| read and verified |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for group in GROUPS:
        rounds = []
        for _ in range(given.rounds):
            a, (b, _) = bare(given.folder, group, given.seconds), ours(given.folder, group, given.seconds)
            c, d = ours(given.folder, group, given.seconds / 4, sync=False)
            rounds.append((a, b, b / a, c, d))
        a, b, ratio, c, d = (statistics.median(column) for column in zip(*rounds, strict=True))
        lines.append(f"| {group:,} | {a:,.0f} | {b:,.0f} | {ratio:.2f} | {c:,.0f} | {d:,.0f} |")
    text = "\n".join(lines) + "\n"
    print(text)
    (Path(__file__).parent / "results" / "journal.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
