"""Spark's SQL, meaning to the last digit what DuckDB's does: a check is written once and says the same on both.

Where the two differ, what Spark is asked here is DuckDB's: division of decimals is of doubles, and by zero gives
infinity; seconds since 1970 keep their fraction; rounding is of the binary number; sums of decimals are wide; a NaN
is a number; what counts nothing is 0; hashes have 64 bits. `spark.SETTINGS` does the same for what settings decide.
"""

from __future__ import annotations

from typing import Any, ClassVar

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import sqlglot.expressions as sge
from ibis.backends.pyspark import Backend
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

assert ibis.pyspark  # Ibis knows a dialect's options once its backend is loaded


class Compiler(PySparkCompiler):  # type: ignore[misc]
    """Ibis' compiler for Spark, but for the operations of which the engines think differently."""

    __slots__ = ()
    SIMPLE_OPS: ClassVar[dict[Any, str]] = {ops.Hash: "xxhash64"}

    def visit_Divide(self, op: Any, *, left: Any, right: Any) -> Any:
        """Spark divides decimals as decimals, losing digits, and refuses to divide by zero."""
        above, below = self.cast(left, dt.float64), self.cast(right, dt.float64)
        if isinstance(right, sge.Literal) and float(right.name):
            return above / below
        signed = self.f.signum(above) * self.POS_INF  # of zero: not a number
        return self.if_(below.eq(0), signed, above / below)

    def visit_Round(self, op: Any, *, arg: Any, digits: Any) -> Any:
        """Spark rounds the shortest decimal that means a double, DuckDB the double."""
        if digits is None or not op.arg.dtype.is_floating():
            return super().visit_Round(op, arg=arg, digits=digits)
        tens = self.f.pow(10, digits)
        return self.f.round(self.cast(arg, dt.float64) * tens) / tens

    def visit_ExtractEpochSeconds(self, op: Any, *, arg: Any) -> Any:
        return self.cast(self.f.anon.unix_micros(self.cast(arg, dt.timestamp)), dt.float64) / 1000000

    def visit_IsNull(self, op: Any, *, arg: Any) -> Any:
        return arg.is_(sge.Null())

    def visit_NotNull(self, op: Any, *, arg: Any) -> Any:
        return arg.is_(sge.Null()).not_()

    def visit_CountStar(self, op: Any, *, arg: Any, where: Any) -> Any:
        return self.f.count(sge.Star()) if where is None else self.f.count_if(where)

    def visit_Sum(self, op: Any, *, arg: Any, where: Any) -> Any:
        """Spark sums decimals into one of ten digits more, DuckDB into the widest there is."""
        summed = super().visit_Sum(op, arg=arg, where=where)
        return self.cast(summed, op.dtype) if op.dtype.is_decimal() else summed

    def visit_WindowFunction(self, op: Any, *, func: Any, **how: Any) -> Any:
        if isinstance(func, sge.Cast):  # of a sum, above
            over = super().visit_WindowFunction(op, func=func.this, **how)
            return self.cast(over, op.dtype)
        return super().visit_WindowFunction(op, func=func, **how)


class SparkSQL(Backend):  # type: ignore[misc]
    """Ibis on Spark, speaking so."""

    compiler = Compiler()
