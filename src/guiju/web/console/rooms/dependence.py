"""Dependence over time: what part of a bank's deposits others' platforms brought, month by month, against a line."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

import msgspec
from litestar import Request, Response, get

from guiju.audit.report.words import Pair, pair
from guiju.market import exact, local_day
from guiju.market.dependence import RULE, TABLES, Bank, Dependence, dependence, limits, picture, sources
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, threaded
from guiju.web.console.desks import Desk
from guiju.web.console.rooms.asking import Asking, says
from guiju.web.console.rooms.days import days_of
from guiju.web.console.rooms.listed import DEPENDENCE
from guiju.web.console.rooms.room import Room, reckoned
from guiju.web.console.rooms.tables import Table, table

LINE = (5, 95, 1)
LONGEST = 60  # days in a row
MOST = 120  # banks listed
SHARES = ("dependence_part", "dependence_most", "dependence_savings", "dependence_above", "dependence_stated")


class Line(msgspec.Struct):
    """A bank: its key in the address, per cent from platforms on its last stated day and at most, when above first."""

    key: str
    name: str
    last: str
    most: str
    above: bool
    since: str


class Months(Room, kw_only=True):
    """One bank's course, with the months behind it, and how all banks stand."""

    bank: str = ""
    says: Pair = ("", "")
    above: bool = False
    rule: str = RULE
    limit: Pair = ("", "")
    mark: str = ""
    picture: str = ""
    months: Table | None = None
    sources: Table | None = None
    banks: list[Line] = msgspec.field(default_factory=list)
    more: int = 0


@get(DEPENDENCE.address, opt=may(*STAFF))
@threaded
def over_time(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    return reckoned(request, it, DEPENDENCE, TABLES, "room_dependence.html.j2", Months, _reckon)


def _reckon(desk: Desk, asking: Asking, told: Months) -> None:
    begins, ends = days_of(desk, "bank_positions")
    usual = limits(ends)
    line, days = (exact(usual[name].value, name) for name in ("min_platform_pct", "min_days"))
    least, most, step = LINE
    line_pct = asking.number("line", says("dependence_line"), float(line), least, most, step, (" %", " %"))
    min_days = asking.whole("days", says("dependence_days"), int(days), 1, LONGEST)
    found = desk.kept(("dependence", line_pct, min_days), lambda at: dependence(at, ends, line_pct, min_days))
    names = _names(found)
    ranked = sorted(found.courses, key=lambda bank: (-_most(found, bank), bank))
    key = asking.one_of("bank", says("rooms_bank"), [(k, (k, k)) for k in sorted(names)], _key(names, ranked[0]))
    bank = names[key]
    peak = max(found.courses[bank], key=lambda one: (one.platform_pct, one.day)).day
    day = asking.day("day", says("dependence_day"), peak, begins, ends)
    brought = desk.kept(("dependence, sources", bank, day), lambda at: sources(at, day, bank))
    told.bank, told.picture = key, str(picture(found, bank, day, brought, desk.at))
    why = usual["min_platform_pct"]
    told.limit, told.mark = pair(why.because), why.mark
    _tell(told, found, bank, desk)
    told.months, told.sources = _months(found, bank, key), _brought(found, bank, day, brought)
    told.banks = [_line(found, one, _key(names, one), desk) for one in ranked[:MOST]]
    told.more = len(ranked) - len(told.banks)


def _names(found: Dependence) -> dict[str, Bank]:
    """A bank by its name; where several sets of books name the same, with whose they are and their currency."""
    alone, made = [bank for _, bank, _ in found.courses], {}
    for platform, bank, currency in found.courses:
        name = bank if alone.count(bank) == 1 else f"{bank} · {platform} · {currency}"
        made[name] = (platform, bank, currency)
    return made


def _key(names: dict[str, Bank], bank: Bank) -> str:
    return next(key for key, one in names.items() if one == bank)


def _most(found: Dependence, bank: Bank) -> float:
    return max(one.platform_pct for one in found.courses[bank])


def _tell(told: Months, found: Dependence, bank: Bank, desk: Desk) -> None:
    """How the bank stands, and in a sentence how many do."""
    above = [one for one, its in found.stretches.items() if its]
    line = f"{found.line_pct:g}"
    told.lead = says("dependence_lead", above=len(above), banks=len(found.courses), line=line, days=found.min_days)
    its, values = found.stretches[bank], {"bank": told.bank, "line": line, "most": f"{_most(found, bank):.1f}"}
    told.above = bool(its)
    if its:
        since = local_day(its[0].begins, desk.at.zone)
        told.says = says("dependence_is_above", since=since, days=sum(one.days for one in its), **values)
    else:
        told.says = says("dependence_is_below", **values)


def _months(found: Dependence, bank: Bank, key: str) -> Table:
    """Of each month the last stated day, the greatest share, and how many days were above the line."""
    rows = []
    for month, of in groupby(found.courses[bank], key=lambda one: f"{one.day:%Y-%m}"):
        its = list(of)
        last = its[-1]
        savings = "–" if last.savings_pct is None else f"{last.savings_pct:.1f}"
        most = max(one.platform_pct for one in its)
        above = sum(one.is_above for one in its)
        rows.append((month, f"{last.platform_pct:.1f}", f"{most:.1f}", savings, above, len(its)))
    return table(says("dependence_months", bank=key), ["dependence_month", *SHARES], rows)


def _brought(found: Dependence, bank: Bank, day: date, brought: dict[str, float]) -> Table | None:
    total = next((one.total for one in found.courses[bank] if one.day == day), None)
    if not brought or not total:
        return None
    ranked = sorted(brought.items(), key=lambda one: (-one[1], one[0]))
    rows = [(name, f"{sum_:,.2f}", f"{sum_ / total * 100:.1f}") for name, sum_ in ranked]
    return table(says("dependence_sources", day=day), ["dependence_source", "dependence_sum", "dependence_part"], rows)


def _line(found: Dependence, bank: Bank, key: str, desk: Desk) -> Line:
    its = found.stretches[bank]
    since = str(local_day(its[0].begins, desk.at.zone)) if its else ""
    last = found.courses[bank][-1].platform_pct
    return Line(key, key, f"{last:.1f}", f"{_most(found, bank):.1f}", bool(its), since)


ROUTES = [over_time]
