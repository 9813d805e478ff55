"""A set's decisions on history: admitted in order, decided by DuckDB or Spark, written as Parquet."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.gate.decisions import ACTIONS, EPOCH
from guiju.gate.history import ORDER, admitted
from guiju.gate.loading import Trigger, TriggerSet
from guiju.gate.lookups import References
from guiju.gate.nodes import Kind, leaves
from guiju.records.errors import BadInput
from guiju.records.quarantine import literal, parquet

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from guiju.audit.opened import Opened, Progress

MEMORY = "5GB"  # of the engine that decides; what does not fit spills
ROWS = 200_000
ACTORS = {"trips": "driver", "orders": "seller", "listings": "seller", "quotes": "seller"}  # whose conduct is judged
LASTING = {"costs"}  # reference tables in which a row without an end lasts until the next one of its key


@dataclass(frozen=True)
class Decided:
    """A set's decisions on the events of a span. `plain` is the engine's own answer, `table` it in people's units."""

    of: TriggerSet
    con: duckdb.DuckDBPyConnection
    admitted: Path
    plain: Path
    table: Path
    events: int
    warmed: int  # events before the span, which its windows see
    is_logged: bool


def memory_of(of: TriggerSet) -> timedelta:
    """How far back the longest window sees."""
    return timedelta(microseconds=max((n.value.window.frame for n in leaves(of.roots, "measure")), default=0))


def columns_of(of: TriggerSet) -> list[str]:
    """The stream's columns that the set reads, its key and whose conduct it is."""
    read = [str(n.value) for n in leaves(of.roots, "column")]
    read += [str(point.value) for n in leaves(of.roots, "distance") for point in n.args]
    read += [f.name for t in of.triggers for f in t.facts if f.name in of.features.stream.names]
    wanted = {*read, "platform", "id", "occurred_at", "currency", ACTORS[of.stream]} - {"decision_at"}
    return [name for name in of.features.stream.names if name in wanted]


def events(
    desk: Opened, of: TriggerSet, since: datetime, until: datetime, log: Path | None, warm: bool = True
) -> Iterator[pa.RecordBatch]:
    """History in the order of decisions, with `decision_at`; if `warm`, from as far before `since` as windows see."""
    con = desk.engine.connection
    named = ", ".join(f'e."{name}"' for name in columns_of(of))
    moment = "l.decision_at" if log else "e.occurred_at"
    joined = f" JOIN {parquet([log])} AS l USING (platform, id)" if log else ""
    told = ", l.decision_at" if log else ""
    order = "l.decision_at" if log else ", ".join(f"e.{name}" for name in ORDER)
    begin = since - memory_of(of) if warm else since
    query = (
        f'SELECT {named}{told} FROM "{of.stream}" AS e{joined} WHERE {moment} >= {_at(begin)} '
        f"AND {moment} < {_at(until)} ORDER BY {order}"
    )
    return admitted(of, con.execute(query).to_arrow_reader(ROWS))


def references(desk: Opened, of: TriggerSet) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table that is looked up. Raises BadInput where two of one key are valid at once."""
    found = {}
    for name in of.references:
        rows = desk.rows(name)
        keys = next(tuple(k for k, _ in lk.keys) for lk in of.features.lookups if lk.table.name == name)
        found[name] = _ended(rows, keys) if name in LASTING else rows
    References(of, found)
    return found


def _ended(rows: list[dict[str, Any]], keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows that last until the next of their key is valid and known; of one moment, the later known one holds."""
    by_key: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        by_key.setdefault(tuple(row[k] for k in keys), []).append(row)
    out = []
    for its in by_key.values():
        its.sort(key=lambda r: (r["valid_from"], r["known_at"] or r["valid_from"]))
        ends = datetime.max
        for row in reversed(its):
            begins = max(row["valid_from"], row["known_at"] or row["valid_from"])
            out.append({**row, "valid_to": min(row["valid_to"] or datetime.max, ends)})
            ends = min(ends, begins)
    return [{**r, "valid_to": None if r["valid_to"] == datetime.max else r["valid_to"]} for r in out]


def decide(
    desk: Opened, of: TriggerSet, since: datetime, until: datetime, log: Path | None, engine: str, progress: Progress
) -> Decided:
    """Decide on every event from `since` to before `until` (UTC). Raises BadInput."""
    import pyarrow.parquet as pq

    work = desk.work / f"set-{of.digest}"
    work.mkdir(exist_ok=True)
    history, plain = work / "admitted.parquet", work / "plain.parquet"
    progress("admitting events", 0.2)
    writer, rows = None, 0
    for batch in events(desk, of, since, until, log):
        writer = writer or pq.ParquetWriter(history, batch.schema, compression="zstd", compression_level=1)
        writer.write_batch(batch)
        rows += batch.num_rows
    if writer is None:
        raise BadInput(
            f"no event of {of.stream} lies in these days: name others, or supply records of them",
            f"这些日子里没有 {of.stream} 事件：请换日子，或者提供那几天的记录",
        )
    writer.close()
    looked_up = {}
    for name, its in references(desk, of).items():
        looked_up[name] = work / f"{name}.parquet"
        pq.write_table(_table(name, its), looked_up[name])
    progress(f"deciding by {of.name}", 0.3)
    if engine == "spark":
        _by_spark(desk, of, history, looked_up, plain)
    con = _connection(work)
    for name, path in {of.stream: history, **looked_up}.items():
        con.execute(f'CREATE VIEW "{name}" AS FROM {parquet([path])}')
    if engine != "spark":
        con.execute(f"COPY ({_whole(con, of.duckdb())}) TO {literal(str(plain))} (FORMAT parquet, COMPRESSION zstd)")
    table = work / "decisions.parquet"
    con.execute(f"COPY ({_typed(of, plain, since)}) TO {literal(str(table))} (FORMAT parquet, COMPRESSION zstd)")
    counted = _number(con, f"SELECT COUNT(*) FROM {plain_rows(plain)}")
    assert counted == rows, f"{rows} events, {counted} decisions"
    inside = _number(con, f"SELECT COUNT(*) FROM {parquet([table])}")
    return Decided(of, con, history, plain, table, inside, rows - inside, log is not None)


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    [(value,)] = con.execute(query).fetchall()
    return int(value)


def _connection(work: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    con = duckdb.connect(
        config={"memory_limit": MEMORY, "threads": os.cpu_count() or 1, "temp_directory": str(work / "spill")}
    )
    con.execute("SET preserve_insertion_order = false")
    con.execute("SET TimeZone = 'UTC'")
    return con


def _whole(con: duckdb.DuckDBPyConnection, query: str) -> str:
    """A query whose 128-bit numbers are decimals: as Parquet the engine would write them as floats."""
    con.execute(f"CREATE VIEW answered AS {query}")
    wide = [name for name, kind, *_ in con.execute("DESCRIBE answered").fetchall() if kind == "HUGEINT"]
    exact = ", ".join(f'CAST("{name}" AS DECIMAL(38, 0)) AS "{name}"' for name in wide)
    return f"SELECT * REPLACE ({exact}) FROM answered" if wide else "FROM answered"


def _by_spark(desk: Opened, of: TriggerSet, history: Path, looked_up: Mapping[str, Path], plain: Path) -> None:
    session = desk.engine.session  # type: ignore[attr-defined]
    for name, path in {of.stream: history, **looked_up}.items():
        session.read.parquet(str(path)).createOrReplaceTempView(name)
    session.sql(of.spark()).write.mode("overwrite").parquet(str(plain))


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    from guiju.records import tables

    return pa.Table.from_pylist(rows, schema=tables()[name].schema.to_pyarrow())


def plain_rows(path: Path) -> str:
    """The engine's answer; Spark writes a folder of parts."""
    return parquet(sorted(path.glob("*.parquet"))) if path.is_dir() else parquet([path])


def _typed(of: TriggerSet, plain: Path, since: datetime) -> str:
    """The decisions in people's units: decimals for whole numbers, and the money that would be held."""
    moments = [f"CAST({name} AS TIMESTAMP) AS {name}" for name in ("occurred_at", "decision_at")]  # Spark's are zoned
    out = ["platform", "id", *moments]
    out += [f'{_told(name, node.kind)} AS "{name}"' for name, node in of.features.of.items()]
    out += [f'"{t.name}"' for t in of.triggers]
    out += ["action", f"{held_amount(of)} AS held_amount"]
    where = f"decision_at >= {_at(since)}"
    return f"SELECT {', '.join(out)} FROM {plain_rows(plain)} WHERE {where} ORDER BY decision_at"


def _told(name: str, kind: Kind) -> str:
    if kind.name == "number" and kind.scale:
        unit = f"CAST({10**-kind.scale:.{kind.scale}f} AS DECIMAL({kind.scale + 1}, {kind.scale}))"
        return f'CAST("{name}" AS DECIMAL({37 - kind.scale}, 0)) * {unit}'
    return f'make_timestamp("{name}")' if kind.name == "time" else f'"{name}"'


def amount_of(trigger: Trigger, of: TriggerSet) -> str:
    """The money in dispute where a trigger holds, as SQL over the plain answer."""
    name = trigger.entry.amount
    column = name if name in of.features.of else f"event.{name}"
    return f'CAST("{column}" AS DECIMAL(18, 0)) * CAST(0.01 AS DECIMAL(3, 2))'


def held_amount(of: TriggerSet) -> str:
    """Of several triggers that would hold, the largest sum in dispute: they dispute the same money."""
    holding = [t for t in of.triggers if (t.entry.action, t.entry.mode) == (ACTIONS[-1], "live") and t.entry.amount]
    sums = [f'CASE WHEN "{t.name}" THEN {amount_of(t, of)} END' for t in holding]
    return f"CAST(GREATEST({', '.join(sums)}) AS DECIMAL(18, 2))" if sums else "CAST(NULL AS DECIMAL(18, 2))"


def _at(moment: datetime) -> str:
    return f"make_timestamp({(moment - EPOCH) // timedelta(microseconds=1)})"
