"""A backtest, drawn: hits by day, how many were right and how many were found, reasons as told, two versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from guiju.audit.report.charts import colours
from guiju.audit.report.drawing import GREY, WIDTH, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.templates import environment
from guiju.audit.report.words import Pair
from guiju.gate.backtest.counting import Counted, Hits, Share
from guiju.gate.decisions import Decision

if TYPE_CHECKING:
    from rich.console import RenderableType

    from guiju.gate.backtest import Backtest

LEFT, RIGHT, PLOT = 74.0, WIDTH - 12.0, 170.0
ACTIONS: dict[str, Pair] = {
    "allow": ("放行", "allowed"), "review": ("交人复核", "put before a person"), "hold": ("扣留", "held"),
}  # fmt: skip
MODES: dict[str, Pair] = {"live": ("生效", "live"), "shadow": ("试运行", "shadow")}


def render(done: Backtest, language: str = "en") -> str:
    """One self-contained HTML file, zh and en, `language` first."""
    c = done.counted
    return environment("guiju.gate.backtest").get_template("page.html.j2").render(
        done=done, c=c, language=language, actions=ACTIONS, modes=MODES, title=_titles(c), number=_number, pct=_pct,
        interval=_interval, by_day=_by_day(done), shares=_shares(c.triggers) if done.labels else Markup(),
        patterns=_patterns(c), examples=_examples(c), money=_money(c), name=_name,
    )  # fmt: skip


def _titles(c: Counted) -> dict[str, Pair]:
    return {t.name: (t.rule.title.zh, t.rule.title.en) for t in c.of.triggers}


def _number(value: Any, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _pct(share: Share | None) -> str:
    return "–" if share is None or share.value is None else f"{share.value * 100:.1f} %"


def _interval(share: Share | None) -> str:
    if share is None or share.interval is None:
        return ""
    low, high = share.interval
    return f"{low * 100:.1f}–{high * 100:.1f}"


def _in_short(share: Share | None) -> str:
    """A share with its interval in whole per cent."""
    if share is None or share.value is None or share.interval is None:
        return "–"
    low, high = share.interval
    return f"{share.value * 100:.0f} ({low * 100:.0f}–{high * 100:.0f})"


def _name(name: str) -> Markup:
    """A trigger's name, which may break after a _."""
    return Markup("<code>{}</code>").format(Markup("_<wbr>").join(name.split("_")))


def _money(c: Counted) -> str:
    """The currency, where there is one; sums over several would mean nothing."""
    return c.currencies[0] if len(c.currencies) == 1 else ""


def _by_day(done: Backtest) -> Markup:
    """Hits by local day, a line a trigger."""
    days = [done.first + timedelta(days=n) for n in range((done.last - done.first).days + 1)]
    known = [t for t in done.counted.triggers if t.hits]
    if not known or len(days) < 2:
        return Markup()
    colour = colours([t.name for t in known])
    title: Pair = ("每日触发次数（当地日）", "hits by local day")
    canvas = Canvas(0, title)
    canvas.text(0, 16, title, bold=True)
    top = legend(canvas, 42, [(colour[t.name], (t.name, t.name)) for t in known]) + 12
    y = Scale.over([float(n) for t in known for n in t.by_day.values()], top + PLOT, top, 0.06, zero=True)
    x = Scale(_noon(days[0]), _noon(days[-1]), LEFT, RIGHT)
    value_axis(canvas, y, LEFT, RIGHT, ("", ""))
    for t in known:
        canvas.path([(x(_noon(day)), y(float(t.by_day.get(day, 0)))) for day in days], colour[t.name], 1.6)
    time_axis(canvas, x, top + PLOT, done.zone, ("日", "days"))
    canvas.height = top + PLOT + 60
    return canvas.svg()


def _noon(day: date) -> float:
    return seconds(datetime(day.year, day.month, day.day, 4))


def _shares(triggers: Sequence[Hits]) -> Markup:
    """Precision and recall of each trigger with their intervals, on one scale."""
    title: Pair = ("对照标签：命中中属实的比例，违规中被命中的比例", "against the labels: precision and recall")
    canvas = Canvas(0, title)
    canvas.text(0, 16, title, bold=True)
    kinds: list[tuple[str, Pair]] = [("#0b5c6b", ("命中属实", "precision")), ("#d08a3e", ("违规命中", "recall"))]
    top, left = legend(canvas, 42, kinds) + 16, 260.0
    x = Scale(0.0, 1.0, left, RIGHT - 8)
    bottom = top + 46 * len(triggers)
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        canvas.line(x(tick), top - 8, x(tick), bottom, "#e3e8ea")
        canvas.text(x(tick), bottom + 18, f"{tick * 100:.0f} %", "middle", "#5b6870")
    for place, t in enumerate(triggers):
        middle = top + 46 * place + 14
        canvas.text(left - 12, middle + 5, t.name, "end")
        for share, (colour, _), off in ((t.precision, kinds[0], -7), (t.recall, kinds[1], 7)):
            if share is None or share.value is None or share.interval is None:
                continue
            low, high = share.interval
            canvas.line(x(low), middle + off, x(high), middle + off, colour, 3)
            canvas.dot(x(share.value), middle + off, 5, colour, hint=f"{share.k:,} / {share.n:,}")
    canvas.line(left, bottom, RIGHT - 8, bottom, GREY)
    canvas.height = bottom + 30
    return canvas.svg()


def _patterns(c: Counted) -> list[tuple[str, str, int, list[int]]]:
    """Of each labelled pattern: how many events, and at how many each trigger held; violations first."""
    keys = sorted(c.labelled, key=lambda key: (key[0] != "violation", key[1]))
    rows = [
        (kind, name, c.labelled[kind, name], [t.patterns.get((kind, name), 0) for t in c.triggers])
        for kind, name in keys
    ]
    plain = [t.patterns.get(("", ""), 0) for t in c.triggers]
    return [*rows, ("", "", c.events - sum(c.labelled.values()), plain)] if rows else []


def _examples(c: Counted) -> dict[str, list[tuple[str, str]]]:
    """What those concerned would be told, in both languages."""
    return {name: [_told(decision, name) for decision in decisions] for name, decisions in c.examples.items()}


def _told(decision: Decision, name: str) -> tuple[str, str]:
    reason = next(r for r in decision.reasons if r.trigger == name)
    return reason.says("zh"), reason.says("en")


def shown(done: Backtest, language: str) -> RenderableType:
    """The summary for a terminal."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    of, c = int(language == "en"), done.counted
    headings: list[Pair] = [("", ""), ("命中", "hits"), ("对象", "actors"), ("争议金额", "in dispute")]
    headings += [("属实 %", "precision %"), ("命中违规 %", "recall %")] if done.labels else []
    headings += [("仅此版", "only here"), ("仅另版", "only there")] if done.compared else []
    table = Table(box=None, padding=(0, 1, 0, 0))
    for heading in headings:
        table.add_column(heading[of], justify="left" if heading == ("", "") else "right", no_wrap=heading == ("", ""))
    differences = {d.name: d for d in done.compared.triggers} if done.compared else {}
    for t in c.triggers:
        cells = [t.name, _number(t.hits), _number(t.actors), _number(t.amount, 2)]
        if done.labels:  # beside another version there is no room for intervals
            cells += [(_pct if done.compared else _in_short)(share) for share in (t.precision, t.recall)]
        if t.name in differences:
            cells += [_number(differences[t.name].only_first), _number(differences[t.name].only_second)]
        table.add_row(*cells)
    order = (
        ("按记录的 decision_at", "by the logged decision_at")
        if c.is_logged
        else (
            "按 (occurred_at, id) 排序，无记录的 decision_at",
            "sorted by (occurred_at, id): no decision_at was logged",
        )
    )
    said = [f"{words[of]} {c.actions[action]:,}" for action, words in ACTIONS.items() if action in c.actions]
    head = Text(f"{c.of.name} {done.first} – {done.last}: {c.events:,} {('个事件', 'events')[of]}; {', '.join(said)}")
    held = (
        f"将扣留 {_number(c.held_amount, 2)} {_money(c)}",
        f"would be held: {_number(c.held_amount, 2)} {_money(c)}",
    )
    return Group(head, Text(order[of]), Text(held[of]), Text(""), table)
