"""What licences there were for the business, and what was done on which days without."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, GREY, Canvas, Scale, legend, seconds, time_axis
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, clock, rows_of
from guiju.audit.report.words import Pair
from guiju.findings import Finding, mask
from guiju.records.schemas.financial_business import ACTS

BAR, LANE, MOST, LEFT = 14, 26, 6, 190.0
NAMES: dict[str, Pair] = {
    "marketing": ("营销展示", "marketing"),
    "contract": ("合同签订", "contracts"),
    "suitability": ("适当性测评", "suitability tests"),
    "advice": ("咨询", "advice"),
    "funds": ("持有或划转资金", "holding money"),
    "ledger": ("管理账务", "keeping accounts"),
    "promise": ("承诺利息、偿付", "promises"),
}


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A bar for each licence, the firm's own first; below, a lane for each kind of act, a stroke where it was done."""
    acts = rows_of(evidence, "financial_business", "occurred_at", "act")
    if not acts:
        return Markup()
    columns = ("holder", "valid_from", "valid_to", "extended_to", "revoked_at")
    held = rows_of(evidence, "financial_licences", *columns)
    held = sorted(held, key=lambda r: (r["holder"] != finding.subject, r["holder"], r["valid_from"]))[:MOST]
    times = [row["occurred_at"] for row in acts]
    room = max((max(times) - min(times)) * 0.08, timedelta(days=14))
    first, last = _reach(held, min(times), max(times), room)

    canvas = Canvas(0, ("许可与无许可时所做之事", "licences, and what was done without one"))
    x = Scale(seconds(first), seconds(last), LEFT, RIGHT)
    items: list[tuple[str, Pair]] = [(ACCENT, ("其自身许可", "its own licence"))]
    partners = any(row["holder"] != finding.subject for row in held)
    items += [(FAINT, ("合作机构的许可", "a partner's licence"))] if partners else []
    items += [(BELOW, ("无许可之下所做", "done without one"))]
    top = legend(canvas, 16, items) + 8
    if not any(row["holder"] == finding.subject for row in held):
        canvas.text(LEFT, top + 11, ("记录中没有其自身的许可", "no licence of its own on record"), colour=MUTED)
        top += LANE
    for row in held:
        own = row["holder"] == finding.subject
        canvas.text(LEFT - 10, top + 11, mask(row["holder"]), "end", MUTED)
        _span(canvas, x, row, top, last, ACCENT if own else FAINT)
        top += LANE
    top += 12
    for act in (a for a in ACTS if any(row["act"] == a for row in acts)):
        canvas.line(LEFT, top + LANE - 6, RIGHT, top + LANE - 6, GREY, 0.6)
        canvas.text(LEFT - 10, top + 13, NAMES[act], "end")
        for place in sorted({round(x(seconds(row["occurred_at"]))) for row in acts if row["act"] == act}):
            canvas.rect(place - 1, top, 2, LANE - 7, BELOW)
        top += LANE
    time_axis(canvas, x, top + 6, zone, clock(zone))
    canvas.height = top + 70
    return canvas.svg()


def _reach(held: list[dict[str, Any]], first: datetime, last: datetime, room: timedelta) -> tuple[datetime, datetime]:
    """From when to when is drawn: the acts, and the ends and beginnings of licences not far from them."""
    far = max((last - first) / 2, timedelta(days=60))
    edges = (row[c] for row in held for c in ("valid_from", "valid_to", "extended_to", "revoked_at"))
    near = [at for at in edges if at is not None and first - far <= at <= last + far]
    return min([first, *near]) - room, max([last, *near]) + room


def _span(canvas: Canvas, x: Scale, row: dict[str, Any], y: float, last: datetime, colour: str) -> None:
    ends = [end for end in (row["valid_to"], row["extended_to"]) if end is not None]
    stop = min([max(ends)] if row["valid_to"] else [last], default=last)
    stop = min(stop, row["revoked_at"] or stop, last)
    begins = x(seconds(row["valid_from"]))
    canvas.rect(begins, y, max(x(seconds(stop)) - begins, 0), BAR, colour)
    if row["revoked_at"] and x.low < seconds(row["revoked_at"]) < x.high:
        canvas.line(x(seconds(row["revoked_at"])), y - 3, x(seconds(row["revoked_at"])), y + BAR + 3, BELOW, 2)
