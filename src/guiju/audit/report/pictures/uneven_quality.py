"""What went wrong with a good by one mode of fulfilment, beside its other modes, with intervals."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, INK, Canvas, Scale
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, real
from guiju.audit.report.words import Pair, number
from guiju.findings import Finding

EDGE, ROW = 200.0, 40
MODES: dict[str, Pair] = {
    "merchant": ("商家自发", "the merchant"), "warehouse": ("平台仓发", "the platform's warehouse"),
    "owner": ("店主销售", "stores' owners"),
}  # fmt: skip


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Two bars in per cent with Wilson's intervals, and the difference within region and week."""
    facts = finding.facts
    mode = str(facts.get("mode"))
    bars: tuple[tuple[Pair, str, str, str], ...] = (
        (MODES.get(mode, (mode, mode)), "hit_pct", "", BELOW),
        (("其他方式", "its other modes"), "others_pct", "others_", FAINT),
    )
    shares = [real(facts.get(name)) for _, name, _, _ in bars]
    if any(share is None for share in shares):
        return Markup()
    ends = [(real(facts.get(f"{of}low_pct")), real(facts.get(f"{of}high_pct"))) for _, _, of, _ in bars]
    canvas = Canvas(24 + len(bars) * ROW + 62, ("同一商品，不同履约方式", "one good, by mode of fulfilment"))
    x = Scale.over([*shares, *(high for _, high in ends)], EDGE, RIGHT - 70, zero=True)
    floor = 18 + len(bars) * ROW
    for tick in x.ticks(5):
        canvas.line(x(tick), 12, x(tick), floor, "#e3e8ea")
        canvas.text(x(tick), floor + 18, f"{number(tick)} %", "middle", MUTED)
    for i, ((words, _, _, colour), share, (low, high)) in enumerate(zip(bars, shares, ends, strict=True)):
        y, value = 16 + i * ROW, share or 0.0
        canvas.text(EDGE - 12, y + 18, words, "end")
        canvas.rect(EDGE, y + 4, max(x(value) - EDGE, 1), ROW - 18, colour)
        canvas.text(RIGHT, y + 19, f"{value:.1f} %", "end", bold=True)
        if low is not None and high is not None:
            canvas.line(x(low), y + 15, x(high), y + 15, INK, 2)
            for end in (low, high):
                canvas.path([(x(end), y + 9), (x(end), y + 21)], INK, 2)
    gap, low, high = (real(facts.get(f"gap_{of}")) for of in ("pct", "low_pct", "high_pct"))
    if gap is not None and low is not None and high is not None:
        canvas.text(EDGE - 12, floor + 46, ("同地区同周，百分点", "region and week, points"), "end")
        canvas.text(EDGE, floor + 46, f"{gap:.1f} ({low:.1f} – {high:.1f})", colour=ACCENT, bold=True)
    return canvas.svg()
