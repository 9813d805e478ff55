"""Records that say next to nothing: only the columns a table needs, all others null, or a market of one row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import guiju
from guiju.checks import checks
from guiju.records import tables
from guiju.rulebook import rules

RULES = (
    *("no_unnotified_concentrations", "no_unreasonable_fees", "no_sales_without_licence", "no_excess_collection"),
    *("no_absolute_claims", "no_exposed_identifiers"),
)
VALUES: dict[str, Any] = {"string": "x", "timestamp(6)": "2025-06-01 00:00:00", "int64": 2024}


def bare(name: str, rows: int, nulls: bool) -> pl.DataFrame:
    """Rows alike but for their id, of the needed columns; with `nulls` the others too, all null."""
    columns: dict[str, list[Any]] = {}
    for column in tables()[name].columns:
        if column.needed:
            value = VALUES.get(column.type, "1.00")
            columns[column.name] = [value if column.name != "currency" else "CNY"] * rows
        elif nulls:
            columns[column.name] = [None] * rows
    columns["id"] = [f"{name}-{i}" for i in range(rows)]
    return pl.DataFrame(columns)


@pytest.mark.parametrize("nulls", [True, False], ids=["all others null", "only what is needed"])
@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("rule", RULES)
def test_what_is_not_known_is_neither_found_nor_a_fault(tmp_path: Path, rule: str, rows: int, nulls: bool) -> None:
    needed = checks()[rules()[rule].check].tables
    run = guiju.audit({name: bare(name, rows, nulls) for name in needed}, day="2025-12-31", only=rule, out=tmp_path)
    assert not run.findings
