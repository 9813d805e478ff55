"""What matching goods to stores costs: 2,000,000 stores with 20 candidates each, and how far from the bound it ends.

    python bench/matching.py [--stores 2000000] [--candidates 20] [--equal] [--engine duckdb|spark] [--rounds 80]

Made-up scores in memory: supplies of very unequal popularity, stores of very unequal size, half of them small with a
floor of two of five places; stock for nine tenths of all places. `--equal` makes stores alike in size classes, so that
masses of them are exactly indifferent (the hard case). The table gives wall and processor seconds of all cores, the
memory of the process at its highest, the rounds of the ascent and the gap to the dual bound. `--engine` asks the ascent
as relational steps instead, with so many rounds at the most.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from guiju.audit.engine import start
from guiju.market.matching.ascent import ascend
from guiju.market.matching.problem import Problem
from guiju.market.matching.relational import ascend_in, edges_of
from guiju.market.matching.repair import short
from guiju.market.matching.solving import solve

PLACES, FLOOR, STOCK = 5, 2, 0.9


def made(stores: int, candidates: int, equal: bool, seed: int = 1) -> Problem:
    """A network's problem without records: one supply for every twenty stores, at most 100,000."""
    dice = np.random.Generator(np.random.SFC64(seed))
    supplies = max(min(stores // 20, 100_000), 50)
    popularity = np.minimum(dice.zipf(1.5, supplies).astype(float), 200)
    often = np.cumsum(popularity**0.7)
    supply = np.empty((stores, candidates), np.int32)
    score = np.empty((stores, candidates), np.float32)
    size = dice.lognormal(0, 1.5, stores)
    if equal:
        size = np.exp2(np.round(np.log2(size)))
    for first in range(0, stores, 100_000):
        rows = slice(first, min(first + 100_000, stores))
        its = np.searchsorted(often, dice.random((rows.stop - first, candidates)) * often[-1])
        its = np.sort(np.minimum(its, supplies - 1), axis=1)
        twice = np.zeros(its.shape, bool)
        twice[:, 1:] = its[:, 1:] == its[:, :-1]
        fits = 1.0 if equal else dice.lognormal(0, 0.5, its.shape)
        score[rows] = size[rows, None] * popularity[its] ** 0.3 * fits
        supply[rows] = np.where(twice, -1, its)
    capacity = dice.lognormal(0, 1, supplies)
    capacity = np.ceil(capacity / capacity.sum() * stores * PLACES * STOCK).astype(np.int64)
    floor = np.where(size < np.median(size), FLOOR, 0).astype(np.int32)
    penalty = 20 * float(score[::97].mean())
    return Problem(score, supply, np.arange(supplies, dtype=np.int32), capacity, np.full(stores, PLACES, np.int32),
                   floor, penalty)  # fmt: skip


def relational(problem: Problem, name: str, rounds: int) -> None:
    with TemporaryDirectory() as work:
        engine = start(name, Path(work))
        try:
            edges = engine.put(edges_of(problem))
            wall, used = time.perf_counter(), time.process_time()
            there = ascend_in(engine, edges, problem.capacity, problem.penalty, rounds)
            wall, used = time.perf_counter() - wall, time.process_time() - used
        finally:
            engine.close()
    here = ascend(problem, rounds)
    asked = len(there.bounds)
    print("| engine | stores | edges | rounds | wall s a round | processor s a round | bound against the arrays' |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    processor = f"{used / asked:.1f}" if name == "duckdb" else "not counted (Java)"
    print(
        f"| {name} | {problem.stores:,} | {int((problem.supply >= 0).sum()):,} | {asked} | {wall / asked:.1f} "
        f"| {processor} | {100 * (there.bound / here.bound - 1):+.4f} % |"
    )


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--stores", type=int, default=2_000_000)
    given.add_argument("--candidates", type=int, default=20)
    given.add_argument("--equal", action="store_true")
    given.add_argument("--engine", choices=("duckdb", "spark"))
    given.add_argument("--rounds", type=int, default=80)
    asked = given.parse_args()
    problem = made(asked.stores, asked.candidates, asked.equal)
    if asked.engine:
        relational(problem, asked.engine, asked.rounds)
        return
    wall, used = time.perf_counter(), time.process_time()
    plan = solve(problem)
    wall, used = time.perf_counter() - wall, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    over = int(np.maximum(plan.lots - problem.capacity, 0).sum())
    met = 100 * (1 - short(problem, plan.listed).sum() / problem.floor.sum())
    print(
        "| stores | candidates | supplies | alike | wall s | processor s | peak MiB | rounds | gap % | oversold "
        "| floors met % |"
    )
    print("| ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    print(
        f"| {asked.stores:,} | {asked.candidates} | {len(problem.capacity):,} | {'yes' if asked.equal else 'no'} "
        f"| {wall:.0f} | {used:.0f} | {peak:,.0f} | {plan.rounds} | {100 * plan.gap:.3f} | {over} | {met:.3f} |"
    )
    print(f"\n{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} while it ran.")


if __name__ == "__main__":
    main()
