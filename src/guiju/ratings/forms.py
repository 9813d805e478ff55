"""The empty score sheet of a panel: a workbook that a rater fills in, with the scale checked while typing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from guiju.ratings.panel import Panel
from guiju.ratings.shopping import COLUMNS, WHO

LAST_ROW = 2_000  # of consultations, which are as many as are made


def write_form(panel: Panel, path: Path, language: str = "en") -> Path:
    """Write a workbook: `scores` (a row a rater and subject), `consultations`, and `panel`, which says who is who."""
    import xlsxwriter

    of = {"zh": "zh", "en": "en"}[language]
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#E6F0F2", "bottom": 1, "text_wrap": True, "valign": "top"})
        open_ = book.add_format({"bg_color": "#FFFBEF", "border": 1, "border_color": "#DDE3E6"})
        _scores(book, panel, head, open_, of)
        _consultations(book, panel, head, of)
        _who(book, panel, head)
    return path


def _scores(book: Any, panel: Panel, head: Any, open_: Any, of: str) -> None:
    sheet = book.add_worksheet("scores")
    names = ["rater", "subject", *panel.dimensions]
    sheet.write_row(0, 0, names, head)
    for column, (key, dimension) in enumerate(panel.dimensions.items(), 2):
        said = [getattr(dimension.name, of), getattr(dimension.asks, of)]
        sheet.write_comment(0, column, "\n".join(filter(None, said)) or key, {"x_scale": 2})
    row = 1
    for rater in panel.raters:
        for subject in panel.subjects:
            sheet.write_row(row, 0, [rater, subject])
            sheet.write_row(row, 2, [None] * len(panel.dimensions), open_)
            row += 1
    scale = panel.scale
    rule = {"validate": "decimal", "criteria": "between", "minimum": scale.least, "maximum": scale.most}
    if scale.step == 1 and scale.least == int(scale.least):
        rule |= {"validate": "integer"}
    told = {
        "zh": f"分数从 {scale.least:g} 到 {scale.most:g}，每格 {scale.step:g}；没有打分就留空",
        "en": f"scores go from {scale.least:g} to {scale.most:g} in steps of {scale.step:g}; "
        "leave empty what you do not score",
    }[of]
    sheet.data_validation(1, 2, row - 1, len(names) - 1, rule | {"error_message": told[:255]})
    sheet.freeze_panes(1, 2)
    sheet.set_column(0, len(names) - 1, 16)


def _consultations(book: Any, panel: Panel, head: Any, of: str) -> None:
    sheet = book.add_worksheet("consultations")
    sheet.write_row(0, 0, COLUMNS, head)
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.set_column(0, len(COLUMNS) - 1, 16)
    sheet.set_column(1, 3, 18, moment)
    lists = {0: list(panel.subjects), 4: list(WHO), 5: ["yes", "no"], 6: ["yes", "no"]}
    for column, allowed in lists.items():
        if len(",".join(allowed)) < 255:  # the most that a workbook holds in a list
            sheet.data_validation(1, column, LAST_ROW, column, {"validate": "list", "source": allowed})
    told = {
        "zh": "没有人工回复：replied_at 留空，looked_until 写明看到何时为止。stated_minutes：若您自己另记了时长。",
        "en": "No reply by a person: leave replied_at empty and write in looked_until how long you looked. "
        "stated_minutes: a duration you noted yourself, if any.",
    }[of]
    sheet.write_comment(0, 2, told, {"x_scale": 3})
    sheet.freeze_panes(1, 1)


def _who(book: Any, panel: Panel, head: Any) -> None:
    sheet = book.add_worksheet("panel")
    sheet.write_row(0, 0, ["", "", "中文", "English", "权重 weight / 利害关系 stake", ""], head)
    rows: list[list[Any]] = []
    for key, dimension in panel.dimensions.items():
        rows.append(["dimension", key, dimension.name.zh, dimension.name.en, dimension.weight])
    for key, rater in panel.raters.items():
        rows.append(["rater", key, rater.name.zh, rater.name.en, rater.stake.zh, rater.stake.en])
    for key, subject in panel.subjects.items():
        rows.append(["subject", key, subject.name.zh, subject.name.en])
    for number, row in enumerate(rows, 1):
        sheet.write_row(number, 0, row)
    sheet.set_column(0, 5, 22)
