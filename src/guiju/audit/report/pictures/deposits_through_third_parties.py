"""New deposits through a platform that the bank does not run, and the offers it showed there."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, GREY, Canvas, Scale, legend, seconds, time_axis
from guiju.audit.report.pictures._deposits import steps
from guiju.audit.report.pictures._parts import BELOW, LEFT, RIGHT, Evidence, clock, rows_of
from guiju.findings import Finding

BAR, MOST, HIGH = 12, 8, 170.0


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A bar for each offer while it was shown, grey before the episode; below, what was deposited, by day or week."""
    shown = sorted(rows_of(evidence, "deposit_offers", "valid_from", "valid_to"), key=lambda row: row["valid_from"])
    made = rows_of(evidence, "deposits", "opened_at", "amount")
    if not shown and not made:
        return Markup()
    begins, ends = finding.episode_start, finding.episode_end
    room = max((ends - begins) * 0.08, timedelta(days=4))
    x = Scale(seconds(begins - room), seconds(ends + room), LEFT, RIGHT)
    top = 46 + min(len(shown), MOST) * (BAR + 5)
    low = top + (30 + HIGH if made else 10)
    canvas = Canvas(low + 64, ("经非自营平台的存款", "deposits through a platform of others"))
    legend(canvas, 16, [
        *([(ACCENT, ("产品展示", "offers shown")), (GREY, ("此前", "before"))] if shown else []),
        *([(BELOW, ("新存款", "new deposits"))] if made else []),
    ])  # fmt: skip
    for i, row in enumerate(shown[:MOST]):
        y, first = 40 + i * (BAR + 5), seconds(row["valid_from"])
        last = x.high if row["valid_to"] is None else seconds(row["valid_to"])
        judged = max(first, seconds(begins))
        canvas.rect(x(first), y, x(judged) - x(first), BAR, GREY)
        canvas.rect(x(judged), y, x(last) - x(judged), BAR, ACCENT)
    if made:
        steps(canvas, made, x, top + 30, low, BELOW)
    time_axis(canvas, x, low, zone, clock(zone))
    return canvas.svg()
