"""A self-inspection shown: in a terminal, as a page, as a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.audit.inspection import CLEAR, FOUND, NOT_SEEN, Inspection, Line, blind
from guiju.audit.report.templates import environment
from guiju.audit.report.words import Pair, money
from guiju.audit.report.workbook import whole

if TYPE_CHECKING:
    from rich.console import RenderableType

VERDICTS: dict[str, Pair] = {FOUND: ("发现", "found"), CLEAR: ("未见", "clear"), NOT_SEEN: ("看不到", "could not see")}
NO_SHEET_NAME = dict.fromkeys(map(ord, "[]:*?/\\'"), "-")  # what a workbook does not take there
MARKS: Pair = (
    "\n数字：发现几项；–：看不到；*：至少一成的行未判断",
    "\na number: so many found; –: could not see; *: a tenth of the rows or more not judged",
)
BLIND: Pair = ("看不到什么，为什么", "What could not be seen, and why")
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
    if blind(rule):
        return _why(rule)[not zh]
    if not n:
        groups, of = rule["weighed"], rule["cells"]
        if of is not None and groups < of:
            return f"未见（{of:,} 组中可估计 {groups:,} 组）" if zh else f"clear ({groups:,} of {of:,} groups)"
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


def beside(inspections: dict[str, Inspection]) -> list[tuple[Pair, list[Line]]]:
    """Several runs by one sheet: of each line its title, and the line of every run."""
    sheets = [i.lines for i in inspections.values()]
    return [((lines[0].title.zh, lines[0].title.en), list(lines)) for lines in zip(*sheets, strict=True)]


def brief(line: Line) -> Pair:
    """The outcome of a line in a word, how many were found, and what share of the rows was not judged."""
    zh, en = VERDICTS[line.verdict]
    if line.verdict == NOT_SEEN:
        return zh, en
    n, share = f" {len(line.findings):,}" if line.findings else "", _in_part(line)
    return zh + n + (f"（{share} 未判断）" if share else ""), en + n + (f" ({share} not judged)" if share else "")


def _in_part(line: Line) -> str:
    """What share of the rows, or of a rule's groups, was not judged, where it is a tenth or more."""
    unjudged, read = line.unjudged
    groups = [(r["cells"] - (r["weighed"] or 0), r["cells"]) for r in line.rules if r["cells"]]
    share = max((n / of for n, of in [(unjudged, read), *groups] if of), default=0.0)
    return f"{100 * share:.0f} %" if share >= 0.1 else ""


def blind_spots(inspections: dict[str, Inspection]) -> list[tuple[str, Pair]]:
    """Of every line that a run could not see, wholly or by one of its rules: the run's label and line, and why."""
    seen = []
    for label, inspection in inspections.items():
        for line in inspection.lines:
            unseen: dict[Pair, list[dict[str, str]]] = {}  # titles by reason
            for rule in filter(blind, line.rules):
                unseen.setdefault(_why(rule), []).append(rule["title"])
            zh = "；".join(f"{'、'.join(t['zh'] for t in titles)}：{why}" for (why, _), titles in unseen.items())
            en = ". ".join(f"{'; '.join(t['en'] for t in titles)}: {why}" for (_, why), titles in unseen.items())
            if unseen or not line.rules:
                seen.append((f"{label} {line.number}", (zh, en) if unseen else _rests_on(line)))
    return seen


def _why(rule: dict[str, Any]) -> Pair:
    """Why a rule saw nothing."""
    if rule["outcome"] != "asked":
        return rule["why"].get("zh", ""), rule["why"].get("en", "")
    n = f"{rule['cells']:,}"
    return f"{n} 组数据都太少，无一可以估计", f"not one of {n} groups held enough to be estimated"


def shown_beside(inspections: dict[str, Inspection], language: str) -> RenderableType:
    """The sheets of several runs for a terminal, a row a run; then the lines, and what could not be seen and why."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    of, first = int(language == "en"), next(iter(inspections.values()))
    outcomes = Table(title=f"{first.sheet.title.in_(language)}\n", title_justify="left", box=None)
    outcomes.add_column("")
    for line in first.lines:
        outcomes.add_column(str(line.number), justify="right")
    for label, inspection in inspections.items():
        outcomes.add_row(Text(label), *(_mark(line, of) for line in inspection.lines))
    lines = Table(box=None, show_header=False, padding=(0, 2, 0, 0), caption=MARKS[of], caption_justify="left")
    for (zh, en), (line, *_) in beside(inspections):
        lines.add_row(str(line.number), Text((zh, en)[of], overflow="fold"))
    why = Table(title=f"\n{BLIND[of]}\n", title_justify="left", box=None, show_header=False, padding=(0, 2, 0, 0))
    for label, pair in blind_spots(inspections):
        why.add_row(Text(label), Text(pair[of], overflow="fold"))
    return Group(outcomes, "", lines, why)


def _mark(line: Line, of: int) -> RenderableType:
    from rich.text import Text

    if line.verdict == NOT_SEEN:
        return Text("–")
    said = f"{len(line.findings):,}" if line.findings else VERDICTS[CLEAR][of]
    return Text(said + ("*" if _in_part(line) else " "), style="bold" if line.findings else "")


def write_page(inspections: dict[str, Inspection], path: Path, language: str) -> None:
    """One self-contained HTML file, zh and en, `language` first: the sheet of a run; of several side by side, and each.

    Nobody is named but the owners entered.
    """
    with whole(path) as unfinished:
        text = environment("guiju.audit.report").get_template("sheet.html.j2").render(
            inspections=inspections, headings=HEADINGS, cells=cells, beside=beside(inspections), brief=brief,
            blind_spots=blind_spots(inspections), blind=BLIND, language=language,
        )  # fmt: skip
        unfinished.write_text(text, encoding="utf-8")


def write_workbook(inspections: dict[str, Inspection], path: Path, language: str) -> None:
    """An .xlsx with a sheet a run; before them, where there are several, one with all side by side."""
    import xlsxwriter

    of = int(language == "en")
    with whole(path) as unfinished, xlsxwriter.Workbook(unfinished, {"strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "valign": "top", "text_wrap": True})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})

        def put(name: str, heading: str, columns: list[tuple[str, int]], rows: list[list[str]]) -> None:
            sheet = book.add_worksheet(name)
            sheet.write_string(0, 0, heading, bold)
            for i, (column, width) in enumerate(columns):
                sheet.set_column(i, i, width)
                sheet.write_string(2, i, column, bold)
            for place, row in enumerate(rows, 3):
                for i, text in enumerate(row):
                    sheet.write_string(place, i, text, wrap)

        title = next(iter(inspections.values())).sheet.title.in_(language)
        if len(inspections) > 1:
            columns = [(HEADINGS[0][of], 6), (HEADINGS[1][of], 44), *((label, 20) for label in inspections)]
            rows = [
                [str(lines[0].number), said[of], *(brief(line)[of] for line in lines)]
                for said, lines in beside(inspections)
            ]
            put("1", title, columns, rows)
        widths = (6, 44, 14, 60, 14, 12, 40, 40)
        for place, (label, inspection) in enumerate(inspections.items(), 2):
            name = f"{place} {label.translate(NO_SHEET_NAME)}"[:31] if len(inspections) > 1 else inspection.name[:31]
            columns = [(h[of], width) for h, width in zip(HEADINGS, widths, strict=True)]
            run = inspection.run.folder.resolve().name
            put(name, f"{title} · {run}", columns, [[pair[of] for pair in cells(line)] for line in inspection.lines])
