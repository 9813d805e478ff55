"""The two worlds told: figures side by side, pictures, one page in two languages, every driver's statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from guiju.audit.report.drawing import COLOURS, FAINT, GREY, WIDTH, Canvas, Scale, legend, value_axis
from guiju.audit.report.templates import bilingual
from guiju.audit.report.words import Pair
from guiju.cases import Case
from guiju.cases.guard import Group
from guiju.cases.guard.page import days, forest
from guiju.cases.guard.words import said
from guiju.cases.statement import page, stated
from guiju.cases.steps import OVERTURNED
from guiju.cli.haining.as_it_was import Naive
from guiju.cli.haining.by_the_rules import Redressed, lost, owed
from guiju.cli.haining.night import ZONE, Night

if TYPE_CHECKING:
    from rich.console import RenderableType

RED = "#b3606c"


@dataclass(frozen=True)
class Right:
    """Of orders acted on, how many broke a rule; of those that broke one, how many were acted on."""

    acted: int
    true: int
    all_true: int

    @property
    def precision(self) -> float:
        return self.true / self.acted if self.acted else float("nan")

    @property
    def recall(self) -> float:
        return self.true / self.all_true if self.all_true else float("nan")


@dataclass(frozen=True)
class Told:
    """Both worlds, counted. `cents`: drivers whose ledger is not what the truth says, in the end."""

    night: Night
    naive: Naive
    done: Redressed
    final: list[Case]
    froze: Right
    held: Right
    upheld: Right
    off: list[str]
    group: Group | None
    findings: list[Any]

    @property
    def agency_drivers(self) -> list[str]:
        """The agency's drivers, whom the night hit hardest first."""
        return sorted(self.night.of_agency(), key=lambda d: self.naive.balances[d])


def tell(night: Night, was: Naive, done: Redressed, findings: list[Any]) -> Told:
    """Count both worlds against the truth."""
    true = {row["id"] for row in night.recent() if row["cheated"]}
    final = [done.cases.case(id) for id in done.matters]
    expected, kept = owed(night, done), lost(final)
    off = sorted(d for d in expected.keys() | kept.keys() if expected.get(d, 0) != kept.get(d, 0))
    upheld = {c.matter.subject for c in final if c.rounds and c.outcome != OVERTURNED}
    held = {done.matters[id].subject for id in done.held}
    group = next((g for g in done.seen.groups if f"cause-{g.id}" == done.group), None) if done.seen else None
    return Told(
        night,
        was,
        done,
        final,
        _right(was.orders, true),
        _right(held, true),
        _right(upheld, true),
        off,
        group,
        findings,
    )


def _right(acted: Iterable[str], true: set[str]) -> Right:
    of = set(acted)
    return Right(len(of), len(of & true), len(true))


def standings_picture(told: Told) -> Markup:
    """The agency's drivers: what the night left on each account, and what it would have been by the rules."""
    title: Pair = ("那一晚，该代理每位司机账上（元）", "that night, on each of the agency's drivers' accounts (yuan)")
    canvas = Canvas(0, title)
    canvas.text(0, 16, title, bold=True)
    kinds: list[tuple[str, Pair]] = [
        (RED, ("当时：整单冻结之后", "as it was: every order frozen whole")),
        (COLOURS[0], ("按规则：可以提取", "by the rules: can be drawn")),
        (FAINT, ("按规则：扣留待决", "by the rules: held")),
    ]  # fmt: skip
    top = legend(canvas, 42, kinds) + 16
    drivers = told.agency_drivers
    was = [told.naive.balances[d] / 100 for d in drivers]
    now = [tuple(fen / 100 for fen in told.done.standing.get(d, (told.night.balances[d], 0))) for d in drivers]
    y = Scale.over([*was, *(sum(pair) for pair in now)], top + 260, top, 0.05, zero=True)
    value_axis(canvas, y, 64, WIDTH, ("", ""))
    step = (WIDTH - 64) / len(drivers)
    for place, (before, (free, held)) in enumerate(zip(was, now, strict=True)):
        x, half = 64 + step * place + 3, (step - 8) / 2
        canvas.rect(x, min(y(0), y(before)), half, abs(y(before) - y(0)), RED, hint=f"{before:,.2f}")
        canvas.rect(x + half + 2, y(free), half, y(0) - y(free), COLOURS[0], hint=f"{free:,.2f}")
        canvas.rect(x + half + 2, y(free + held), half, y(free) - y(free + held), FAINT, hint=f"{held:,.2f}")
    canvas.line(64, y(0), WIDTH, y(0), GREY, 1.5)
    canvas.height = top + 280
    return canvas.svg()


def statuses(told: dict[date, str]) -> list[tuple[date, date, str]]:
    """What the guard called the agency's flags, from day to day."""
    found: list[tuple[date, date, str]] = []
    for day, status in told.items():
        if found and found[-1][2] == status:
            found[-1] = (found[-1][0], day, status)
        else:
            found.append((day, day, status))
    return [row for row in found if row[2]]


def write_statements(told: Told, out: Path) -> dict[str, list[str]]:
    """Every statement of every driver, in both languages; returns the files by driver."""
    files: dict[str, list[str]] = {}
    for case in told.final:
        folder = out / case.matter.party
        folder.mkdir(parents=True, exist_ok=True)
        statement = stated(told.done.cases, case.id)
        for language in ("zh", "en"):
            (folder / f"{case.id}.{language}.html").write_text(page(statement, language), encoding="utf-8")
        files.setdefault(case.matter.party, []).append(f"{case.matter.party}/{case.id}")
    return files


def write_page(told: Told, out: Path, files: dict[str, list[str]], language: str) -> Path:
    """The story: `night.html`."""
    values = {
        "told": told, "standings": standings_picture(told), "rows": figures(told), "files": files, "money": money,
        "statuses": statuses(told.done.told), "status_words": said().statuses,
        "days": days(told.group, ZONE) if told.group else "",
        "odds": forest(told.group.evidence) if told.group else "",
        "outcomes": Counter(case.state if not case.rounds else case.outcome for case in told.final),
    }  # fmt: skip
    path = out / "night.html"
    template = bilingual("guiju.cli.haining").get_template("night.html.j2")
    path.write_text(template.render(language=language, **values), encoding="utf-8")
    return path


def figures(told: Told) -> list[tuple[Pair, str, str]]:
    """What was, and what is by the rules, a row a figure."""
    own, done, was = set(told.agency_drivers), told.done, told.naive
    lowest = min(was.balances[d] for d in own)
    free = {driver: standing[0] for driver, standing in done.standing.items()}
    ours = [fen for driver, fen in free.items() if driver in own]
    held = sum(standing[1] for standing in done.standing.values())
    return [
        (("账户低于零的司机", "drivers below zero"), str(len(was.stopped)), str(sum(fen < 0 for fen in free.values()))),
        (("其中该代理的", "of them of the agency"), str(len(own & {*was.stopped})), str(sum(fen < 0 for fen in ours))),
        (("最低（该代理，元）", "the lowest, of the agency (yuan)"), money(lowest), money(min(ours))),
        (("因此不能接单", "given no orders for it"), str(len(was.stopped)), "0"),
        (("当晚冻结或扣留（元）", "frozen or held that night (yuan)"), money(sum(was.frozen.values())), money(held)),
        (("被冻结或曾扣留的订单", "orders frozen, or held at some time"), str(told.froze.acted), str(told.held.acted)),
        (("其中确属违规", "of them true"), _pct(told.froze.precision), _pct(told.held.precision)),
        (("最终被认定的订单", "orders upheld in the end"), str(told.froze.acted), str(told.upheld.acted)),
        (("其中确属违规", "of them true"), _pct(told.froze.precision), _pct(told.upheld.precision)),
        (("违规订单中被找到", "of orders that broke a rule, found"), _pct(told.froze.recall), _pct(told.upheld.recall)),
    ]  # fmt: skip


def shown(told: Told, language: str) -> RenderableType:
    """The summary for a terminal."""
    from rich.console import Group as Lines
    from rich.table import Table
    from rich.text import Text

    of = {"zh": 0, "en": 1}[language]
    table = Table(box=None, padding=(0, 2, 0, 0))
    for head in ("", ("当时", "as it was")[of], ("按规则", "by the rules")[of]):
        table.add_column(head, justify="left" if not head else "right")
    for what, was, now in figures(told):
        table.add_row(what[of], was, now)
    says = (told.group.says.zh, told.group.says.en)[of] if told.group else ""
    ends = (
        ("每位司机最终失去的，与真相一分不差", "what each driver lost in the end is what the truth says, to the cent")
        if not told.off
        else (f"账本不符：{', '.join(told.off)}", f"the ledger is not right for {', '.join(told.off)}")
    )
    found = [Text(f"{rule}: {n}") for rule, n, _, _ in told.findings]
    return Lines(table, Text(""), Text(says), Text(ends[of]), *found)


def money(fen: int) -> str:
    return f"{fen / 100:,.2f}"


def _pct(share: float) -> str:
    return "–" if share != share else f"{share * 100:.1f} %"
