"""The measures, kind by kind: when each began and how long it lasted."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import FAINT, Canvas, Scale, legend, seconds, time_axis
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, clock, rows_of
from guiju.audit.report.words import written
from guiju.findings import Finding

LEFT, LINE, MOST, TOP = 150.0, 30, 10, 44.0


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A line a kind; each measure a dot where it began and a pale bar until it was lifted, or to the end."""
    rows = rows_of(evidence, "measures", "occurred_at", "ended_at", "kind")
    if not rows:
        return Markup()
    kinds = sorted({str(row["kind"]) for row in rows})[:MOST]
    begins = finding.episode_start
    ends = max(finding.episode_end, *(row["ended_at"] or begins for row in rows))
    room = max((ends - begins) * 0.05, timedelta(days=1))
    canvas = Canvas(TOP + LINE * len(kinds) + 62, ("各项措施的起止", "the measures, from when to when"))
    items = ((BELOW, ("采取措施", "taken")), (FAINT, ("持续至解除，或未解除", "until lifted, or still held")))
    legend(canvas, 16, items, LEFT)
    x = Scale(seconds(begins - room), seconds(ends + room), LEFT, RIGHT)
    for i, kind in enumerate(kinds):
        y = TOP + LINE * (i + 0.5)
        canvas.line(LEFT, y, RIGHT, y, "#e3e8ea")
        canvas.text(LEFT - 10, y + 4.5, written(finding.check, "kind", kind, finding.currency), "end", MUTED)
        mine = [row for row in rows if str(row["kind"]) == kind]
        for row in mine:
            start = x(seconds(row["occurred_at"]))
            stop = x.end if row["ended_at"] is None else x(seconds(row["ended_at"]))
            canvas.rect(start, y - 6, stop - start, 12, FAINT, 0.5)
        for row in mine:
            canvas.dot(x(seconds(row["occurred_at"])), y, 4.5, BELOW, 0.8)
    time_axis(canvas, x, TOP + LINE * len(kinds), zone, clock(zone))
    return canvas.svg()
