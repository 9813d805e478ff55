"""The gap between known and new customers, in parts."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, GREY, INK, Canvas, Scale
from guiju.audit.report.pictures._parts import BELOW, MUTED, NOT_KNOWN, RIGHT, Evidence, real
from guiju.audit.report.words import Pair, number
from guiju.findings import Finding

PARTS: tuple[tuple[str, Pair, bool], ...] = (
    ("list_pct", ("标价", "list price"), True),
    ("undisclosed_pct", ("未公示折扣", "undisclosed discount"), True),
    ("gap_pct", ("差额（判断对象）", "gap, as judged"), True),
    ("coupon_pct", ("优惠券（不计入）", "coupons, not counted"), False),
    ("newcomer_pct", ("新客优惠（不计入）", "newcomer offer, not counted"), False),
)


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """The gap between known and new customers in parts, with the interval of what is judged."""
    facts = {name: real(finding.facts.get(name)) for name, _, _ in PARTS}
    low, high = real(finding.facts.get("low_pct")), real(finding.facts.get("high_pct"))
    if facts["gap_pct"] is None:
        return Markup()
    canvas = Canvas(326, ("老客户与新客户的价差", "gap between known and new customers"))
    left, height, top = 236.0, 40.0, 36.0
    least = real(finding.limits.get("min_gap_pct"))
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
