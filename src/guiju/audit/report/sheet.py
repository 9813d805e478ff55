"""A self-inspection shown: in a terminal, as a page, as a workbook."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from guiju.audit.inspection import CLEAR, FOUND, NOT_SEEN, Inspection, Line
from guiju.audit.report.words import Pair, money
from guiju.audit.report.workbook import whole

if TYPE_CHECKING:
    from rich.console import RenderableType

VERDICTS: dict[str, Pair] = {FOUND: ("发现", "found"), CLEAR: ("未见", "clear"), NOT_SEEN: ("看不到", "could not see")}
HEADINGS: tuple[Pair, ...] = (
    ("条", "line"),
    ("事项", "duty"),
    ("结果", "outcome"),
    ("依据", "resting on"),
    ("责任人", "owner"),
    ("期限", "due"),
    ("整改", "rectification"),
    ("复核", "re-audit"),
)


def cells(line: Line) -> list[Pair]:
    """A line of the sheet, one text a heading."""
    entered = line.entered
    return [
        (str(line.number),) * 2,
        (line.title.zh, line.title.en),
        VERDICTS[line.verdict],
        _rests_on(line),
        ((entered and entered.owner) or "",) * 2,
        (f"{entered.due}" if entered and entered.due else "",) * 2,
        ((entered and entered.rectified) or "",) * 2,
        _again(line),
    ]


def _rests_on(line: Line) -> Pair:
    if not line.rules:
        return ("尚无规则可询问此条", "no rule asks this line yet")
    unjudged, read = line.unjudged
    share = 100 * unjudged / read if read else 0.0
    zh = "；".join(f"{r['title']['zh']}：{_outcome(r, 'zh')}" for r in line.rules)
    en = "; ".join(f"{r['title']['en']}: {_outcome(r, 'en')}" for r in line.rules)
    return f"{zh}。未作判断的行 {share:.1f} %", f"{en}. Rows not judged: {share:.1f} %"


def _outcome(rule: dict[str, Any], language: str) -> str:
    n, zh = rule["findings"], language == "zh"
    if rule["outcome"] != "asked":
        return str(rule["why"].get(language, ""))
    if not n:
        return "未见" if zh else "clear"
    sums = ", ".join(money(amount, currency) for currency, amount in rule["amount_at_stake"].items())
    stake = (f"，涉及 {sums}" if zh else f", {sums} at stake") if sums else ""
    return (f"发现 {n:,} 项" if zh else f"{n:,} found") + stake


def _again(line: Line) -> Pair:
    if line.reaudit is None:
        return "", ""
    r = line.reaudit
    zh, en = VERDICTS[r.verdict]
    before = len(line.findings)
    return (
        f"{r.run}：{zh}；原 {before:,} 项中仍有 {r.again:,} 项，新增 {r.new:,} 项",
        f"{r.run}: {en}; of {before:,} findings {r.again:,} again, {r.new:,} new",
    )


def shown(inspection: Inspection, language: str) -> RenderableType:
    """The sheet for a terminal: number and outcome of a line, then all that is said of it."""
    from rich.table import Table
    from rich.text import Text

    of = int(language == "en")
    table = Table(title=f"{inspection.sheet.title.in_(language)}\n", title_justify="left", box=None, show_header=False)
    for column in ("right", "left"):
        table.add_column(no_wrap=True, justify=column)
    table.add_column(overflow="fold")
    for line in inspection.lines:
        number, duty, outcome, rests_on, *entered = (pair[of] for pair in cells(line))
        text = Text(duty, style="bold" if line.verdict == FOUND else "")
        text.append(f"\n{rests_on}", style="not bold")
        for heading, said in zip(HEADINGS[4:], entered, strict=True):
            text.append(f"\n{heading[of]}: {said}" if said else "", style="not bold")
        table.add_row(number, outcome, text, style="bold" if line.verdict == FOUND else "")
        table.add_row()
    return table


def write_page(inspection: Inspection, path: Path) -> None:
    """One self-contained HTML file, zh and en; nobody is named but the owners entered."""
    with whole(path) as unfinished:
        unfinished.write_text(_page().render(inspection=inspection, headings=HEADINGS, cells=cells), encoding="utf-8")


def write_workbook(inspection: Inspection, path: Path, language: str) -> None:
    """An .xlsx with the sheet."""
    import xlsxwriter

    of = int(language == "en")
    with whole(path) as unfinished, xlsxwriter.Workbook(unfinished, {"strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "valign": "top", "text_wrap": True})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(inspection.name[:31])
        sheet.write_string(
            0, 0, f"{inspection.sheet.title.in_(language)} · {inspection.run.folder.resolve().name}", bold
        )
        for i, (heading, width) in enumerate(zip(HEADINGS, (6, 44, 14, 60, 14, 12, 40, 40), strict=True)):
            sheet.set_column(i, i, width)
            sheet.write_string(2, i, heading[of], bold)
        for row, line in enumerate(inspection.lines, 3):
            for i, pair in enumerate(cells(line)):
                sheet.write_string(row, i, pair[of], wrap)


@cache
def _page() -> Template:
    environment = Environment(
        loader=PackageLoader("guiju.audit.report", "."), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("sheet.html.j2")
