"""What tables and their columns mean to a reader: `<table>.words.yaml` beside a table has the Chinese of it.

The English stands in the table itself (`says`), as does every type. Chinese that several tables share is in
`words.yaml` here, by the English; what a table's own file says of a column comes before it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from guiju.records import tables

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


class Chinese(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a thing is called, and what more is to be said of it (unit last), in Chinese."""

    name: str
    says: str = ""


class TableWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table's file: the table, and its columns by name."""

    table: Chinese
    columns: dict[str, Chinese]


class Meaning(NamedTuple):
    """A table or column: what it is called in Chinese (in English it is called as it is), and what it is in both."""

    name: str
    zh: str
    en: str

    def in_(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


@cache
def table_meaning(table: str) -> Meaning:
    """What a row of a table is. Raises KeyError where there is no such table."""
    known = _words(table).table
    return Meaning(known.name, known.says or known.name, " ".join(tables()[table].says.split()))


@cache
def meanings(table: str) -> dict[str, Meaning]:
    """What each column of a table is, by its name, in the table's order. Raises KeyError where there is none such."""
    own, shared = _words(table).columns, _shared()
    told = {c.name: (own.get(c.name) or shared[c.says], c.says) for c in tables()[table].columns}
    return {
        name: Meaning(of.name, f"{of.name}：{of.says}" if of.says else of.name, en) for name, (of, en) in told.items()
    }


def _words(table: str) -> TableWords:
    of = tables()[table].name
    read: TableWords = _read(files("guiju.records.schemas") / f"{of}.words.yaml", TableWords)
    return read


@cache
def _shared() -> dict[str, Chinese]:
    read: dict[str, Chinese] = _read(files("guiju.records") / "words.yaml", dict[str, Chinese])
    return read


def _read(path: Traversable, kind: Any) -> Any:
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise ValueError(f"{path.name}: {error}") from None
