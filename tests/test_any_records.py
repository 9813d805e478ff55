"""Whatever stands in the tables a check reads, its rules are asked to the end: no traceback, every row accounted for.

Values are drawn by each table's own columns: what cases use, what is empty, negative, infinite or beyond every bound.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import guiju
from guiju.audit.folder import Run
from guiju.checks import checks
from guiju.records import WHOLE, Column, tables
from guiju.records.errors import BadInput
from guiju.rulebook import rules
from guiju.testing import read_cases

DAY = "2025-12-31"
MOMENTS = [
    "2025-09-30 15:59:59.999999", "2025-09-30 16:00:00", "2025-11-02 16:00:00", "2025-11-03 03:00:00",
    "2025-11-10 04:30:00", "2025-12-31 15:59:59", "2024-01-21 16:00:00", "2019-06-01 00:00:00", "2026-02-01 00:00:00",
]  # fmt: skip
NUMBERS = ["0", "0.01", "1", "2.50", "19.99", "100", "999999.99", "1200000000"]
STRANGE = ["-1", "inf", "-inf", "nan", "1e400", "x", "9" * 30]
NAMED = {"platform": ["p", "q"], "currency": ["CNY"]}


@cache
def written(check: str) -> dict[str, list[str]]:
    """The values of text columns in a check's drawn cases, by column: kinds and roles that mean something to it."""
    seen: dict[str, set[str]] = {}
    for case in read_cases(checks()[check]).cases.values():
        for table in case.records.values():
            for name in table.column_names:
                seen.setdefault(name, set()).update(v for v in table[name].to_pylist() if isinstance(v, str))
    return {name: sorted(values)[:6] for name, values in seen.items()}


def values(check: str, column: Column) -> st.SearchStrategy[Any]:
    """What may stand in a column; mostly good values, and null wherever that is allowed."""
    if column.type.startswith("timestamp"):
        good: list[Any] = MOMENTS
    elif column.type == "string":
        good = NAMED.get(column.name) or [*written(check).get(column.name, ["a", "b"]), "", "=1+1"]
    elif column.type == WHOLE:
        good = ["0", "1", "3", "2024", "2025"]
    else:
        good = NUMBERS
    usual = st.sampled_from(good)
    if column.type != "string" and not column.type.startswith("timestamp"):
        usual = st.one_of(usual, usual, usual, usual, st.sampled_from(STRANGE))
    return usual if column.needed else st.one_of(st.none(), usual, usual)


@st.composite
def records(draw: st.DrawFn, check: str) -> dict[str, pl.DataFrame]:
    """The tables a check reads, of no row to a few dozen; now and then without the columns that are not needed."""
    made = {}
    for name in checks()[check].tables:
        columns = [c for c in tables()[name].columns if c.name != "id"]
        if draw(st.integers(0, 5)) == 0:
            columns = [c for c in columns if c.needed]
        row = st.fixed_dictionaries({c.name: values(check, c) for c in columns})
        rows = draw(st.lists(row, max_size=3))
        rows = [row for row in rows for _ in range(draw(st.sampled_from([1, 1, 4, 12])))]
        schema = {"id": pl.String} | {c.name: pl.String for c in columns}
        made[name] = pl.DataFrame([{"id": f"{name}{i}"} | row for i, row in enumerate(rows)], schema=schema)
    return made


def asked(check: str, given_records: dict[str, pl.DataFrame], out: Path) -> Run | None:
    """The run of the check's rules; None where the records are refused in a sentence."""
    named = [name for name, rule in rules().items() if rule.check == check and not rule.is_draft]
    where = sorted({rules()[name].jurisdiction for name in named})
    try:
        return guiju.audit(given_records, day=DAY, jurisdictions=where, only=named, out=out)
    except BadInput:
        return None


def is_asked_to_the_end(check: str, given_records: dict[str, pl.DataFrame]) -> None:
    with TemporaryDirectory() as folder:
        run = asked(check, given_records, Path(folder))
        if run is None:
            return
        for rule in run.manifest["rules"]:
            for table, account in rule["account"].items():
                counted = account["asked"] + account["quarantined"] + sum(account["unanswered"].values())
                assert counted == account["read"] == given_records[table].height
        for finding in run.findings:
            assert finding.evidence_rows > 0
            assert finding.amount_at_stake is None or finding.amount_at_stake >= 0


@pytest.mark.parametrize("check", sorted(checks()))
def test_any_records_are_asked_to_the_end(check: str) -> None:
    @given(records(check))
    @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
    def anything(drawn: dict[str, pl.DataFrame]) -> None:
        is_asked_to_the_end(check, drawn)

    anything()


@pytest.mark.soak
@pytest.mark.parametrize("check", sorted(checks()))
def test_many_records_are_asked_to_the_end(check: str) -> None:
    @given(records(check))
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def anything(drawn: dict[str, pl.DataFrame]) -> None:
        is_asked_to_the_end(check, drawn)

    anything()


@pytest.mark.parametrize("check", sorted(checks()))
@pytest.mark.parametrize("rows", [1, 2])
def test_what_is_not_known_is_neither_found_nor_a_fault(check: str, rows: int, tmp_path: Path) -> None:
    """A market of a row or two, alike, with nothing but what a row must have."""

    def bare(column: Column) -> str:
        if column.type.startswith("timestamp"):
            return MOMENTS[2]
        return NAMED.get(column.name, ["x"])[0] if column.type == "string" else "1"

    given_records = {
        name: pl.DataFrame([
            {c.name: bare(c) if c.needed else None for c in tables()[name].columns} | {"id": f"{name}{i}"}
            for i in range(rows)
        ], schema={c.name: pl.String for c in tables()[name].columns})
        for name in checks()[check].tables
    }  # fmt: skip
    run = asked(check, given_records, tmp_path)
    assert run is not None
    assert not run.findings
