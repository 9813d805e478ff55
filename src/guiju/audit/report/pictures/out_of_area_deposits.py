"""New deposits from cities in which the bank has no outlet."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import FAINT, Canvas, Scale, legend, seconds, time_axis
from guiju.audit.report.pictures._deposits import steps
from guiju.audit.report.pictures._parts import BELOW, LEFT, RIGHT, Evidence, clock, real, rows_of
from guiju.findings import Finding

BAR, LOW = 20, 300.0


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A bar of all new deposits of persons, parted; below, those from outside by day or week."""
    made, share = rows_of(evidence, "deposits", "opened_at", "amount"), real(finding.facts.get("out_of_area_pct"))
    if not made or share is None:
        return Markup()
    begins, ends = finding.episode_start, finding.episode_end
    room = max((ends - begins) * 0.06, timedelta(days=4))
    x = Scale(seconds(begins - room), seconds(ends + room), LEFT, RIGHT)
    canvas = Canvas(LOW + 64, ("没有网点的城市的存款", "deposits from cities without an outlet"))
    top = legend(canvas, 16, [
        (BELOW, ("没有网点的城市", "from cities without an outlet")),
        (FAINT, ("其余个人新存款", "other new deposits of persons")),
    ])  # fmt: skip
    parts = Scale(0, 100, LEFT, RIGHT)
    canvas.rect(LEFT, top, RIGHT - LEFT, BAR, FAINT)
    canvas.rect(LEFT, top, parts(share) - LEFT, BAR, BELOW, hint=f"{share:.1f} %")
    canvas.text(LEFT - 8, top + 15, f"{share:.1f} %", "end")
    steps(canvas, made, x, top + BAR + 44, LOW, BELOW)
    time_axis(canvas, x, LOW, zone, clock(zone))
    return canvas.svg()
