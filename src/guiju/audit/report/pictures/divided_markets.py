"""Each shared area as two bars, one a party: the weeks in which it sold there."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, Canvas, Scale, legend, seconds, time_axis
from guiju.audit.report.pictures._parts import RIGHT, SALES, Evidence, clock, real, rows_of
from guiju.audit.report.words import Pair
from guiju.findings import Finding

LEFT, LINE, MOST = 96.0, 24, 40


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A line an area: above the party's weeks, below the rival's; a dashed line where the quarter begins."""
    rows = rows_of(evidence, "area_sales", "occurred_at", "party", "area", "units")
    if not rows:
        return Markup()
    sides = finding.subject, str(finding.facts.get("rival") or "")
    sold = _by_area(rows, sides)
    areas = sorted(sold, key=lambda area: (_stopped(sold[area]), area))[:MOST]
    weeks = sorted({row["occurred_at"] for row in rows})
    top = 62.0
    bottom = top + LINE * len(areas)
    canvas = Canvas(bottom + 58, ("各区域的销售", "sales by area"))
    said: list[tuple[str, Pair]] = [(ACCENT, ("该主体", "the party")), (SALES, ("竞争者", "the rival"))]
    below = legend(canvas, 14, said)
    words = (
        "每行一个双方此前都销售的区域；有色之处为有销售的周",
        "a line an area both sold in; coloured: weeks with sales",
    )
    canvas.text(0, below + 4, words, colour="#5b6870")
    scale = Scale(seconds(weeks[0]), seconds(weeks[-1] + timedelta(weeks=1)), LEFT, RIGHT)
    for i, area in enumerate(areas):
        y = top + LINE * i
        canvas.text(LEFT - 10, y + 15, area, "end", size=12)
        canvas.rect(LEFT, y + 2, RIGHT - LEFT, LINE - 5, FAINT, 0.25)
        for side, colour in enumerate((ACCENT, SALES)):
            for begins, ends in _spells(sold[area][side], weeks):
                left, right = scale(seconds(begins)), scale(seconds(ends))
                canvas.rect(left, y + 3 + 9 * side, right - left, 7.5, colour, 0.85)
    start = scale(seconds(finding.episode_start))
    canvas.line(start, top - 4, start, bottom, "#5b6870", dash="4 3")
    time_axis(canvas, scale, bottom, zone, clock(zone))
    return canvas.svg()


def _by_area(rows: list[dict[str, Any]], sides: tuple[str, str]) -> dict[str, tuple[set[datetime], set[datetime]]]:
    """By area, the weeks in which the party and the rival sold something."""
    sold: dict[str, tuple[set[datetime], set[datetime]]] = defaultdict(lambda: (set(), set()))
    for row in rows:
        weeks = sold[str(row["area"])]
        if row["party"] in sides and (real(row["units"]) or 0) > 0:
            weeks[sides.index(row["party"])].add(row["occurred_at"])
    return sold


def _stopped(sides: tuple[set[datetime], set[datetime]]) -> tuple[bool, bool]:
    """Areas the rival still serves first, then those that the party still serves."""
    last = max((max(side) for side in sides if side), default=datetime.min)
    mine, theirs = (last not in side for side in sides)
    return theirs, mine


def _spells(sold: set[datetime], weeks: list[datetime]) -> list[tuple[datetime, datetime]]:
    """Runs of weeks with sales."""
    spells: list[tuple[datetime, datetime]] = []
    for i, week in enumerate(weeks):
        if week in sold:
            ends = weeks[i + 1] if i + 1 < len(weeks) else week + timedelta(weeks=1)
            begins = spells.pop()[0] if spells and spells[-1][1] == week else week
            spells.append((begins, ends))
    return spells
