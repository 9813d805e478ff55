"""The two names, one above the other, each from when it was shown or registered."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, Canvas, Scale, seconds, time_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, MUTED, RIGHT, Evidence, clock, real, rows_of
from guiju.findings import Finding, mask

LOW, BAR = 190.0, 20


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A bar each: the earlier name's reaches back beyond the picture, where it is that old."""
    days, ours, theirs = (finding.facts.get(name) for name in ("earlier_days", "shown_name", "right_name"))
    ahead = real(days)
    if ahead is None or not ours or not theirs:
        return Markup()
    begins, ends = finding.episode_start, finding.episode_end
    room = max((ends - begins) * 0.4, timedelta(days=10))
    x = Scale(seconds(begins - room), seconds(ends + room / 4), LEFT, RIGHT)
    earlier = begins - timedelta(days=min(ahead, 36_500))
    canvas = Canvas(LOW + 66, ("两个名称", "the two names"))
    right_ends = _last([row["valid_to"] for row in rows_of(evidence, "brands", "valid_to")], ends + room)
    rows = (
        (30.0, str(theirs), earlier, right_ends, ACCENT, ("在先名称", "the earlier name")),
        (104.0, mask(str(ours)), begins, ends, BELOW, ("展示的名称", "the name shown")),
    )
    canvas.rect(x(seconds(begins)), 24, x(seconds(ends)) - x(seconds(begins)), LOW - 24, FAINT, 0.35)
    for top, name, since, until, colour, words in rows:
        left, right = x(seconds(since)), x(seconds(until))
        canvas.text(LEFT, top, words, colour=MUTED)
        canvas.text(LEFT + 150, top, (name[:30], name[:30]))
        canvas.rect(left, top + 10, max(right - left, 2), BAR, colour)
    time_axis(canvas, x, LOW, zone, clock(zone))
    return canvas.svg()


def _last(ends: list[datetime | None], otherwise: datetime) -> datetime:
    """The latest of several ends; the other moment where one of them never ends, or there is none."""
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else otherwise
