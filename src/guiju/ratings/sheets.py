"""Sheets that people fill in: an empty one is written, a filled one is read, as a workbook or CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from guiju.records.errors import BadInput, hint, hint_zh
from guiju.records.reading import encoding_of


def rows_of(path: Path, sheet: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows with their numbers as a person counts them, the head being row 1; empty rows are left out.

    Raises BadInput where the file cannot be read, or lacks a column or has one twice.
    """
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file", f"{path}：没有这个文件")
    lines = _workbook(path, sheet) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path)
    head = [str(cell if cell is not None else "").strip() for cell in next(lines, [])]
    if lacks := [name for name in columns if name not in head]:
        raise BadInput(
            f"{path.name}: there is no column {lacks[0]!r} in row 1; {hint(lacks[0], head, 'there are')}",
            f"{path.name}：第 1 行没有列 {lacks[0]!r}；{hint_zh(lacks[0], head)}",
        )
    if twice := [name for name in columns if head.count(name) > 1]:
        raise BadInput(
            f"{path.name}: the column {twice[0]!r} stands twice in row 1; keep one",
            f"{path.name}：第 1 行里列 {twice[0]!r} 出现两次；请留一个",
        )
    for number, line in enumerate(lines, 2):
        if any(cell is not None and str(cell).strip() for cell in line):
            cells = [*line, *[None] * (len(head) - len(line))]
            yield number, {name: cells[head.index(name)] for name in columns}


def _csv(path: Path) -> Iterator[list[Any]]:
    with path.open(encoding=encoding_of(path, path.name)[0], newline="") as file:
        yield from csv.reader(file)


def _workbook(path: Path, sheet: str) -> Iterator[list[Any]]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # whatever openpyxl makes of a file that is none
        raise BadInput(
            f"{path.name}: is not a whole workbook ({type(error).__name__}); save it again",
            f"{path.name}：不是完整的工作簿；请重新保存",
        ) from None
    chosen = book[sheet] if sheet in book.sheetnames else book[book.sheetnames[0]]
    yield from (list(row) for row in chosen.iter_rows(values_only=True))
