"""Referral fees: every figure by hand, and what must hold of any balances."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.market.fee import Statement, fee
from guiju.market.fee.reckoning import Days, Pair, cents, corrections, line, settled_at
from guiju.market.fee.terms import DAY_COUNTS, RATE_PERIODS, SETTLED, Terms, pieces
from guiju.records.errors import BadInput
from shell import Shell

SHANGHAI = ZoneInfo("Asia/Shanghai")
DECEMBER = {"first": date(2020, 12, 1), "last": date(2020, 12, 31)}
TERMS = {"rate_per_mille": "2.5", "rate_period": "year"}
PAIR = Pair("lu", "fumin", "CNY")


def at(day: date, hour: int = 4) -> datetime:
    return datetime(day.year, day.month, day.day, hour)


def stood(
    first: date, last: date, amount: str = "1000000.00", bank: str = "fumin", **other: Any
) -> list[dict[str, Any]]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        {"platform": "lu", "id": f"{bank}{d}{other.get('known_at', '')}", "bank": bank, "operator": "lufax",
         "occurred_at": at(d), "currency": "CNY", "amount": amount, "known_at": None} | other
        for d in days
    ]  # fmt: skip


def balances(*spans: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    return {"balances": pl.DataFrame([row for rows in spans for row in rows], infer_schema_length=None)}


def stated(rows: list[dict[str, Any]], folder: Path, **other: Any) -> Statement:
    return fee(balances(rows), out=folder, **{**DECEMBER, **TERMS, **other})


@pytest.mark.parametrize(
    ("terms", "by_hand"),
    [
        ({}, "212.33"),  # 1,000,000 × 2.5 ‰ × 31/365 = 212.3287…
        ({"day_count": "actual/360"}, "215.28"),  # × 31/360 = 215.2777…
        ({"day_count": "30/360"}, "208.33"),  # × 30/360
        ({"rate_period": "quarter"}, "842.39"),  # × 31/92 of a quarter
        ({"rate_period": "month"}, "2500.00"),  # the whole month
        ({"rate_period": "quarter", "day_count": "30/360"}, "833.33"),  # 30/90
        ({"first": date(2020, 12, 10)}, "150.68"),  # a part: 22/365
        ({"first": date(2020, 12, 10), "day_count": "30/360"}, "145.83"),  # 30E/360 from the 10th to the 1st: 21/360
    ],
)
def test_a_steady_balance(terms: dict[str, Any], by_hand: str, tmp_path: Path) -> None:
    made = stated(stood(date(2020, 12, 1), date(2020, 12, 31)), tmp_path, **terms)
    assert [one.fee_amount for one in made.lines] == [Decimal(by_hand)]
    assert made.lines[0].average == Decimal("1000000.00")


def test_the_average_is_of_the_days_and_february_has_thirty_of_them(tmp_path: Path) -> None:
    half = stood(date(2021, 2, 1), date(2021, 2, 14), "500000") + stood(
        date(2021, 2, 15), date(2021, 2, 28), "1500000.07"
    )
    made = stated(half, tmp_path, first=date(2021, 2, 1), last=date(2021, 2, 28), day_count="30/360")
    assert made.lines[0].average == Decimal("1000000.04"), "half of 2,000,000.07, half up"
    assert made.lines[0].share == "30/360"
    assert made.lines[0].fee_amount == Decimal("208.33")


def test_days_without_a_balance_are_left_or_carried_and_always_said(tmp_path: Path) -> None:
    rows = stood(date(2020, 12, 1), date(2020, 12, 10)) + stood(date(2020, 12, 21), date(2020, 12, 31), "2000000")
    left = stated(rows, tmp_path)
    assert (left.lines[0].counted_days, left.lines[0].missing_days) == (21, 10)
    assert left.lines[0].fee_amount == Decimal("219.18")  # (10 + 22) million × 2.5 ‰ / 365
    assert "which bear no fee (by platform and bank, listed below): 10." in left.page.read_text(encoding="utf-8")
    carried = stated(rows, tmp_path, gaps="carry")
    assert carried.lines[0].fee_amount == Decimal("287.67")  # (20 + 22) million
    page = carried.page.read_text(encoding="utf-8")
    assert [f"2020-12-{d}</td>" in page for d in (11, 20, 21)] == [True, True, False], "each carried day is listed"
    assert carried.days.filter(pl.col("how") == "carried")["amount"].unique().to_list() == [Decimal("1000000.00")]


def test_nothing_is_carried_into_days_before_the_first(tmp_path: Path) -> None:
    made = stated(stood(date(2020, 12, 17), date(2020, 12, 31)), tmp_path, gaps="carry")
    assert (made.lines[0].counted_days, made.lines[0].missing_days, made.lines[0].days) == (15, 0, 31)
    assert made.lines[0].fee_amount == Decimal("102.74")


def test_what_is_stated_after_settlement_is_a_correction_of_the_next_statement(tmp_path: Path) -> None:
    rows = stood(date(2020, 11, 1), date(2020, 12, 31))
    late = stood(date(2020, 11, 10), date(2020, 11, 10), "31000000.00", known_at=at(date(2020, 12, 20)))
    november = stated(rows + late, tmp_path, first=date(2020, 11, 1), last=date(2020, 11, 30))
    assert [one.fee_amount for one in november.lines] == [Decimal("205.48")], "as known on 5 December"
    assert november.later_rows == 1
    december = stated(rows + late, tmp_path)
    assert [(one.period_start.month, one.is_correction, one.fee_amount) for one in december.lines] == [
        (12, False, Decimal("212.33")), (11, True, Decimal("205.48")),
    ]  # fmt: skip
    [_, correction] = december.lines
    assert (correction.was_amount, correction.now_amount) == (Decimal("205.48"), Decimal("410.96"))
    assert correction.changed == ((date(2020, 11, 10), Decimal("1000000.00"), Decimal("31000000.00")),)
    assert december.total == {"CNY": Decimal("417.81")}
    in_time = stood(date(2020, 12, 30), date(2020, 12, 30), "2000000", known_at=at(date(2021, 1, 3)))
    assert stated(rows + in_time, tmp_path).lines[0].fee_amount == Decimal("219.18")


def test_a_banks_own_app_bears_no_fee_and_an_unknown_operator_is_said(tmp_path: Path) -> None:
    own = stood(date(2020, 12, 1), date(2020, 12, 31), bank="own", operator="own", platform="own")
    made = stated(own + stood(date(2020, 12, 1), date(2020, 12, 31), operator=None), tmp_path)
    assert (len(made.lines), made.own_rows, made.unknown_rows) == (1, 31, 31)


def test_the_workbook_sums_to_the_cent_and_its_own_copy_does_not_differ(tmp_path: Path) -> None:
    rows = [
        r
        for n in range(7)
        for r in stood(date(2020, 11, 1), date(2020, 12, 31), f"{1234567 * (n + 1)}.8{n}", f"bank {n}")
    ]
    made = stated(rows, tmp_path / "a", first=date(2020, 11, 1))
    book = openpyxl.load_workbook(made.folder / "statement.xlsx", data_only=True)
    lines = list(book["lines"].iter_rows(min_row=2, values_only=True))
    assert lines[-1][0] == "total"
    assert (
        Decimal(str(round(lines[-1][15], 2))) == sum(Decimal(str(row[15])) for row in lines[:-1]) == made.total["CNY"]
    )
    for name in ("statement.csv", "statement.xlsx"):
        again = stated(rows, tmp_path / "b", first=date(2020, 11, 1), against=made.folder / name)
        assert again.differences == []
    assert "line by line, to the cent" in again.page.read_text(encoding="utf-8")


def test_differences_are_listed_with_the_term_that_explains_them(tmp_path: Path) -> None:
    rows = stood(date(2020, 12, 1), date(2020, 12, 31)) + stood(date(2020, 12, 1), date(2020, 12, 31), bank="zgc")
    (tmp_path / "theirs.csv").write_text(
        "Platform,Bank,Period_start,Period_end,Fee_amount\n"
        'lu,fumin,2020/12/01,2020/12/31,215.28\nlu,other,2020-12-01,2020-12-31,"1,000.00"\n合计,,,,1215.28\n'
    )
    made = stated(rows, tmp_path, against=tmp_path / "theirs.csv")
    told = [(d.key.bank, d.ours, d.theirs, d.amount, d.why[1]) for d in made.differences or []]
    assert told == [
        ("other", None, Decimal("1000.00"), Decimal("1000.00"), ""),
        ("zgc", Decimal("212.33"), None, Decimal("-212.33"), ""),
        ("fumin", Decimal("212.33"), Decimal("215.28"), Decimal("2.95"), "reckoned by actual/360"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("platform,bank,start,period_end,fee_amount\n", "no column period_start"),
        ("platform,bank,period_start,period_end,fee_amount\nlu,f,soon,2020-12-31,1\n", "row 2: 'soon' is no date"),
        ("platform,bank,period_start,period_end,fee_amount\nlu,f,2020-12-01,2020-12-31,much\n", "no sum of money"),
        ("platform,bank,period_start,period_end,fee_amount\n", "has no line"),
        ("platform,bank,period_start,period_end,fee_amount\n" + 2 * "lu,f,2020-12-01,2020-12-31,1\n", "already"),
    ],
)
def test_a_counterpartys_statement_that_is_none(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "theirs.csv").write_text(text)
    with pytest.raises(BadInput, match=told):
        stated(stood(date(2020, 12, 1), date(2020, 12, 2)), tmp_path, against=tmp_path / "theirs.csv")


def test_what_is_refused(tmp_path: Path) -> None:
    rows, negative = stood(date(2020, 12, 1), date(2020, 12, 2)), stood(date(2020, 12, 1), date(2020, 12, 1), "-1.00")
    twice = [*rows, rows[0] | {"id": "again"}]
    for given_rows, terms, told in (
        (negative, {}, "not one of 1 rows in balances is good; .*: amount"),
        (twice, {}, "2 rows say what fumin had of lu on"),
        (rows, {"rate_per_mille": "0"}, "above 0"), (rows, {"rate_period": "years"}, "did you mean year"),
        (rows, {"first": date(2021, 1, 1)}, "exchange them"), (rows, {"settled_days": -1}, "0 or more"),
        (rows, {"last": date(2020, 11, 5), "first": date(2020, 11, 1)}, "no platform brought anything"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=told):
            stated(given_rows, tmp_path, **terms)


def test_one_negative_balance_is_set_aside_and_said(tmp_path: Path) -> None:
    rows = stood(date(2020, 12, 1), date(2020, 12, 30)) + stood(date(2020, 12, 31), date(2020, 12, 31), "-5")
    made = stated(rows, tmp_path)
    assert (made.quarantined, made.lines[0].missing_days) == (1, 1)
    assert "not counted: 1." in made.page.read_text(encoding="utf-8")


BALANCES = st.dictionaries(
    st.dates(date(2020, 1, 1), date(2020, 6, 30)),
    st.lists(
        st.tuples(st.integers(0, 90), st.decimals(0, 10**9, places=2)), min_size=1, max_size=3, unique_by=lambda t: t[0]
    ),
    min_size=1, max_size=25,
)  # fmt: skip
ANY_TERMS = st.builds(
    Terms, st.decimals("0.01", 50, places=2), st.sampled_from(sorted(RATE_PERIODS)), st.sampled_from(sorted(SETTLED)),
    st.sampled_from(DAY_COUNTS), st.sampled_from(["leave", "carry"]), st.integers(0, 40),
)  # fmt: skip


def as_days(drawn: dict[date, list[tuple[int, Decimal]]]) -> Days:
    days = Days()
    for day, told in drawn.items():
        days.stated[day] = sorted((at(day) + timedelta(days=n), amount) for n, amount in told)
    return days


@given(BALANCES, ANY_TERMS)
def test_statements_one_after_another_come_to_what_is_owed_in_the_end(drawn: Any, terms: Terms) -> None:
    """Whatever is corrected when: settled lines and corrections of a period add up to its fee as last known."""
    days, periods = as_days(drawn), pieces(date(2020, 1, 1), date(2020, 6, 30), terms.settle)
    paid = dict.fromkeys(periods, Decimal())
    for n, period in enumerate(periods):
        until = settled_at(period[1], terms, SHANGHAI)
        paid[period] += line(PAIR, days, *period, until, terms).fee_amount
        if n:
            since = settled_at(periods[n - 1][1], terms, SHANGHAI)
            for one in corrections(PAIR, days, periods[:n], since, until, terms):
                paid[one.period_start, one.period_end] += one.fee_amount
    last = settled_at(periods[-1][1], terms, SHANGHAI)
    assert paid == {p: line(PAIR, days, *p, last, terms).fee_amount for p in periods}


@given(BALANCES, ANY_TERMS)
def test_a_fee_is_the_average_times_the_rate_and_never_below_zero(drawn: Any, terms: Terms) -> None:
    days, by = as_days(drawn), at(date(2021, 1, 1))
    for first, last in pieces(date(2020, 1, 1), date(2020, 6, 30), terms.settle):
        one = line(PAIR, days, first, last, by, terms)
        assert one.days == (last - first).days + 1
        assert one.fee_amount >= 0
        if one.counted_days:
            exactly = Fraction(one.balance_sum) / one.counted_days * terms.rate_of(one.fraction)
            assert abs(Fraction(one.fee_amount) - exactly) <= Fraction(1, 200)
        if terms.gaps == "carry":
            assert one.missing_days == 0


@given(st.dates(date(2019, 1, 1), date(2022, 1, 1)), ANY_TERMS)
def test_a_whole_period_is_the_whole_rate(day: date, terms: Terms) -> None:
    months = {"year": 12, "quarter": 3, "month": 1}[terms.rate_period]
    first, last = _calendar(day, months)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    share = sum(Fraction(n, whole) for whole, n in terms.fraction(days).items())
    if terms.rate_period != "year" or terms.day_count == "30/360":
        assert share == 1
    else:
        assert share == Fraction(len(days), 365 if terms.day_count == "actual/365" else 360)


def _calendar(day: date, months: int) -> tuple[date, date]:
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    after = date(first.year + (first.month + months > 12), (first.month + months - 1) % 12 + 1, 1)
    return first, after - timedelta(days=1)


@given(st.fractions(-(10**6), 10**6))
def test_cents_are_the_nearest(value: Fraction) -> None:
    assert abs(Fraction(cents(value)) - value) <= Fraction(1, 200)
    assert cents(-value) == -cents(value)


def test_the_command(shell: Shell) -> None:
    balances(stood(date(2020, 12, 1), date(2020, 12, 31)))["balances"].write_csv(shell.records / "balances.csv")
    call = ("fee", shell.records, "--from", "2020-12-01", "--to", "2020-12-31", "--out", shell.folder / "out",
            "--rate-per-mille", "2.5", "--rate-period", "year")  # fmt: skip
    told = shell.done(*call)
    assert "total CNY 212.33" in told
    assert "合计 CNY 212.33" in shell.done(
        *call, "-l", "zh", "--against", shell.folder / "out/fee-2020-12-01-2020-12-31/statement.csv"
    )
    assert "there is no such file" in shell.refused(*call, "--against", shell.folder / "none.csv")
