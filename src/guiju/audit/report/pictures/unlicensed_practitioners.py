"""What licences there were, of which subjects, and on which days somebody answered as a doctor without one."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, clock, rows_of
from guiju.audit.report.words import Pair, written
from guiju.findings import Finding

BAR, LANE, MOST, LEFT, TALL = 14, 26, 6, 210.0, 150.0


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A bar for each licence of whoever lacked one, with its subject; below, the answers without by day or week."""
    answered = [row["occurred_at"] for row in rows_of(evidence, "consultations", "occurred_at")]
    if not answered:
        return Markup()
    columns = ("scope", "valid_from", "valid_to", "extended_to", "revoked_at")
    held = sorted(rows_of(evidence, "medical_licences", *columns), key=lambda r: (r["scope"], r["valid_from"]))[:MOST]
    room = max((max(answered) - min(answered)) * 0.08, timedelta(days=10))
    first, last = _reach(held, min(answered), max(answered), room)

    canvas = Canvas(0, ("许可，与没有许可时的答复", "licences, and answers without one"))
    x = Scale(seconds(first), seconds(last), LEFT, RIGHT)
    items: list[tuple[str, Pair]] = [(ACCENT, ("许可有效", "licence in force"))] if held else []
    items += [(FAINT, ("延续期间", "extended"))] if any(row["extended_to"] for row in held) else []
    top = legend(canvas, 16, [*items, (BELOW, ("没有许可时的答复", "answers without one"))]) + 8
    if not held:
        canvas.text(LEFT - 10, top + 11, ("记录中没有其许可", "no licence on record"), "end", MUTED)
        top += LANE
    for row in held:
        canvas.text(
            LEFT - 10, top + 11, written(finding.check, "scope", str(row["scope"]), finding.currency), "end", MUTED
        )
        _span(canvas, x, row, top, last)
        top += LANE
    _answers(canvas, answered, x, top + 44)
    time_axis(canvas, x, top + 44 + TALL, zone, clock(zone))
    canvas.height = top + TALL + 108
    return canvas.svg()


def _reach(held: list[dict[str, Any]], first: datetime, last: datetime, room: timedelta) -> tuple[datetime, datetime]:
    """From when to when is drawn: the answers, and the ends and beginnings of licences not far from them."""
    far = max((last - first) / 2, timedelta(days=30))
    edges = (row[c] for row in held for c in ("valid_from", "valid_to", "extended_to", "revoked_at"))
    near = [at for at in edges if at is not None and first - far <= at <= last + far]
    return min([first, *near]) - room, max([last, *near]) + room


def _span(canvas: Canvas, x: Scale, row: dict[str, Any], y: float, last: datetime) -> None:
    stop = row["revoked_at"] or last
    begins, ends = x(seconds(row["valid_from"])), min(row["valid_to"] or last, stop)
    canvas.rect(begins, y, x(seconds(ends)) - begins, BAR, ACCENT)
    beyond = min(row["extended_to"] or ends, stop)
    if beyond > ends:
        canvas.rect(x(seconds(ends)), y, x(seconds(beyond)) - x(seconds(ends)), BAR, FAINT)
    if row["revoked_at"] and x.low < seconds(stop) < x.high:
        canvas.line(x(seconds(stop)), y - 3, x(seconds(stop)), y + BAR + 3, BELOW, 2)


def _answers(canvas: Canvas, answered: list[datetime], x: Scale, top: float) -> None:
    begins, low = min(answered), top + TALL
    days = 1 if max(answered) - begins <= timedelta(days=60) else 7
    counts = Counter((at - begins) // timedelta(days=days) for at in answered)
    y = Scale.over(counts.values(), low, top, zero=True)
    words: Pair = ("每日次数", "answers a day") if days == 1 else ("每周次数", "answers a week")
    value_axis(canvas, y, LEFT, RIGHT, words, most=4)
    for step, count in sorted(counts.items()):
        left, right = (x(seconds(begins + (step + n) * timedelta(days=days))) for n in (0, 1))
        canvas.rect(left, y(count), max(right - left - 1, 1), low - y(count), BELOW, hint=str(count))
