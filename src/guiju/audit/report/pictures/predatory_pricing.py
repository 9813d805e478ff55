"""Net prices against cost in the weeks of the run, between what they were before and after; and who held the market."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, INK, Canvas, Scale, value_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, MUTED, NOT_KNOWN, RIGHT, TOP, Evidence, real
from guiju.audit.report.words import price as price_text
from guiju.findings import Finding

SHOWN = (
    ("before_price", ("此前", "before"), ACCENT),
    ("net_price", ("低价期间", "during the run"), BELOW),
    ("after_price", ("其后", "after"), ACCENT),
)
HELD = (
    ("share_pct", ("此前销售额", "turnover before")),
    ("unit_share_pct", ("此前件数", "units before")),
    ("run_unit_share_pct", ("低价期间件数", "units during the run")),
)


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Three prices with cost across them; below, the payer's share of the market in three ways."""
    canvas = Canvas(446, ("净单价、成本与市场份额", "net unit prices, cost and shares of the market"))
    cost, basis = real(finding.facts.get("unit_cost")), finding.limits.get("cost_basis")
    prices = [real(finding.facts.get(name)) for name, _, _ in SHOWN]
    known = [p for p in (*prices, cost) if p is not None]
    if not known:
        return Markup()
    scale = Scale.over(known, 232, TOP, zero=True, pad=0.12)
    value_axis(canvas, scale, LEFT, RIGHT, (f"净单价（{finding.currency}）", f"net unit price ({finding.currency})"))
    room = (RIGHT - LEFT) / len(SHOWN)
    for i, ((_, words, colour), price) in enumerate(zip(SHOWN, prices, strict=True)):
        left, middle = LEFT + room * (i + 0.25), LEFT + room * (i + 0.5)
        canvas.text(middle, 252, words, "middle", MUTED)
        if price is None:
            canvas.text(middle, 226, NOT_KNOWN, "middle", MUTED)
            continue
        canvas.rect(left, scale(price), room / 2, scale.start - scale(price), colour, 0.85)
        canvas.text(middle, 271, price_text(price), "middle", bold=True)
    if cost is not None:
        canvas.line(LEFT, scale(cost), RIGHT, scale(cost), INK, 1.6)
        named = {"total": ("平均总成本", "average total cost"), "variable": ("平均可变成本", "average variable cost")}
        zh, en = named.get(str(basis), ("单位成本", "unit cost"))
        told = (f"{zh} {price_text(cost)}", f"{en} {price_text(cost)}")
        canvas.line(RIGHT - 14, 20, RIGHT, 20, INK, 1.6)
        canvas.text(RIGHT - 20, 24, told, "end", bold=True)
    _shares(canvas, finding)
    return canvas.svg()


def _shares(canvas: Canvas, finding: Finding) -> None:
    """Bars of a hundred per cent, and the least share asked for."""
    left = LEFT + 170
    part = Scale(0, 100, left, RIGHT)
    canvas.text(LEFT, 304, ("占市场的份额", "share of the market"), bold=True)
    for i, (name, words) in enumerate(HELD):
        y, share = 320 + 34 * i, real(finding.facts.get(name))
        canvas.text(left - 10, y + 15, words, "end", MUTED)
        canvas.rect(left, y, RIGHT - left, 20, FAINT)
        if share is None:
            canvas.text(left + 6, y + 15, NOT_KNOWN, colour=MUTED)
            continue
        canvas.rect(left, y, part(min(share, 100.0)) - left, 20, ACCENT, 0.85)
        canvas.text(min(part(min(share, 100.0)) + 6, RIGHT - 46), y + 15, f"{share:.1f} %", bold=True)
    least = real(finding.limits.get("min_share_pct"))
    if least is not None:
        canvas.line(part(least), 312, part(least), 420, INK, 1.6, "4 3")
        canvas.text(part(least), 437, (f"推定支配地位 {least:g} %", f"presumed dominant {least:g} %"), "middle")
