"""A picture of a finding, drawn from its frozen evidence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.drawing import (
    ACCENT,
    DAY,
    FAINT,
    GREY,
    INK,
    WIDTH,
    Canvas,
    Scale,
    legend,
    seconds,
    time_axis,
    value_axis,
)
from guiju.audit.words import UTC, Pair, number
from guiju.audit.words import price as priced
from guiju.findings import Finding, mask

if TYPE_CHECKING:
    import pyarrow as pa

Evidence = dict[str, "pa.Table"]
LEFT, RIGHT, TOP = 74.0, WIDTH - 12.0, 58.0
MUTED = "#5b6870"
SALES = "#d08a3e"
BELOW = "#c0522d"  # what the finding is about, where the accent is taken
TOP_BUYERS = 12
NOT_KNOWN = ("未知", "not known")


def picture(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """The picture of a finding; empty where its check has none, or no row it could be drawn from."""
    draw = PICTURES.get(finding.check)
    return draw(finding, evidence, zone) if draw else Markup()


def _rows(evidence: Evidence, table: str, *columns: str) -> list[dict[str, Any]]:
    if table not in evidence or set(columns) - set(evidence[table].column_names):
        return []
    return evidence[table].select(list(columns)).to_pylist()  # type: ignore[no-any-return]


def _clock(zone: ZoneInfo) -> Pair:
    return f"当地时间（{zone.key}）", f"local time ({zone.key})"


def _real(value: Any) -> float | None:
    """A fact as a finite number, or none."""
    try:
        real = float(value)
    except (TypeError, ValueError):
        return None
    return real if abs(real) < 1e300 else None


def below_cost_sales(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Net unit price after the seller's and the platform's reductions against unit cost; units below."""
    columns = ("occurred_at", "quantity", "gross_amount", "seller_funded_amount", "platform_funded_amount")
    rows = [r for r in _rows(evidence, "orders", *columns) if None not in r.values() and r["quantity"]]
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
    time_axis(canvas, x, amount.start, zone, _clock(zone))
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
    cost = _real(finding.facts.get("unit_cost"))
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
        words = (f"平均单位成本 {priced(cost)}", f"unit cost on average {priced(cost)}")
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


def inflated_reference_prices(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Prices offered as steps, the reference over the promotion, sales as dots, the prior price as a line."""
    start, days = finding.episode_start, _real(finding.limits.get("lookback_days")) or 7.0
    window = timedelta(days=days)
    end = min(finding.episode_end, start + 3 * window)
    offers = _rows(evidence, "listings", "occurred_at", "ended_at", "price", "reference_price")
    opens = start - window * 1.25
    paid = [(t, p) for t, p in _sales(evidence) if opens <= t <= end]
    reference, prior = _real(finding.facts.get("reference_price")), _real(finding.facts.get("prior_price"))
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
    time_axis(canvas, x, price.start, zone, _clock(zone))
    return canvas.svg()


def _sales(evidence: Evidence) -> list[tuple[datetime, float]]:
    """When and for how much a unit was sold, after the seller's reductions."""
    rows = _rows(evidence, "orders", "occurred_at", "quantity", "gross_amount", "seller_funded_amount")
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
            (f"划线价 {priced(reference)}", f"reference {priced(reference)}"),
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
            (f"促销前最低价 {priced(prior)}", f"prior price {priced(prior)}"),
            "end",
            bold=True,
        )


def order_brushing(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """The episode's orders on a time axis, a row a buyer; the densest window shaded."""
    orders: dict[str, tuple[datetime, str]] = {}
    for row in _rows(evidence, "orders", "id", "order_id", "occurred_at", "buyer"):
        key = row["order_id"] or row["id"]
        if row["buyer"] is not None and (key not in orders or row["occurred_at"] < orders[key][0]):
            orders[key] = (row["occurred_at"], row["buyer"])
    if not orders:
        return Markup()
    counts = Counter(buyer for _, buyer in orders.values())
    ranked = sorted(counts, key=lambda b: (-counts[b], b))
    top, rest = ranked[:TOP_BUYERS], ranked[TOP_BUYERS:]
    line = {buyer: i for i, buyer in enumerate(top)}
    height, left = 26.0, 150.0
    top_y, lines = 46.0, len(top) + bool(rest)
    canvas = Canvas(top_y + lines * height + 62, ("各买家的订单", "orders by buyer"))
    edge = max((finding.episode_end - finding.episode_start) * 0.03, timedelta(minutes=2))
    x = Scale(seconds(finding.episode_start - edge), seconds(finding.episode_end + edge), left, RIGHT - 50)
    _shade_peak(canvas, finding, x, top_y, lines * height)
    places = Counter((line.get(buyer, len(top)), round(x(seconds(t)))) for t, buyer in orders.values())
    for i in range(lines):
        y = top_y + (i + 0.5) * height
        canvas.line(left, y, RIGHT - 50, y, "#e3e8ea")
        words: str | Pair = mask(top[i]) if i < len(top) else (f"其他 {len(rest):,} 名", f"{len(rest):,} others")
        canvas.text(left - 10, y + 4.5, words, "end")
        n = counts[top[i]] if i < len(top) else sum(counts[b] for b in rest)
        canvas.text(RIGHT - 40, y + 4.5, f"× {n:,}", bold=i < len(top))
    for (i, px), n in sorted(places.items()):
        colour = ACCENT if i < len(top) else GREY
        canvas.dot(px, top_y + (i + 0.5) * height, min(4 + n**0.5, 10), colour, 0.75, hint=f"× {n}" if n > 1 else "")
    canvas.text(left - 10, 30, ("买家（已遮蔽）", "buyer (masked)"), "end", MUTED)
    canvas.text(RIGHT - 40, 30, ("订单", "orders"), colour=MUTED)
    time_axis(canvas, x, top_y + lines * height, zone, _clock(zone))
    return canvas.svg()


def _shade_peak(canvas: Canvas, finding: Finding, x: Scale, top: float, height: float) -> None:
    minutes = _real(finding.limits.get("window_minutes"))
    begins = finding.facts.get("window_start")
    if minutes is None or not isinstance(begins, str):
        return
    peak = datetime.fromisoformat(begins)
    left, right = x(seconds(peak)), x(seconds(peak + timedelta(minutes=minutes)))
    canvas.rect(left, top - 6, right - left, height + 6, SALES, 0.18)
    words = (f"最密集的 {number(minutes)} 分钟", f"densest {number(minutes)} minutes")
    near_end = (left + right) / 2 > WIDTH - 180
    canvas.text(
        right if near_end else max(left, x.start),
        top - 14,
        words,
        "end" if near_end else "start",
        "#9a5f1b",
        bold=True,
    )


PARTS: tuple[tuple[str, Pair, bool], ...] = (
    ("list_pct", ("标价", "list price"), True),
    ("undisclosed_pct", ("未公示折扣", "undisclosed discount"), True),
    ("gap_pct", ("差额（判断对象）", "gap, as judged"), True),
    ("coupon_pct", ("优惠券（不计入）", "coupons, not counted"), False),
    ("newcomer_pct", ("新客优惠（不计入）", "newcomer offer, not counted"), False),
    ("paid_pct", ("实付差额（不判断）", "gap in what was paid, not judged"), False),
)


def known_customer_markup(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """The gap between known and new customers in parts, with the interval of what is judged."""
    facts = {name: _real(finding.facts.get(name)) for name, _, _ in PARTS}
    low, high = _real(finding.facts.get("low_pct")), _real(finding.facts.get("high_pct"))
    if facts["gap_pct"] is None:
        return Markup()
    canvas = Canvas(326, ("老客户与新客户的价差", "gap between known and new customers"))
    left, height, top = 236.0, 40.0, 36.0
    least = _real(finding.limits.get("min_gap_pct"))
    x = Scale.over([*facts.values(), low, high, least, 0.0], left, RIGHT - 66, pad=0.06)
    floor = top + len(PARTS) * height
    for tick in x.ticks(6):
        canvas.line(x(tick), top, x(tick), floor, "#e3e8ea")
        canvas.text(x(tick), floor + 18, number(tick), "middle", MUTED)
    for i, (name, words, counted) in enumerate(PARTS):
        y, value = top + (i + 0.5) * height, facts[name]
        judged = name == "gap_pct"
        canvas.text(left - 12, y + 4.5, words, "end", bold=judged, colour=INK if counted else MUTED)
        if judged:
            canvas.line(8, top + i * height, RIGHT, top + i * height, GREY)
            canvas.line(8, top + (i + 1) * height, RIGHT, top + (i + 1) * height, GREY)
        if value is None:
            canvas.text(x(0) + 6, y + 4.5, NOT_KNOWN, colour=MUTED)
            continue
        start, stop = sorted((x(0), x(value)))
        canvas.rect(start, y - 10, max(stop - start, 1), 20, ACCENT if judged else "#5f9aa6" if counted else "#c9d0d4")
        if judged and low is not None and high is not None:
            canvas.path([(x(low), y - 6), (x(low), y + 6)], INK, 2)
            canvas.path([(x(high), y - 6), (x(high), y + 6)], INK, 2)
            canvas.line(x(low), y, x(high), y, INK, 2)
        canvas.text(
            RIGHT,
            y + 4.5,
            f"{round(value, 2) + 0.0:+.2f} %" if abs(value) < 1e6 else f"{value:+.2g} %",
            "end",
            bold=judged,
        )
    canvas.line(x(0), top - 6, x(0), floor, INK, 1.4)
    if least is not None:
        canvas.line(x(least), top, x(least), floor, BELOW, 1.4, "5 3")
        canvas.text(
            x(least),
            top - 12,
            (f"限值 {number(least)} %", f"limit {number(least)} %"),
            "start" if x(least) < 500 else "end",
            BELOW,
        )
    said = (
        "占同一单元平均标价的百分比；黑须为 95% 区间",
        "per cent of the mean list price of a cell; the whisker is the 95 % interval",
    )
    canvas.text(RIGHT, floor + 40, said, "end", MUTED)
    return canvas.svg()


PICTURES: dict[str, Callable[[Finding, Evidence, ZoneInfo], Markup]] = {
    "below_cost_sales": below_cost_sales,
    "inflated_reference_prices": inflated_reference_prices,
    "order_brushing": order_brushing,
    "known_customer_markup": known_customer_markup,
}
