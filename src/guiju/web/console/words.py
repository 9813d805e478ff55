"""The console's words in Chinese and English: files of `words/`, a pair a name, as in the statements of cases.

Both languages stand side by side in one file, so neither is the translation that is made later; and nothing has to be
compiled before the console runs.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from guiju.audit.report.words import Pair, number
from guiju.checks.words import Words as Both
from guiju.records.errors import both
from guiju.rulebook import rules
from guiju.web.console.parts import lying

LANGUAGES = {"zh": "中文", "en": "English"}
HERE_ZONE = ZoneInfo("Asia/Shanghai")  # of times that belong to no case, unless another is named


@cache
def known() -> dict[str, Both]:
    """Every name there is, and what it says."""
    found: dict[str, Both] = {}
    for file in lying("words", ".yaml"):
        found |= msgspec.yaml.decode(file.read_bytes(), type=dict[str, Both])
    return found


_LAPSED = re.compile(r"nobody decided by (\d{4}-\d\d-\d\d[ T][\d:.]+(?: ?UTC|Z|[+-][\d:]+)?)")
_OPENED = re.compile(r"a case was opened: (\w+)")


@cache
def _reasons() -> dict[str, Both]:
    """The reasons that rooms record by themselves, by how they record them: in either language."""
    its = [both for name, both in known().items() if name.startswith("reason_")]
    return {text: both for both in its for text in (both.en, both.zh)}


class Words:
    """The words in one language: `w("sign_in_wait", minutes=3)` is a sentence, `w.of(pair)` one of two."""

    def __init__(self, language: str, zone: ZoneInfo = HERE_ZONE) -> None:
        self.language, self.zone = language if language in LANGUAGES else "en", zone

    def __call__(self, name: str, /, **values: Any) -> str:
        told = known()[name].in_(self.language)
        return told.format(**values) if values else told

    @property
    def space(self) -> str:
        """What stands between two sentences, or after a colon: full-width marks carry their own space."""
        return "" if self.language == "zh" else " "

    def counted(self, name: str, count: int, /, **values: Any) -> str:
        """A sentence about so many: that of one alone where there is one, in English `…_one`."""
        one = f"{name}_one"
        return self(one if count == 1 and one in known() else name, **values)

    @staticmethod
    def knows(name: str) -> bool:
        """Whether there are words for what may have come with a pack."""
        return name in known()

    def reason(self, recorded: str) -> str:
        """A reason in the language that is read, where Guiju itself wrote it; what a person wrote stands as it is."""
        if found := _LAPSED.fullmatch(recorded):
            return f"{found[1]} 以前没有人作出决定" if self.language == "zh" else recorded
        if found := _OPENED.fullmatch(recorded):
            return self("reason_opened", id=found[1])
        known = _reasons().get(recorded)
        return known.in_(self.language) if known else recorded

    def of(self, pair: Pair | Both) -> str:
        """Of a text in both languages the one that is read."""
        if isinstance(pair, Both):
            return pair.in_(self.language)
        return str(pair[0] if self.language == "zh" else pair[1])

    def rule(self, name: str) -> str:
        """The title of a rule; of one that is not known here, its name."""
        known = rules().get(name)
        return known.title.in_(self.language) if known else name

    def said(self, error: BaseException) -> str:
        """The sentence of an error."""
        return self.of(both(error))

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

    def at(self, moment: datetime | str, zone: ZoneInfo | None = None) -> str:
        """A moment to the minute, and how far its clock is from UTC: by the clock of `zone`, else of the zone that the
        moment is told in (a case's), else the console's. Times without a zone are UTC.
        """
        moment = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        own = known.tzinfo if isinstance(known.tzinfo, ZoneInfo) else self.zone
        local = known.astimezone(zone or own)
        return f"{local:%Y-%m-%d %H:%M} {_from_utc(local)}"

    @staticmethod
    def clock(zone: str, moment: datetime | str) -> str:
        """How far a zone's clock is from UTC at a moment; one without an offset, or a day, is by that clock."""
        known = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        its = ZoneInfo(zone)
        return _from_utc(known.astimezone(its) if known.tzinfo else known.replace(tzinfo=its))


def _from_utc(local: datetime) -> str:
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return "UTC" + (f"{'+' if minutes > 0 else '−'}{hours}" if minutes else "") + (f":{rest:02}" if rest else "")


def language_of(cookie: str | None, accepted: str | None) -> str:
    """The language that was chosen, or else the first of ours that the browser asks for."""
    if cookie in LANGUAGES:
        return cookie
    for asked in (accepted or "").lower().split(","):
        if (first := asked.strip()[:2]) in LANGUAGES:
            return first
    return "en"
