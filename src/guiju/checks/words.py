"""What a reader is told in place of names: `<check>.words.yaml` beside a check, and `words.yaml` for what many share.

A name without words keeps itself; a pack's check may go without the file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in the two languages of the house."""

    zh: str
    en: str

    def in_(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


class FactWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fact's name; `limit` is the one it is held against."""

    zh: str
    en: str
    limit: str = ""


class LimitWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A limit's name; `of` says of what it is asked, where that is not the whole episode (每周, every week)."""

    zh: str
    en: str
    of: Words | None = None


class CheckWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A check's words.

    at_stake: what money at stake is. formula: its arithmetic in Chinese. facts: those to be read, in that order.
    values: of facts and limits that are one of a few words. workings: their tables' names. zh: its page and its
    reasons in Chinese, by the English.
    """

    at_stake: Words | None = None
    formula: str = ""
    facts: dict[str, FactWords] = {}
    limits: dict[str, LimitWords] = {}
    values: dict[str, Words] = {}
    workings: dict[str, Words] = {}
    zh: dict[str, str] = {}

    def beside(self, shared: CheckWords) -> CheckWords:
        """These, and what is shared for names without words here."""
        return CheckWords(
            self.at_stake,
            self.formula,
            self.facts,
            {**shared.limits, **self.limits},
            {**shared.values, **self.values},
            self.workings,
            {**shared.zh, **self.zh},
        )


@cache
def words_beside(path: Path) -> CheckWords:
    """The words of the check in a file; those that are shared where it has no own."""
    shared = _read(Path(__file__).with_suffix(".yaml"))
    own = path.with_suffix(".words.yaml")
    return (_read(own) if own.is_file() else CheckWords()).beside(shared)


def _read(path: Path) -> CheckWords:
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=CheckWords)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise ValueError(f"{path.name}: {error}") from None
