"""The page of what checks cost, as Markdown, from the lines that `cost.py` wrote."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

TOGETHER = "all of them together"
HELD = "2500MB"  # by DuckDB, unless it is told otherwise
INTRODUCTION = """# What each check costs

Processor seconds (user and system, both cores) of an audit that asks one check's rules, on made records of growing
size. Reading is included, and is that of the check's own tables: the folder holds the tables its rules read and no
other. Two and a half to five seconds of each audit, by how busy the machine was, are its start: importing, opening,
drawing the report (of some thousand rows it takes no longer). So two exponents are told: over all sizes, by least
squares of log seconds on log size, and of the last step alone, where the start weighs least. Both say how seconds
grow with the size that the heading counts, not with the check's own rows: of some checks the rows, which are told,
hardly grow with it. Peak memory is the process's resident memory, disk the most its work took beside the records,
spill what of it DuckDB had put aside; all of the largest size, in MiB. DuckDB holds 2,500 MB and spills above that,
on two threads; a process that asked for more than {limit} GiB of memory for its data would have failed (RLIMIT_DATA).
The machine has two cores and was shared, and the audits ran at a low priority: the clock's seconds stand with the
load of five minutes at their end, and say little.

    python bench/cost.py --markets MARKETS --lines bench/results/cost.jsonl

continues where it was ended; [the lines](../bench/results/cost.jsonl) name the commit each was measured at. Of an
earlier version, in which every audit read the whole market: [cost-whole-market.md](cost-whole-market.md).
"""


@dataclass(frozen=True)
class Cost:
    """One audit of `size` units with `rows` in its tables: `memory`, `disk`, `spill` at their highest, in MiB.

    held: what DuckDB could hold before it spilled.
    """

    check: str
    twin: str
    unit: str
    size: int
    rows: int
    cpu: float
    wall: float
    memory: float
    disk: float
    spill: float
    findings: int
    limit: int
    load: float
    commit: str
    held: str = HELD


def read(path: Path) -> list[Cost]:
    """The lines written so far; none of a file that is not there."""
    return [Cost(**json.loads(line)) for line in path.read_text().splitlines()] if path.is_file() else []


def exponent(costs: list[Cost]) -> str:
    """The slope of log processor seconds over log size, by least squares; a dash for fewer than two sizes."""
    points = [(math.log(c.size), math.log(c.cpu)) for c in costs]
    if len(points) < 2:
        return "–"
    x, y = (sum(values) / len(points) for values in zip(*points, strict=True))
    return f"{sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points):.2f}"


def section(costs: list[Cost], wanted: tuple[int, ...]) -> list[str]:
    """One twin's checks, a row a check: 'not measured' where a size that is wanted is not there yet."""
    sizes = sorted({*wanted, *(c.size for c in costs)})
    heads = " | ".join(f"{n:,}" for n in sizes)
    lines = [
        f"## By {costs[0].unit} (`guiju twin {costs[0].twin}`)", "",
        f"| check | {heads} | exponent | last step | rows | clock, s | load | memory | disk | spill | findings |",
        "| --- |" + " ---: |" * (len(sizes) + 9),
    ]  # fmt: skip
    by: dict[str, dict[int, Cost]] = {}
    for cost in costs:
        by.setdefault(cost.check, {})[cost.size] = cost
    for check in sorted(by, key=lambda name: (name == TOGETHER, name)):
        its = [by[check][n] for n in sizes if n in by[check]]
        cells = " | ".join(f"{by[check][n].cpu:,.1f}" if n in by[check] else "not measured" for n in sizes)
        last = its[-1]
        about = f"{last.rows:,} | {last.wall:,.0f} | {last.load:.1f}"
        most = " | ".join(f"{n:,.0f}" for n in (last.memory, last.disk, last.spill, last.findings))
        lines.append(f"| {check} | {cells} | {exponent(its)} | {exponent(its[-2:])} | {about} | {most} |")
    return lines


def page(costs: list[Cost], wanted: dict[str, tuple[int, ...]], left: dict[str, list[str]]) -> str:
    """The whole page: `wanted` are each twin's sizes, `left` checks that no twin can be asked, with what they need."""
    lines = INTRODUCTION.format(limit=max((c.limit for c in costs), default=0)).splitlines()
    for twin, sizes in wanted.items():
        its = [c for c in costs if c.twin == twin]
        lines += ["", *(section(its, sizes) if its else [f"Not measured yet: checks on `guiju twin {twin}`."])]
        free = sorted({f"{c.check} ({c.held})" for c in its if not c.limit})
        lines += ["", f"Bounded as [scale.md](scale.md) says, not by RLIMIT_DATA: {', '.join(free)}."] if free else []
    for check, tables in left.items():
        lines += ["", f"Not measured: `{check}`. No twin has all it needs ({', '.join(tables)})."]
    return "\n".join(lines) + "\n"
