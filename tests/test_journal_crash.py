"""Writers killed, disks full, disks that fail: what was acknowledged is there once, and the chain is true."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from textwrap import dedent

import pytest

from guiju.journal import Broken, Journal, Reading, verify

WRITER = Path(__file__).with_name("journal_writer.py")


def killed(folder: Path, kills: int, seed: int) -> Counter[str]:
    """Kill a writer again and again at random points; what became of it."""
    rng, acknowledged, seen = random.Random(seed), set[int](), Counter[str]()
    for kill in range(kills):
        child = subprocess.Popen(
            [sys.executable, str(WRITER), str(folder), str(kill * 10_000_000)], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        if kill % 2:  # the others are killed while they begin
            acknowledged |= {int(child.stdout.readline()) for _ in range(24)}
        time.sleep(rng.uniform(0, 0.08))
        child.kill()
        acknowledged |= {int(line) for line in child.stdout.read().split(b"\n")[:-1]}
        child.wait()
        verdict = verify(folder)
        assert not verdict.faults
        seen["unsealed"] += verdict.last > verdict.sealed
        seen["torn"] += any("torn" in said for said in verdict.said)
    found = Counter(entry.value["id"] for entry in Reading(folder))
    assert max(found.values()) == 1, "twice"
    assert not acknowledged - set(found), "lost"
    seen["acknowledged"], seen["more"] = len(acknowledged), len(set(found) - acknowledged)
    seen["segments"] = len(list(folder.glob("*.segment")))
    return seen


def test_killed_at_random_points(tmp_path: Path) -> None:
    seen = killed(tmp_path / "j", kills=20, seed=1)
    assert seen["acknowledged"] > 200
    print(seen)


@pytest.mark.soak
def test_killed_at_random_points_many_times(tmp_path: Path) -> None:
    seen = killed(tmp_path / "j", kills=250, seed=int(os.environ.get("GUIJU_SEED", "7")))
    assert seen["acknowledged"] > 5_000
    assert seen["segments"] > 3
    print(seen)


def test_a_full_disk_and_on_again(tmp_path: Path) -> None:
    """The limit on a file's size stands for the disk: the system takes part of a write, then no more."""
    code = f"""
        import resource
        from guiju.journal import Journal, verify
        from guiju.records.errors import is_full

        journal, added = Journal({str(tmp_path / "j")!r}), []
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, most))
        try:
            for n in range(1000):
                added.append(journal.extend([[n, "x" * 300], [n, "y"]]).first)
        except OSError as error:
            assert is_full(error) and error.filename.endswith(".segment"), error
        assert 10 < len(added) < 30 and not journal.has_room(1000)
        assert not verify({str(tmp_path / "j")!r}).faults
        for _ in range(3):
            try:
                journal.append("x" * 5000)
                raise SystemExit("it had no room")
            except OSError as error:
                assert is_full(error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        assert journal.has_room(1 << 20)
        assert journal.append("on again") == 2 * len(added) + 1
        journal.close()
        print(len(added))
    """
    told = subprocess.run([sys.executable, "-c", dedent(code)], capture_output=True, text=True)
    assert not told.returncode, told.stderr
    verdict = verify(tmp_path / "j")
    assert not verdict.faults
    assert verdict.entries == verdict.sealed == 2 * int(told.stdout) + 1
    assert [e.value for e in Reading(tmp_path / "j")][-1] == "on again"


def test_a_disk_that_fails_to_sync_stops_the_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed sync nobody knows what is on the disk, so trying again would be a false yes."""

    def fails(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    journal = Journal(tmp_path / "j")
    journal.append("before")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fails)
        with pytest.raises(Broken):
            journal.append("nobody knows")
    with pytest.raises(Broken):
        journal.append("later")
    assert not journal.has_room(1)
    journal.close()
    assert not verify(tmp_path / "j").faults
    with Journal(tmp_path / "j") as journal:
        journal.append("on again")
    assert [e.value for e in Reading(tmp_path / "j")] == ["before", "nobody knows", "on again"]


def test_a_writer_stopped_while_it_drops_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal(tmp_path / "j", segment_bytes=500) as journal:
        for n in range(60):
            journal.append(n)
        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", lambda self: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                journal.drop(50, "old")
    first = verify(tmp_path / "j").first
    assert 30 < first <= 50
    with Journal(tmp_path / "j") as journal:
        assert journal.vouched == first
    assert not verify(tmp_path / "j").faults
    assert [e.value for e in Reading(tmp_path / "j")] == list(range(first - 1, 60))
