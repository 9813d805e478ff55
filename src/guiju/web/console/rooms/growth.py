"""Growth: a measure of a platform over a stretch of time, whether it goes faster and faster, and who comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import polars as pl
from litestar import Request, Response, get

from guiju.audit.report.words import Pair, number
from guiju.estimators.growth import Course
from guiju.market.growth import A_YEAR, Asked, Grown, ask, of_desk, retained, within
from guiju.market.growth.counting import MEASURES, PER_DAY, TABLES, following
from guiju.market.growth.page import (
    BASIS,
    cell,
    chance,
    cohort_rows,
    course,
    seasonal,
    sentences,
    told,
    unchanged,
    verdict,
)
from guiju.market.growth.pictures import course_picture, retention_picture
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, threaded
from guiju.web.console.desks import Desk
from guiju.web.console.rooms.asking import Asking, says
from guiju.web.console.rooms.listed import GROWTH
from guiju.web.console.rooms.room import Room, reckoned
from guiju.web.console.rooms.tables import Table, table

DAY = timedelta(days=1)


class Interval(msgspec.Struct):
    """The change of growth from one period to the next, of the logarithm; its interval is at 95 %."""

    value: float
    low: float
    high: float


class Growing(Room, kw_only=True):
    """One series, and all of them in a table. course: whether it goes faster and faster; bend: by how much."""

    course: str = ""
    verdict: Pair = ("", "")
    bend: Interval | None = None
    says: list[Pair] = msgspec.field(default_factory=list)
    basis: Pair = ("", "")
    picture: str = ""
    periods: Table | None = None
    every: Table | None = None
    chance: Pair | None = None
    retention_picture: str = ""
    cohorts: Table | None = None
    notes: list[Pair] = msgspec.field(default_factory=list)


@get(GROWTH.address, opt=may(*STAFF))
@threaded
def growth(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    return reckoned(request, it, GROWTH, TABLES, "room_growth.html.j2", Growing, _reckon)


def _reckon(desk: Desk, asking: Asking, content: Growing) -> None:
    unit = asking.one_of("unit", says("growth_unit"), [(one, told(one)) for one in A_YEAR], "month")
    counted = desk.kept(("growth", unit), lambda at: of_desk(at, unit))
    platforms = counted.platforms
    platform = asking.one_of("platform", says("growth_platform"), [(p, (p, p)) for p in platforms], platforms[0])
    measures = [one for one in MEASURES if any(a.series.measure == one for a in counted.of(platform))]
    usual = "orders" if "orders" in measures else measures[0]
    measure = asking.one_of("measure", says("growth_measure"), [(one, told(one)) for one in measures], usual)
    first, last = _span(counted)
    since = asking.day("since", says("growth_since"), first, first, last)
    until = asking.day("until", says("growth_until"), last, first, last)
    season = asking.one_of(
        "season", says("growth_season"), [("yes", says("growth_taken")), ("no", says("growth_left"))], "yes"
    )
    made = desk.kept(
        ("growth", unit, since, until, season), lambda _: _cut(counted, since, until, (first, last), season == "yes")
    )
    one = next(a for a in made.of(platform) if a.series.measure == measure)
    _tell(content, made, one)
    _tell_who_comes_back(content, made, platform)
    _tell_all(content, made)


def _span(made: Grown) -> tuple[date, date]:
    """The first and the last day of whole periods of any series."""
    periods = [p for a in made.asked for p in a.series.periods]
    if not periods:
        return made.day, made.day
    return min(periods), following(max(periods), made.unit) - DAY


def _cut(made: Grown, since: date, until: date, whole: tuple[date, date], season: bool) -> Grown:
    """The same with what lies between two days alone, asked anew."""
    if (since, until) == whole:
        series = [a.series for a in made.asked]
    else:
        series = [within(a.series, since, until, made.unit) for a in made.asked]
    cohorts = made.counted.cohorts
    if cohorts.height:
        cohorts = cohorts.filter(pl.col("cohort") >= since, pl.col("period") <= until)
    asked = [ask(one, made.unit, season) for one in series]
    return replace(made, season=season, asked=asked, counted=replace(made.counted, cohorts=cohorts))


def _tell(content: Growing, made: Grown, one: Asked) -> None:
    series, unit = one.series, told(made.unit)
    measure = told(series.measure)
    content.course, content.verdict = str(course(one)), verdict(one)
    said = sentences(one, made)
    content.lead = f"{series.platform}，{measure[0]}：{said[0][0]}", f"{series.platform}, {measure[1]}: {said[0][1]}"
    content.says = [*said[1:], *([when] if (when := seasonal(one, made)) else [])]
    content.basis = told(BASIS.get(series.basis, series.basis))
    its = one.relative or one.absolute
    if its.course != Course.too_short:
        content.bend = Interval(its.acceleration.value, its.acceleration.low, its.acceleration.high)
    content.picture = str(course_picture(one, made.unit)) if series.periods else ""
    a_day = says("growth_a_day") if series.measure in PER_DAY else measure
    rows = [
        (period, number(round(value, 2)), number(round(daily, 2)))
        for period, value, daily in zip(series.periods, series.values, series.per_day(made.unit), strict=True)
    ]
    name = f"{measure[0]}，每{unit[0]}", f"{measure[1]}, by {unit[1]}"
    content.periods = table(name, ("growth_period", measure, a_day), rows[::-1])
    content.chance = chance(made)
    content.notes = [says("growth_absent", table=name) for name in made.absent]
    content.notes += [says("growth_aside", n=number(n), table=name) for name, n in made.set_aside.items()]


def _tell_who_comes_back(content: Growing, made: Grown, platform: str) -> None:
    if not made.counted.cohorts.height:
        return
    curve = retained(made.counted.cohorts, platform)
    rows = cohort_rows(made, platform)
    if curve.height < 2 or not rows:
        return
    content.retention_picture = str(retention_picture(curve, platform, made.unit))
    ages = len(rows[0][2])
    columns: list[str | Pair] = ["growth_joined", "growth_people", *((f"+{age}", f"+{age}") for age in range(ages))]
    content.cohorts = table(says("growth_cohorts"), columns, ((at, number(n), *of) for at, n, of in rows[::-1]))
    if unknown := made.counted.unknown.get(platform):
        content.notes.append(says("growth_unknown", n=number(unknown)))


def _tell_all(content: Growing, made: Grown) -> None:
    columns = ("growth_platform", "growth_measure", "growth_periods", "growth_year", "growth_first", "growth_last",
               "growth_bend", "growth_faster")  # fmt: skip
    rows = []
    for one in made.asked:
        its = cell(one, made) | ({"bend": "0"} if unchanged(one) and course(one) != Course.too_short else {})
        rows.append((one.series.platform, told(one.series.measure), one.absolute.periods, its["year"], its["first"],
                     its["last"], its["bend"], verdict(one)))  # fmt: skip
    content.every = table(says("growth_every"), columns, rows, 2)


ROUTES = [growth]
