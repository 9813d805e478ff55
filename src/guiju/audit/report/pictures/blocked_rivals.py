"""Day by day, what share of the links to a rival's service opened, and of the links to others."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, UTC, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, RIGHT, Evidence, clock, rows_of
from guiju.findings import Finding

TOP, FLOOR = 64.0, 250.0
OPEN = ("opened", "asked")


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A dot a day for the rival's links, red, and one for the others'; its height is the share that opened."""
    opened: dict[tuple[bool, datetime], list[bool]] = defaultdict(list)
    for row in rows_of(evidence, "link_openings", "occurred_at", "rival", "outcome"):
        local = row["occurred_at"].replace(tzinfo=UTC).astimezone(zone)
        noon = local.replace(hour=12, minute=0, second=0, microsecond=0).astimezone(UTC).replace(tzinfo=None)
        opened[row["rival"] == "yes", noon].append(row["outcome"] in OPEN)
    if not opened:
        return Markup()
    canvas = Canvas(FLOOR + 66, ("逐日打开的链接", "links that opened, by day"))
    rival, others = ("竞争者的链接", "links to the rival"), ("其他链接", "links to others")
    legend(canvas, 16, [(BELOW, rival), (ACCENT, others)])
    at = [noon for _, noon in opened]
    room = max((max(at) - min(at)) * 0.05, timedelta(days=2))
    x = Scale(seconds(min(at) - room), seconds(max(at) + room), LEFT, RIGHT)
    y = Scale(0, 100, FLOOR, TOP)
    value_axis(canvas, y, LEFT, RIGHT, ("打开的占比，%", "share that opened, %"))
    for (is_rival, noon), which in sorted(opened.items()):
        share = 100 * sum(which) / len(which)
        hint = f"{noon:%Y-%m-%d}: {sum(which)}/{len(which)}"
        canvas.dot(x(seconds(noon)), y(share), 4.5, BELOW if is_rival else ACCENT, 0.75, hint)
    time_axis(canvas, x, FLOOR, zone, clock(zone))
    return canvas.svg()
