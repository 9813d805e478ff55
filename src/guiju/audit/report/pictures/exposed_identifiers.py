"""How many values of a field are people's identifiers, and how many would look so by chance."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import FAINT, GREY, INK, Canvas, Scale
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, real
from guiju.audit.report.words import Pair, number
from guiju.findings import Finding

LEFT, LINE = 236.0, 44


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Bars of the field's different values, those of the shape and those that pass, with what chance would let pass."""
    facts = finding.facts
    counts = [real(facts.get(name)) for name in ("distinct_values", "shaped", "passing")]
    chance = real(facts.get("chance_pct"))
    if None in counts or chance is None:
        return Markup()
    distinct, shaped, passing = (float(count or 0) for count in counts)
    by_chance = shaped * chance / 100
    bars: tuple[tuple[Pair, float, str], ...] = (
        (("不同取值", "different values"), distinct, FAINT),
        (("形似标识", "of an identifier's shape"), shaped, GREY),
        (("通过校验", "pass the check"), passing, BELOW),
    )
    canvas = Canvas(30 + LINE * len(bars) + 62, ("字段中的个人标识", "people's identifiers in the field"))
    said = ("该字段在此季度的不同取值", "different values of the field in the quarter")
    canvas.text(0, 16, said, colour=MUTED)
    x = Scale(0.0, max(distinct, 1.0), LEFT, RIGHT - 70)
    for i, (words, count, colour) in enumerate(bars):
        y = 30 + LINE * (i + 0.5)
        canvas.text(LEFT - 12, y + 4.5, words, "end")
        canvas.rect(LEFT, y - 12, max(x(count) - LEFT, 1), 24, colour)
        canvas.text(x(count) + 8, y + 4.5, number(count), bold=True)
    low, floor = 30 + LINE * 2, 30 + LINE * 3
    canvas.line(x(by_chance), low - 2, x(by_chance), floor + 4, INK, 1.4, "5 3")
    told = number(round(by_chance, 1))
    words = (f"若为随机数字，约 {told} 个通过", f"of random digits about {told} would pass")
    canvas.text(max(x(by_chance), LEFT), floor + 22, words, "start" if x(by_chance) < 460 else "end", MUTED)
    share = real(facts.get("share_pct"))
    if share is not None:
        pct = f"{share:.1f} %"
        below = (f"占不同取值的 {pct}", f"{pct} of the different values")
        canvas.text(RIGHT, floor + 46, below, "end", MUTED)
    return canvas.svg()
