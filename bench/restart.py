"""How long a decision service takes to begin again on a long journal: after a crash at the worst moment, after an end.

    python bench/restart.py [--events 10000000] [--days 10] [--folder DIR] [--make-only]

The journal is made by the service's own code, as fast as it goes: ten millions take some ten minutes and 5 GB; in DIR,
if one is named, where `--make-only` leaves it for a quieter hour, and the next run without it uses it up. The crash
comes just before the next snapshot, so that a million events must be decided anew. Each start is timed from the
beginning of its process to the first 200 of `/ready`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from serve import HERE, SET, Server

AT_ONCE = 1_000
FIRST = datetime(2026, 6, 1, tzinfo=UTC)


def events(first: int, number: int, step: timedelta) -> bytes:
    """A batch of orders, one after another in time, of 200,000 buyers."""
    lines = [
        f'{{"platform":"hehua","id":"o{n}","occurred_at":"{(FIRST + n * step).isoformat()}","seller":"s{n % 40}",'
        f'"product":"p{n % 900}","buyer":"b{n * 7919 % 200_000}","quantity":"1","currency":"CNY",'
        f'"gross_amount":"{n % 90}.50"}}'
        for n in range(first, first + number)
    ]
    return f"[{','.join(lines)}]".encode()


def make(journal: Path, number: int, days: float) -> None:
    """Decide on so many events, and end as a killed process does, with a snapshot's time all but there."""
    from guiju.gate import Engine, live, load
    from guiju.web.deciding import Deciding

    async def go() -> None:
        deciding = Deciding(load(SET), journal, live)
        Engine.without_pauses()
        step, begun = timedelta(days=days) / number, time.perf_counter()
        stop = number - number % deciding.snapshot_every or number
        for first in range(0, stop - 2 * AT_ONCE, AT_ONCE):
            read, _ = deciding.events.read(events(first, AT_ONCE, step), "application/json")
            await deciding.decide(read)
            if first % 500_000 == 0:
                print(f"{first:,} events, {time.perf_counter() - begun:,.0f} s", file=sys.stderr, flush=True)
        os._exit(0)

    asyncio.run(go())


def until_ready(server: Server, most_seconds: float = 900) -> float:
    """Seconds until decisions can be made."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < most_seconds:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/ready", timeout=5) as answer:
                if answer.status == 200:
                    return time.perf_counter() - begun
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    sys.exit(f"not ready within {most_seconds:g} s")


def started(journal: Path, *, ends: bool) -> tuple[float, float]:
    """Seconds and processor seconds of a start; afterwards the service ends, or is killed."""
    gate = ("-m", "guiju", "gate", "serve", str(SET), "--journal", str(journal), "--port", "PORT")
    server = Server(*gate)
    server.process = subprocess.Popen(server.command, stderr=subprocess.DEVNULL)
    told = until_ready(server), server.seconds
    if ends:
        server.process.terminate()
    else:
        server.process.kill()
    server.process.wait()
    return told


def rows(folder: Path) -> Iterator[str]:
    for name, ends in (("a crash just before the next snapshot", True), ("an end that left a snapshot", False)):
        seconds, processor = started(folder / "j", ends=ends)
        yield f"| {name} | {seconds:.1f} | {processor:.1f} |"
    for path in (folder / "j" / "index").iterdir():
        path.unlink()
    seconds, processor = started(folder / "j", ends=False)
    yield f"| the same, and the index was lost | {seconds:.1f} | {processor:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--days", type=float, default=10.0, help="over which they are spread; windows hold 24 hours")
    parser.add_argument("--folder", type=Path, help="where the journal is made; a folder of its own beside this file")
    parser.add_argument("--make-only", action="store_true", help="make the journal in DIR, and measure nothing yet")
    given = parser.parse_args()
    with ExitStack() as until:
        folder = given.folder or Path(until.enter_context(tempfile.TemporaryDirectory(dir=HERE)))
        code = f"import restart; restart.make(restart.Path({str(folder / 'j')!r}), {given.events}, {given.days})"
        if not (folder / "j").exists():
            subprocess.run([sys.executable, "-c", code], check=True, cwd=HERE)
        if given.make_only:
            return
        size = sum(path.stat().st_size for path in (folder / "j").glob("*.segment"))
        lines = [
            f"# A restart with {given.events:,} journalled events ({size / 1e9:.2f} GB)",
            "",
            f"`python bench/restart.py --events {given.events} --days {given.days:g}`. Load of the machine at the",
            f"begin, others' work included: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.",
            "",
            "| after | seconds until ready | processor seconds |",
            "| --- | ---: | ---: |",
            *rows(folder),
        ]
    text = "\n".join(lines) + "\n"
    print(text)
    (HERE / "results" / "restart.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
