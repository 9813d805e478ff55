"""How many postings a second a ledger takes, on SQLite and on PostgreSQL, one a transaction and in batches.

    PYTHONPATH=src:tests python bench/ledger.py [--seconds 5] [--rounds 3]

Beside each, in the same round, what the database alone takes: transactions that add as many bare rows to a table of one
key and one text. The table gives medians of the rounds and the ratio.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, insert, text

from databases import programs, server
from guiju.ledger import OUTSIDE, Account, Ledger, Transfer
from guiju.ledger import tables as t

HERE = Path(__file__).parent
GROUPS = (1, 50, 500)
BANK, DRIVERS = Account("bank", OUTSIDE), [Account(f"driver-{n}") for n in range(2_000)]


def per_second(seconds: float, group: int, write: Callable[[int], None]) -> float:
    """Rows a second, written a group at a time."""
    begun, n = time.perf_counter(), 0
    while (spent := time.perf_counter() - begun) < seconds or not n:
        write(n)
        n += group
    return n / max(spent, time.perf_counter() - begun)


def posting(ledger: Ledger, group: int, numbers: count[int]) -> Callable[[int], None]:
    def write(n: int) -> None:
        transfers = [Transfer(BANK, DRIVERS[(n + k) % len(DRIVERS)], 1_00, "CNY", "fare") for k in range(group)]
        with ledger.writing() as books:
            books.post(f"fares {next(numbers)}", transfers)

    return write


def bare(engine: Engine, group: int, numbers: count[int]) -> Callable[[int], None]:
    table = t.calls.name

    def write(n: int) -> None:
        rows = [{"key": f"bare {next(numbers)}", "digest": "0" * 64} for _ in range(group)]
        with engine.connect().execution_options(writing=True) as connection, connection.begin():
            connection.execute(insert(t.metadata.tables[table]), rows)

    return write


def measured(where: str, seconds: float, rounds: int) -> list[str]:
    ledger, numbers = Ledger(where), count()
    name = ledger.engine.dialect.name
    with ledger.engine.connect() as connection:
        synced = "synchronous=FULL" if name == "sqlite" else f"fsync={connection.execute(text('SHOW fsync')).scalar()}"
    lines = []
    for group in GROUPS:
        ours, theirs = [], []
        for _ in range(rounds):
            theirs.append(per_second(seconds, group, bare(ledger.engine, group, numbers)))
            ours.append(per_second(seconds, group, posting(ledger, group, numbers)))
        mine, alone = statistics.median(ours), statistics.median(theirs)
        lines.append(f"| {name} ({synced}) | {group} | {mine:,.0f} | {alone:,.0f} | {mine / alone:.2f} |")
        print(lines[-1], flush=True)
    ledger.close()
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = measured(str(Path(folder) / "books.db"), given.seconds, given.rounds)
    if programs():
        with server(fsync=True) as made:
            lines += measured(made.database(), given.seconds, given.rounds)
    head = [
        "# Postings a second", "",
        f"`PYTHONPATH=src:tests python bench/ledger.py --seconds {given.seconds:g} --rounds {given.rounds}`: medians; "
        "bare rows are what the database alone takes, in the", "same rounds. One process writes; all is on the disk "
        "before it is acknowledged.", "",
        "| database | postings a transaction | postings/s | bare rows/s | ratio |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    (HERE / "results" / "ledger.md").write_text("\n".join([*head, *lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
