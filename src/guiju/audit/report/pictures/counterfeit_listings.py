"""What the shop asked under another spelling, beside what the brand's authorised shops asked."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, MUTED, RIGHT, TOP, Evidence, clock, real, rows_of
from guiju.findings import Finding

LOW = 300.0


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A dot an offer, by when it was posted; below the line is at most the share of the lowest authorised price."""
    rows = rows_of(evidence, "listings", "occurred_at", "price")
    low, share = real(finding.facts.get("range_low")), real(finding.limits.get("max_price_pct"))
    if not rows or not low or share is None:
        return Markup()
    bound = low * share / 100
    begins = finding.episode_start
    room = max((finding.episode_end - begins) * 0.1, timedelta(days=14))
    x = Scale(seconds(begins - room), seconds(finding.episode_end + room), LEFT, RIGHT)
    prices = [real(row["price"]) or 0.0 for row in rows]
    y = Scale.over([*prices, bound], LOW, TOP, zero=True)
    canvas = Canvas(
        LOW + 66, ("标价：以变体写法的与授权店铺的", "prices: under another spelling, and authorised shops'")
    )
    items = [
        (BELOW, ("以变体写法上架", "posted under another spelling")),
        (ACCENT, ("授权店铺上架（更早的画在左缘）", "posted by authorised shops (earlier ones at the left edge)")),
    ]
    legend(canvas, 16, items)
    value_axis(canvas, y, LEFT, RIGHT, ("单价", "price of one unit"))
    canvas.rect(LEFT, y(bound), RIGHT - LEFT, LOW - y(bound), FAINT, 0.35)
    canvas.line(LEFT, y(bound), RIGHT, y(bound), BELOW, 1.2)
    told = (f"授权店铺最低价的 {share:g} %", f"{share:g} % of the authorised shops' lowest price")
    canvas.text(RIGHT - 4, y(bound) - 6, told, "end", MUTED)
    for row, price in sorted(zip(rows, prices, strict=True), key=lambda both: -both[1]):
        at = min(max(seconds(row["occurred_at"]), x.low), x.high)
        canvas.dot(x(at), y(price), 5, ACCENT if price >= low else BELOW, 0.75, f"{price:.2f}")
    time_axis(canvas, x, LOW, zone, clock(zone))
    return canvas.svg()
