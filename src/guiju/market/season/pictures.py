"""A season as a Gantt chart, region by region: on sale, only faster ways in time, on its way, and the feast."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, GREY, INK, WIDTH, Canvas, Scale, legend, seconds, time_axis
from guiju.audit.report.words import Pair
from guiju.market import UTC, midnight
from guiju.market.pages import say
from guiju.market.season import Row, Season

DRAWN = 24  # rows of a picture, the soonest first
PICTURES = 4  # regions drawn, those with the soonest listing first
LEFT, RIGHT, STEP, BAR = 196.0, WIDTH - 14.0, 24.0, 12.0
AMBER, PLUM, ROSE = "#d08a3e", "#7a6fa6", "#b3606c"


def told(name: str) -> Pair:
    return say("season", name)


def gantt(made: Season) -> list[Markup]:
    """A picture a region, those that must list soonest; of each the goods that are dated, the soonest first."""
    by: dict[str, list[Row]] = {}
    for row in made.rows:
        if row.listing is not None:
            by.setdefault(row.region, []).append(row)
    shown = list(by.items())[:PICTURES]
    drawn = [row for _, rows in shown for row in rows[:DRAWN]]
    if not drawn:
        return []
    begins = min(_begins(made, row) for row in drawn)
    span = min(begins, made.on) - timedelta(days=2), made.plan.day + timedelta(days=3)
    return [_picture(made, region, rows[:DRAWN], span, first=at == 0) for at, (region, rows) in enumerate(shown)]


def _begins(made: Season, row: Row) -> date:
    days = [row.listing or made.plan.day, row.listed_on or made.plan.day, _aligned(made, row) or made.plan.day]
    return min(days)


def _aligned(made: Season, row: Row) -> date | None:
    """Last year's listing as many days before this year's feast."""
    if row.last_listed_on is None or made.plan.last_day is None:
        return None
    return made.plan.day - (made.plan.last_day - row.last_listed_on)


def _picture(made: Season, region: str, rows: list[Row], span: tuple[date, date], *, first: bool) -> Markup:
    name = made.regions[region]
    title = f"{name.zh}：{told('picture')[0]}", f"{name.en}: {told('picture')[1]}"
    canvas = Canvas(0, title)
    items = [(ACCENT, told("bar_buying")), (FAINT, told("bar_some")), (GREY, told("bar_way"))]
    head = legend(canvas, 16, [*items, (PLUM, told("mark_last")), (AMBER, told("mark_listed"))]) if first else 16
    canvas.text(0, head + 4, (name.zh, name.en), bold=True)
    top = head + 34
    x = Scale(seconds(midnight(span[0], UTC)), seconds(midnight(span[1], UTC)), LEFT, RIGHT)
    bottom = top + STEP * len(rows) + 6

    def at(day: date, end: bool = False) -> float:
        return x(seconds(midnight(day + timedelta(days=1) if end else day, UTC)))

    for n, row in enumerate(rows):
        _row(canvas, made, row, top + STEP * n, at)
    canvas.line(at(made.plan.day), top - 6, at(made.plan.day), bottom, ROSE, 2)
    feast = f"{made.plan.feast.zh} {made.plan.day}", f"{made.plan.feast.en} {made.plan.day}"
    canvas.text(RIGHT, top - 10, feast, "end", ROSE, 12)
    if span[0] <= made.on <= span[1]:
        canvas.line(at(made.on, end=True), top - 6, at(made.on, end=True), bottom, INK, 1, "4 3")
        said = told("today")
        canvas.text(at(made.on, end=True) + 4, top - 10, said, "start", INK, 12)
    time_axis(canvas, x, bottom, UTC, ("日（当地）", "days (local)"))
    canvas.height = bottom + 58
    return canvas.svg()


def _row(canvas: Canvas, made: Season, row: Row, y: float, place: Callable[..., float]) -> None:
    """A good: its bars from listing to arrival, and marks of last year's and this year's listing."""
    good, middle = made.goods[row.product], y + BAR / 2
    canvas.text(LEFT - 10, y + BAR - 1, (_short(good.zh), _short(good.en)), "end")
    last, fastest = row.last_orders[0], row.last_orders[-1]
    arrivals = [w.dates.arrival for w in row.ways if w.dates is not None and w.dates.arrival is not None]
    assert row.listing is not None
    hint = f"{row.listing} – {last} – {fastest} – {max(arrivals)}"
    canvas.rect(place(row.listing), y, place(last, True) - place(row.listing), BAR, ACCENT, hint=hint)
    if fastest > last:
        canvas.rect(place(last, True), y, place(fastest, True) - place(last, True), BAR, FAINT, hint=hint)
    canvas.rect(place(fastest, True), y + 4, place(max(arrivals), True) - place(fastest, True), BAR - 8, GREY)
    if (aligned := _aligned(made, row)) is not None:
        canvas.dot(place(aligned), middle, 4.5, PLUM, hint=str(row.last_listed_on))
    if row.listed_on is not None:
        canvas.dot(place(row.listed_on), middle, 4.5, AMBER, hint=str(row.listed_on))


def _short(text: str, most: int = 25) -> str:
    """A name cut to the room there is; a Chinese character takes two places."""
    wide = [2 if ord(c) > 0x2E80 else 1 for c in text]
    if sum(wide) <= most:
        return text
    kept = next(n for n in range(len(text), -1, -1) if sum(wide[:n]) < most)
    return f"{text[:kept]}…"
