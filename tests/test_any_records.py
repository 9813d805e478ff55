"""Whatever stands in the tables a check reads, its rules are asked to the end: no traceback, every row accounted for.

Values are drawn by each table's own columns: what cases use, what is empty, negative, infinite or beyond every bound.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import guiju
from desk import Desk
from guiju.audit.folder import Run
from guiju.checks import checks
from guiju.records import WHOLE, Column, tables
from guiju.records.errors import BadInput
from guiju.rulebook import rules
from guiju.testing import ask, read_cases

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


def one_of(column: Column) -> str:
    """A good value."""
    if column.type.startswith("timestamp"):
        return MOMENTS[2]
    return NAMED.get(column.name, ["x"])[0] if column.type == "string" else "2025" if column.name == "year" else "1"


@pytest.mark.parametrize("check", sorted(checks()))
@pytest.mark.parametrize("rows", [1, 2])
def test_what_is_not_known_is_neither_found_nor_a_fault(check: str, rows: int, tmp_path: Path) -> None:
    """A market of a row or two, alike, with nothing but what a row must have."""

    given_records = {
        name: pl.DataFrame([
            {c.name: one_of(c) if c.needed else None for c in tables()[name].columns} | {"id": f"{name}{i}"}
            for i in range(rows)
        ], schema={c.name: pl.String for c in tables()[name].columns})
        for name in checks()[check].tables
    }  # fmt: skip
    run = asked(check, given_records, tmp_path)
    assert run is not None
    assert not run.findings


# A case that is found, with less in it than it had: no traceback, and nothing found that was not there.

NINE = sorted({rule.check for rule in rules().values() if "nine_donts" in rule.entry.lines})


def emptied(name: str, table: pa.Table, *columns: str) -> pa.Table:
    """The table with these columns null; with every one that is not needed, where none is named."""
    gone = columns or tuple(c.name for c in tables()[name].columns if not c.needed)
    return pa.table(
        {c: pa.nulls(table.num_rows, table[c].type) if c in gone else table[c] for c in table.column_names},
        schema=table.schema,
    )


def alike(table: pa.Table) -> pa.Table:
    """The table with the first value of each column in all its rows: one seller, one day, one price."""
    firsts = {name: [*table[name].drop_null().slice(0, 1).to_pylist(), None][0] for name in table.column_names}
    same = {name: pa.array([first] * table.num_rows, table[name].type) for name, first in firsts.items()}
    return pa.table(same | {"id": table["id"]}, schema=table.schema)


@pytest.mark.parametrize("check", NINE)
def test_a_found_case_without_what_may_be_missing_is_not_found_and_says_so(check: str) -> None:
    case = read_cases(checks()[check]).of("found")[0]
    records = {name: emptied(name, table) for name, table in case.records.items()}
    told = ask(checks()[check], case, records, rests=False)
    assert not told.found
    reasons = {why for counts in told.reply.asked.values() for why in counts if why}
    assert reasons or told.reply.outcome == "not_available"


@pytest.mark.parametrize("check", sorted(checks()))
def test_a_found_case_of_one_seller_one_day_one_price_and_of_two_rows(check: str) -> None:
    """What is told from many rows is not found; of what one act is enough for, there is one finding."""
    asks, case = checks()[check], read_cases(checks()[check]).of("found")[0]
    one = ask(asks, case, {name: alike(table) for name, table in case.records.items()}, rests=False)
    two = ask(asks, case, {name: table.slice(0, 2) for name, table in case.records.items()}, rests=False)
    assert len(one.found) <= (0 if asks.weigh else 1)
    if "min_values" in case.limits:  # identifiers, of which the case asks for two
        return
    assert set(two.found) <= (set() if asks.weigh else set(ask(asks, case, rests=False).found))


@pytest.mark.soak
@pytest.mark.parametrize("check", NINE)
def test_no_one_column_that_is_missing_makes_a_finding(check: str) -> None:
    case = read_cases(checks()[check]).of("found")[0]
    found = set(ask(checks()[check], case, rests=False).found)
    for name, table in case.records.items():
        for column in tables()[name].columns:
            if not column.needed and column.name in table.column_names:
                less = case.records | {name: emptied(name, table, column.name)}
                assert set(ask(checks()[check], case, less, rests=False).found) <= found, f"{name}.{column.name}"


@pytest.mark.parametrize("name", sorted({name for check in checks().values() for name in check.tables}))
def test_numbers_that_are_none_or_below_what_may_be_are_set_aside(name: str, desk: Desk) -> None:
    columns = {c.name: c for c in tables()[name].columns if c.type != "string" and not c.type.startswith("timestamp")}
    good = {c.name: one_of(c) for c in tables()[name].columns if c.needed}
    bad = [(c, value) for c in columns for value in ("inf", "-inf", "nan", "1e400")]
    bad += [(c, str(column.least - 1)) for c, column in columns.items() if column.least is not None]
    bad += [(c, str(column.above)) for c, column in columns.items() if column.above is not None]
    rows = [good | {"id": "good"}, *(good | {c: value, "id": f"bad{i}"} for i, (c, value) in enumerate(bad))]
    schema = {c.name: pl.String for c in tables()[name].columns}
    staged = desk.stage(records={name: pl.DataFrame(rows, schema=schema)})
    assert staged.tables[name].good == 1
    told = desk.bad(staged) if bad else []
    assert sorted(why.split(":")[0] for _, why in told) == sorted(c for c, _ in bad)
