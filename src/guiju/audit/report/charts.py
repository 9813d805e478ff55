"""The two charts of a whole report: findings by rule, money by month."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, COLOURS, GREY, WIDTH, Canvas, Scale, legend, value_axis
from guiju.audit.report.words import Pair
from guiju.findings import Finding
from guiju.findings.sentences import UTC

LEFT, RIGHT = 94.0, WIDTH - 12.0
NARROW = 460.0
MUTED = "#5b6870"
STACKED = 6  # rules with a colour of their own in a chart of months


def bars(groups: Sequence[tuple[Pair, Sequence[tuple[Pair, int]]]]) -> Markup:
    """Findings by rule, under the heading of each group: a title and a count a bar."""
    counts = [n for _, rules in groups for _, n in rules]
    if not counts:
        return Markup()
    canvas = Canvas(0, ("各规则的发现数", "findings by rule"), width=NARROW)
    x = Scale.over(counts, 0, NARROW - 64, zero=True)
    y = 16.0
    for heading, rules in groups:
        canvas.text(0, y, heading, colour=MUTED, bold=True)
        y += 28
        for words, n in rules:
            canvas.text(0, y, words)
            canvas.rect(0, y + 7, max(x(n), 1 if n else 0), 16, ACCENT)
            canvas.text(x(n) + 8, y + 20, f"{n:,}", bold=True)
            y += 46
        y += 8
    canvas.height = y - 18
    return canvas.svg()


def months(findings: Sequence[Finding], currency: str, rules: Sequence[tuple[str, Pair, ZoneInfo]]) -> Markup:
    """Money at stake by the month in which the conduct began, stacked by rule: those with most money, and the rest.

    rules: name, title and clock of each.
    """
    clocks = {rule: zone for rule, _, zone in rules}
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for f in findings:
        if f.currency == currency and f.amount_at_stake and f.rule in clocks:
            sums[f"{f.episode_start.replace(tzinfo=UTC).astimezone(clocks[f.rule]):%Y-%m}"][f.rule] += f.amount_at_stake  # type: ignore[assignment]
    if not sums:
        return Markup()
    shown = _every_month(min(sums), max(sums))
    stacks = _stacks({rule: sum(sums[m][rule] for m in shown) for rule in clocks}, {r: title for r, title, _ in rules})
    canvas = Canvas(0, (f"各月涉及金额（{currency}）", f"money at stake by month ({currency})"))
    top = legend(canvas, 16, [(colour, words) for _, words, colour in stacks]) + 26
    y = Scale.over([float(sum(sums[m].values())) for m in shown], top + 200, top, zero=True)
    value_axis(canvas, y, LEFT, RIGHT, (f"涉及金额（{currency}）", f"money at stake ({currency})"))
    width = (RIGHT - LEFT) / len(shown)
    every = -(-len(shown) // 12)
    for i, month in enumerate(shown):
        left, below = LEFT + i * width, y.start
        for names, _, colour in stacks:
            height = y.start - y(float(sum(sums[month][rule] for rule in names)))
            below -= height
            canvas.rect(left + width * 0.14, below, width * 0.72, height, colour)
        if i % every == 0:
            canvas.text(left + width / 2, y.start + 19, month, "middle", MUTED, 12 if len(shown) < 9 else 11)
    canvas.line(LEFT, y.start, RIGHT, y.start, GREY)
    canvas.height = y.start + 30
    return canvas.svg()


def _stacks(sums: dict[str, int], titles: dict[str, Pair]) -> list[tuple[list[str], Pair, str]]:
    """What a column is made of, most money first: the rules of a part, its title, its colour."""
    ranked = sorted((rule for rule, n in sums.items() if n), key=lambda rule: (-sums[rule], rule))
    own = STACKED if len(ranked) > STACKED + 1 else len(ranked)
    stacks = [([rule], titles[rule], colour) for rule, colour in zip(ranked[:own], COLOURS, strict=False)]
    n = len(ranked) - own
    return [*stacks, (ranked[own:], (f"其他 {n} 条规则", f"{n} other rules"), GREY)] if n else stacks


def _every_month(first: str, last: str) -> list[str]:
    """The months from first to last; only those two centuries' worth that can be drawn."""
    start, end = (int(m[:4]) * 12 + int(m[5:7]) - 1 for m in (first, last))
    return [f"{p // 12:04}-{p % 12 + 1:02}" for p in range(max(start, end - 239), end + 1)]


def colours(names: Sequence[str]) -> dict[str, str]:
    """A colour for each, in order."""
    return {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}
