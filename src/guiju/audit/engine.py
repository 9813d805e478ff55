"""The engine a run asks its questions on, through Ibis: DuckDB inside the process, unless Spark is named."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.records.errors import BadInput, hint, hint_zh
from guiju.records.quarantine import parquet

if TYPE_CHECKING:
    import duckdb
    import ibis
    import pyarrow as pa

ENGINES = ("duckdb", "spark")
MEMORY = "2500MB"  # leaves room under 4 GiB for Arrow and Python
ROW_GROUP = 122_880  # rows that DuckDB gives one thread at a time
KEPT = "kept_"  # how the names of tables begin that are dropped once the rules that share them are asked


class Engine(ABC):
    """What audits and tests ask of an engine.

    `connection` is always DuckDB's: records are read, fitted and judged there, whatever answers the questions.
    """

    version: str  # as a manifest names it
    connection: duckdb.DuckDBPyConnection

    def __init__(self) -> None:
        self._names = (f"{KEPT}{n}" for n in count())
        self._held = (f"held_{n}" for n in count())
        self._kept: dict[Any, ibis.Table] = {}

    @abstractmethod
    def take(self, tables: Mapping[str, int]) -> None:
        """Bring the tables staged in `connection`, of so many rows each, before the engine; order is no matter."""

    @abstractmethod
    def table(self, name: str) -> ibis.Table: ...

    def keep(self, expression: ibis.Table) -> ibis.Table:
        """Compute an expression once; who asks for the same one later, for another rule even, reads the result."""
        question = expression.op()  # expressions compare as questions do, not as objects
        if question not in self._kept:
            self._kept[question] = self._compute(expression, next(self._names))
        return self._kept[question]

    def hold(self, expression: ibis.Table) -> ibis.Table:
        """Compute what outlasts `drop_kept`."""
        return self._compute(expression, next(self._held))

    @abstractmethod
    def _compute(self, expression: ibis.Table, name: str) -> ibis.Table:
        """Compute an expression into a table of that name."""

    @abstractmethod
    def put(self, rows: pa.Table) -> ibis.Table:
        """A small table made in Python, as a table of the engine."""

    @abstractmethod
    def fetch(self, expression: ibis.Table) -> pa.Table: ...

    @abstractmethod
    def batches(self, expression: ibis.Table, rows: int) -> Iterator[pa.RecordBatch]:
        """An expression's rows in its order, at most so many at a time, and never all in memory."""

    @abstractmethod
    def drop_kept(self) -> None:
        """Forget what was kept and put, once the rules that share it are asked."""

    def platforms(self, tables: list[str]) -> list[str]:
        """The platforms that have rows in the tables."""
        import ibis

        if not tables:
            return []
        named = ibis.union(*(self.table(t).select("platform") for t in tables), distinct=True)
        return sorted(self.fetch(named)["platform"].to_pylist())

    @abstractmethod
    def interrupt(self) -> None:
        """Give up what is being computed."""

    @abstractmethod
    def close(self) -> None: ...


class DuckDB(Engine):
    """One DuckDB connection with a bounded memory; what does not fit spills into `work`."""

    def __init__(self, work: Path, memory: str = MEMORY) -> None:
        import duckdb
        import ibis

        super().__init__()
        self._work = work
        self._present: list[str] = []  # tables that were kept, held or put
        self.backend = ibis.duckdb.connect(
            memory_limit=memory, threads=os.cpu_count() or 1, temp_directory=str(work / "spill")
        )
        self.connection = self.backend.con
        self.version = f"duckdb {duckdb.__version__}"

    def take(self, tables: Mapping[str, int]) -> None:
        self.connection.execute("SET preserve_insertion_order = false")  # whoever needs an order sorts
        busy = max(tables.values(), default=0) // ROW_GROUP + 1  # a thread more would find no rows, and wait
        self.connection.execute(f"SET threads = {min(busy, os.cpu_count() or 1)}")

    def table(self, name: str) -> ibis.Table:
        return self.backend.table(name)

    def _compute(self, expression: ibis.Table, name: str) -> ibis.Table:
        self._present.append(name)
        self.connection.execute(self.making(expression, name))
        return self.table(name)

    def making(self, expression: ibis.Table, name: str) -> str:
        """The SQL that computes an expression into a table; its columns are of the expression's types."""
        from sqlglot import exp

        # Not by Ibis, which asks the engine three times where it is before it makes a table.
        columns = expression.schema().to_sqlglot_column_defs("duckdb")
        table = exp.Schema(this=exp.to_identifier(name), expressions=columns).sql("duckdb")
        return f"CREATE TEMP TABLE {table}; INSERT INTO {name} {self.compiled(expression)}"

    def put(self, rows: pa.Table) -> ibis.Table:
        import pyarrow.parquet as pq

        # By a file: of a table in memory DuckDB, too, would first import pandas to ask what it is.
        name = next(self._names)
        path, name = self._work / f"{name}.parquet", self.named(name, rows)
        pq.write_table(rows, path)
        self.connection.execute(f"CREATE TEMP TABLE {name} AS FROM {parquet([path])}")
        self._present.append(name)
        path.unlink()
        return self.table(name)

    def named(self, name: str, rows: pa.Table) -> str:
        """What a table that is put is called: `name`, which no other table has."""
        return name

    def compiled(self, expression: ibis.Table) -> str:
        """An expression as SQL."""
        return str(self.backend.compile(expression))

    def fetch(self, expression: ibis.Table) -> pa.Table:
        # Not by Ibis, which would bring in pandas for it.
        rows = self.connection.execute(self.compiled(expression)).to_arrow_table()
        return rows.cast(expression.schema().to_pyarrow())

    def batches(self, expression: ibis.Table, rows: int) -> Iterator[pa.RecordBatch]:
        yield from expression.to_pyarrow_batches(chunk_size=rows)

    def drop_kept(self) -> None:
        self._kept.clear()
        gone = [name for name in self._present if name.startswith(KEPT)]
        self._present = [name for name in self._present if name not in gone]
        if gone:
            self.connection.execute("; ".join(f"DROP TABLE IF EXISTS {name}" for name in gone))

    def interrupt(self) -> None:
        self.connection.interrupt()

    def close(self) -> None:
        self.backend.disconnect()


def start(name: str, work: Path, memory: str = MEMORY) -> Engine:
    """The engine of that name, at work in a folder; of DuckDB `memory` is what it holds before it spills there."""
    if not re.fullmatch(r"[1-9][0-9]* ?(MB|GB)", memory):
        raise BadInput(
            f"memory of {memory!r} is no size; give whole MB or GB, as in 5GB",
            f"内存 {memory!r} 不是一个大小；请写整数的 MB 或者 GB，例如 5GB",
        )
    if name not in ENGINES:
        raise BadInput(
            f"there is no engine {name!r}; {hint(name, ENGINES, 'there are')}",
            f"没有引擎 {name!r}；{hint_zh(name, ENGINES)}",
        )
    if name == "duckdb":
        return DuckDB(work, memory)
    from guiju.audit.spark import Spark

    return Spark(work, memory)
