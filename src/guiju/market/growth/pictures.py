"""The pictures of growth: a series without its season, the unfinished period set apart; and how many come back."""

from __future__ import annotations

from datetime import date
from math import exp, isnan
from typing import TYPE_CHECKING

import polars as pl
from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, COLOURS, FAINT, GREY, WIDTH, Canvas, Scale, legend, value_axis
from guiju.audit.report.words import Pair, number
from guiju.market.growth.counting import PER_DAY
from guiju.market.pages import say

if TYPE_CHECKING:
    from guiju.market.growth import Asked

LEFT, RIGHT, PLOT, MUTED = 74.0, WIDTH - 12.0, 150.0, "#5b6870"


def told(name: str, **values: object) -> Pair:
    return say("growth", name, **values)


def course_picture(one: Asked, unit: str) -> Markup:
    """A bar a period, over them what is left without the season; one that is not whole has no bar: it is no fall."""
    series, flow = one.series, one.series.measure in PER_DAY
    a_day = told("a_day") if flow else ""
    title = told("chart", measure=told(series.measure), unit=told(unit), a_day=a_day)
    title = (f"{series.platform}：{title[0]}", f"{series.platform}: {title[1]}")
    canvas = Canvas(0, title)
    canvas.text(0, 16, title, bold=True)
    adjusted = _adjusted(one, unit)
    bars = list(zip(series.periods, series.per_day(unit), strict=True))
    names: list[tuple[str, Pair]] = [(FAINT, told("recorded"))]
    if adjusted:
        names.append((COLOURS[1], told("adjusted")))
    top = legend(canvas, 42, names) + 16
    edge = [p for p in (series.before, series.after) if p is not None]
    places = sorted({*series.periods, *(p for p, _ in edge)})
    y = Scale.over([*(v for _, v in bars), *adjusted, 0.0], top + PLOT, top, 0.04, zero=True)
    value_axis(canvas, y, LEFT, RIGHT, (series.currency, series.currency))
    wide = (RIGHT - LEFT) / max(len(places), 1)
    at = {period: LEFT + i * wide for i, period in enumerate(places)}
    for period, value in bars:
        canvas.rect(
            at[period] + 0.12 * wide, y(value), 0.76 * wide, y(0) - y(value), FAINT, hint=f"{period}: {value:,.1f}"
        )
    for period, _ in edge:  # how much of it is over is not known, so no height is drawn
        x = at[period] + wide / 2
        canvas.line(x, top, x, y(0), GREY, 1, "2 4")
        right = period == places[-1]
        canvas.text(x + 4 if right else x - 4, top - 4, told("unfinished"), "end" if right else "start", MUTED, 11)
    if adjusted:
        canvas.path([(at[p] + wide / 2, y(v)) for p, v in zip(series.periods, adjusted, strict=True)], COLOURS[1], 2.5)
    _years(canvas, places, at, wide, y(0), unit)
    canvas.height = top + PLOT + 26
    return canvas.svg()


def _adjusted(one: Asked, unit: str) -> list[float]:
    """What was recorded without the season; empty where none was taken out."""
    its, values = one.relative or one.absolute, one.series.per_day(unit)
    if not len(its.season) or isnan(float(its.season[0])) or not its.season.any():
        return []
    pairs = zip(values, its.season.tolist(), strict=True)
    return [v / exp(s) if one.relative else v - s for v, s in pairs]


def _years(canvas: Canvas, places: list[date], at: dict[date, float], wide: float, y: float, unit: str) -> None:
    """The axis: each year's first period by its year, and of few periods each by its month."""
    canvas.line(LEFT, y, RIGHT, y, GREY)
    taken = 0.0
    for i, period in enumerate(places):
        new = i == 0 or places[i - 1].year != period.year
        quarter = unit == "month" and (period.month % 3 == 1 or len(places) < 14)
        x = at[period] + wide / 2
        if not (new or quarter) or x < taken:
            continue
        text = f"{period.year}-{period.month:02}" if new else f"{period.month:02}"
        canvas.line(x, y, x, y + 5, GREY)
        canvas.text(x, y + 19, text, "middle", MUTED, 12)
        taken = x + (46 if new else 26)


def retention_picture(curve: pl.DataFrame, platform: str, unit: str) -> Markup:
    """The share of those who joined that was there so many periods later, over all cohorts that are so old."""
    name = told(unit)
    title = (
        f"{platform}：加入后第几{name[0]}仍来的比例（%）",
        f"{platform}: still there so many {name[1]}s after joining, %",
    )
    canvas = Canvas(0, title)
    canvas.text(0, 16, title, bold=True)
    top, most = 52.0, max(int(curve["age"].max()), 1)  # type: ignore[arg-type]
    x, y = Scale(0, most, LEFT, RIGHT), Scale(0, 100, top + PLOT, top)
    value_axis(canvas, y, LEFT, RIGHT, ("", ""))
    canvas.line(LEFT, y(0), RIGHT, y(0), GREY)
    for tick in x.ticks(12):
        if tick == int(tick):
            canvas.text(x(tick), y(0) + 19, number(tick), "middle", MUTED)
    points = [(x(age), y(share)) for age, share in curve.select("age", "pct").iter_rows()]
    canvas.path(points, ACCENT, 2.5)
    for px, py in points if len(points) < 60 else []:
        canvas.dot(px, py, 2.6, ACCENT)
    canvas.height = top + PLOT + 26
    return canvas.svg()
