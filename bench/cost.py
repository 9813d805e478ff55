"""What each check costs on records of growing size, and how fast that grows.

    python bench/cost.py [--orders 1000000,10000000,100000000] [--markets FOLDER] [--lines FILE] [--of groupbuy,network]

Each check's rules are asked by an audit in a process of its own, one after another, then all of them in one. The audit
is given a folder with the tables that these rules read and no other. Records are of the first twin below that has all
of them, in sizes of its own; what no twin has is left out and said. `--markets` keeps what was made and uses what is
there. `--lines` is a file of JSON lines: a line is added as an audit ends, and what has one already is not asked again,
so that a run that was ended is continued by the same command. `--only CHECK,CHECK` asks these, and first the first;
`together` is all of a twin's checks in one audit. `--limit-gib` bounds the memory a process may have for data of its
own (RLIMIT_DATA): an audit that needs more fails. `--memory` is that of `guiju audit`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cost_table
from cost_table import TOGETHER, Cost

HERE = Path(__file__).parent
MAKE = (
    "import sys, pathlib; from guiju.twin.{module} import generate; generate(pathlib.Path(sys.argv[1]), {size}, seed=7)"
)
AUDIT = (
    "import sys, guiju; guiju.audit(sys.argv[1], day=sys.argv[2], jurisdictions=['CN', 'EU'], only=sys.argv[5:], "
    "out=sys.argv[3], memory=sys.argv[4])"
)


@dataclass(frozen=True)
class Twin:
    """Made records: `unit` is what its sizes count, `day` the last day judged."""

    name: str
    module: str
    unit: str
    sizes: tuple[int, ...]
    day: str = "2025-12-31"


TWINS = (
    Twin("groupbuy", "groupbuy", "orders", (1_000_000, 10_000_000, 100_000_000)),
    Twin("deposits", "deposits", "depositors", (10_000, 100_000, 1_000_000), "2021-03-31"),
    Twin("holds", "holds", "drivers", (2_000, 20_000, 200_000)),
    Twin("network", "recruiting", "members", (20_000, 200_000, 2_000_000)),
    Twin("fulfilments", "fulfilments", "stores", (2_000, 20_000, 200_000), "2020-12-31"),
    Twin("consultations", "consultations", "inquiries", (1_000, 10_000, 100_000)),
)


@dataclass(frozen=True)
class Question:
    """Rules of one check (or of all), and the tables they read."""

    check: str
    rules: tuple[str, ...]
    tables: frozenset[str]


def questions() -> list[Question]:
    """One a check, of the rules that are asked, by name."""
    from guiju.checks import checks
    from guiju.rulebook import rules

    of: dict[str, list[str]] = {}
    for name, rule in rules().items():
        if rule.check and not rule.is_draft:
            of.setdefault(rule.check, []).append(name)
    return [Question(check, tuple(of[check]), frozenset(checks()[check].tables)) for check in sorted(of)]


def needed(question: Question) -> set[str]:
    """The tables without which one of its rules is not asked."""
    from guiju.rulebook import rules

    return {t for name in question.rules for t in rules()[name].entry.needs or question.tables}


def made(twin: Twin, size: int, markets: Path) -> Path:
    """The twin's records of a size, made in a process of its own where they are not there yet."""
    folder = markets / (str(size) if twin.name == "groupbuy" else f"{twin.name}-{size}")
    if not (folder / "truth.parquet").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        making = folder.with_name(f".{folder.name}")
        shutil.rmtree(making, ignore_errors=True)
        subprocess.run([sys.executable, "-c", MAKE.format(module=twin.module, size=size), str(making)], check=True)
        making.rename(folder)
    return folder


def assigned(asked: list[Question], markets: Path) -> tuple[dict[Twin, list[Question]], list[Question]]:
    """Each check's twin, the first whose smallest records have all its rules need; and the checks without one."""
    import pyarrow.parquet as pq

    of: dict[Twin, list[Question]] = {twin: [] for twin in TWINS}
    without = []
    for question in asked:
        for twin in TWINS:
            folder = made(twin, twin.sizes[0], markets)
            paths = [folder / f"{name}.parquet" for name in needed(question)]
            if all(p.is_file() and pq.read_metadata(p).num_rows for p in paths):
                of[twin].append(question)
                break
        else:
            without.append(question)
    return of, without


def rows(market: Path, tables: frozenset[str]) -> int:
    """How many rows the tables have together, as their files say."""
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(p).num_rows for t in tables if (p := market / f"{t}.parquet").is_file())


def ask(question: Question, twin: Twin, size: int, market: Path, limit: int, held: str) -> Cost:
    """One question asked in a process of its own, of a folder of links to the tables that it reads; `limit` in GiB.

    held: what DuckDB may hold before it spills.
    """
    with tempfile.TemporaryDirectory(prefix="guiju-cost-") as folder:
        records, out = Path(folder) / "records", Path(folder) / "runs"
        records.mkdir()
        for name in question.tables:
            if (market / f"{name}.parquet").is_file():
                (records / f"{name}.parquet").symlink_to((market / f"{name}.parquet").resolve())
        begun = time.perf_counter()
        command = [sys.executable, "-c", AUDIT, str(records), twin.day, str(out), held, *question.rules]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=bounded(limit))
        memory = disk = spill = 0.0
        while True:
            done, status, used = os.wait4(process.pid, os.WNOHANG)
            if done:
                break
            memory = max(memory, resident(process.pid))
            disk, spill = max(disk, measured(out)), max(spill, measured(out, "spill"))
            time.sleep(0.2)
        wall = time.perf_counter() - begun
        if status:
            sys.exit(f"asking {question.check} of {size:,} {twin.unit} ended with status {status}")
        [run] = [p.parent for p in out.glob("*/manifest.json")]
        answers = json.loads((run / "manifest.json").read_text())["rules"]
    return Cost(
        question.check, twin.name, twin.unit, size, rows(market, question.tables), used.ru_utime + used.ru_stime, wall,
        memory, disk, spill, sum(r["findings"] for r in answers), limit, os.getloadavg()[1], commit(), held,
    )  # fmt: skip


def bounded(limit: int) -> Callable[[], None]:
    """Bounds the memory a process may have for data of its own; 0 does not."""

    def bound() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_DATA, (limit * 2**30, limit * 2**30))

    return bound


def resident(pid: int) -> float:
    """The most memory a process has had so far, in MiB. `ru_maxrss` would count what its parent had when it forked."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


def measured(folder: Path, named: str = "") -> float:
    """MiB of all files below a folder, or below folders of a name in it; those that vanish meanwhile are nothing."""
    total = 0
    for path, _, files in os.walk(folder):
        if named and named not in Path(path).parts:
            continue
        for name in files:
            try:
                total += os.stat(os.path.join(path, name)).st_size
            except FileNotFoundError:
                continue
    return total / 2**20


def commit() -> str:
    """The commit that was measured; '' outside a repository."""
    said = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True)
    return said.stdout.strip()


def planned(
    of: dict[Twin, list[Question]], sizes: dict[str, tuple[int, ...]], only: list[str]
) -> Iterator[tuple[Question, Twin, int]]:
    """What is asked, in order: small records before large, and a twin's checks before all of them together."""
    for twin, its in of.items():
        if len(its) > 1:
            joined = frozenset().union(*(q.tables for q in its))
            its = [*its, Question(TOGETHER, tuple(name for q in its for name in q.rules), joined)]
        chosen = [q for name in only for q in its if q.check == name] if only else its
        for size in sizes.get(twin.name, twin.sizes):
            for question in chosen:
                yield question, twin, size


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--orders", help="sizes of the group-buying market")
    parser.add_argument("--markets", type=Path)
    parser.add_argument("--lines", type=Path)
    parser.add_argument("--of", default=",".join(t.name for t in TWINS), help="twins, instead of all")
    parser.add_argument("--only", default="", help="checks, instead of all")
    parser.add_argument("--limit-gib", type=int, default=8)
    parser.add_argument("--memory", default=cost_table.HELD, help="what DuckDB holds before it spills")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "cost.md")
    given = parser.parse_args()
    sizes = {"groupbuy": tuple(int(n) for n in given.orders.split(","))} if given.orders else {}
    only = [TOGETHER if name == "together" else name for name in given.only.split(",") if name]
    with tempfile.TemporaryDirectory(prefix="guiju-cost-") as folder:
        markets, lines = given.markets or Path(folder), given.lines or Path(folder) / "cost.jsonl"
        known = cost_table.read(lines)
        there = {(c.check, c.twin, c.size) for c in known}
        of, without = assigned(questions(), markets)
        of = {twin: its for twin, its in of.items() if twin.name in given.of.split(",")}
        left = {q.check: sorted(needed(q)) for q in without}
        for question, twin, size in planned(of, sizes, only):
            if (question.check, twin.name, size) in there:
                continue
            cost = ask(question, twin, size, made(twin, size, markets), given.limit_gib, given.memory)
            with lines.open("a") as file:
                print(json.dumps(asdict(cost)), file=file, flush=True)
            print(json.dumps(asdict(cost)), flush=True)
        wanted = {twin.name: sizes.get(twin.name, twin.sizes) for twin in TWINS}
        given.out.write_text(cost_table.page(cost_table.read(lines), wanted, left), encoding="utf-8")
    print(f"written: {given.out}")


if __name__ == "__main__":
    main()
