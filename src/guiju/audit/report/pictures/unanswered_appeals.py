"""Appeals from the day they were made to their answer, and when the platform had promised one."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import FAINT, INK, Canvas, Scale, legend, seconds, time_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, MUTED, RIGHT, Evidence, clock, real, rows_of
from guiju.findings import Finding, mask

ROW, MOST, WIDE = 22, 12, 60
EDGE = LEFT + 60


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A bar an appeal, the longest first: until it was due, and beyond; open ones run to the edge."""
    made = rows_of(evidence, "appeals", "party", "occurred_at", "due_at", "answered_at", "answered_by")
    limit = real(finding.limits.get("max_answer_days"))
    if not made or limit is None:
        return Markup()
    known = [row["answered_at"] for row in made if row["answered_at"]]
    spans = [(row, _due(row, limit)) for row in made]
    begins = min(row["occurred_at"] for row in made)
    ends = max([finding.episode_end, *known, *(due for _, due in spans)]) + timedelta(days=1)
    spans.sort(
        key=lambda of: (of[0]["occurred_at"] - (of[0]["answered_at"] or ends), of[0]["occurred_at"], of[0]["party"])
    )
    x = Scale(seconds(begins - (ends - begins) * 0.03), seconds(ends), EDGE, RIGHT)
    shown = spans[:MOST]
    canvas = Canvas(52 + len(shown) * ROW + 74, ("申诉与答复", "appeals, and their answers"))
    top = legend(canvas, 16, [
        (FAINT, ("期限之内", "while there was time")), (BELOW, ("逾期", "over time")),
        (INK, ("由机器答复", "answered by a machine")),
    ])  # fmt: skip
    for i, (row, due) in enumerate(shown):
        y, end = top + i * ROW, row["answered_at"] or ends
        canvas.text(EDGE - 8, y + 13, mask(row["party"]), "end")
        first, turn, last = (x(seconds(moment)) for moment in (row["occurred_at"], min(due, end), end))
        canvas.rect(first, y + 3, max(turn - first, 2), ROW - 8, FAINT)
        canvas.rect(turn, y + 3, last - turn, ROW - 8, BELOW)
        if row["answered_by"] == "machine":
            canvas.dot(last, y + 10, 5, INK)
        elif not row["answered_at"] and last - turn > WIDE:
            canvas.text(last - 4, y + 14, ("未答复", "open"), "end", "#fff", size=11)
    low = top + len(shown) * ROW + 4
    time_axis(canvas, x, low, zone, clock(zone))
    rest = len(spans) - len(shown)
    if rest:
        canvas.text(LEFT, low + 51, (f"另有 {rest} 件", f"and {rest} more"), colour=MUTED)
    return canvas.svg()


def _due(row: dict[str, datetime], limit: float) -> datetime:
    """Until when it was to be answered: as promised, and within the limit."""
    latest = row["occurred_at"] + timedelta(days=limit)
    return min(row["due_at"], latest) if row["due_at"] else latest
