"""How many of a group's drivers were flagged, against elsewhere; of their trips, the campaign's and the others."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, INK, Canvas, Scale
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, real
from guiju.audit.report.words import Pair, number
from guiju.findings import Finding

EDGE, ROW = 270.0, 34


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Four bars in per cent and the interval of what is estimated from few drivers."""
    facts = finding.facts
    group, campaign = str(facts.get("group")), str(facts.get("campaign"))
    bars: tuple[tuple[Pair, str, str], ...] = (
        ((f"{group} 的司机被标记", f"drivers of {group} flagged"), "flagged_pct", BELOW),
        (("同期别处的司机", "drivers elsewhere, same days"), "elsewhere_pct", FAINT),
        ((f"{campaign} 的行程被标记", f"trips of {campaign} flagged"), "in_pct", BELOW),
        (("其他行程", "their other trips"), "out_pct", FAINT),
    )
    if any(real(facts.get(name)) is None for _, name, _ in bars):
        return Markup()
    canvas = Canvas(24 + len(bars) * ROW + 62, ("集中标记与共同原因", "a burst of flags, and its cause"))
    x = Scale(0, 100, EDGE, RIGHT - 70)
    floor = 18 + len(bars) * ROW
    for tick in x.ticks(5):
        canvas.line(x(tick), 12, x(tick), floor, "#e3e8ea")
        canvas.text(x(tick), floor + 18, f"{number(tick)} %", "middle", MUTED)
    for i, (words, name, colour) in enumerate(bars):
        y, value = 16 + i * ROW, real(facts.get(name)) or 0.0
        canvas.text(EDGE - 12, y + 16, words, "end")
        canvas.rect(EDGE, y + 2, max(x(value) - EDGE, 1), ROW - 14, colour)
        canvas.text(RIGHT, y + 16, f"{value:.1f} %", "end", bold=True)
        low, high = real(facts.get("low_pct")), real(facts.get("high_pct"))
        if name == "flagged_pct" and low is not None and high is not None:
            canvas.line(x(low), y + 12, x(high), y + 12, INK, 2)
            for end in (low, high):
                canvas.path([(x(end), y + 7), (x(end), y + 17)], INK, 2)
    effect, low, high = (real(facts.get(f"effect_{of}")) for of in ("pct", "low_pct", "high_pct"))
    if effect is not None and low is not None and high is not None:
        told = f"{effect:.1f} ({low:.1f} – {high:.1f})"
        canvas.text(EDGE - 12, floor + 48, ("同一司机同一周的差异，百分点", "within a driver and week, points"), "end")
        canvas.text(EDGE, floor + 48, told, colour=ACCENT, bold=True)
    return canvas.svg()
