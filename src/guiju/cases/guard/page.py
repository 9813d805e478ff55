"""What the guard found, drawn: each group's burst day by day, what is left of it outside the slice, and the sample."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import isfinite, log10
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, GREY, WIDTH, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.templates import bilingual
from guiju.audit.report.words import Pair
from guiju.cases.guard.outcome import VERDICTS, Evidence, Group, Odds, Point
from guiju.cases.guard.settings import known, settings
from guiju.cases.guard.words import in_words, payers, said

if TYPE_CHECKING:
    from rich.console import RenderableType

    from guiju.cases.guard.running import Guarded

LEFT, RIGHT, PLOT = 74.0, WIDTH - 12.0, 170.0
AMBER = "#d08a3e"


def render(done: Guarded, language: str = "en") -> str:
    """One self-contained HTML file, zh and en, `language` first."""
    outcome, zone = done.outcome, ZoneInfo(done.outcome.zone)
    groups = [(group, days(group, zone), forest(group.evidence), _terms(group), _paid(group, zone))
              for group in outcome.groups]  # fmt: skip
    return bilingual("guiju.cases.guard").get_template("guard.html.j2").render(
        done=done, outcome=outcome, language=language, groups=groups, counts=outcome.counts(), verdicts=VERDICTS,
        statuses=said().statuses, assumptions=assumptions(done.day), num=_number, odds=_odds,
    )  # fmt: skip


def assumptions(day: date) -> list[dict[str, Any]]:
    """What the guard goes by on a day, as the frame of pages lists it."""
    made, values = [], settings(day)
    for name, one in known().items():
        dated = one.dated[max(start for start in one.dated if start <= day)]
        value = f"{getattr(values, name):g}"
        made.append({"name": name, "says": one.says, "value": value, "because": dated.because, "mark": dated.mark})
    return made


def _terms(group: Group) -> Pair:
    return in_words(group.slice, "zh"), in_words(group.slice, "en")


def _paid(group: Group, zone: ZoneInfo) -> Pair:
    return payers(group.campaigns, "zh", zone), payers(group.campaigns, "en", zone)


def _number(value: float, digits: int = 0) -> str:
    return f"{value:,.{digits}f}" if isfinite(value) else "–"


def _odds(of: Odds) -> str:
    """An odds ratio with its interval."""
    if not isfinite(of.value):
        return "–"
    return f"{of.value:.2f} ({of.low:.2f}–{of.high:.2f})" if isfinite(of.high) else f"{of.value:.2f}"


def days(group: Group, zone: ZoneInfo) -> Markup:
    """Flags of the place by local day, those in the slice below the others, and how many would be usual."""
    points = group.days
    if len(points) < 2:
        return Markup()
    title: Pair = (
        f"{in_words(group.place, 'zh')}：每日标记（当地日）",
        f"{in_words(group.place, 'en')}: flags by local day",
    )
    kinds: list[tuple[str, Pair]] = [
        (AMBER, ("切片内", "in the slice")), (ACCENT, ("切片外", "outside")), (GREY, ("平常应有", "usual")),
    ]  # fmt: skip
    canvas = Canvas(0, title)
    canvas.text(0, 16, title, bold=True)
    top = legend(canvas, 42, kinds if group.slice else kinds[1:]) + 16
    y = Scale.over([float(p.inside + p.outside) for p in points], top + PLOT, top, 0.06, zero=True)
    x = Scale(_noon(points[0].day) - 43_200, _noon(points[-1].day) + 43_200, LEFT, RIGHT)
    value_axis(canvas, y, LEFT, RIGHT, ("", ""))
    width = max((RIGHT - LEFT) / ((points[-1].day - points[0].day).days + 1) - 1.5, 1.0)
    for p in points:
        _bar(canvas, p, x(_noon(p.day)) - width / 2, width, y)
    canvas.path([(x(_noon(p.day)), y(p.usual)) for p in points], GREY, 2)
    time_axis(canvas, x, top + PLOT, zone, ("日", "days"))
    canvas.height = top + PLOT + 60
    return canvas.svg()


def _bar(canvas: Canvas, p: Point, left: float, width: float, y: Scale) -> None:
    low = y(0.0)
    for start, size, colour in ((0, p.inside, AMBER), (p.inside, p.outside, ACCENT)):
        if size:
            top = y(float(start + size))
            canvas.rect(
                left, top, width, y(float(start)) - top if start else low - top, colour, hint=f"{p.day}: {size}"
            )


def _noon(day: date) -> float:
    return seconds(datetime(day.year, day.month, day.day) + timedelta(hours=4))


def forest(evidence: Evidence | None) -> Markup:
    """The place against elsewhere: crude, adjusted, and outside the slice, as odds ratios on a logarithmic scale."""
    if evidence is None:
        return Markup()
    rows: list[tuple[Pair, Odds]] = [
        (("原样", "as it is"), evidence.crude),
        (("切片属性相同者相比", "with the slice's attributes equal"), evidence.common),
        (("切片之外", "outside the slice"), evidence.outside),
    ]  # fmt: skip
    rows = [(words, of) for words, of in rows if _drawable(of)]
    title: Pair = (
        "此地与别处的优势比（95 % 区间）；1 为没有差别",
        "odds ratio of this place and elsewhere (95 %); 1: no difference",
    )
    canvas = Canvas(0, title)
    canvas.text(0, 16, title, bold=True)
    ends = [log10(v) for _, of in rows for v in (of.low, of.high, 1.0)] or [0.0, 1.0]
    x = Scale(min(*ends, -0.3) - 0.05, max(*ends, 0.3) + 0.05, 260.0, RIGHT - 8)
    bottom = 44 + 38.0 * len(rows)
    for tick in _decades(x):
        at = x(log10(tick))
        canvas.line(at, 34, at, bottom, GREY if tick == 1 else "#e3e8ea")
        canvas.text(at, bottom + 18, f"{tick:g}", "middle", "#5b6870")
    for place, (words, of) in enumerate(rows):
        middle = 56 + 38.0 * place
        canvas.text(248, middle + 5, words, "end")
        canvas.line(x(log10(of.low)), middle, x(log10(of.high)), middle, ACCENT, 3)
        canvas.dot(x(log10(of.value)), middle, 5.5, AMBER if place == len(rows) - 1 else ACCENT, hint=_odds(of))
    canvas.height = bottom + 28
    return canvas.svg()


def _drawable(of: Odds) -> bool:
    return all(isfinite(v) and v > 0 for v in (of.value, of.low, of.high))


def _decades(x: Scale) -> Sequence[float]:
    return [t for t in (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000) if x.low <= log10(t) <= x.high]


def shown(done: Guarded, language: str) -> RenderableType:
    """The summary for a terminal."""
    from rich.console import Group as Together
    from rich.table import Table
    from rich.text import Text

    outcome, of = done.outcome, int(language == "en")
    head = (
        f"{done.day}：{outcome.cases:,} 单，{outcome.flags:,} 个标记",
        f"{done.day}: {outcome.cases:,} cases, {outcome.flags:,} flags",
    )
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for verdict, n in outcome.counts().items():
        table.add_row(VERDICTS[verdict].in_(language), f"{n:,}")
    parts: list[RenderableType] = [Text(head[of]), table]
    if not outcome.groups:
        parts.append(Text(("没有成片的标记。", "No flags in masses.")[of]))
    for group in outcome.groups:
        status = said().statuses[group.status].in_(language)
        parts += [Text(""), Text(f"{group.id} {status}", style="bold"), Text(group.says.in_(language))]
        if group.evidence is not None:
            e = group.evidence
            words = (("优势比：原样", "切片属性相同", "切片之外"), ("odds ratio: as it is", "adjusted", "outside"))[of]
            told = zip(words, (e.crude, e.common, e.outside), strict=True)
            parts.append(Text("; ".join(f"{name} {_odds(odds)}" for name, odds in told)))
        if group.sample and group.audit is None:
            parts.append(Text(_asking(done, len(group.sample))[of]))
    return Together(*parts)


def _asking(done: Guarded, sampled: int) -> Pair:
    """What people are to do where nobody has looked at a group's sample, for a terminal."""
    file = done.folder / "samples.csv"
    return (
        f"抽出 {sampled:,} 个标记，尚无人看过：请在 {file} 填写 is_violation（true 或 false），再以 --audited 交回。",
        f"{sampled:,} flags sampled, and nobody has looked at any: fill in is_violation (true or false) in {file}, and "
        "give it back with --audited.",
    )
