"""The engine a run asks its questions on: DuckDB inside the process, through Ibis."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import ibis
    import pyarrow as pa

MEMORY = "2500MB"  # leaves room under 4 GiB for Arrow and Python


class Engine:
    """One DuckDB connection with a bounded memory; what does not fit spills into `work`."""

    def __init__(self, work: Path, memory: str = MEMORY) -> None:
        import ibis

        self.backend = ibis.duckdb.connect(
            memory_limit=memory, threads=os.cpu_count() or 1, temp_directory=str(work / "spill")
        )
        self.connection: duckdb.DuckDBPyConnection = self.backend.con
        self._names = (f"kept_{n}" for n in count())
        self._kept: dict[Any, ibis.Table] = {}

    def forget_order(self) -> None:
        """Rows need not keep their order from here on: whoever needs one sorts. It is quicker so."""
        self.connection.execute("SET preserve_insertion_order = false")

    def table(self, name: str) -> ibis.Table:
        return self.backend.table(name)

    def keep(self, expression: ibis.Table) -> ibis.Table:
        """Compute an expression once; who asks for the same one later, for another rule even, reads the result."""
        question = expression.op()  # expressions compare as questions do, not as objects
        if question not in self._kept:
            self._kept[question] = self.backend.create_table(next(self._names), expression, temp=True)
        return self._kept[question]

    def put(self, rows: pa.Table) -> ibis.Table:
        """A small table made in Python, as a table of the engine."""
        return self.backend.create_table(next(self._names), rows, temp=True)

    def fetch(self, expression: ibis.Table) -> pa.Table:
        return expression.to_pyarrow()

    def drop_kept(self) -> None:
        """Forget what was kept, once the rules that share it are asked."""
        self._kept.clear()
        for name in self.backend.list_tables():
            if name.startswith("kept_"):
                self.backend.drop_table(name, force=True)

    def platforms(self, tables: list[str]) -> list[str]:
        """The platforms that have rows in the tables."""
        found = {
            p for t in tables for p in self.table(t).select("platform").distinct().to_pyarrow()["platform"].to_pylist()
        }
        return sorted(found)

    def close(self) -> None:
        self.backend.disconnect()

    @property
    def version(self) -> str:
        import duckdb

        return f"duckdb {duckdb.__version__}"
