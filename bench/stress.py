"""What joint shocks cost: 10,000 draws of 200 banks and 11 platforms over 180 days, by correlation.

    python bench/stress.py [--draws 10000] [--banks 200] [--platforms 11]

Made-up books in memory; every bank is on four platforms and owes four others. The table gives wall and processor
seconds of both cores, the memory of the process at its highest, and the same against one plain Python loop over as many
draws, banks and days that only adds and compares (ratios are what counts: machines differ).
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from datetime import date

import numpy as np
import polars as pl

from guiju.market.stress.books import Books
from guiju.market.stress.courses import flows
from guiju.market.stress.joint import Joint
from guiju.market.stress.scenarios import what_if

DAY, DAYS = date(2020, 12, 31), 180


def made(banks: int, platforms: int, seed: int = 7) -> Books:
    """Books of banks of very different size, with a third of their money from platforms."""
    dice = np.random.default_rng(seed)
    size = dice.lognormal(20, 1, banks)
    serves = dice.random((banks, platforms)).argsort(axis=1) < 4
    brought = size[:, None] * serves * dice.random((banks, platforms)) / 6
    due = brought[:, :, None] * dice.random((banks, platforms, DAYS)) / DAYS
    items = pl.DataFrame({
        "bank": np.repeat(np.arange(banks), 4), "due_days": [None, None, 90, 30] * banks,
        "kind": ["retail_stable", "corporate", "corporate", "loan_corporate"] * banks,
        "amount": (size[:, None] * [0.4, 0.1, 0.15, 0.1]).ravel(),
    }, schema_overrides={"due_days": pl.Int64}).sort("bank", "kind", "due_days")  # fmt: skip
    debtor = np.repeat(np.arange(banks), 4)
    creditor = (debtor + dice.integers(1, banks, len(debtor))) % banks
    claims = pl.DataFrame({"creditor": creditor, "debtor": debtor, "due_days": dice.integers(1, 30, len(debtor)),
                           "amount": size[debtor] * 0.02})  # fmt: skip
    liquid = size[:, None] * np.array([0.09, 0.02, 0, 0.01])
    nothing = np.full(banks, np.nan)
    return Books(
        DAY, "CNY", [f"b{i}" for i in range(banks)], [f"p{i}" for i in range(platforms)], liquid, brought * 0.3, due,
        brought * 0.2, items, claims, due * 0.5, nothing, nothing,
    )  # fmt: skip


def plain(steps: int) -> float:
    """Processor seconds of a plain loop of so many additions and comparisons."""
    begun, left = time.process_time(), 0.0
    for _ in range(steps):
        left += 1.0
        if left < 0:
            break
    return time.process_time() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--banks", type=int, default=200)
    parser.add_argument("--platforms", type=int, default=11)
    given = parser.parse_args()
    books = made(given.banks, given.platforms)
    steps = given.draws * given.banks * DAYS
    loop = plain(2_000_000) / 2_000_000 * steps
    wall, cpu = time.perf_counter(), time.process_time()
    drawn = Joint(books, flows(books), what_if(DAY, {"assume": {"draws": given.draws}}), 7, books.banks[:3])
    rows = [("numbers drawn, once", time.perf_counter() - wall, time.process_time() - cpu, None)]
    for rho in (None, 0.0, 0.3, 0.6):
        wall, cpu = time.perf_counter(), time.process_time()
        one = drawn.outcome(rho)
        took = time.perf_counter() - wall, time.process_time() - cpu
        rows.append((f"correlation {rho:g}" if rho is not None else "independent", *took, float(one.counts.mean())))
    sizes = f"{given.draws:,} draws, {given.banks} banks, {given.platforms} platforms, {DAYS} days"
    print(f"{sizes}; {os.cpu_count()} cores\n")
    print("| | wall, s | processor, s | times quicker than a plain loop | banks failing, mean |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, seconds, used, mean in rows:
        told = ("–", "–") if mean is None else (f"{loop / used:,.0f}", f"{mean:.2f}")
        print(f"| {name} | {seconds:.1f} | {used:.1f} | {told[0]} | {told[1]} |")
    print(f"| in all | {sum(r[1] for r in rows):.1f} | {sum(r[2] for r in rows):.1f} | | |")
    print(f"\nMemory at its highest: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB.")


if __name__ == "__main__":
    main()
