"""Several processes write one ledger and are killed at random: what was acknowledged is there, once; no guard fell."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from eventually import eventually
from guiju.ledger import Ledger, verify

WRITER = Path(__file__).with_name("ledger_writer.py")


class Writer:
    """A process at work, and what it has acknowledged: key and money that left the ledger."""

    def __init__(self, where: str, name: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(WRITER), where, name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.acknowledged: dict[str, int] = {}
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", self.process.communicate()[1]
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):
                key, left = line.rsplit(" ", 1)
                self.acknowledged[key] = int(left)

    def kill(self) -> dict[str, int]:
        self.process.kill()
        self.reader.join()
        self.process.communicate()
        return self.acknowledged


def killed(where: str, kills: int, seed: int) -> Counter[str]:
    """Three writers at once, one of them killed and another begun again and again."""
    rng, acknowledged, began = random.Random(seed), dict[str, int](), 0
    Ledger(where).close()
    writers: list[Writer] = []
    for _ in range(kills):
        while len(writers) < 3:
            began += 1
            writers.append(Writer(where, f"w{began}"))
        if rng.random() < 0.7:  # some are killed before they have done anything
            known = sum(len(one.acknowledged) for one in writers) + 5
            eventually(lambda known=known: sum(len(one.acknowledged) for one in writers) >= known)
        time.sleep(rng.uniform(0, 0.25))
        acknowledged |= writers.pop(rng.randrange(3)).kill()
    ledger = Ledger(where)
    eventually(lambda: any(entry.kind == "hold" for entry, _ in ledger.entries()), pause_seconds=0.2)
    ledger.close()
    eventually(lambda: len(acknowledged) + sum(len(one.acknowledged) for one in writers) > 20)
    for writer in writers:
        acknowledged |= writer.kill()
    ledger = Ledger(where)
    verdict = verify(ledger)
    assert not verdict.faults
    entries = [entry for entry, _ in ledger.entries()]
    written = Counter((e.key, e.part) for e in entries)
    assert max(written.values()) == 1, "twice"
    keys = {e.key for e in entries}
    assert not set(acknowledged) - keys, "lost"
    moved = {e.key: e.amount * (1 if e.into and e.into.kind == "outside" else -1) for e in entries if e.kind == "post"}
    assert all(moved[key] == left for key, left in acknowledged.items() if left), "other money than acknowledged"
    ledger.close()
    kinds = Counter(e.kind for e in entries)
    return Counter({"acknowledged": len(acknowledged), "entries": len(entries), **kinds})


def test_killed_at_random_points(books_at: str) -> None:
    seen = killed(books_at, kills=8, seed=3)
    print(seen)
    assert seen["acknowledged"] > 20
    assert seen["hold"]


@pytest.mark.soak
def test_killed_at_random_points_many_times(books_at: str) -> None:
    seen = killed(books_at, kills=200, seed=int(os.environ.get("GUIJU_SEED", "7")))
    print(seen)
    assert seen["acknowledged"] > 1_000
    assert min(seen[kind] for kind in ("hold", "release", "capture", "lapse")) > 0
