"""Net prices against cost, and the units sold."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, DAY, FAINT, INK, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, MUTED, RIGHT, TOP, Evidence, clock, real, rows_of
from guiju.audit.report.words import number
from guiju.audit.report.words import price as price_text
from guiju.findings import Finding


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Net unit price after the seller's and the platform's reductions against unit cost; units below."""
    columns = ("occurred_at", "quantity", "gross_amount", "seller_funded_amount", "platform_funded_amount")
    rows = [r for r in rows_of(evidence, "orders", *columns) if None not in r.values() and r["quantity"]]
    if not rows:
        return Markup()
    begins = finding.episode_start
    days = 1 if finding.episode_end - begins <= timedelta(days=21) else 7
    bins: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        bins[(row["occurred_at"] - begins) // timedelta(days=days)].append(row)
    starts = {b: seconds(begins + b * timedelta(days=days)) for b in sorted(bins)}
    step = days * DAY

    canvas = Canvas(396, ("净单价与单位成本", "net unit price against unit cost"))
    x = Scale(seconds(begins), max(seconds(finding.episode_end), seconds(begins) + DAY), LEFT, RIGHT)
    _net_prices(canvas, finding, bins, starts, step, x)
    units = {b: float(sum(r["quantity"] for r in of_bin)) for b, of_bin in bins.items()}
    amount = Scale.over(units.values(), 330, 268, zero=True)
    for b, left in starts.items():
        top, width = amount(units[b]), x(left + step) - x(left)
        gap = 1.0 if width > 3 else 0.0
        canvas.rect(x(left) + gap, top, width - 2 * gap, amount.start - top, FAINT, hint=number(units[b]))
    canvas.text(LEFT, 260, ("每日件数", "units a day") if days == 1 else ("每周件数", "units a week"), colour=MUTED)
    canvas.text(LEFT - 8, amount.end + 8, number(amount.high), "end", MUTED)
    canvas.text(LEFT - 8, amount.start + 4, "0", "end", MUTED)
    time_axis(canvas, x, amount.start, zone, clock(zone))
    return canvas.svg()


def _net_prices(
    canvas: Canvas,
    finding: Finding,
    bins: dict[int, list[dict[str, Any]]],
    starts: dict[int, float],
    step: float,
    x: Scale,
) -> None:
    seller = {b: _net(rows, ("seller_funded_amount",)) for b, rows in bins.items()}
    both = {b: _net(rows, ("seller_funded_amount", "platform_funded_amount")) for b, rows in bins.items()}
    cost = real(finding.facts.get("unit_cost"))
    # A scale of at least a third of cost: a small gap must not look like a large one.
    room = [] if cost is None else [cost * 0.75, cost * 1.08]
    price = Scale.over([*seller.values(), *both.values(), *room], 232, TOP, pad=0.08)
    value_axis(canvas, price, LEFT, RIGHT, (f"净单价（{finding.currency}）", f"net unit price ({finding.currency})"))
    for b, left in starts.items():
        if cost is not None and both[b] < cost:
            canvas.rect(x(left), price(cost), x(left + step) - x(left), price(both[b]) - price(cost), BELOW, 0.14)
    for values, colour, dash in ((both, BELOW, "5 3"), (seller, ACCENT, "")):
        for run in _unbroken(starts, step):
            points = [(x(at), price(values[b])) for b in run for at in (starts[b], starts[b] + step)]
            canvas.path(points, colour, 2.4, dash)
    if cost is not None:
        canvas.line(LEFT, price(cost), RIGHT, price(cost), INK, 1.6)
        words = (f"平均单位成本 {price_text(cost)}", f"unit cost on average {price_text(cost)}")
        canvas.text(RIGHT, price(cost) - 6, words, "end", bold=True)
    after_seller = ("扣除卖家承担的让利后", "after the seller's reductions")
    after_platform = ("再扣除平台补贴后", "and after the platform's")
    legend(canvas, 16, ((ACCENT, after_seller), (BELOW, after_platform)), LEFT)


def _net(rows: list[dict[str, Any]], taken: tuple[str, ...]) -> float:
    money = sum((r["gross_amount"] - sum((r[t] for t in taken), Decimal(0)) for r in rows), Decimal(0))
    return float(money / sum(r["quantity"] for r in rows))


def _unbroken(starts: dict[int, float], step: float) -> list[list[int]]:
    """Bins in runs without a gap: over time without a sale no line is drawn."""
    runs: list[list[int]] = []
    for b in starts:
        if runs and starts[b] - starts[runs[-1][-1]] <= step:
            runs[-1].append(b)
        else:
            runs.append([b])
    return runs
