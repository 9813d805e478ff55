"""A season's goods: by which day each must be listed in each region, what is late first."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get

from guiju.audit.report.words import Pair
from guiju.checks.words import Words
from guiju.market import assumed, assumptions, local_day
from guiju.market.pages import assumption_rows
from guiju.market.season import DUE, LISTED, LISTED_LATE, OVERDUE, TABLES, TOO_LATE, UNDATED, Row, Season, of_desk
from guiju.market.season.feasts import feasts
from guiju.market.season.page import MODES, STATUS, headline, notes, rule_told, why
from guiju.market.season.pictures import gantt
from guiju.market.season.plan import Plan, read_plan
from guiju.records.errors import BadInput
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, threaded
from guiju.web.console.desks import Desk
from guiju.web.console.rooms.asking import Asking, says
from guiju.web.console.rooms.days import days_of
from guiju.web.console.rooms.listed import SEASON
from guiju.web.console.rooms.room import Room, reckoned
from guiju.web.console.rooms.tables import Table, table

ALL, OWN = "all", "own"
SOONEST = (OVERDUE, TOO_LATE, LISTED_LATE, UNDATED, DUE, LISTED)  # what is late first
SHOWN = 120  # rows of the table; the command's workbook has all
FAR = timedelta(days=180)  # after the day of reckoning, of a feast of one's own
LARGEST = 1_000_000  # bytes of a file that may be a plan
SLIDERS = {"arrive_pct": (80, 99), "buying_days": (1, 40), "arrive_before_days": (0, 14)}


class Listing(msgspec.Struct):
    """A good in a region: by when it must be listed, until when anything is in time, where it stands."""

    good: Pair
    region: Pair
    state: str
    state_is: Pair
    late: bool
    listing: date | None
    last_order: date | None
    listed_on: date | None
    earlier_days: int | None
    why: Pair


class Planned(Room, kw_only=True):
    """A season. states: how many goods and regions stand where, of all that were chosen."""

    feast: Pair = ("", "")
    day: date | None = None
    states: list[tuple[str, Pair, int]] = msgspec.field(default_factory=list)
    rows: list[Listing] = msgspec.field(default_factory=list)
    more: int = 0
    pictures: list[str] = msgspec.field(default_factory=list)
    regions: int = 0
    rules: Table | None = None
    notes: list[Pair] = msgspec.field(default_factory=list)
    assumed: list[dict[str, Any]] = msgspec.field(default_factory=list)


@get(SEASON.address, opt=may(*STAFF))
@threaded
def season(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    return reckoned(request, it, SEASON, TABLES, "room_season.html.j2", Planned, _reckon)


def _reckon(desk: Desk, asking: Asking, told: Planned) -> None:
    first, last = _known(desk)
    plans = desk.remembered("plans", lambda: _plans(desk.path))
    usual = max(
        (name for name, plan in plans.items() if plan.day > first), key=lambda name: plans[name].day, default=""
    )
    latest = min(last, plans[usual].day - timedelta(days=1)) if usual else last
    on = asking.day("on", says("season_on"), latest, first, last)
    plan, named = _feast(asking, plans, usual, on)
    values = _given(asking, on)
    key = "season", named, plan.day, on, tuple(sorted(values.items()))
    made = desk.kept(key, lambda at: of_desk(at, plan, on, assumptions("season", on, values), named))
    region = asking.one_of("region", says("season_region"), _options(made.regions, "season_all_regions"), ALL)
    good = asking.one_of("good", says("season_good"), _options(made.goods, "season_all_goods"), ALL)
    states = [(ALL, says("season_all_states")), *((one, STATUS[one]) for one in SOONEST)]
    state = asking.one_of("state", says("season_state"), states, ALL)
    chosen = [row for row in made.rows if region in (ALL, row.region) and good in (ALL, row.product)]
    shown = sorted((row for row in chosen if state in (ALL, row.status)), key=_soonest)
    counts = Counter(row.status for row in chosen)
    told.states = [(one, STATUS[one], counts[one]) for one in SOONEST if counts[one]]
    _tell(told, made, shown)


def _known(desk: Desk) -> tuple[date, date]:
    """The local days that the records know: the last is that of a delivery or a listing, where these are later."""
    first, last = days_of(desk, "fulfilments")
    if desk.at.has("regional_listings") and (listed := desk.at.staged.tables["regional_listings"].last) is not None:
        last = max(last, local_day(listed, desk.at.zone))
    return first, last


def _plans(folder: Path) -> dict[str, Plan]:
    """The plans that lie in a set, by the names of their files; what is no plan may be a mapping or anything else."""
    found = {}
    for path in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))):
        if path.is_file() and path.stat().st_size <= LARGEST:
            try:
                found[path.name] = read_plan(path)
            except BadInput:
                continue
    return found


def _feast(asking: Asking, plans: dict[str, Plan], usual: str, on: date) -> tuple[Plan, str]:
    """The plan of what is chosen: of the set, of the calendar, or of a day of one's own; and what it is called."""
    options: list[tuple[str, Pair]] = [
        (name, (f"{plan.feast.zh} {plan.day}（{name}）", f"{plan.feast.en} {plan.day} ({name})"))
        for name, plan in plans.items()
    ]
    calendar = {name: plan for name, one in feasts().items() if (plan := one.plan_after(on)) is not None}
    by_day = sorted(calendar.items(), key=lambda one: one[1].day)
    options += [(n, (f"{p.feast.zh} {p.day}", f"{p.feast.en} {p.day}")) for n, p in by_day]
    options.append((OWN, says("season_own")))
    chosen = asking.one_of("feast", says("season_feast"), options, usual or (by_day[0][0] if by_day else OWN))
    if chosen != OWN:
        return plans.get(chosen) or calendar[chosen], chosen
    day = asking.day("day", says("season_day"), on + timedelta(days=45), on + timedelta(days=1), on + FAR)
    return Plan(Words(*says("season_own")), day), OWN


def _given(asking: Asking, on: date) -> dict[str, int]:
    usual, names = assumptions("season", on), assumed("season")
    given = {}
    for name, (least, most) in SLIDERS.items():
        label = (names[name].says.zh, names[name].says.en)
        value = asking.whole(name, label, int(usual[name].value), least, most)
        if value != usual[name].value:
            given[name] = value
    return given


def _options(names: dict[str, Words], every: str) -> list[tuple[str, Pair]]:
    of = sorted(names.items(), key=lambda one: (one[1].en, one[0]))
    return [(ALL, says(every)), *((key, (words.zh, words.en)) for key, words in of)]


def _soonest(row: Row) -> tuple[int, date, str, str]:
    return SOONEST.index(row.status), row.listing or date.max, row.product, row.region


def _tell(told: Planned, made: Season, shown: list[Row]) -> None:
    told.feast, told.day, told.lead = (made.plan.feast.zh, made.plan.feast.en), made.plan.day, headline(made)
    told.rows, told.more = [_listing(made, row) for row in shown[:SHOWN]], max(len(shown) - SHOWN, 0)
    told.regions = len({row.region for row in shown if row.listing is not None})
    told.pictures = [str(one) for one in gantt(replace(made, rows=shown))]
    told.notes = notes(made)[len({row.status for row in made.rows}) :]  # the counts by state are told above
    told.assumed = assumption_rows("season", made.used)
    if made.plan.rules:
        rows = [(_region(made, rule.region), rule_told(rule), rule.mark) for rule in made.plan.rules]
        told.rules = table(says("season_rules"), ("season_region", "season_rule", "season_mark"), rows, 3)


def _region(made: Season, code: str) -> Pair:
    return (made.regions[code].zh, made.regions[code].en) if code in made.regions else (code, code)


def _listing(made: Season, row: Row) -> Listing:
    good, region, last = made.goods[row.product], made.regions[row.region], row.last_orders
    said = [(MODES.get(way.mode, (way.mode, way.mode)), why(made, way)) for way in row.ways]
    reasons = "".join(f"{mode[0]}：{text[0]}" for mode, text in said), " ".join(f"{m[1]}: {t[1]}" for m, t in said)
    return Listing(
        (good.zh, good.en), (region.zh, region.en), row.status, STATUS[row.status],
        row.status in (OVERDUE, TOO_LATE, LISTED_LATE, UNDATED), row.listing, last[-1] if last else None,
        row.listed_on, row.earlier_days, reasons,
    )  # fmt: skip


ROUTES = [season]
