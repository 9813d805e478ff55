"""When the shop signed in on devices it shares with buyers, and when each of them ordered from it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, Canvas, Scale, legend, seconds, time_axis
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, clock, rows_of
from guiju.findings import Finding

LEFT, LINE, MOST = 150.0, 22, 14


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A line of dots for the shop's sign-ins, then one for each buyer's orders, those with the most first."""
    orders = rows_of(evidence, "orders", "occurred_at", "buyer")
    if not orders:
        return Markup()
    signed = [row for row in rows_of(evidence, "sign_ins", "occurred_at", "seller") if row["seller"] is not None]
    buyers = [buyer for buyer, _ in Counter(row["buyer"] for row in orders).most_common()]
    shown = buyers[:MOST]
    begins, ends = finding.episode_start, finding.episode_end
    room = max((ends - begins) * 0.03, timedelta(days=1))
    x = Scale(seconds(begins - room), seconds(ends + room), LEFT, RIGHT)
    title = ("店铺的登录与各买家的订单", "the shop's sign-ins and each buyer's orders")
    top = 52.0
    low = top + LINE * (len(shown) + 1)
    canvas = Canvas(low + 66, title)
    legend(canvas, 16, [(ACCENT, ("店铺在该设备上登录", "the shop signs in")), (BELOW, ("买家下单", "an order"))])
    _line(canvas, top, ("店铺", "the shop"))
    for row in signed:
        if x.low <= seconds(row["occurred_at"]) <= x.high:
            canvas.dot(x(seconds(row["occurred_at"])), top, 3, ACCENT, 0.7)
    for place, buyer in enumerate(shown, 1):
        y = top + LINE * place
        _line(canvas, y, (f"买家 {place}", f"buyer {place}"))
        for row in orders:
            if row["buyer"] == buyer:
                canvas.dot(x(seconds(row["occurred_at"])), y, 4.5, BELOW, 0.75)
    if len(buyers) > MOST:
        rest = len(buyers) - MOST
        canvas.text(LEFT, low - 2, (f"另有 {rest} 名买家未画", f"{rest} more buyers are not drawn"), colour=MUTED)
    time_axis(canvas, x, low + 8, zone, clock(zone))
    return canvas.svg()


def _line(canvas: Canvas, y: float, words: tuple[str, str]) -> None:
    canvas.line(LEFT, y, RIGHT, y, "#e3e8ea")
    canvas.text(LEFT - 10, y + 4.5, words, "end")
