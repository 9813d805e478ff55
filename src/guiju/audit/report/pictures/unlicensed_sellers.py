"""When a shop had a licence, and when it sold without."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, MUTED, RIGHT, Evidence, clock, rows_of
from guiju.audit.report.words import Pair
from guiju.findings import Finding

BAR, MOST, LOW = 16, 6, 300.0


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A bar for each licence of the kind, its extension paler; below, lines sold without, by day or week."""
    sold = [row["occurred_at"] for row in rows_of(evidence, "orders", "occurred_at")]
    if not sold:
        return Markup()
    columns = ("valid_from", "valid_to", "extended_to", "revoked_at")
    held = sorted(rows_of(evidence, "licences", *columns), key=lambda row: row["valid_from"])[-MOST:]
    room = max((finding.episode_end - finding.episode_start) * 0.08, timedelta(days=14))
    first, last = min(sold) - room, max(sold) + room

    canvas = Canvas(LOW + 66, ("许可与无许可时的销售", "licences, and sales without one"))
    x = Scale(seconds(first), seconds(last), LEFT, RIGHT)
    items: list[tuple[str, Pair]] = [(ACCENT, ("许可有效", "licence in force"))] if held else []
    items += [(FAINT, ("延续期间", "extended"))] if any(row["extended_to"] for row in held) else []
    top = legend(canvas, 16, [*items, (BELOW, ("无许可时售出的订单行", "lines sold without"))])
    for i, row in enumerate(held):
        _span(canvas, x, row, top + i * (BAR + 6), last)
    if not held:
        canvas.text(LEFT, top + 13, ("记录中没有该种许可", "no licence of the kind on record"), colour=MUTED)
    _lines(canvas, finding, sold, x, top + max(len(held), 1) * (BAR + 6) + 30)
    time_axis(canvas, x, LOW, zone, clock(zone))
    return canvas.svg()


def _span(canvas: Canvas, x: Scale, row: dict[str, Any], y: float, last: datetime) -> None:
    stop = row["revoked_at"] or last
    begins, ends = row["valid_from"], min(row["valid_to"] or last, stop)
    canvas.rect(x(seconds(begins)), y, x(seconds(ends)) - x(seconds(begins)), BAR, ACCENT)
    beyond = min(row["extended_to"] or ends, stop)
    if beyond > ends:
        canvas.rect(x(seconds(ends)), y, x(seconds(beyond)) - x(seconds(ends)), BAR, FAINT)
    if row["revoked_at"] and x.low < seconds(stop) < x.high:
        canvas.line(x(seconds(stop)), y - 3, x(seconds(stop)), y + BAR + 3, BELOW, 2)


def _lines(canvas: Canvas, finding: Finding, sold: list[datetime], x: Scale, top: float) -> None:
    begins = min(sold)
    days = 1 if max(sold) - begins <= timedelta(days=60) else 7
    counts = Counter((at - begins) // timedelta(days=days) for at in sold)
    y = Scale.over(counts.values(), LOW, top, zero=True)
    words = (
        ("每日无许可售出行数", "lines a day sold without")
        if days == 1
        else ("每周无许可售出行数", "lines a week sold without")
    )
    value_axis(canvas, y, LEFT, RIGHT, words, most=4)
    for step, count in sorted(counts.items()):
        left, right = (x(seconds(begins + (step + n) * timedelta(days=days))) for n in (0, 1))
        canvas.rect(left, y(count), max(right - left - 1, 1), LOW - y(count), BELOW, hint=str(count))
