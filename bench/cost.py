"""What each check costs on markets of growing size, and how fast that grows.

    python bench/cost.py [--orders 1000000,10000000,100000000] [--markets FOLDER]

Each check's rules are asked by an audit in a process of its own, one after another, then all of them in one. The table
gives processor and wall seconds, peak memory, the most disk the work took, and the exponent: processor seconds grow as
orders to its power. What a check that reads no orders takes is what reading takes.
A market `FOLDER/<orders>` made before is used, and one made is left there.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).parent
DAY = "2025-12-31"
AUDIT = (
    "import sys, guiju; guiju.audit(sys.argv[1], day=sys.argv[2], jurisdictions=['CN', 'EU'], only=sys.argv[4:], "
    "out=sys.argv[3])"
)


INTRODUCTION = """# What each check costs

Processor seconds of an audit that asks one check's rules, reading included, on markets of growing size in which all
grows with the orders. What a check that reads no orders takes is what reading and judging the rows takes. Two cores,
shared with other work; DuckDB holds at most 2.5 GB and spills. Of {largest:,} orders also wall seconds, the peak memory
of the process and the most disk its work took, in MiB.
"""


@dataclass(frozen=True)
class Cost:
    """One audit: `disk` and `memory` at their highest, in MiB."""

    check: str
    orders: int
    cpu: float
    wall: float
    memory: float
    disk: float
    findings: int


def asked(check: str, rules: list[str], market: Path, orders: int, work: Path) -> Cost:
    """One check's rules asked in a process of their own."""
    out = work / "runs"
    begun = time.perf_counter()
    command = [sys.executable, "-c", AUDIT, str(market), DAY, str(out), *rules]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    disk = 0.0
    while True:
        done, status, used = os.wait4(process.pid, os.WNOHANG)
        if done:
            break
        disk = max(disk, size(out))
        time.sleep(0.2)
    if status:
        sys.exit(f"asking {check} of {orders:,} orders ended with status {status}")
    [run] = [p.parent for p in out.glob("*/manifest.json")]
    found = sum(r["findings"] for r in json.loads((run / "manifest.json").read_text())["rules"])
    shutil.rmtree(out)
    return Cost(
        check, orders, used.ru_utime + used.ru_stime, time.perf_counter() - begun, used.ru_maxrss / 1024, disk, found
    )


def size(folder: Path) -> float:
    """MiB of all files below a folder; those that vanish meanwhile count as nothing."""
    total = 0
    for path, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.stat(os.path.join(path, name)).st_size
            except FileNotFoundError:
                continue
    return total / 2**20


def exponent(costs: list[Cost]) -> float:
    """The slope of log processor seconds over log orders, by least squares."""
    points = [(math.log(c.orders), math.log(c.cpu)) for c in costs]
    x, y = (sum(values) / len(points) for values in zip(*points, strict=True))
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


def table(costs: list[Cost], command: str) -> str:
    """The page, as Markdown."""
    sizes = sorted({c.orders for c in costs})
    heads = " | ".join(f"{n // 1_000_000}M" for n in sizes)
    largest = max(sizes)
    lines = [
        INTRODUCTION.format(largest=largest), f"    {command}", "",
        f"| check | {heads} | exponent | wall, {largest // 1_000_000}M | memory | disk | findings |",
        "| --- |" + " ---: |" * (len(sizes) + 5),
    ]  # fmt: skip
    by: dict[str, list[Cost]] = {}
    for cost in costs:
        by.setdefault(cost.check, []).append(cost)
    for check, its in by.items():
        its = sorted(its, key=lambda c: c.orders)
        last = its[-1]
        cells = " | ".join(f"{c.cpu:,.1f}" for c in its)
        power = f"{exponent(its):.2f}" if len(its) > 1 else "–"
        of_last = " | ".join(f"{n:,.0f}" for n in (last.wall, last.memory, last.disk, last.findings))
        lines.append(f"| {check} | {cells} | {power} | {of_last} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    from guiju.rulebook import rules
    from guiju.twin.groupbuy import generate

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--orders", default="1000000,10000000,100000000")
    parser.add_argument("--markets", type=Path)
    parser.add_argument("--only", default="", help="checks, instead of all")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "cost.md")
    given = parser.parse_args()
    of: dict[str, list[str]] = {}
    for name, rule in rules().items():
        if rule.check and not rule.is_draft:
            of.setdefault(rule.check, []).append(name)
    chosen = [c for c in sorted(of) if not given.only or c in given.only.split(",")]
    everything = {"all of them together": [name for check in chosen for name in of[check]]}
    costs: list[Cost] = []
    with tempfile.TemporaryDirectory(prefix="guiju-cost-") as folder:
        work = Path(folder)
        for orders in (int(n) for n in given.orders.split(",")):
            market = (given.markets or work) / str(orders)
            if not (market / "orders.parquet").is_file():
                generate(market, orders, 7)
            for check, names in ({c: of[c] for c in chosen} | everything).items():
                costs.append(asked(check, names, market, orders, work))
                print(json.dumps(asdict(costs[-1])), flush=True)
    given.out.write_text(table(costs, f"python bench/cost.py --orders {given.orders}"), encoding="utf-8")
    print(f"written: {given.out}")


if __name__ == "__main__":
    main()
