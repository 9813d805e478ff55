"""Growth as a page that a board would read: what the records say in plain sentences, and what they cannot say."""

from __future__ import annotations

import calendar
from collections import Counter
from math import exp, floor, log10
from typing import Any

import polars as pl
from markupsafe import Markup

from guiju.audit.report.words import Pair
from guiju.estimators.growth import Course, Estimate
from guiju.market.growth import A_YEAR, Asked, Grown, retained, season_by_month
from guiju.market.growth.counting import PER_DAY
from guiju.market.growth.pictures import course_picture, retention_picture
from guiju.market.pages import page, say

AGES = (1, 2, 3, 6, 9, 12, 18, 24)
COHORTS, SHOWN_AGES = 13, 13  # of the table on the page; the workbook has all
MONTHS = calendar.month_name[1:]
BASIS = {"orders": "of_orders"}  # a basis whose name is a measure's too


def told(name: str, **values: Any) -> Pair:
    return say("growth", name, **values)


def signed(value: float, digits: int = 1) -> str:
    """A number with its sign, and no negative zero."""
    text = f"{value:+.{digits}f}".replace("-", "−")
    return text.replace("+", "").replace("−", "") if not text.strip("+−0.") else text


def points(estimate: Estimate) -> dict[str, str]:
    """An estimate of a logarithm's change in points, with two digits of half its interval's width: of weeks they are
    small, and the verdict hangs on which side of 0 they lie."""
    half = estimate.half * 100
    least = min(max(1 - floor(log10(half)), 2), 6) if half > 0 else 2
    told_in = {"bend": estimate.value * 100, "low": estimate.low * 100, "high": estimate.high * 100}
    digits = apart(least, *told_in.values())
    return {name: signed(value, digits) for name, value in told_in.items()}


def apart(least: int, *values: float) -> int:
    """So many digits, `least` or more, that no value that is not 0 is written as 0; no more than six."""
    return next((n for n in range(least, 6) if all(round(v, n) for v in values if v)), 6)


def pct(growth: float) -> float:
    """Growth of a logarithm as per cent."""
    return (exp(growth) - 1) * 100


def course(one: Asked) -> Course:
    """The verdict that stands for a series: in per cent, where there are per cent."""
    return one.relative.course if one.relative else one.absolute.course


def unchanged(one: Asked) -> bool:
    """Whether every whole period has the same."""
    return len(set(one.series.values)) == 1


def verdict(one: Asked) -> Pair:
    """The verdict in a word or three."""
    still = unchanged(one) and course(one) == Course.not_shown
    return told("course_unchanged" if still else f"course_{course(one)}")


def sentences(one: Asked, made: Grown) -> list[Pair]:
    """What a series shows."""
    unit = told(made.unit)
    if course(one) == Course.too_short:
        season = told("season_why") if made.season else ""
        return [told("too_short", n=one.absolute.periods, least=made.least, unit=unit, season=season)]
    if unchanged(one):
        return [told("unchanged", unit=unit, value=f"{one.series.values[0]:,.0f}")]
    if one.relative is None:
        return [told("absolute_only", unit=unit, course=told(f"course_{one.absolute.course}")), *_year(one, made)]
    its = one.relative
    ends = {"first": signed(pct(its.first)), "last": signed(pct(its.last))}
    said = [told(its.course, unit=unit, **points(its.acceleration), **ends)]
    if its.course == Course.not_shown:
        low, high = its.growth.low, its.growth.high
        name = "grows" if low > 0 else "shrinks" if high < 0 else "no_growth"
        value, low, high = pct(its.growth.value), pct(low), pct(high)
        n = apart(1, value, low, high)
        said.append(told(name, unit=unit, growth=f"{abs(value):.{n}f}", low=signed(low, n), high=signed(high, n)))
        if one.absolute.course == Course.faster:
            said.append(told("absolute", unit=unit))
    return [*said, *_year(one, made)]


def _year(one: Asked, made: Grown) -> list[Pair]:
    change = year_on_year(one, made)
    span = A_YEAR[made.unit]
    return [] if change is None else [told("year", span=span, unit=told(made.unit), pct=signed(change))]


def year_on_year(one: Asked, made: Grown) -> float | None:
    """The last year's whole periods against those of the year before, per cent; None where there are not two years."""
    values, span = one.series.values, A_YEAR[made.unit]
    before = sum(values[-2 * span : -span])
    return (sum(values[-span:]) / before - 1) * 100 if len(values) >= 2 * span and before > 0 else None


def seasonal(one: Asked, made: Grown) -> Pair | None:
    """When in the year a series is highest and lowest; of months only."""
    if (
        not made.season
        or made.unit != "month"
        or one.relative is None
        or course(one) == Course.too_short
        or unchanged(one)
    ):
        return None
    factors = season_by_month(one.relative, one.series)
    peak, trough = max(factors, key=factors.__getitem__), min(factors, key=factors.__getitem__)
    return told("season", peak=(str(peak), MONTHS[peak - 1]), most=f"{factors[peak]:.2f}",
                trough=(str(trough), MONTHS[trough - 1]), fewest=f"{factors[trough]:.2f}")  # fmt: skip


def lead(made: Grown) -> Pair:
    found = Counter(course(one) for one in made.asked)
    return told(
        "lead",
        platforms=len(made.platforms),
        measures=len(made.asked),
        s="" if len(made.platforms) == 1 else "s",
        **{c.value: found[c] for c in Course},
    )


def chance(made: Grown) -> Pair | None:
    n = sum(course(one) != Course.too_short for one in made.asked)
    return told("chance", n=n, wrong=f"{n * 0.05:.1f}") if n else None


def pictures(made: Grown) -> dict[str, str]:
    """Every picture by the name of its file."""
    drawn = {f"{_file(i)}-{one.series.measure}": str(course_picture(one, made.unit))
             for i, platform in enumerate(made.platforms) for one in made.of(platform)}  # fmt: skip
    for i, platform in enumerate(made.platforms):
        if curve := _retention(made, platform):
            drawn[f"{_file(i)}-retention"] = str(curve)
    return drawn


def _file(place: int) -> str:
    """Platforms by number, since a name need not be fit for a file."""
    return f"platform{place + 1:02}"


def _retention(made: Grown, platform: str) -> Markup | None:
    if not made.counted.cohorts.height:
        return None
    curve = retained(made.counted.cohorts, platform)
    return retention_picture(curve, platform, made.unit) if curve.height > 1 else None


def cohort_rows(made: Grown, platform: str) -> list[tuple[str, int, list[str]]]:
    """The last cohorts: when they joined, how many, and per cent that came back by age; "" where not yet known."""
    its = made.counted.cohorts
    if not its.height:
        return []
    its = its.filter(pl.col("platform") == platform)
    rows = []
    for (cohort,), one in its.sort("cohort", "age").group_by(["cohort"], maintain_order=True):
        shares = {a: f"{n / s * 100:.0f}" for a, n, s in one.select("age", "active", "size").iter_rows()}
        rows.append((f"{cohort}"[: 7 if made.unit == "month" else 10], int(one["size"][0]),
                     [shares.get(age, "") for age in range(SHOWN_AGES)]))  # fmt: skip
    return rows[-COHORTS:]


def render(made: Grown, language: str = "en") -> str:
    """The page, in zh and en."""
    parts = []
    for platform in made.platforms:
        rows = [
            {"measure": told(one.series.measure), "basis": told(BASIS.get(one.series.basis, one.series.basis)),
             "said": sentences(one, made), "season": seasonal(one, made), "picture": course_picture(one, made.unit)}
            for one in made.of(platform)
        ]  # fmt: skip
        curve = retained(made.counted.cohorts, platform) if made.counted.cohorts.height else None
        kept = (
            [(r["age"], r["pct"], r["cohorts"]) for r in curve.to_dicts() if r["age"] in AGES]
            if curve is not None
            else []
        )
        parts.append(
            {"name": platform, "rows": rows, "curve": _retention(made, platform), "kept": kept,
             "cohorts": cohort_rows(made, platform), "unknown": made.counted.unknown.get(platform, 0)}
        )  # fmt: skip
    table = [
        (one.series.platform, told(one.series.measure), one.series.currency, one.absolute.periods, cell(one, made),
         verdict(one), course(one).value)
        for one in made.asked
    ]  # fmt: skip
    return page(
        "growth/page.html.j2", language, made=made, parts=parts, lead=lead(made), chance=chance(made), table=table,
        unit=told(made.unit), ages=range(SHOWN_AGES), per_day=[told(m) for m in sorted(PER_DAY)],
    )  # fmt: skip


def cell(one: Asked, made: Grown) -> dict[str, str]:
    """A series in numbers: change on the year before, growth at both ends, the interval of its acceleration."""
    change, its = year_on_year(one, made), one.relative
    shown = its is not None and its.course != Course.too_short
    return {
        "year": "–" if change is None else signed(change),
        "first": signed(pct(its.first)) if shown and its else "–",
        "last": signed(pct(its.last)) if shown and its else "–",
        "bend": "{low} … {high}".format(**points(its.acceleration)) if shown and its else "–",
    }  # fmt: skip
