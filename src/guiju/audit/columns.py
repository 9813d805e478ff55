"""Between Python's values and Arrow's, by Polars: PyArrow itself imports pandas to look at a list, most of a second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


def array(values: Iterable[Any] | np.ndarray, kind: pa.DataType | None = None) -> pa.Array:
    """Values in a type: where none is named, text, a whole number, a real one or another that holds them all."""
    import polars as pl
    import pyarrow as pa

    # Of an array of Python's objects Polars would keep their addresses.
    given = values if hasattr(values, "dtype") and values.dtype != object else list(values)
    column = pl.Series(values=given, dtype=_polars_type(kind), strict=False).to_arrow()
    if kind is None:
        kind = {pa.large_string(): pa.string(), pa.null(): pa.float64()}.get(column.type, column.type)
    return column.cast(kind)


def _polars_type(kind: pa.DataType | None) -> Any:
    import polars as pl
    import pyarrow as pa

    return None if kind is None else pl.Series(pl.from_arrow(pa.nulls(0, kind))).dtype


def arrays(table: pa.Table) -> Mapping[str, np.ndarray]:
    """A table's columns as arrays of NumPy's, a missing number being NaN."""
    import polars as pl

    return {column.name: column.to_numpy() for column in pl.DataFrame(pl.from_arrow(table))}
