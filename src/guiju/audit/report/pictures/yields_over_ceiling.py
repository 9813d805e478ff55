"""What a deposit paid by its name and with all that came beside it, against the ceiling; and when."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, Canvas, Scale, legend, seconds, time_axis
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, SALES, Evidence, clock, real, rows_of
from guiju.audit.report.words import Pair
from guiju.checks import checks
from guiju.findings import Finding

LEFT, BAR, SPAN, MOST = 190.0, 24, 14, 6


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Two bars and the ceiling's line; below, when it was shown, when something came with it, and when it was above."""
    nominal, all_in, ceiling = (real(finding.facts.get(f"{n}_pct")) for n in ("rate", "all_in_rate", "ceiling"))
    if nominal is None or all_in is None or ceiling is None:
        return Markup()
    columns = ("valid_from", "valid_to")
    offers, beside = rows_of(evidence, "deposit_offers", *columns), rows_of(evidence, "incentives", "kind", *columns)
    spans = [*offers, *sorted(beside, key=lambda row: row["valid_from"])[:MOST]]
    low = 158 + len(spans) * (SPAN + 8)
    canvas = Canvas(low + 60, ("实际收益与利率上限", "the yield against the ceiling"))
    top = legend(canvas, 16, [
        (ACCENT, ("名义利率", "nominal rate")),
        (SALES, ("奖励与提前支取所添", "added by what came beside, or an exit")),
        (BELOW, ("上限；超过上限之时", "ceiling; when it was above")),
    ])  # fmt: skip
    x = Scale.over([0, nominal, all_in, ceiling], LEFT, RIGHT - 70, zero=True)
    bars: list[tuple[Pair, float]] = [
        (("名义年利率", "nominal, a year"), nominal), (("相当于年利率", "all in, a year"), all_in),
    ]  # fmt: skip
    for i, (words, rate) in enumerate(bars):
        y = top + 6 + i * (BAR + 10)
        canvas.text(LEFT - 10, y + 17, words, "end")
        canvas.rect(LEFT, y, x(min(nominal, rate)) - LEFT, BAR, ACCENT)
        canvas.rect(x(nominal), y, x(rate) - x(nominal), BAR, SALES)
        canvas.text(RIGHT, y + 17, f"{rate:.3f} %", "end")
    canvas.line(x(ceiling), top, x(ceiling), top + 2 * (BAR + 10) + 4, BELOW, 2)
    canvas.text(x(ceiling), top + 2 * (BAR + 10) + 20, f"{ceiling:.3f} %", "middle", BELOW, bold=True)
    _spans(canvas, finding, spans, len(offers), zone, low)
    return canvas.svg()


def _spans(
    canvas: Canvas, finding: Finding, spans: list[dict[str, Any]], offers: int, zone: ZoneInfo, low: float
) -> None:
    begins, ends = finding.episode_start, finding.episode_end
    room = max((ends - begins) * 0.3, (ends - begins) / 100)
    x = Scale(seconds(begins - room), seconds(ends + room), LEFT, RIGHT)
    top = low - 8 - len(spans) * (SPAN + 8)
    canvas.rect(x(seconds(begins)), top - 4, x(seconds(ends)) - x(seconds(begins)), low - top + 4, BELOW, 0.12)
    words = checks()[finding.check].words.values if finding.check in checks() else {}
    for i, row in enumerate(spans):
        y, last = top + i * (SPAN + 8), row["valid_to"]
        name = words.get(row.get("kind", ""))
        what: Pair = ("产品展示", "shown") if i < offers else (name.zh, name.en) if name else ("奖励", "incentive")
        canvas.text(LEFT - 10, y + 12, what, "end", MUTED)
        stop = x.high if last is None else seconds(last)
        canvas.rect(x(seconds(row["valid_from"])), y, x(stop) - x(seconds(row["valid_from"])), SPAN,
                    FAINT if i < offers else SALES)  # fmt: skip
    time_axis(canvas, x, low, zone, clock(zone))
