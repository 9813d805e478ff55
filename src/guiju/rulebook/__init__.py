"""What the law says, which check or trigger answers it, and the limits in force on a day.

An entry is `rulebook/<jurisdiction>/<rule>.yaml`: the folder is the jurisdiction, the file's name the rule.
An installed pack brings a `rulebook/` of the same shape, and may cite the provisions here.
Conduct is judged by the limits of the day it was done, in the time zone of the rule's jurisdiction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from guiju.checks import PACKS
from guiju.checks.words import Words

RULEBOOK = Path(__file__).parent
PERIODS = {"quarter": 3, "month": 1}  # months in a period


class BadRule(Exception):
    """An entry breaks the one shape; the message says which file and how."""


class NotInForce(Exception):
    """A rule has no limits on the day asked for."""


class Jurisdiction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose law it is, and by which clock its days are counted."""

    title: Words
    time_zone: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Provision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One provision as researched: what it tests, when it held, how well its source is known (T, S or M).

    `says` tells a reader what it tests (`provisions.words.yaml`); without it the research note `test` does. `follows`
    says what may follow a breach (`provisions.follows.yaml`).
    """

    id: str
    jurisdiction: str
    title_zh: str
    title_en: str
    instrument: str
    effective_from: str
    effective_to: str | None
    status: str
    test: str
    params: list[dict[str, Any]]
    exemptions: list[str]
    penalty: str
    notes: str
    source_mark: str
    source_refs: list[str]
    unverified: list[str]
    says: Words | None = None
    follows: Words | None = None

    def held_on(self, day: date) -> bool:
        return self.effective_from <= day.isoformat() <= (self.effective_to or "9999-12-31")

    def began_within(self, first: date, last: date) -> bool:
        return first.isoformat() <= self.effective_from <= last.isoformat()


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value from one day on, and why it is this; null ends it for good. Mark D: our default, without authority."""

    value: float | int | str | bool | None
    because: Words | str
    mark: str

    def why(self, language: str) -> str:
        """Why it is this; in the one language it was written in where there is no other."""
        return self.because if isinstance(self.because, str) else self.because.in_(language)


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits that left a rule, or came into it out of the code, changing nothing of what is found.

    Findings keep the names they had: what `left` is still part of them, and what `came` is not while it has this value.
    """

    left: dict[str, Any] = {}
    came: dict[str, Any] = {}


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The YAML of one rule: a `check` answers it in an audit, a `trigger` (`<set>/<trigger>`) at the gate, or both.

    only_for: of a provision that is not about every finding of the rule, the values of a fact that it is about, as
    {cn.fsl.148: {licence: [food_trade]}}.
    """

    title: Words
    cites: list[str]
    limits: dict[str, dict[date, Limit]]
    check: str = ""
    trigger: str = ""
    window_days: int = 0  # of a check: how far back it asks
    period: str | None = None
    needs: list[str] | None = None
    note: Words | None = None
    only_for: dict[str, dict[str, list[str]]] = {}
    lines: dict[str, int] = {}  # by sheet: which of its lines the rule answers
    named: Named = Named()


class Sheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list of duties that a platform inspects itself by, line by line (`sheets/<name>.yaml`)."""

    title: Words
    jurisdiction: str
    provision: str
    lines: dict[int, Words]


_OTHER = object()  # equals no limit


@dataclass(frozen=True)
class Span:
    """A stretch of days under one set of limits: `first` and `last` are local days, both judged."""

    first: date
    last: date
    limits: dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """One entry of the rulebook with what it cites."""

    name: str
    jurisdiction: str
    zone: ZoneInfo
    entry: Entry
    cites: tuple[Provision, ...]

    @property
    def title(self) -> Words:
        return self.entry.title

    @property
    def check(self) -> str:
        return self.entry.check

    @property
    def trigger(self) -> str:
        return self.entry.trigger

    @property
    def is_draft(self) -> bool:
        """Known from memory only: shown, not asked."""
        return all(p.source_mark == "M" for p in self.cites)

    def limits_on(self, day: date) -> dict[str, Any]:
        """The limits in force on a day: for each, the latest value not after it."""
        return {name: self._limit(name, day).value for name in self.entry.limits}

    def reasons_on(self, day: date) -> dict[str, Limit]:
        """The limits in force on a day, each with why."""
        return {name: self._limit(name, day) for name in self.entry.limits}

    def naming(self, limits: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the limits that a finding's name is made of."""
        said = {name: value for name, value in limits.items() if self.entry.named.came.get(name, _OTHER) != value}
        return {**said, **self.entry.named.left}

    def cites_on(
        self, first: date, last: date | None = None, facts: Mapping[str, Any] | None = None
    ) -> tuple[Provision, ...]:
        """The provisions that held on a day, or on any of the days `first` to `last`; of `facts`, if given, those about
        such a finding.
        """
        days = (first, last or first)
        held = (p for p in self.cites if p.held_on(days[0]) or p.held_on(days[1]) or p.began_within(*days))
        return tuple(p for p in held if facts is None or self._is_about(p, facts))

    def _is_about(self, provision: Provision, facts: Mapping[str, Any]) -> bool:
        only = self.entry.only_for.get(provision.id, {})
        return all(facts.get(name) in values for name, values in only.items())

    def local_days(self, start: datetime, end: datetime) -> tuple[date, date]:
        """The first and last local day of an episode given in UTC; its end is the first moment after it."""
        utc, last = ZoneInfo("UTC"), max(start, end - timedelta(microseconds=1))
        first_day, last_day = (m.replace(tzinfo=utc).astimezone(self.zone).date() for m in (start, last))
        return first_day, last_day

    def _limit(self, name: str, day: date) -> Limit:
        begun = [start for start in self.entry.limits[name] if start <= day]
        limit = self.entry.limits[name][max(begun)] if begun else None
        if limit is None or limit.value is None:
            raise NotInForce(
                f"{self.jurisdiction}/{self.name} has no limits in force on {day}: {name} has no value then"
            )
        return limit

    def first_day(self, last: date) -> date:
        """The first day judged in a run whose last day judged is `last`."""
        return last - timedelta(days=self.entry.window_days - 1)

    def spans(self, last: date) -> list[Span]:
        """The window up to `last`, cut where any limit changes; days without limits are left out."""
        first = self.first_day(last)
        cuts = {start for dated in self.entry.limits.values() for start in dated if first < start <= last}
        starts = sorted({first, *cuts})
        ends = [s - timedelta(days=1) for s in starts[1:]] + [last]
        spans: list[Span] = []
        for start, end in zip(starts, ends, strict=True):
            try:
                limits = self.limits_on(start)
            except NotInForce:
                continue
            before = spans[-1] if spans else None
            if before and before.limits == limits and before.last + timedelta(days=1) == start:
                spans[-1] = Span(before.first, end, limits)
            else:
                spans.append(Span(start, end, limits))
        return spans

    def instant(self, day: date) -> datetime:
        """The midnight that begins a day in the rule's time zone, as UTC without a zone."""
        return datetime.combine(day, time(), self.zone).astimezone(ZoneInfo("UTC")).replace(tzinfo=None)

    def periods(self, first: date, last: date) -> list[tuple[date, date]]:
        """The complete calendar periods inside the days `first` to `last`, as (first day, last day)."""
        if self.entry.period is None:
            return []
        months = PERIODS[self.entry.period]
        start = date(first.year, (first.month - 1) // months * months + 1, 1)
        found: list[tuple[date, date]] = []
        while start <= last:
            months_on = start.month - 1 + months
            following = date(start.year + months_on // 12, months_on % 12 + 1, 1)
            if start >= first and following - timedelta(days=1) <= last:
                found.append((start, following - timedelta(days=1)))
            start = following
        return found


def _decode(path: Path, kind: Any) -> Any:
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadRule(f"{path.name} in {path.parent.name}: {error}") from None


@cache
def folders() -> tuple[Path, ...]:
    """The rulebook's folders: this one, and that of every installed pack that brings one."""
    packs = (
        Path(str(files(point.value))) / "rulebook" for point in sorted(entry_points(group=PACKS), key=lambda p: p.name)
    )
    return (RULEBOOK, *(folder for folder in packs if folder.is_dir()))


def provisions(*given: Path) -> dict[str, Provision]:
    """Every provision that entries may cite, by id; of the folders given, or of all."""
    found: dict[str, Provision] = {}
    for path in (f / "provisions.yaml" for f in given or folders()):
        listed: list[Provision] = _decode(path, list[Provision]) if path.exists() else []
        if twice := [p.id for p in listed if p.id in found]:
            raise BadRule(f"{path}: {twice[0]} is a provision already; cite it, or give this one its own id")
        told, follows = _beside(path, "words"), _beside(path, "follows")
        found |= {p.id: _told(p, told.get(p.id, {}), follows.get(p.id)) for p in listed}
    return found


@cache
def _instruments() -> dict[str, str]:
    known: dict[str, str] = {}
    for path in (folder / "provisions.instruments.yaml" for folder in folders()):
        known |= _decode(path, dict[str, str]) if path.exists() else {}
    return known


def instrument(text: str) -> Words:
    """An instrument as a provision has it, for readers: in Chinese, where `provisions.instruments.yaml` has that."""
    return Words(_instruments().get(text, text), text)


def _beside(path: Path, what: str) -> dict[str, dict[str, str]]:
    """Texts for readers beside the provisions, by their ids."""
    beside = path.with_suffix(f".{what}.yaml")
    return _decode(beside, dict[str, dict[str, str]]) if beside.exists() else {}


def _told(provision: Provision, words: dict[str, str], follows: dict[str, str] | None) -> Provision:
    says = Words(words.get("zh", provision.test), words.get("en", provision.test))
    return msgspec.structs.replace(provision, says=says, follows=Words(**follows) if follows else None)


def jurisdictions(*given: Path) -> dict[str, Jurisdiction]:
    """Every jurisdiction, by its code."""
    found: dict[str, Jurisdiction] = {}
    for path in (p for f in given or folders() for p in sorted(f.glob("*/jurisdiction.yaml"))):
        code, one = path.parent.name.upper(), _decode(path, Jurisdiction)
        if found.setdefault(code, one) != one:
            raise BadRule(f"{path}: says otherwise of {code} than the rulebook does; leave this file out")
    return found


@cache
def sheets(*given: Path) -> dict[str, Sheet]:
    """Every sheet of self-inspection, by name."""
    paths = (p for f in given or folders() for p in sorted(f.glob("sheets/*.yaml")))
    return {path.stem: _decode(path, Sheet) for path in paths}


@cache
def rules(*given: Path) -> dict[str, Rule]:
    """Every rule, of the house and of installed packs or of the folders given; a name is used once in all."""
    known, of = provisions(*given), jurisdictions(*given)
    found: dict[str, Rule] = {}
    files_of_rules = (p for f in given or folders() for p in sorted(f.glob("*/*.yaml")) if p.parent.name != "sheets")
    for path in (p for p in files_of_rules if p.stem not in ("jurisdiction", "redress")):
        code, where = path.parent.name.upper(), f"{path.parent.name}/{path.name}"
        entry: Entry = _decode(path, Entry)
        if code not in of:
            raise BadRule(f"{where}: no jurisdiction.yaml says whose law {code} is; put one beside it")
        if path.stem in found:
            raise BadRule(f"{where}: another rule has this name; choose a new one")
        if off := [s for s, n in entry.lines.items() if s not in sheets(*given) or n not in sheets(*given)[s].lines]:
            raise BadRule(f"{where}: there is no line {entry.lines[off[0]]} of a sheet {off[0]!r}")
        if not entry.check and not entry.trigger:
            raise BadRule(f"{where}: neither a check nor a trigger answers it; name the one that does")
        if entry.check and not entry.window_days:
            raise BadRule(f"{where}: it says no window_days, how many days back the check asks")
        if again := [name for name, dated in entry.limits.items() if _ends_and_begins_again(dated)]:
            raise BadRule(f"{where}: {again[0]} ends and begins again; what begins anew is a rule of its own")
        if stray := [c for c in entry.only_for if c not in entry.cites]:
            raise BadRule(f"{where}: only_for names {stray[0]}, which it does not cite")
        if unknown := [c for c in entry.cites if c not in known]:
            raise BadRule(f"{where}: cites {unknown}, which is not in provisions.yaml")
        found[path.stem] = Rule(path.stem, code, of[code].zone, entry, tuple(known[c] for c in entry.cites))
    return found


def _ends_and_begins_again(dated: dict[date, Limit]) -> bool:
    values = [limit.value for _, limit in sorted(dated.items())]
    return None in values[:-1]


def digest(*given: Path) -> str:
    """The rulebook's version: a digest of every file in it."""
    named = ((f.relative_to(folder), f) for folder in given or folders() for f in sorted(folder.rglob("*.yaml")))
    return sha256(b"".join(name.as_posix().encode() + b"\0" + f.read_bytes() for name, f in named)).hexdigest()
