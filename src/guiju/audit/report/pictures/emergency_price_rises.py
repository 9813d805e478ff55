"""What a unit was sold for before and in an emergency, day by day, and the price that can be explained."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, INK, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, RIGHT, TOP, Evidence, clock, real, rows_of
from guiju.audit.report.words import number
from guiju.findings import Finding

FLOOR = 270.0


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A dot a day, before paler; the regular price and the one that can be explained as lines."""
    columns = ("occurred_at", "quantity", "gross_amount", "seller_funded_amount")
    rows = [r for r in rows_of(evidence, "orders", *columns) if None not in r.values() and r["quantity"]]
    opens = _moment(finding.facts.get("opened_at")) or finding.episode_start
    near = [r for r in rows if r["occurred_at"] >= opens - timedelta(days=180)]  # a year before would flatten the rest
    if not near:
        return Markup()
    days: dict[datetime, list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for r in near:
        local = r["occurred_at"].replace(tzinfo=ZoneInfo("UTC")).astimezone(zone)
        noon = local.replace(hour=12, minute=0, second=0, microsecond=0).astimezone(ZoneInfo("UTC"))
        days[noon.replace(tzinfo=None)].append((r["gross_amount"] - r["seller_funded_amount"], r["quantity"]))
    prices = {day: float(sum(v for v, _ in of) / sum(q for _, q in of)) for day, of in days.items()}

    canvas = Canvas(336, ("紧急状态前后的单价", "price of a unit before and in the emergency"))
    base, may = real(finding.facts.get("base_price")), real(finding.facts.get("allowed_price"))
    first, last = min(min(prices), opens) - timedelta(days=1), max(max(prices), opens) + timedelta(days=1)
    x = Scale(seconds(first), seconds(last), LEFT, RIGHT)
    # A scale down to a third under the regular price: a small rise must not look like a large one.
    y = Scale.over([*prices.values(), base, may, None if base is None else base * 0.67], FLOOR, TOP, pad=0.06)
    top = legend(canvas, 16, ((BELOW, ("紧急状态期间超价的日子", "days above, in the emergency")),
                              (ACCENT, ("此前", "before"))), LEFT)  # fmt: skip
    value_axis(canvas, y, LEFT, RIGHT, (f"单价（{finding.currency}）", f"price of a unit ({finding.currency})"))
    canvas.rect(x(seconds(opens)), y.end, x.end - x(seconds(opens)), FLOOR - y.end, FAINT, 0.3)
    _level(canvas, y, x.start, x(seconds(opens)), base, ACCENT, ("正常价", "regular price"))
    _level(canvas, y, x(seconds(opens)), x.end, may, INK, ("可以解释的价格", "what can be explained"))
    for day, price in sorted(prices.items()):
        inside = day + timedelta(hours=12) > opens
        canvas.dot(x(seconds(day)), y(price), 4.5, BELOW if inside else ACCENT, hint=number(price))
    time_axis(canvas, x, max(FLOOR, top), zone, clock(zone))
    return canvas.svg()


def _level(
    canvas: Canvas, y: Scale, left: float, right: float, value: float | None, colour: str, words: tuple[str, str]
) -> None:
    if value is None:
        return
    canvas.line(left, y(value), right, y(value), colour, 1.6, "5 3")
    said = (f"{words[0]} {number(round(value, 2))}", f"{words[1]} {number(round(value, 2))}")
    at_end = right >= RIGHT
    canvas.text(right - 4 if at_end else left + 4, y(value) - 7, said, "end" if at_end else "start", bold=True)


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None
