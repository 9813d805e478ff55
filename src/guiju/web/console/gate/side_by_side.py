"""Two versions' texts, file by file and line by line beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from itertools import zip_longest

import msgspec

CONTEXT = 3  # lines around those that differ
SAME, OTHER, LEFT, RIGHT = "same", "other", "gone", "new"


class Row(msgspec.Struct):
    """A line of both: its number and text in each, None where one has none. kind: same, other, gone, new, or skipped,
    where `left` is how many lines that are alike are not shown.
    """

    kind: str
    left: int | None
    left_text: str
    right: int | None
    right_text: str


class File(msgspec.Struct):
    """A file of either version."""

    name: str
    kind: str
    rows: list[Row]


def side_by_side(left: Mapping[str, str], right: Mapping[str, str]) -> list[File]:
    """Every file, those that differ first."""
    names = sorted({*left, *right}, key=lambda name: (left.get(name) == right.get(name), name))
    return [_file(name, left.get(name), right.get(name)) for name in names]


def _file(name: str, left: str | None, right: str | None) -> File:
    if left == right:
        return File(name, SAME, [])
    kind = RIGHT if left is None else LEFT if right is None else OTHER
    return File(name, kind, _rows((left or "").splitlines(), (right or "").splitlines()))


def _rows(left: list[str], right: list[str]) -> list[Row]:
    matcher, rows, shown = SequenceMatcher(None, left, right, autojunk=False), list[Row](), 0
    for group in matcher.get_grouped_opcodes(CONTEXT):
        _skip(rows, group[0][1] - shown)
        for what, i, i_end, j, j_end in group:
            if what == "equal":
                rows += [Row(SAME, i + n + 1, left[i + n], j + n + 1, left[i + n]) for n in range(i_end - i)]
                continue
            for one, other in zip_longest(range(i, i_end), range(j, j_end)):
                kind = RIGHT if one is None else LEFT if other is None else OTHER
                rows.append(Row(
                    kind, None if one is None else one + 1, "" if one is None else left[one],
                    None if other is None else other + 1, "" if other is None else right[other],
                ))  # fmt: skip
        shown = group[-1][2]
    _skip(rows, len(left) - shown)
    return rows


def _skip(rows: list[Row], lines: int) -> None:
    if lines > 0:
        rows.append(Row("skipped", lines, "", None, ""))
