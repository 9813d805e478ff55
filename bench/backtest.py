"""What a backtest of `driving` takes: twin trips made, decided in DuckDB with labels, and decided live.

    python -m bench.backtest --trips 1000000 --trips 10000000 [--live 200000]

Prints the rows of docs/backtest.md. Wall seconds depend on who else is at work; processor seconds hardly do.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main() -> None:
    ask = argparse.ArgumentParser(description="what a backtest takes")
    ask.add_argument("--trips", type=int, action="append", required=True)
    ask.add_argument("--live", type=int, default=0, help="trips that the live engine decides on")
    given = ask.parse_args()
    with tempfile.TemporaryDirectory() as work:
        for trips in given.trips:
            folder = Path(work) / str(trips)
            row(f"twin, {trips:,} trips made", trips, measured(_make, folder, trips))
            row(f"backtest of {trips:,} trips, with labels", trips, measured(_backtest, folder))
        if given.live:
            folder = Path(work) / "live"
            measured(_make, folder, given.live)
            row(f"replay of {given.live:,} trips, live", given.live, measured(_replay, folder))


def row(what: str, trips: int, took: tuple[float, float, float]) -> None:
    wall, cpu, peak = took
    print(f"| {what} | {wall:,.0f} | {cpu:,.0f} | {trips / cpu:,.0f} | {peak:.1f} |", flush=True)


def measured(do: Callable[..., Any], *given: Any) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and the most memory (GiB) of a fresh process that does it."""
    began, context = time.perf_counter(), multiprocessing.get_context("spawn")
    receives, sends = context.Pipe(duplex=False)
    process = context.Process(target=_told, args=(sends, do, given))
    process.start()
    cpu, peak = receives.recv()
    process.join()
    return time.perf_counter() - began, cpu, peak


def _told(sends: Any, do: Callable[..., Any], given: tuple[Any, ...]) -> None:
    do(*given)
    used = resource.getrusage(resource.RUSAGE_SELF)
    sends.send((used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20))


def _make(folder: Path, trips: int) -> None:
    from guiju.twin.trips import generate

    generate(folder, trips)


def _backtest(folder: Path) -> None:
    from guiju.gate.backtest import backtest

    done = backtest("driving", folder, labels=folder / "truth_by_trip.parquet", out=folder / "out")
    if os.environ.get("GUIJU_BENCH_TELL"):
        for hits in done.counted.triggers:
            print(hits.name, hits.hits, hits.precision, hits.recall, flush=True)


def _replay(folder: Path) -> None:
    from guiju.gate.replaying import replay

    replay("driving", folder)


if __name__ == "__main__":
    main()
