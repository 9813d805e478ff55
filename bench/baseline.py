"""Hand-written DuckDB SQL for the questions of the checks: the seconds and memory Guiju is measured against.

`python bench/baseline.py FOLDER --day 2025-12-31` reads `FOLDER/orders.parquet` and its five neighbours.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from guiju.records import RecordTable
from guiju.records.schemas import costs, listings, orders, parties, products, stocks

BASELINES = Path(__file__).parent / "baselines"
ZONE = ZoneInfo("Asia/Shanghai")
TABLES = {m.TABLE.name: m.TABLE for m in (orders, listings, products, costs, stocks, parties)}


def steps(name: str) -> dict[str, str]:
    """The statements of one baseline, by step."""
    parts = re.split(r"^-- step: (\w+)\n", (BASELINES / f"{name}.sql").read_text(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def window(day: date, days: int = 365) -> tuple[datetime, datetime]:
    """`[since, until)`: the days up to and with `day`, local midnights, in UTC without a zone."""
    until = datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(days=1)
    since = datetime(day.year, day.month, day.day, tzinfo=ZONE) - timedelta(days=days - 1)
    return since.astimezone(UTC).replace(tzinfo=None), until.astimezone(UTC).replace(tzinfo=None)


def connect(folder: Path, day: date, temporary: str) -> duckdb.DuckDBPyConnection:
    """A connection with the six views and the window set."""
    settings = {
        "threads": os.cpu_count(),
        "memory_limit": "2500MB",
        "temp_directory": temporary,
        "preserve_insertion_order": False,
    }
    con = duckdb.connect(config=settings)
    for name in TABLES:
        files = folder / f"{name}.parquet"
        files = files if files.is_file() else folder / name / "*.parquet"
        con.execute(f"CREATE VIEW {name} AS FROM read_parquet('{files}')")
    set_window(con, *window(day))
    return con


def set_window(con: duckdb.DuckDBPyConnection, since: datetime, until: datetime) -> None:
    con.execute(f"SET VARIABLE since = TIMESTAMP '{since}'")
    con.execute(f"SET VARIABLE until = TIMESTAMP '{until}'")


def validate(con: duckdb.DuckDBPyConnection, table: RecordTable) -> dict[str, int]:
    """One scan: rows with a missing or impossible value, by what is wrong; and keys that occur twice."""
    wrong = {f"{c.name} missing": f'"{c.name}" IS NULL' for c in table.columns if c.needed}
    wrong |= {f"{c.name} below {c.least}": f'"{c.name}" < {c.least}' for c in table.columns if c.least is not None}
    wrong |= {f"{c.name} not above {c.above}": f'"{c.name}" <= {c.above}' for c in table.columns if c.above is not None}
    wrong |= {f"{a} after {b}": f'"{a}" > "{b}"' for a, b in table.spans}
    for parts, whole in table.caps:
        wrong[f"{parts[0]} and others above {whole[0]}"] = f"{' + '.join(parts)} > {' + '.join(whole)}"
    counts = [f"count(*) FILTER ({condition})" for condition in wrong.values()]
    counts.append("count(*) - count(DISTINCT hash(platform, id))")
    row = con.execute(f"SELECT {', '.join(counts)} FROM {table.name}").fetchone()
    assert row is not None
    return {what: n for what, n in zip([*wrong, "key not unique"], row, strict=True) if n}


def ask(con: duckdb.DuckDBPyConnection, name: str) -> tuple[dict[str, float], dict[str, dict[str, int]]]:
    """Run one baseline; the seconds of each step and the rows of each reason not to ask."""
    seconds, reasons = {}, {}
    for step, statements in steps(name).items():
        start = time.perf_counter()
        rows = con.execute(statements).fetchall()
        if step.startswith("unanswered"):
            reasons[step] = {reason: int(n) for reason, n in rows}
        seconds[step] = time.perf_counter() - start
    return seconds, reasons


def drop_temporary(con: duckdb.DuckDBPyConnection) -> None:
    for (name,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall():
        con.execute(f"DROP TABLE temp.{name}")


def measure(folder: Path, day: date) -> dict[str, dict]:
    """Everything a run tells: seconds by step, processor seconds, reasons, rows found, rows wrong."""
    said: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as temporary, connect(folder, day, temporary) as con:
        start, cpu = time.perf_counter(), time.process_time()
        wrong = {name: validate(con, table) for name, table in TABLES.items()}
        said["validation"] = {
            "seconds": {"all": time.perf_counter() - start},
            "cpu_seconds": time.process_time() - cpu,
            "wrong": {name: what for name, what in wrong.items() if what},
        }
        for name in sorted(p.stem for p in BASELINES.glob("*.sql")):
            cpu = time.process_time()
            seconds, reasons = ask(con, name)
            cpu = time.process_time() - cpu
            rows = con.execute(
                "SELECT table_name, estimated_size FROM duckdb_tables()"
                " WHERE regexp_matches(table_name, '^(found|evidence)_')"
            ).fetchall()
            said[name] = {"seconds": seconds, "cpu_seconds": cpu, "reasons": reasons, "rows": dict(rows)}
            drop_temporary(con)
    return said


def run(folder: Path | str, day: date) -> dict[str, float]:
    """Seconds of the validation and of each baseline."""
    return {name: sum(part["seconds"].values()) for name, part in measure(Path(folder), day).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--day", type=date.fromisoformat, required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    said = measure(options.folder, options.day)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    total = sum(sum(part["seconds"].values()) for part in said.values())
    cpu = sum(part["cpu_seconds"] for part in said.values())
    if options.json:
        figures = {"total_seconds": total, "total_cpu_seconds": cpu, "peak_rss_mib": peak, "parts": said}
        print(json.dumps(figures, indent=1))
        return
    for name, part in said.items():
        by_step = ", ".join(f"{step} {seconds:.2f}" for step, seconds in part["seconds"].items())
        print(f"{sum(part['seconds'].values()):7.2f} s {part['cpu_seconds']:7.2f} s cpu  {name}  ({by_step})")
        print(" " * 24, {k: v for k, v in part.items() if "seconds" not in k})
    print(f"{total:7.2f} s {cpu:7.2f} s cpu  in total; peak RSS {peak:.0f} MiB")


if __name__ == "__main__":
    main()
