"""A records folder, an engine and what staging made of them; rows to put there."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from guiju.records import tables
from guiju.records.errors import BadInput
from guiju.records.mapping import Mapping
from guiju.records.staging import Staged, stage

HEAD = "platform,id,occurred_at,seller,product,quantity,currency,gross_amount"
GOOD = "p,{},2024-01-01 08:00:00,s,x,1,CNY,5.00"


class Desk:
    """A records folder, an engine and what staging made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "records"
        self.work = folder / "work"
        self.folder.mkdir()
        self.con = duckdb.connect()

    def write(self, name: str, text: str | bytes) -> Desk:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return self

    def stage(self, mapping: Mapping | None = None, records: Any = None) -> Staged:
        return stage(self.con, records if records is not None else self.folder, mapping, self.work)

    def orders(self, *lines: str, head: str = HEAD, mapping: Mapping | None = None) -> Staged:
        self.write("orders.csv", "\n".join([head, *lines]) + "\n")
        return self.stage(mapping)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.con.execute(query).fetchall()

    def bad(self, staged: Staged) -> list[tuple[Any, ...]]:
        return self.rows(f"SELECT line, reason FROM '{staged.quarantine}' ORDER BY ALL")

    def refused(self, mapping: Mapping | None = None, records: Any = None) -> str:
        with pytest.raises(BadInput) as told:
            self.stage(mapping, records)
        text = str(told.value)
        assert "\n" not in text
        assert "Error" not in text
        return text


def order(number: int, **changes: Any) -> dict[str, Any]:
    row = {
        "platform": "p",
        "id": f"o{number}",
        "occurred_at": datetime(2024, 1, 1, 8),
        "seller": "s",
        "product": "x",
        "quantity": Decimal("1.000"),
        "currency": "CNY",
        "gross_amount": Decimal("5.00"),
    }
    return row | changes


ARROW = {
    "string": pa.string(),
    "timestamp(6)": pa.timestamp("us"),
    "int64": pa.int64(),
    "decimal(18, 2)": pa.decimal128(18, 2),
    "decimal(18, 3)": pa.decimal128(18, 3),
    "decimal(18, 6)": pa.decimal128(18, 6),
}


def ours(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """An Arrow table that has our types already."""
    given = {k for r in rows for k in r}
    return pa.Table.from_pylist(
        rows, schema=pa.schema([(c.name, ARROW[c.type]) for c in tables()[name].columns if c.name in given])
    )
