"""What every table of every twin must be: columns of the records' types, good values, spans, caps and keys."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from guiju.records import tables

ARROW = {"string": "string", "timestamp(6)": "timestamp[us]", "int64": "int64"}


def read(out: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(out / f"{name}.parquet")


def is_of_the_records(out: Path, name: str) -> None:
    """AssertionError where `out/<name>.parquet` is not what `guiju.records` says of that table."""
    table, schema = tables()[name], pq.read_schema(out / f"{name}.parquet")
    wanted = [(c.name, ARROW.get(c.type, c.type.replace("decimal(", "decimal128("))) for c in table.columns]
    assert [(f.name, str(f.type)) for f in schema] == wanted
    rows = read(out, name)
    for column in table.columns:
        known = rows[column.name].drop_nulls()
        assert not column.needed or len(known) == rows.height, column.name
        assert column.least is None or (known >= column.least).all(), column.name
        assert column.above is None or (known > column.above).all(), column.name
    for begins, ends in table.spans:
        assert rows.drop_nulls([begins, ends]).select(pl.col(begins) <= pl.col(ends)).to_series().all(), begins
    for parts, whole in table.caps:
        assert rows.select(pl.sum_horizontal(parts) <= pl.sum_horizontal(whole)).to_series().all(), parts
    assert rows.select("platform", "id").n_unique() == rows.height
