"""What a group of many cases costs: flagged, held, put into a group, decided as one; on SQLite, or at a database's URL.

    PYTHONPATH=src:tests python bench/cases.py [--members 5000] [--at URL]

Seconds by the clock and of this process's time; at its end ledger and cases are verified.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from guiju.cases import Cases, Matter
from guiju.cases.verify import verify as verify_cases
from guiju.checks.words import Words
from guiju.ledger import Account, Transfer, verify
from made_cases import BANK, TERMS, Clock, matter

BATCH = 1000
OPERATOR = {"by": "op", "role": "operator", "why": "one campaign"}


@contextmanager
def told(what: str) -> Iterator[None]:
    clock, cpu = time.perf_counter(), time.process_time()
    yield
    print(f"{what}: {time.perf_counter() - clock:.1f} s, {time.process_time() - cpu:.1f} s of the process", flush=True)


def flag(cases: Cases, matters: list[Matter]) -> None:
    with cases.writing() as desk:
        fares = [Transfer(BANK, Account(m.party), 80_00, "CNY", "fares") for m in matters]
        desk.books.post(f"fares {matters[0].id}", fares)
        for one in matters:
            desk.flag(f"flag {one.id}", one, by="gate", of_day=TERMS)


def hold(cases: Cases) -> None:
    held, calls = 1, 0
    while held:
        calls += 1
        with cases.writing() as desk:
            held = len(desk.hold_due(f"due {calls}", most=BATCH))


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--members", type=int, default=5000)
    asked.add_argument("--at", default="")
    given = asked.parse_args()
    members = [matter(party=f"d{n}", decision=f"t{n}", subject=f"t{n}") for n in range(given.members)]
    parts = [members[begin : begin + BATCH] for begin in range(0, len(members), BATCH)]
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        cases = Cases(given.at or Path(folder) / "books.db", clock)
        with told("flagged"):
            for part in parts:
                flag(cases, part)
        clock.wait(hours=TERMS.delay_hours)
        with told("held"):
            hold(cases)
        with told("joined"), cases.writing() as desk:
            desk.make_group("group", "g", Words("一个原因", "one cause"), **OPERATOR)
            for n, part in enumerate(parts):
                desk.join(f"join {n}", "g", [one.id for one in part], **OPERATOR)
        with told("decided"):
            with cases.writing() as desk:
                desk.decide_group("decide", "g", outcome="overturned", by="ruth", why="one campaign", seen=1)
            assert cases.carry_out("g", BATCH) == len(members)
        with told("verified"):
            assert not verify(cases.ledger).faults
            assert not verify_cases(cases).faults
        cases.close()


if __name__ == "__main__":
    main()
