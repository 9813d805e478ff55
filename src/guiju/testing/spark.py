"""Spark for cases: tables of a few rows stay in its memory, and no file is written of them or of what is kept.

What a case asks is the SQL that an audit asks; only where its rows lie is otherwise. A question still is computed once:
what is kept is fetched, and put as a table of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from guiju.audit.spark import Spark

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa


class Small(Spark):
    """One Spark session for tables that fit into one message."""

    def put(self, rows: pa.Table) -> ibis.Table:
        return self._named(next(self._names), rows)

    def _named(self, name: str, rows: pa.Table) -> ibis.Table:
        self.session.createDataFrame(rows).createOrReplaceTempView(name)
        self._views.append(name)
        return self.backend.table(name)

    def _compute(self, expression: ibis.Table, name: str) -> ibis.Table:
        return self._named(name, self.fetch(expression))

    def fetch(self, expression: ibis.Table) -> pa.Table:
        frame: Any = self._frame(expression)
        return frame.toArrow().cast(expression.schema().to_pyarrow())

    def batches(self, expression: ibis.Table, rows: int) -> Iterator[pa.RecordBatch]:
        yield from self.fetch(expression).to_batches(rows)
