"""How much of a bank's deposits others' platforms brought, day by day, as the check of it reckons; with any line.

The check says which banks depend on platforms by the rulebook's line; this says the course of every bank, and what
another line would find. Nothing here is a finding.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import ibis
from markupsafe import Markup

from guiju.audit.asking import moments_of
from guiju.audit.opened import Opened
from guiju.audit.report.pictures.platform_dependence import Course, course
from guiju.checks.deposits import _funding, _runs
from guiju.market import local_day
from guiju.rulebook import Limit, Rule, Span, rules

RULE = "no_undue_platform_dependence"
TABLES = ("balances", "bank_positions")
Bank = tuple[str, str, str]  # whose records state its deposits, the bank, the currency


@dataclass(frozen=True)
class Stated:
    """A bank on a day for which its deposits in all are stated; per cent of them. why: it could not be judged."""

    day: date
    at: datetime
    total: float
    platform_pct: float
    savings_pct: float | None
    is_above: bool
    why: str | None


@dataclass(frozen=True)
class Stretch:
    """Stated days in a row on which a bank was above the line, and the first of the greatest share."""

    days: int
    begins: datetime
    ends: datetime
    peak: datetime
    peak_pct: float


@dataclass(frozen=True)
class Dependence:
    """Every bank's stated days in order, and its stretches of enough days above the line, by bank."""

    line_pct: float
    min_days: int
    courses: dict[Bank, list[Stated]]
    stretches: dict[Bank, list[Stretch]]


def limits(day: date) -> dict[str, Limit]:
    """The rulebook's line of a day, with why it is this and its mark."""
    return rules()[RULE].reasons_on(day)


def dependence(at: Opened, day: date, line_pct: float, min_days: int) -> Dependence:
    """Every bank against a line. day: whose rules are asked. Raises BadInput where a table is not there."""
    for name in TABLES:
        at.need(name, "a bank's dependence on platforms")
    offset = _offset(day)
    stated = at.engine.keep(_funding.stated(at.table("bank_positions"), offset))
    brought = at.engine.keep(_funding.brought(at.table("balances"), offset))
    judged = at.engine.keep(_funding.judged(stated, brought, line_pct))
    courses: dict[Bank, list[Stated]] = defaultdict(list)
    for row in at.frame(judged).sort(*_funding.BANK, "day").iter_rows(named=True):
        moment, savings = row["occurred_at"], row["savings_pct"]
        courses[_bank(row)].append(
            Stated(local_day(moment, at.zone), moment, float(row["total"]), row["platform_pct"], savings,
                   bool(row["above"]), row["why"])
        )  # fmt: skip
    runs = _runs.runs(_runs.days_in_runs(judged))
    stretches: dict[Bank, list[Stretch]] = {bank: [] for bank in courses}
    for row in at.frame(runs.filter(runs.days >= min_days)).sort(*_funding.BANK, "day").iter_rows(named=True):
        one = Stretch(row["days"], row["episode_start"], row["episode_end"], row["peak_at"], row["platform_pct"])
        stretches[_bank(row)].append(one)
    return Dependence(line_pct, min_days, dict(courses), stretches)


def sources(at: Opened, day: date, bank: Bank) -> dict[str, float]:
    """Who had brought how much of a bank's deposits as a local day ended."""
    rows = _funding.brought(at.table("balances"), _offset(day))
    number = (day - date(1970, 1, 1)).days
    its = rows.filter(rows.bank == bank[1], rows.currency == bank[2], rows.day == number, rows.whose == "platform")
    sums = at.frame(its.group_by("source").agg(amount=its.amount.sum().cast("float64")))
    return dict(sums.iter_rows())


def picture(of: Dependence, bank: Bank, day: date, brought: dict[str, float], at: Opened) -> Markup:
    """A bank's course as the report of a finding draws it, with who had brought what on a day."""
    its, stretches = of.courses[bank], of.stretches[bank]
    part = [(one.at, one.platform_pct) for one in its]
    savings = [(one.at, one.savings_pct) for one in its if one.savings_pct is not None]
    total = next((one.total for one in its if one.day == day), None)
    since = stretches[0].begins if stretches else None
    return course(Course(part, savings, of.line_pct, since, str(day), brought, total), at.zone)


def _offset(day: date) -> ibis.Value:
    rule: Rule = rules()[RULE]
    return moments_of(rule, Span(day, day, rule.limits_on(day)))["utc_offset"]


def _bank(row: dict[str, Any]) -> Bank:
    platform, bank, currency = (row[name] for name in _funding.BANK)
    return platform, bank, currency
