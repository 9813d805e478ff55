"""Of some people, when a consent of theirs was in force and when their information was collected."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import FAINT, Canvas, Scale, legend, seconds, time_axis
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, clock, rows_of
from guiju.findings import Finding

LEFT, LINE, MOST = 12.0, 20, 12


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A line a person, those with most collections first: their consents as bars, each collection a red dot."""
    taken = rows_of(evidence, "personal_data", "occurred_at", "person")
    if not taken:
        return Markup()
    of: Counter[str] = Counter(str(row["person"]) for row in taken)
    people = sorted(of, key=lambda who: (-of[who], who))[:MOST]
    consents = rows_of(evidence, "consents", "person", "given_at", "withdrawn_at", "separate")
    begins, ends = finding.episode_start, finding.episode_end
    room = max((ends - begins) * 0.06, timedelta(days=2))
    scale = Scale(seconds(begins - room), seconds(ends + room), LEFT, RIGHT)
    bar = ("记录中的同意", "a consent on record")
    dot = ("无有效同意而收集", "collected without a valid consent")
    height = LINE * len(people)
    canvas = Canvas(height + 136, ("同意与收集", "consent and collection"))
    top = legend(canvas, 16, [(FAINT, bar)] * bool(consents) + [(BELOW, dot)])
    shown = (f"每行一人：{len(of)} 人中的 {len(people)} 人", f"a line a person: {len(people)} of {len(of)}")
    canvas.text(LEFT, top + 8, shown, colour=MUTED)
    top += 22
    for i, who in enumerate(people):
        y = top + LINE * (i + 0.5)
        canvas.line(LEFT, y, RIGHT, y, "#e3e8ea")
        for row in consents:
            if str(row["person"]) == who:
                _bar(canvas, scale, y, row)
        for row in taken:
            if str(row["person"]) == who:
                canvas.dot(scale(seconds(row["occurred_at"])), y, 4.5, BELOW, 0.75)
    time_axis(canvas, scale, top + height + 4, zone, clock(zone))
    return canvas.svg()


def _bar(canvas: Canvas, scale: Scale, y: float, row: dict[str, Any]) -> None:
    """A consent's span, where it lies within the picture."""
    left = scale(seconds(row["given_at"]))
    right = RIGHT if row["withdrawn_at"] is None else scale(seconds(row["withdrawn_at"]))
    if right > left:
        canvas.rect(left, y - 5, right - left, 10, FAINT)
