"""Processes work the same cases and are killed at random: what was acknowledged is there, once, in cases and ledger."""

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
from sqlalchemy import select

from eventually import eventually
from guiju.cases import Cases, tables
from guiju.cases.verify import verify as verify_cases
from guiju.ledger import verify

WRITER = Path(__file__).with_name("case_writer.py")
ENDS = {"flag": "flagged", "impose": "imposed", "appeal": "appealed", "decide": "decided", "withdraw": "withdrawn"}


class Writer:
    """A process at work, and what it has acknowledged: key, case and what was done."""

    def __init__(self, where: str, name: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(WRITER), where, name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.acknowledged: list[tuple[str, str, str]] = []
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", self.process.communicate()[1]
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith("\n"):
                key, id, what = line.split()
                self.acknowledged.append((key, id, what))

    def kill(self) -> list[tuple[str, str, str]]:
        self.process.kill()
        self.reader.join()
        self.process.communicate()
        return self.acknowledged


def killed(where: str, kills: int, seed: int) -> Counter[str]:
    """Two writers at once, one of them killed and another begun again and again; this process keeps the account."""
    rng, acknowledged, began = random.Random(seed), list[tuple[str, str, str]](), 0
    Cases(where).close()
    writers: list[Writer] = []
    for _ in range(kills):
        while len(writers) < 2:
            began += 1
            writers.append(Writer(where, f"w{began}"))
        known = sum(len(one.acknowledged) for one in writers) + 4
        eventually(lambda known=known: sum(len(one.acknowledged) for one in writers) >= known)
        time.sleep(rng.uniform(0.1, 0.5))
        acknowledged += writers.pop(rng.randrange(2)).kill()
    [last] = writers
    eventually(lambda: any(what in ("decide", "withdraw") for *_, what in [*acknowledged, *last.acknowledged]))
    eventually(lambda: sum(what == "flag" for *_, what in [*acknowledged, *last.acknowledged]) > 5)
    acknowledged += last.kill()
    cases = Cases(where)
    assert not verify(cases.ledger).faults
    assert not verify_cases(cases).faults
    c = tables.case_steps.c
    with cases.engine.connect() as connection:
        steps = connection.execute(select(c.key, c.case, c.kind)).all()
    cases.close()
    written = Counter((key, id, kind) for key, id, kind in steps)
    for key, id, what in acknowledged:
        assert written[key, id, ENDS[what]] == 1, f"{what} {key} was acknowledged, and is there {written} times"
    ended = Counter(id for _, id, kind in steps if kind in ("decided", "withdrawn"))
    assert max(ended.values(), default=0) <= 1, "two decided the same case"
    return Counter(what for *_, what in acknowledged)


def test_killed_at_random_points(books_at: str) -> None:
    seen = killed(books_at, kills=5, seed=3)
    print(seen)
    assert seen["flag"] > 5
    assert seen["decide"] + seen["withdraw"]


@pytest.mark.soak
def test_killed_at_random_points_many_times(books_at: str) -> None:
    seen = killed(books_at, kills=150, seed=int(os.environ.get("GUIJU_SEED", "7")))
    print(seen)
    assert min(seen[what] for what in ENDS) > 20
