"""What was held for one dispute, moment by moment, against what is in dispute."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, MUTED, RIGHT, Evidence, clock, rows_of
from guiju.findings import Finding

LOW = 250.0


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """The dispute for which most was held: a step wherever something was held or given back."""
    holds = rows_of(evidence, "holds", "id", "dispute", "occurred_at", "amount", "disputed_amount")
    steps = rows_of(evidence, "hold_steps", "hold", "kind", "occurred_at", "amount")
    if not holds:
        return Markup()
    courses = {
        name: _course([h for h in holds if h["dispute"] == name], steps) for name in {h["dispute"] for h in holds}
    }
    dispute, course = max(courses.items(), key=lambda item: (max(held for _, held in item[1]), item[0]))
    known = [float(h["disputed_amount"]) for h in holds if h["dispute"] == dispute and h["disputed_amount"] is not None]
    begins, ends = course[0][0], max(course[-1][0], finding.episode_end)
    room = max((ends - begins) * 0.06, timedelta(hours=6))
    x = Scale(seconds(begins - room), seconds(ends + room), LEFT, RIGHT)
    canvas = Canvas(LOW + 64, ("扣留的款项与争议金额", "what was held, and what was in dispute"))
    top = legend(canvas, 16, [
        (BELOW, ("扣留", "held")), (ACCENT, ("争议金额", "in dispute")),
    ]) + 26  # fmt: skip
    y = Scale.over([0.0, *known, *(held for _, held in course)], LOW, top, pad=0.05, zero=True)
    value_axis(canvas, y, LEFT, RIGHT, (f"{dispute}，{finding.currency}", f"{dispute}, {finding.currency}"), most=4)
    line, before = [(x(seconds(begins)), y(0))], 0.0
    for moment, held in course:
        at = x(seconds(moment))
        line += [(at, y(before)), (at, y(held))]
        before = held
    canvas.path([*line, (RIGHT, y(before))], BELOW, 2.5)
    if known:
        canvas.line(LEFT, y(max(known)), RIGHT, y(max(known)), ACCENT, 2, dash="6 4")
    if len(courses) > 1:
        rest = len(courses) - 1
        canvas.text(RIGHT, top - 30, (f"另有 {rest} 项争议", f"{rest} more disputes"), "end", MUTED)
    time_axis(canvas, x, LOW, zone, clock(zone))
    return canvas.svg()


def _course(holds: list[dict[str, Any]], steps: list[dict[str, Any]]) -> list[tuple[Any, float]]:
    """After each moment at which it changed, what was held; what was taken for good still is."""
    mine = {h["id"] for h in holds}
    moves = [(h["occurred_at"], float(h["amount"])) for h in holds]
    moves += [(s["occurred_at"], -float(s["amount"])) for s in steps if s["hold"] in mine and s["kind"] == "released"]
    held, course = 0.0, list[tuple[Any, float]]()
    for moment in sorted({moment for moment, _ in moves}):
        held += sum(amount for at, amount in moves if at == moment)
        course.append((moment, held))
    return course
