"""The wind-down: plans by hand, against a linear programme, and what must hold of any bank."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from guiju.market.wind_down import WindDown, months_after, wind_down
from guiju.market.wind_down.plan import Bank, Plan, Shortfall, by_due, fastest, slowest
from guiju.records.errors import BadInput
from shell import Shell

DAY = date(2020, 12, 31)
TENTH = Fraction(1, 10)


def plan(made: Plan | Shortfall) -> Plan:
    assert isinstance(made, Plan), made
    return made


def test_a_bank_by_hand() -> None:
    """Before the first month 190 can go (250 + 0 − 100) / 0.9 = 166; each month 60 more can be raised and repaid."""
    bank = Bank((0, 100, 0, 300, 0), 250, 1000, TENTH, 80)
    assert [bank.most(t) for t in (1, 2, 3, 4)] == [166, 246, 326, 406]
    fast, slow = plan(fastest(bank)), plan(slowest(bank))
    assert slow.repaid == (0, 100, 0, 300, 0)
    assert fast.repaid == (166, 80, 80, 74, 0)
    assert fast.early == (166, 80, 80, 0, 0), "in the fourth month 74 are left, and due"
    assert by_due(bank, fast) == [(1, 2, 100), (1, 4, 66), (2, 4, 80), (3, 4, 80), (4, 4, 74)]
    assert (fast.months, slow.months) == (4, 4)
    assert slow.replaced == (74, 80, 80, 0, 0), "400 - 166 are needed by the end of month 3, as late as may be"
    assert slow.liquid == (324, 304, 384, 84, 84)
    assert slow.needed == (108, 106, 114, 84, 84)


def test_a_bank_that_cannot_pay_hears_by_how_much_and_what_would_help() -> None:
    bank = Bank((0, 100, 0, 300), 150, 1000, TENTH, 60)
    short = slowest(bank)
    assert short == Shortfall(month=4, missing=165, more_liquid=149, replacement=115, later_months=3)
    assert fastest(bank) == short
    assert isinstance(slowest(Bank((0, 100, 0, 300), 150 + 149, 1000, TENTH, 60)), Plan)
    assert isinstance(slowest(Bank((0, 100, 0, 300), 150, 1000, TENTH, 115)), Plan)
    assert isinstance(slowest(Bank((0, 100, 0, 0, 0, 0, 300), 150, 1000, TENTH, 60)), Plan)
    at_once = slowest(Bank((100,), 50, 100, Fraction(), 1000))
    assert isinstance(at_once, Shortfall)
    assert at_once.replacement is None, "what is raised within the month does not pay for it"


BANKS = st.builds(
    Bank, st.lists(st.integers(0, 500), min_size=1, max_size=14).map(tuple), st.integers(0, 3000),
    st.integers(2500, 9000), st.fractions(0, "1/2", max_denominator=20), st.integers(0, 300), st.integers(-100, 100),
)  # fmt: skip


@settings(max_examples=200)
@given(BANKS)
def test_of_any_bank(bank: Bank) -> None:
    slow, fast = slowest(bank), fastest(bank)
    assert isinstance(slow, Shortfall) == isinstance(fast, Shortfall)
    if isinstance(slow, Shortfall) or isinstance(fast, Shortfall):
        assert isinstance(slow, Shortfall)
        check_cures(bank, slow)
        return
    for made in (slow, fast):
        assert sum(made.repaid) == sum(bank.due), "money is conserved"
        assert min(made.repaid) >= 0
        assert all(0 <= r <= bank.replacement for r in made.replaced)
        before = bank.liquid
        for t, paid in enumerate(made.repaid):
            deposits = bank.deposits + sum(made.replaced[:t]) - sum(made.repaid[: t + 1])
            assert before - paid >= bank.buffer * deposits, "what is liquid covers what is paid, and the buffer"
            before += bank.inflow + made.replaced[t] - paid
            assert before == made.liquid[t]
        rows = by_due(bank, made)
        assert all(month <= due for month, due, _ in rows), "nobody waits beyond the day"
        assert sum(cents for month, due, cents in rows if month < due) == sum(made.early)
        for due, sum_ in enumerate(bank.due, 1):
            assert sum(cents for _, d, cents in rows if d == due) == sum_
    assert all(f <= s for f, s in zip(fast.left, slow.left, strict=True)), "the fastest is never behind the slowest"
    assert fast.months <= slow.months
    assert not any(slow.early)


def check_cures(bank: Bank, short: Shortfall) -> None:
    def mended(**other: Any) -> bool:
        return isinstance(slowest(Bank(**{**bank.__dict__, **other})), Plan)

    assert short.missing > 0
    assert mended(liquid=bank.liquid + short.more_liquid)
    assert not mended(liquid=bank.liquid + short.more_liquid - 2), "and no less would do, to a cent of rounding"
    if short.replacement is not None:
        assert mended(replacement=short.replacement)
        assert not mended(replacement=short.replacement - 1)
    if short.later_months:
        whole = Bank(**{**bank.__dict__, "due": (*[0] * (len(bank.due) + short.later_months - 1), sum(bank.due))})
        assert whole.most(len(whole.due)) >= sum(bank.due)
        assert whole.most(len(whole.due) - 1) < sum(bank.due)


@settings(max_examples=40)
@given(BANKS)
def test_the_closed_form_is_what_a_linear_programme_finds(bank: Bank) -> None:
    """Variables: repaid by the end of each month, raised by the end of each month; HiGHS, both ways."""
    months, b = len(bank.due), float(bank.buffer)
    due = list(accumulate(bank.due))
    rows, bounds = [], []
    for t in range(months):  # (1 - b) (P[t] - R[t-1]) <= L + A[t-1] - b D
        row = np.zeros(2 * months)
        row[t] = 1 - b
        if t:
            row[months + t - 1] = -(1 - b)
        rows.append(row)
        bounds.append(bank.liquid + bank.inflow * t - b * bank.deposits)
        for at, most in ((t, np.inf), (months + t, bank.replacement)):  # neither falls, funding grows so much at most
            step = np.zeros(2 * months)
            step[at] = -1
            if t:
                step[at - 1] = 1
            rows.append(step)
            bounds.append(0)
            if np.isfinite(most):
                rows.append(-step)
                bounds.append(most)
    limits = [(due[t], due[-1]) for t in range(months)] + [(0, None)] * months
    cost = np.r_[np.ones(months), np.zeros(months)]
    best = linprog(-cost, np.array(rows), np.array(bounds), bounds=limits, method="highs")
    fast = fastest(bank)
    if isinstance(fast, Shortfall):
        # Whole cents are a little stricter than the programme: one of slack is none.
        assert not best.success or fast.missing <= 1
        return
    assert best.success
    mine = sum(accumulate(fast.repaid))
    assert mine - 1e-6 <= -best.fun <= mine + months, "to a cent a month, which are whole here"


# From records


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4)


def deposit(n: int, amount: str, matures: date | None, **other: Any) -> dict[str, Any]:
    return {
        "platform": "lu", "id": f"d{n}", "bank": "fumin", "operator": "lufax", "depositor": f"p{n}", "kind": "time",
        "opened_at": at(date(2020, 6, 30)), "matures_at": matures and at(matures), "closed_at": None, "currency": "CNY",
        "amount": amount, "rate_pct": "0",
    } | other  # fmt: skip


def records(*deposits: dict[str, Any], total: str = "1000.00", liquid: str = "250.00", **tables: Any) -> dict[str, Any]:
    key = {"platform": "books", "bank": "fumin", "occurred_at": at(DAY), "currency": "CNY"}
    return {
        "deposits": pl.DataFrame(deposits, infer_schema_length=None),
        "bank_positions": pl.DataFrame([key | {"id": "t", "deposits_amount": total, "savings_amount": None}]),
        "liquid_assets": pl.DataFrame([key | {"id": "l", "kind": "level_1", "amount": liquid}]),
    } | tables  # fmt: skip


DEPOSITS = (deposit(1, "100.00", date(2021, 2, 28)), deposit(2, "300.00", date(2021, 4, 30)))


def planned(given_records: dict[str, Any], folder: Path, **inputs: Any) -> WindDown:
    return wind_down(given_records, day=DAY, out=folder, inputs={"replacement_pct": 8} | inputs)


def test_the_plan_from_records(tmp_path: Path) -> None:
    made = planned(records(*DEPOSITS), tmp_path)
    [one] = made.banks
    assert one.begins == Bank((0, 10000, 0, 30000, 0), 25000, 100000, TENTH, 8000)
    assert one.slow
    assert one.fast
    assert one.fast.repaid == (16666, 8000, 8000, 7334, 0)
    plans = pl.read_parquet(made.folder / "plans.parquet")
    assert plans.group_by("plan").agg(pl.col("repaid").sum())["repaid"].cast(str).to_list() == ["400.00", "400.00"]
    assert made.months[:2] == [date(2021, 1, 31), date(2021, 2, 28)]
    paid = pl.read_parquet(made.folder / "repayments.parquet").filter(pl.col("plan") == "fastest")
    assert paid.filter(pl.col("month") == 1)["due_month"].to_list() == [2, 4]
    page = made.page.read_text(encoding="utf-8")
    assert "1 bank with platform deposits: 1 can repay all" in page
    assert "非自营网络平台" in page


def test_interest_to_maturity_is_due_too(tmp_path: Path) -> None:
    year = deposit(1, "100.00", date(2021, 6, 30), rate_pct="3.65")
    [one] = planned(records(year), tmp_path).banks
    assert one.begins
    assert one.begins.due[5] == 10365, "100 × 3.65 % × 365/365"


def test_which_deposits_are_wound_down(tmp_path: Path) -> None:
    spring = date(2021, 3, 1)
    made = planned(
        records(
            *DEPOSITS, deposit(3, "7.00", spring, operator="fumin"), deposit(4, "7.00", spring, closed_at=at(DAY)),
            deposit(5, "7.00", spring, opened_at=at(date(2021, 1, 1))), deposit(6, "5.00", date(2020, 12, 30)),
            deposit(7, "3.00", None, kind="demand", rate_pct=None), deposit(8, "2.00", spring, operator=None),
            deposit(9, "1.00", spring, closed_at=at(date(2021, 1, 1))),
        ),
        tmp_path,
    )  # fmt: skip
    [one] = made.banks
    assert (one.deposits, one.on_demand, one.overdue, made.no_rate, made.unknown_rows) == (6, 1, 1, 1, 1)
    assert one.begins
    assert one.begins.due[:4] == (800, 10000, 300, 30000)
    page = made.page.read_text(encoding="utf-8")
    for told in (
        "due in the first month: 1.",
        "paid out, due in the first month: 1.",
        "taken for third parties&#39;: 1.",
    ):
        assert told in page


def test_a_bank_that_cannot_pay_on_the_page(tmp_path: Path) -> None:
    made = planned(records(*DEPOSITS, liquid="150.00"), tmp_path, replacement_pct=6)
    [one] = made.banks
    assert one.short
    assert one.short.month == 4
    page = made.page.read_text(encoding="utf-8")
    assert "From month 4 on it cannot pay what is due and keep the buffer; it lacks 164.45 at most." in page
    assert "第 4 个月起付清后留不足缓冲，最多差 164.45" in page
    assert isinstance(slowest(Bank(**{**one.begins.__dict__, "liquid": 15000 + one.short.more_liquid})), Plan)


def test_haircuts_and_a_value_for_one_bank(tmp_path: Path) -> None:
    key = {"platform": "books", "bank": "fumin", "occurred_at": at(DAY), "currency": "CNY"}
    kinds = [key | {"id": k, "kind": k, "amount": "100.00"} for k in ("level_1", "level_2a", "level_2b")]
    made = planned(
        records(*DEPOSITS, liquid_assets=pl.DataFrame(kinds)), tmp_path, banks={"fumin": {"buffer_pct": "2.5"}}
    )
    [one] = made.banks
    assert one.begins
    assert (one.begins.liquid, one.begins.buffer) == (10000 + 8500 + 5000, Fraction(1, 40))


def test_what_is_not_known_is_said_of_the_bank(tmp_path: Path) -> None:
    given_records = records(*DEPOSITS, deposit(3, "5.00", date(2021, 3, 1), bank="other"))
    made = planned(given_records, tmp_path)
    assert [(b.bank, b.unknown and b.unknown[1]) for b in made.banks] == [
        ("fumin", None),
        ("other", "there is nothing recent enough of other in bank_positions or in liquid_assets: supply it."),
    ]  # fmt: skip
    [one] = planned(records(*DEPOSITS, total="399.99"), tmp_path).banks
    assert one.unknown
    assert "more than all its deposits of 399.99" in one.unknown[1]
    old = records(*DEPOSITS)
    old["bank_positions"] = old["bank_positions"].with_columns(occurred_at=pl.lit(at(date(2020, 1, 1))))
    [one] = planned(old, tmp_path).banks
    assert one.unknown
    assert "in bank_positions: supply it" in one.unknown[1]


def test_what_is_refused(tmp_path: Path) -> None:
    twice = records(*DEPOSITS)
    more = twice["bank_positions"].with_columns(id=pl.lit("u"), deposits_amount=pl.lit("5.00"))
    twice["bank_positions"] = pl.concat([twice["bank_positions"], more])
    strange = records(*DEPOSITS)
    strange["liquid_assets"] = strange["liquid_assets"].with_columns(kind=pl.lit("gold"))
    for given_records, inputs, told in (
        (records(*DEPOSITS), {"buffer_pct": 100}, "below 100"),
        (records(*DEPOSITS), {"bufer_pct": 1}, "did you mean buffer_pct"),
        (records(*DEPOSITS), {"banks": {"min": {"buffer_pct": 1}}}, "no bank 'min' to wind down; did you mean fumin"),
        (records(*DEPOSITS), {"banks": {"fumin": {"buffer": 1}}}, "no assumption 'buffer'"),
        (records(*DEPOSITS), {"banks": 3}, "is not a mapping"), (twice, {}, "2 totals of 2020-12-31 that differ"),
        (strange, {}, "kind 'gold'"),
        (records(deposit(1, "1.00", None, operator="fumin")), {}, "no bank has a deposit"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=told):
            planned(given_records, tmp_path, **inputs)


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(0, 80))
def test_months_later_is_the_same_day_or_the_last(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


def test_the_command(shell: Shell) -> None:
    for name, table in records(*DEPOSITS).items():
        table.write_csv(shell.records / f"{name}.csv")
    inputs = shell.folder / "in.yaml"
    inputs.write_text("replacement_pct: 8\n")
    call = ("wind-down", shell.records, "--on", DAY, "--out", shell.folder / "out")
    assert "fumin: 400.00 due; months to the last of it: 4 at the fastest, 4 at the slowest" in shell.done(
        *call, "--inputs", inputs
    )
    assert "留不足缓冲" in shell.done(*call, "-l", "zh")
    assert "is no date" in shell.refused("wind-down", shell.records, "--on", "soon")
