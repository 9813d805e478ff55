"""The console's words in Chinese and English: files of `words/`, a pair a name, as in the statements of cases.

Both languages stand side by side in one file, so neither is the translation that is made later; and nothing has to be
compiled before the console runs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from guiju.audit.report.words import Pair, number
from guiju.checks.words import Words as Both

LANGUAGES = {"zh": "中文", "en": "English"}
HERE = "guiju.web.console"


@cache
def known() -> dict[str, Both]:
    """Every name there is, and what it says."""
    found: dict[str, Both] = {}
    for file in sorted((files(HERE) / "words").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".yaml"):
            found |= msgspec.yaml.decode(file.read_bytes(), type=dict[str, Both])
    return found


class Words:
    """The words in one language: `w("sign_in_wait", minutes=3)` is a sentence, `w.of(pair)` one of two."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"

    def __call__(self, name: str, /, **values: Any) -> str:
        told = known()[name].in_(self.language)
        return told.format(**values) if values else told

    @staticmethod
    def knows(name: str) -> bool:
        """Whether there are words for what may have come with a pack."""
        return name in known()

    def of(self, pair: Pair | Both) -> str:
        """Of a text in both languages the one that is read."""
        if isinstance(pair, Both):
            return pair.in_(self.language)
        return str(pair[0] if self.language == "zh" else pair[1])

    @property
    def code(self) -> str:
        """As HTML names the language."""
        return "zh-CN" if self.language == "zh" else "en"

    @staticmethod
    def number(value: Any) -> str:
        return number(value)

    @staticmethod
    def amount(amount: Decimal | None, currency: str) -> str:
        return "–" if amount is None else f"{currency} {amount:,.2f}"

    @staticmethod
    def at(moment: datetime, zone: ZoneInfo | None = None) -> str:
        """A moment to the minute, in UTC unless a zone is given; times without one are UTC."""
        known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return f"{known.astimezone(zone or UTC):%Y-%m-%d %H:%M}" + ("" if zone else " UTC")


def language_of(cookie: str | None, accepted: str | None) -> str:
    """The language that was chosen, or else the first of ours that the browser asks for."""
    if cookie in LANGUAGES:
        return cookie
    for asked in (accepted or "").lower().split(","):
        if (first := asked.strip()[:2]) in LANGUAGES:
            return first
    return "en"
