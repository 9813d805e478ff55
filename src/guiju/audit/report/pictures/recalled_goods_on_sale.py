"""When the goods were recalled, and when they were still on offer and sold."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, INK, Canvas, Scale, legend, seconds, time_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, MUTED, RIGHT, Evidence, clock, real, rows_of
from guiju.audit.report.words import Pair
from guiju.findings import Finding

BAR, APART, MOST = 16, 34, 8


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A bar for each label and each offer, a stroke for each line sold; the time left after publication is pale."""
    offers = rows_of(evidence, "listings", "product", "occurred_at", "ended_at")
    sold = [row["occurred_at"] for row in rows_of(evidence, "orders", "occurred_at")]
    grace, published = real(finding.limits.get("grace_days")), finding.facts.get("recalled_at")
    if not (offers or sold) or grace is None or not isinstance(published, str):
        return Markup()
    at = datetime.fromisoformat(published)
    labels = rows_of(evidence, "labels", "valid_from", "valid_to", "cleared_at")[:MOST]
    room = max((finding.episode_end - at) * 0.15, timedelta(days=3))
    first, last = at - room, finding.episode_end + room

    rows = [(row["valid_from"], _first(row["valid_to"], row["cleared_at"])) for row in labels]
    low = 50.0 + APART + (BAR + 4) * max(len(rows), 1) + 26
    canvas = Canvas(low + 66, ("召回公布前后的标签、上架与销售", "labels, offers and sales around the recall"))
    items: list[tuple[str, Pair]] = [
        (ACCENT, ("标签所示货物在售", "on sale by its label")),
        (FAINT, ("公布后的宽限", "time left after publication")),
        (BELOW, ("宽限后仍上架或售出", "on offer, or sold, after it")),
    ]
    top = legend(canvas, 16, items) + 8
    x = Scale(seconds(first), seconds(last), LEFT, RIGHT)
    stop = at + timedelta(days=grace)
    canvas.rect(x(seconds(at)), top, x(seconds(stop)) - x(seconds(at)), low - top, FAINT, 0.45)
    canvas.line(x(seconds(at)), top - 6, x(seconds(at)), low, INK, 1.4)
    canvas.text(x(seconds(at)) + 4, top - 2, ("公布", "published"), colour=MUTED)
    y = top + 8
    for begins, ends in rows:
        _bar(canvas, x, begins, ends or last, y, ACCENT)
        y += BAR + 4
    y = top + 8 + (BAR + 4) * max(len(rows), 1)
    if not rows:
        canvas.text(LEFT, top + 21, ("记录中没有标签", "no label on record"), colour=MUTED)
    for offer in _in_turn(offers, finding.episode_end):
        _bar(canvas, x, max(offer[0], stop, finding.episode_start), min(offer[1], finding.episode_end), y, BELOW)
    for mark in sorted({round(x(seconds(moment))) for moment in sold}):
        canvas.line(mark, y + BAR + 8, mark, y + BAR + 8 + BAR, BELOW, 1.2)
    words: tuple[tuple[float, Pair], ...] = (
        (top + 8, ("标签", "label")),
        (y, ("上架", "on offer")),
        (y + BAR + 8, ("售出", "sold")),
    )
    for place, word in words:
        canvas.text(LEFT - 6, place + 13, word, "end", MUTED)
    time_axis(canvas, x, low, zone, clock(zone))
    return canvas.svg()


def _first(*moments: datetime | None) -> datetime | None:
    return min((m for m in moments if m is not None), default=None)


def _in_turn(offers: list[dict[str, Any]], last: datetime) -> list[tuple[datetime, datetime]]:
    """Each offer until it ended, or the next of its product began."""
    spans, next_of = [], dict[str, datetime]()
    for row in sorted(offers, key=lambda row: row["occurred_at"], reverse=True):
        spans.append((row["occurred_at"], row["ended_at"] or next_of.get(row["product"], last)))
        next_of[row["product"]] = row["occurred_at"]
    return spans


def _bar(canvas: Canvas, x: Scale, begins: datetime, ends: datetime, y: float, colour: str) -> None:
    if begins < ends:
        canvas.rect(x(seconds(begins)), y, max(x(seconds(ends)) - x(seconds(begins)), 1.5), BAR, colour)
