"""The table behind a picture, as pages show it and JSON tells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from guiju.audit.report.words import Pair
from guiju.web.console.rooms.asking import says


class Table(msgspec.Struct):
    """Columns and rows in both languages; `words`: how many columns from the left are words, the others numbers."""

    title: Pair
    columns: list[Pair]
    rows: list[list[Pair]]
    words: int = 1


def table(title: Pair, columns: Sequence[str | Pair], rows: Iterable[Sequence[object]], words: int = 1) -> Table:
    """columns: names of `words/`, or pairs; a value that is no pair is the same in both languages."""
    heads = [says(one) if isinstance(one, str) else one for one in columns]
    return Table(title, heads, [[_pair(value) for value in row] for row in rows], words)


def _pair(value: object) -> Pair:
    return (value[0], value[1]) if isinstance(value, tuple) else (str(value), str(value))
