"""When an item stood in the order unasked, and how many kept it against how many chose it where they were asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, Canvas, Scale, seconds, time_axis
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, clock, real, rows_of
from guiju.audit.report.words import Pair
from guiju.findings import Finding

LEFT, LINE = 190.0, 30
STATES: dict[str, Pair] = {
    "preselected": ("默认勾选", "ticked beforehand"),
    "fixed": ("不能取消且未显著提示", "fixed, not pointed out"),
}


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A dot a page, by how the item stood; below, two bars: the share that kept it, the share that chose it."""
    rows = rows_of(evidence, "add_ons", "occurred_at", "state")
    if not rows:
        return Markup()
    states = [state for state in STATES if any(row["state"] == state for row in rows)]
    shares = _shares(finding.facts)
    top = 34.0
    bottom = top + LINE * len(states)
    canvas = Canvas(bottom + 62 + (30 + LINE * len(shares) if shares else 0), ("默认搭售", "sold along unasked"))
    title = ("该项目未经选择即计入的页面（每点一页）", "pages with the item in the order unasked (a dot each)")
    canvas.text(0, 16, title, colour=MUTED)
    begins, ends = finding.episode_start, finding.episode_end
    room = max((ends - begins) * 0.04, timedelta(days=1))
    scale = Scale(seconds(begins - room), seconds(ends + room), LEFT, RIGHT)
    for i, state in enumerate(states):
        y = top + LINE * (i + 0.5)
        canvas.line(LEFT, y, RIGHT, y, "#e3e8ea")
        canvas.text(LEFT - 10, y + 4.5, STATES[state], "end")
        for row in rows:
            if row["state"] == state:
                canvas.dot(scale(seconds(row["occurred_at"])), y, 4, BELOW, 0.45)
    time_axis(canvas, scale, bottom, zone, clock(zone))
    if shares:
        _bars(canvas, bottom + 84, shares)
    return canvas.svg()


def _shares(facts: dict[str, Any]) -> list[tuple[Pair, float, float, str]]:
    """Of orders placed from such pages and from others: how many have the item, of how many, and the bar's colour."""
    named = (
        (("未经选择时保留", "kept it, unasked"), "kept", "orders", BELOW),
        (("须勾选时选择", "chose it, asked"), "asked_kept", "asked_orders", ACCENT),
    )
    told = [(words, real(facts.get(part)), real(facts.get(whole)), colour) for words, part, whole, colour in named]
    return [(words, part, whole, colour) for words, part, whole, colour in told if part is not None and whole]


def _bars(canvas: Canvas, top: float, shares: list[tuple[Pair, float, float, str]]) -> None:
    canvas.text(0, top, ("订单中含该项目的比例", "share of orders that have the item"), colour=MUTED)
    wide = RIGHT - LEFT - 150
    for i, (words, part, whole, colour) in enumerate(shares):
        y = top + 10 + LINE * i
        canvas.text(LEFT - 10, y + 15, words, "end")
        canvas.rect(LEFT, y + 2, wide, 18, FAINT, 0.4)
        canvas.rect(LEFT, y + 2, wide * min(part / whole, 1), 18, colour, 0.8)
        canvas.text(RIGHT, y + 15, f"{100 * part / whole:.1f} % ({part:,.0f} / {whole:,.0f})", "end")
