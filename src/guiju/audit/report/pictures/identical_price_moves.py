"""The posted prices of a shop and its rivals over a year, each against what it was at first."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import (
    ACCENT,
    FAINT,
    GREY,
    Canvas,
    Scale,
    legend,
    seconds,
    time_axis,
    value_axis,
)
from guiju.audit.report.pictures._parts import BELOW, LEFT, MUTED, RIGHT, Evidence, clock, real, rows_of
from guiju.findings import Finding

TOP, FLOOR = 84.0, 330.0
SHOWN = 12  # rivals drawn: more lines cannot be told apart
OFFER = ("platform", "seller", "product")
Key = tuple[Any, ...]
Steps = list[tuple[datetime, float]]


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Steps of every price, the finding's own on top; its purchase cost; and the weeks judged."""
    weeks, before = (int(real(finding.limits.get(name)) or 0) for name in ("weeks", "weeks_before"))
    begins, ends = finding.episode_end - timedelta(weeks=weeks + before), finding.episode_end
    prices = _steps(rows_of(evidence, "listings", *OFFER, "occurred_at", "price"), begins)
    costs = _steps(rows_of(evidence, "costs", *OFFER, "valid_from", "purchase_cost"), begins)
    mine = next((key for key in sorted(prices) if _own(key, finding)), None)
    if mine is None or weeks <= 0:
        return Markup()
    others = [prices[key] for key in sorted(prices) if key != mine][:SHOWN]
    cost = costs.get(mine, [])
    canvas = Canvas(FLOOR + 66, ("与竞争者的标价", "posted prices, and the rivals'"))
    paid = ("本商品的进货成本", "its purchase cost")
    named = {BELOW: ("本商品", "this offer"), GREY: ("竞争者", "rivals"), ACCENT: paid}
    legend(canvas, 16, list(named.items()))
    x = Scale(seconds(begins), seconds(ends), LEFT, RIGHT)
    y = Scale.over([v for steps in (prices[mine], cost, *others) for _, v in steps], FLOOR, TOP, pad=0.08)
    since = x(seconds(ends - timedelta(weeks=weeks)))
    canvas.rect(since, TOP, RIGHT - since, FLOOR - TOP, FAINT, 0.3)
    canvas.text(since + 6, TOP + 14, (f"所判 {weeks} 周", f"the {weeks} weeks judged"), colour=MUTED)
    value_axis(canvas, y, LEFT, RIGHT, ("起初 = 100", "at first = 100"))
    time_axis(canvas, x, FLOOR, zone, clock(zone))
    for steps, colour, width in [*((of, GREY, 1.2) for of in others), (cost, ACCENT, 1.4), (prices[mine], BELOW, 2.2)]:
        canvas.path(_stairs(steps, x, y, begins, ends), colour, width)
    return canvas.svg()


def _own(key: Key, finding: Finding) -> bool:
    platform, seller, product = key
    return (platform, seller) == (finding.platform, finding.subject) and finding.object.endswith(f"/{product}")


def _steps(rows: list[dict[str, Any]], begins: datetime) -> dict[Key, Steps]:
    """By offer: from when each value stood, in per cent of the one that stood when the year began, or the first."""
    found: dict[Key, Steps] = {}
    for row in rows:
        *offer, moment, value = row.values()
        number = real(value)
        if number is not None and number > 0 and moment is not None:
            found.setdefault(tuple(str(part) for part in offer), []).append((moment, number))
    for key, steps in found.items():
        steps.sort()
        first = max((i for i, (moment, _) in enumerate(steps) if moment <= begins), default=0)
        base = steps[first][1]
        found[key] = [(moment, 100 * value / base) for moment, value in steps[first:]]
    return found


def _stairs(steps: Steps, x: Scale, y: Scale, begins: datetime, ends: datetime) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for (moment, value), (until, _) in pairwise([*steps, (ends, 0.0)]):
        points += [(x(seconds(max(moment, begins))), y(value)), (x(seconds(until)), y(value))]
    return points
