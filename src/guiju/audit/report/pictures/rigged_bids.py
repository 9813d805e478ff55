"""A bidder's tenders in time, each with all its bids against the buyer's estimate."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import FAINT, GREY, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, MUTED, RIGHT, Evidence, clock, real, rows_of
from guiju.findings import Finding

TOP, FLOOR = 84.0, 330.0
Bids = list[tuple[bool, float]]  # its own or not; per cent of the estimate


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A column of dots a tender, the lowest bid larger; the quarter shaded."""
    shown = _tenders(finding, evidence)
    if not shown:
        return Markup()
    canvas = Canvas(FLOOR + 66, ("各次招标的报价", "the bids of each tender"))
    legend(canvas, 16, [(BELOW, ("该投标者", "this bidder")), (GREY, ("其他投标者", "the others"))])
    begins = min(min(moment for moment, _ in shown), finding.episode_start)
    x = Scale(seconds(begins), seconds(finding.episode_end), LEFT + 8, RIGHT - 8)
    y = Scale.over([share for _, bids in shown for _, share in bids], FLOOR, TOP, pad=0.08)
    since = x(seconds(finding.episode_start))
    canvas.rect(since, TOP, RIGHT - since, FLOOR - TOP, FAINT, 0.3)
    canvas.text(since + 6, TOP + 14, ("本季", "the quarter"), colour=MUTED)
    value_axis(
        canvas, y, LEFT, RIGHT, ("占估价的百分比；大点为最低价", "per cent of the estimate; the lowest is larger")
    )
    time_axis(canvas, x, FLOOR, zone, clock(zone))
    for moment, bids in shown:
        lowest = min(share for _, share in bids)
        for own, share in sorted(bids):
            size = 3.6 if share == lowest else 2.0
            canvas.dot(x(seconds(moment)), y(share), size, BELOW if own else GREY, 0.9, hint=f"{share:.1f} %")
    return canvas.svg()


def _tenders(finding: Finding, evidence: Evidence) -> list[tuple[datetime, Bids]]:
    """Tenders with their bids, in time."""
    bids: dict[str, Bids] = defaultdict(list)
    estimates: dict[str, tuple[datetime, float]] = {}
    for row in rows_of(evidence, "tenders", "id", "occurred_at", "estimate_amount"):
        estimate = real(row["estimate_amount"])
        if row["occurred_at"] is not None and estimate is not None and estimate > 0:
            estimates[row["id"]] = (row["occurred_at"], estimate)
    for row in rows_of(evidence, "bids", "tender", "bidder", "amount"):
        amount = real(row["amount"])
        if row["tender"] in estimates and amount is not None:
            bids[row["tender"]].append((row["bidder"] == finding.subject, 100 * amount / estimates[row["tender"]][1]))
    return sorted((estimates[tender][0], its) for tender, its in bids.items())
