"""What stood on an account after each charge that took what was not there, and when no work was given."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import FAINT, INK, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, RIGHT, Evidence, clock, rows_of
from guiju.audit.report.words import number
from guiju.findings import Finding

LOW = 250.0


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A bar from what stood before to what stood after, below a line at zero; stops of work behind them."""
    entries = rows_of(evidence, "account_entries", "occurred_at", "id", "kind", "amount", "balance_amount")
    stops = rows_of(evidence, "work_stops", "occurred_at", "ended_at")
    if not entries:
        return Markup()
    entries.sort(key=lambda row: (row["occurred_at"], row["id"]))
    begins = entries[0]["occurred_at"]
    ends = max([finding.episode_end, *(s["ended_at"] or s["occurred_at"] for s in stops)])
    room = max((ends - begins) * 0.06, timedelta(hours=2))
    x = Scale(seconds(begins - room), seconds(ends + room), LEFT, RIGHT)
    canvas = Canvas(LOW + 64, ("账户余额", "the account's balance"))
    top = legend(canvas, 16, [
        (BELOW, ("扣取之后", "after what was taken")),
        (FAINT, ("未经单独决定停止派单", "work stopped on no decision of its own")),
    ]) + 26  # fmt: skip
    after = [float(row["balance_amount"]) for row in entries]
    before = [stood - float(row["amount"]) for stood, row in zip(after, entries, strict=True)]
    y = Scale.over([0.0, *after, *before], LOW, top, pad=0.06)
    for stop in stops:
        left = x(seconds(stop["occurred_at"]))
        right = x(seconds(stop["ended_at"])) if stop["ended_at"] else RIGHT
        canvas.rect(left, top, max(right - left, 2), LOW - top, FAINT, 0.5)
    value_axis(canvas, y, LEFT, RIGHT, (f"余额，{finding.currency}", f"balance, {finding.currency}"), most=5)
    canvas.line(LEFT, y(0), RIGHT, y(0), INK, 1.5)
    for row, high, low in zip(entries, before, after, strict=True):
        at = x(seconds(row["occurred_at"]))
        canvas.rect(
            at - 3, y(max(high, low)), 6, abs(y(low) - y(high)), BELOW, 0.7, f"{row['kind']} {number(row['amount'])}"
        )
    lowest = min(range(len(after)), key=after.__getitem__)
    at = x(seconds(entries[lowest]["occurred_at"]))
    canvas.text(min(at + 8, RIGHT - 70), y(after[lowest]) - 6, f"{after[lowest]:,.2f}", colour=BELOW, bold=True)
    time_axis(canvas, x, LOW, zone, clock(zone))
    return canvas.svg()
