"""Month by month: what entered, what outsiders paid, and what was paid out."""

from __future__ import annotations

from collections import defaultdict
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, INK, UTC, Canvas, Scale, legend, value_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, MUTED, RIGHT, SALES, Evidence, rows_of
from guiju.audit.report.words import Pair
from guiju.findings import Finding

LOW, MOST = 262.0, 24
KINDS: tuple[tuple[tuple[str, ...], str, Pair], ...] = (
    (("entry", "refund"), SALES, ("新进入", "entries")),
    (
        ("outside_sale", "service", "member_purchase"),
        ACCENT,
        ("外部收入与成员自购", "outsiders, and members' purchases"),
    ),
    (("payout",), BELOW, ("付给成员", "paid to members")),
)


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Three bars a month, of the months of the run (the last of them, if there are many)."""
    sums: dict[str, dict[Pair, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows_of(evidence, "cash_flows", "occurred_at", "kind", "amount"):
        month = f"{row['occurred_at'].replace(tzinfo=UTC).astimezone(zone):%Y-%m}"
        for kinds, _colour, words in KINDS:
            if row["kind"] in kinds:
                sums[month][words] += float(row["amount"])
    months = sorted(sums)[-MOST:]
    if not months:
        return Markup()
    canvas = Canvas(LOW + 58, ("各月进入、收入与付出", "what entered, came from outside and was paid out, by month"))
    top = legend(canvas, 16, [(colour, words) for _, colour, words in KINDS]) + 26
    bars = {month: [abs(sums[month][words]) for _, _, words in KINDS] for month in months}
    y = Scale.over([0.0, *(value for three in bars.values() for value in three)], LOW, top, pad=0.05, zero=True)
    value_axis(canvas, y, LEFT, RIGHT, (finding.currency, finding.currency), most=4)
    wide = (RIGHT - LEFT) / len(months)
    bar = min(wide * 0.26, 26.0)
    for place, month in enumerate(months):
        middle = LEFT + (place + 0.5) * wide
        for i, (value, (_, colour, _words)) in enumerate(zip(bars[month], KINDS, strict=True)):
            left = middle + (i - 1.5) * bar
            canvas.rect(left, y(value), bar, LOW - y(value), colour, 0.9, hint=f"{value:,.2f}")
        if len(months) <= 12 or place % 3 == 0:
            canvas.text(middle, LOW + 20, month, "middle", MUTED, 12)
    canvas.line(LEFT, LOW, RIGHT, LOW, INK)
    local = (f"当地月份（{zone.key}）", f"local months ({zone.key})")
    canvas.text(RIGHT, LOW + 42, local, "end", MUTED, 12)
    return canvas.svg()
