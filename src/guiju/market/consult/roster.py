"""The roster of a local day: who may answer what, by licence, language and duty, as the records have it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from guiju.market import UTC, end_of, midnight
from guiju.records.errors import BadInput, hint
from guiju.records.schemas.inquiries import KINDS, MEDICAL
from guiju.records.schemas.practitioners import DOCTOR, PICTURE, ROLES, WAYS

Row = dict[str, Any]
Span = tuple[datetime, datetime]  # from, until; UTC without a zone


class Inquiry(NamedTuple):
    """What was asked when; `chosen`: the expert who was asked for, or ''."""

    id: str
    asked_at: datetime
    specialty: str
    kind: str
    language: str
    region: str = ""
    way: str = PICTURE
    chosen: str = ""


class Practitioner(NamedTuple):
    """One of the roster on one day. `licensed`: the specialties that a doctor may answer about that day."""

    id: str
    is_doctor: bool
    institution: str
    specialties: frozenset[str]
    languages: frozenset[str]
    regions: frozenset[str]  # none: all
    ways: frozenset[str]
    capacity: int
    is_expert: bool
    is_lead: bool
    licensed: frozenset[str]
    duty: tuple[Span, ...]
    pace: Mapping[str, float | None]  # by name of policy.PACE, of the drawn day only

    def on_duty(self, at: datetime, last: timedelta = timedelta()) -> bool:
        """Whether they are on duty, and for longer than `last` yet."""
        return any(begins <= at and at + last < ends for begins, ends in self.duty)

    @property
    def hours(self) -> float:
        return sum((ends - begins) / timedelta(hours=1) for begins, ends in self.duty)


class Fit(NamedTuple):
    """Who may be sent such an inquiry that day, duty and load aside; and how many were left after each condition."""

    who: tuple[Practitioner, ...]
    of: int
    about: int  # answer about it, and are doctors where it is medical
    licensed: int
    speaking: int  # in the language and the way


@dataclass(frozen=True)
class Roster:
    """A local day's roster by id; `day` spans from its first moment to the first after it, in UTC."""

    begins: datetime
    ends: datetime
    of: Mapping[str, Practitioner]
    without_licence: tuple[str, ...] = ()  # doctors of whom no licence row is given
    _fits: dict[tuple[str, str, str, str], Fit] = field(default_factory=dict, compare=False, repr=False)

    def fit(self, asked: Inquiry) -> Fit:
        """Who fits such an inquiry; remembered, for it depends on nothing else."""
        key = (asked.specialty, asked.kind, asked.language, asked.way)
        if key not in self._fits:
            about = [p for p in self.of.values() if asked.specialty in p.specialties
                     and (p.is_doctor or asked.kind != MEDICAL)]  # fmt: skip
            licensed = [p for p in about if not p.is_doctor or asked.specialty in p.licensed]
            speaking = [p for p in licensed if asked.language in p.languages and asked.way in p.ways]
            self._fits[key] = Fit(tuple(speaking), len(self.of), len(about), len(licensed), len(speaking))
        return self._fits[key]


def roster(practitioners: list[Row], duty: list[Row], licences: list[Row], day: date, zone: ZoneInfo) -> Roster:
    """The roster of a local day. Raises BadInput, naming the row, for what is no roster."""
    ids = {row["id"] for row in practitioners}
    spans: dict[str, list[Span]] = defaultdict(list)
    begins, ends = midnight(day, zone), end_of(day, zone)
    for row in duty:
        if row["practitioner"] not in ids:
            raise BadInput(
                f"duty_hours {row['id']}: {row['practitioner']!r} is not on the roster; "
                f"{hint(row['practitioner'], ids, 'there are')}"
            )
        spans[row["practitioner"]] += _within(row, begins, ends)
    held: dict[tuple[str, str], set[str]] = defaultdict(set)
    known = {(row["kind"], row["holder"]) for row in licences}
    for row in licences:
        if holds_throughout(row, begins, ends):
            held[row["kind"], row["holder"]].add(row["scope"])
    of = {}
    for row in sorted(practitioners, key=lambda row: str(row["id"])):
        both = held["doctor", row["id"]] & held["institution", row["institution"]]
        of[row["id"]] = _practitioner(row, frozenset(both), tuple(merged(spans[row["id"]])))
    bare = tuple(p.id for p in of.values() if p.is_doctor and ("doctor", p.id) not in known)
    return Roster(begins, ends, of, bare)


def holds_throughout(row: Row, begins: datetime, ends: datetime) -> bool:
    """Whether a licence holds from the first to the last moment of a span."""
    until = row["valid_to"]
    if until is not None and row["extended_to"] is not None:
        until = max(until, row["extended_to"])
    stops = [end for end in (until, row["revoked_at"]) if end is not None]
    return row["valid_from"] <= begins and all(end >= ends for end in stops)


def _practitioner(row: Row, licensed: frozenset[str], duty: tuple[Span, ...]) -> Practitioner:
    at = f"practitioners {row['id']}"
    if row["role"] not in ROLES:
        raise BadInput(f"{at}: the role is {row['role']!r}; {hint(row['role'], ROLES, 'there are')}")
    ways = _listed(row["ways"]) or frozenset({PICTURE})
    if strange := sorted(ways - set(WAYS)):
        raise BadInput(f"{at}: the way is {strange[0]!r}; {hint(strange[0], WAYS, 'there are')}")
    for name in ("expert", "lead"):
        if row[name] not in (None, "yes", "no"):
            raise BadInput(f"{at}: {name} is {row[name]!r}: write yes or no, or leave it empty")
    return Practitioner(
        row["id"], row["role"] == DOCTOR, row["institution"] or "", _listed(row["specialties"]),
        _listed(row["languages"]), _listed(row["regions"]), ways, row["capacity"], row["expert"] == "yes",
        row["lead"] == "yes", licensed, duty,
        {name: None if row[name] is None else float(row[name]) for name in
         ("reply_seconds", "talk_seconds", "silent_pct")},
    )  # fmt: skip


def inquiries(rows: list[Row], begins: datetime, ends: datetime) -> list[Inquiry]:
    """Those of a day in the order of time. Raises BadInput, naming the row, for a kind or way that is none."""
    found = []
    for row in rows:
        for name, words in (("kind", KINDS), ("way", (*WAYS, None))):
            if row[name] not in words:
                known = [word for word in words if word]
                raise BadInput(f"inquiries {row['id']}: {name} is {row[name]!r}; {hint(row[name], known, 'there are')}")
        if begins <= row["occurred_at"] < ends:
            found.append(Inquiry(row["id"], row["occurred_at"], row["specialty"], row["kind"], row["language"],
                                 row["region"] or "", row["way"] or PICTURE, row["chosen"] or ""))  # fmt: skip
    return sorted(found, key=lambda one: (one.asked_at, one.id))


def _within(row: Row, begins: datetime, ends: datetime) -> list[Span]:
    """The spans of a row of duty that lie in a day, by the row's own clock."""
    at = f"duty_hours {row['id']}"
    try:
        zone = ZoneInfo(row["time_zone"])
    except (KeyError, ValueError, OSError):
        raise BadInput(f"{at}: there is no time zone {row['time_zone']!r}; write it as Asia/Shanghai") from None
    first, last = (_minutes(row[name], f"{at}: {name}") for name in ("begins", "ends"))
    if last <= first:
        raise BadInput(
            f"{at}: duty from {row['begins']} to {row['ends']} ends before it begins; "
            "past midnight it is two rows, one to 24:00 and one from 00:00"
        )
    if row["weekday"] is not None and not 1 <= row["weekday"] <= 7:
        raise BadInput(f"{at}: weekday is {row['weekday']}; write 1 (Monday) to 7, or leave it empty for every day")
    spans, local = [], begins.replace(tzinfo=UTC).astimezone(zone).date() - timedelta(days=1)
    for its_day in (local + timedelta(days=n) for n in range(4)):
        if row["weekday"] in (None, its_day.isoweekday()):
            from_, until = (_moment(its_day, minutes, zone) for minutes in (first, last))
            from_ = max(from_, begins, row["valid_from"] or begins)
            until = min(until, ends, row["valid_to"] or ends)
            spans += [(from_, until)] if from_ < until else []
    return spans


def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    whole = datetime.combine(day + timedelta(days=minutes // 1440), time(minutes % 1440 // 60, minutes % 60), zone)
    return whole.astimezone(UTC).replace(tzinfo=None)


def _minutes(text: str, at: str) -> int:
    """Minutes after midnight of a time as 09:00; 24:00 is the day's end. Raises BadInput."""
    hour, colon, minute = text.partition(":")
    if not (colon and hour.isdecimal() and minute.isdecimal() and len(minute) == 2):
        raise BadInput(f"{at} is {text!r}; write it as 09:00")
    made = int(hour) * 60 + int(minute)
    if int(minute) > 59 or made > 1440:
        raise BadInput(f"{at} is {text!r}; a day goes from 00:00 to 24:00")
    return made


def merged(spans: list[Span]) -> list[Span]:
    """Spans in order, those that meet or overlap as one."""
    found: list[Span] = []
    for begins, ends in sorted(spans):
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(ends, found[-1][1]))
        else:
            found.append((begins, ends))
    return found


def _listed(text: str | None) -> frozenset[str]:
    return frozenset(word.strip() for word in (text or "").split(",") if word.strip())
