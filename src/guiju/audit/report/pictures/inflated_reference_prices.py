"""Prices offered and paid against the reference that was struck through."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, GREY, INK, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, MUTED, RIGHT, SALES, TOP, Evidence, clock, real, rows_of
from guiju.audit.report.words import number
from guiju.audit.report.words import price as price_text
from guiju.findings import Finding
from guiju.findings.sentences import UTC


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Prices offered as steps, the reference over the promotion, sales as dots, the prior price as a line."""
    start, days = finding.episode_start, real(finding.limits.get("lookback_days")) or 7.0
    window = timedelta(days=days)
    end = min(finding.episode_end, start + 3 * window)
    offers = rows_of(evidence, "listings", "occurred_at", "ended_at", "price", "reference_price")
    opens = start - window * 1.25
    paid = [(t, p) for t, p in _sales(evidence) if opens <= t <= end]
    reference, prior = real(finding.facts.get("reference_price")), real(finding.facts.get("prior_price"))
    shown = [o for o in offers if o["occurred_at"] <= end]
    if not shown and not paid:
        return Markup()

    canvas = Canvas(346, ("标价、划线价与促销前最低价", "price offered, reference price and prior price"))
    x = Scale(seconds(opens), seconds(end), LEFT, RIGHT)
    prices = [*(float(o["price"]) for o in shown), *(p for _, p in paid), reference, prior]
    price = Scale.over(prices, 280, TOP, pad=0.12)
    unit = (f"单价（{finding.currency}）", f"unit price ({finding.currency})")
    value_axis(canvas, price, LEFT, RIGHT, unit)
    looked, begins = x(seconds(start - window)), x(seconds(start))
    canvas.rect(looked, price.end, begins - looked, price.start - price.end, FAINT, 0.3)
    canvas.line(begins, price.end - 6, begins, price.start, GREY, 1, "2 3")
    side = "start" if begins < RIGHT - 130 else "end"
    canvas.text(begins, TOP - 12, ("促销开始", "promotion begins"), side, MUTED)
    # Sales closer than can be told apart are one larger dot.
    places = Counter((round(x(seconds(t)) / 3) * 3, round(price(p) / 3) * 3) for t, p in paid)
    for (px, py), n in sorted(places.items()):
        canvas.dot(px, py, min(2.6 + n**0.5 * 0.5, 7), SALES, 0.55)
    _steps(canvas, shown, x, price, end)
    _levels(canvas, finding, (reference, prior), x, price, end)
    items = [(ACCENT, ("标价", "price offered")), (BELOW, ("划线价", "reference price"))]
    items.append((FAINT, (f"促销前 {number(days)} 天", f"{number(days)} days before it")))
    items += [(SALES, ("成交价（卖家让利后）", "sales after the seller's reductions"))] if paid else []
    legend(canvas, 16, items)
    if end < finding.episode_end:
        local = _local(finding.episode_end, zone)
        canvas.text(RIGHT, TOP - 12, (f"促销持续至 {local} →", f"goes on until {local} →"), "end", MUTED)
    time_axis(canvas, x, price.start, zone, clock(zone))
    return canvas.svg()


def _sales(evidence: Evidence) -> list[tuple[datetime, float]]:
    """When and for how much a unit was sold, after the seller's reductions."""
    rows = rows_of(evidence, "orders", "occurred_at", "quantity", "gross_amount", "seller_funded_amount")
    known = [r for r in rows if r["seller_funded_amount"] is not None and r["quantity"]]
    return [(r["occurred_at"], float((r["gross_amount"] - r["seller_funded_amount"]) / r["quantity"])) for r in known]


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.replace(tzinfo=UTC).astimezone(zone):%Y-%m-%d}"


def _steps(canvas: Canvas, offers: list[dict[str, Any]], x: Scale, price: Scale, end: datetime) -> None:
    """Each offer from its beginning to its end or the next one; what is too small to be seen is left out."""
    points: list[tuple[float, float]] = []
    for i, offer in enumerate(offers):
        following = offers[i + 1]["occurred_at"] if i + 1 < len(offers) else end
        stops = min(offer["ended_at"] or following, following, end)
        if seconds(stops) <= x.low:
            continue
        y = price(float(offer["price"]))
        left, right = x(seconds(offer["occurred_at"])), x(seconds(max(stops, offer["occurred_at"])))
        if points and left - points[-1][0] > 1:
            canvas.path(points, ACCENT)
            points = []
        if not points or right - points[-1][0] > 0.4 or abs(y - points[-1][1]) > 0.4:
            points += [(left, y), (right, y)]
    canvas.path(points, ACCENT)


def _levels(
    canvas: Canvas,
    finding: Finding,
    levels: tuple[float | None, float | None],
    x: Scale,
    price: Scale,
    end: datetime,
) -> None:
    reference, prior = levels
    start, stops = x(seconds(finding.episode_start)), x(seconds(end))
    if reference is not None:
        canvas.line(start, price(reference), stops, price(reference), BELOW, 2.4)
        canvas.text(
            stops,
            price(reference) - 7,
            (f"划线价 {price_text(reference)}", f"reference {price_text(reference)}"),
            "end",
            BELOW,
            bold=True,
        )
    if prior is not None:
        y = price(prior)
        canvas.line(LEFT, y, stops, y, INK, 1.6, "6 3")
        close = reference is not None and 0 <= y - price(reference) < 34
        canvas.text(
            stops,
            y + (17 if close else -7),
            (f"促销前最低价 {price_text(prior)}", f"prior price {price_text(prior)}"),
            "end",
            bold=True,
        )
