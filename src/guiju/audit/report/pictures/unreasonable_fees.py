"""What was charged against what was published, and each charge in time."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import (
    ACCENT,
    COLOURS,
    FAINT,
    GREY,
    Canvas,
    Scale,
    legend,
    seconds,
    time_axis,
    value_axis,
)
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, clock, real, rows_of
from guiju.audit.report.words import Pair, number
from guiju.findings import Finding

FAULTS: dict[str, tuple[str, Pair]] = {
    "above_amount": (BELOW, ("超过标准", "above the schedule")),
    "no_item_amount": (COLOURS[1], ("无现行项目", "no item in force")),
    "twice_amount": (COLOURS[2], ("重复收取", "charged twice")),
    "not_rendered_amount": (COLOURS[4], ("未提供服务", "not rendered")),
}
LEFT, BAR, LOW = 120.0, 22, 300.0


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Two bars: published, and charged with what is too much by its kind; below, a stroke for each charge."""
    allowed, charged = (real(finding.facts.get(f"{name}_amount")) for name in ("allowed", "charged"))
    if allowed is None or charged is None:
        return Markup()
    parts = [(colour, words, real(finding.facts.get(name)) or 0.0) for name, (colour, words) in FAULTS.items()]
    canvas = Canvas(LOW + 66, ("实收与公示标准", "charged and published"))
    x = Scale.over([0, allowed, charged], LEFT, RIGHT - 60, zero=True)
    items: list[tuple[str, Pair]] = [(FAINT, ("公示标准内", "within the published schedule"))]
    items += [(colour, words) for colour, words, part in parts if part > 0]
    top = legend(canvas, 16, items)
    for i, words in enumerate((("公示标准", "published"), ("实际收取", "charged"))):
        y = top + i * (BAR + 10)
        canvas.text(LEFT - 10, y + 16, words, "end")
        canvas.rect(LEFT, y, x(allowed) - LEFT, BAR, FAINT, hint=number(allowed))
        canvas.text(x((allowed, charged)[i]) + 8, y + 16, number((allowed, charged)[i]))
    begins, y = allowed, top + BAR + 10
    for colour, _, part in parts:
        if part > 0:
            canvas.rect(x(begins), y, x(begins + part) - x(begins), BAR, colour, hint=number(part))
            begins += part
    _charges(canvas, finding, evidence, zone, top + 2 * (BAR + 10) + 34)
    return canvas.svg()


def _charges(canvas: Canvas, finding: Finding, evidence: Evidence, zone: ZoneInfo, top: float) -> None:
    rows = rows_of(evidence, "fees", "occurred_at", "kind", "amount", "tax_amount")
    sums = [(r["occurred_at"], r["kind"], float(r["amount"]) - float(r["tax_amount"] or 0)) for r in rows]
    if not sums:
        return
    room = max((finding.episode_end - finding.episode_start) * 0.04, timedelta(days=2))
    first, last = min(s[0] for s in sums), max(s[0] for s in sums)
    x = Scale(seconds(first - room), seconds(last + room), LEFT, RIGHT)
    y = Scale.over([0, *(s[2] for s in sums)], LOW, top, pad=0.1, zero=True)
    unit = (f"每笔收取，不含税（{finding.currency}）", f"each charge, without tax ({finding.currency})")
    value_axis(canvas, y, LEFT, RIGHT, unit, most=3)
    # Charges closer than can be told apart are one stroke with their number.
    places = Counter(
        (kind == "refund", round(x(seconds(at)) / 4) * 4, round(y(amount)), amount) for at, kind, amount in sums
    )
    for (back, middle, high, amount), count in sorted(places.items()):
        colour = GREY if back else ACCENT
        canvas.line(middle, LOW, middle, high, colour, 2)
        canvas.dot(middle, high, 4, colour, hint=number(amount))
        if count > 1:
            canvas.text(middle + 7, high + 5, f"× {count}", colour=BELOW, bold=True)
    if any(kind == "refund" for _, kind, _ in sums):
        canvas.text(RIGHT, top - 12, ("灰色：退还", "grey: given back"), "end", MUTED)
    time_axis(canvas, x, LOW, zone, clock(zone))
