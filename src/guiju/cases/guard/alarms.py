"""The alarm: where flags come in masses, by region and agency, day by day, against the same place's own past.

Two questions are asked of a day that ended:

    rate     is the part of its cases that is flagged several times the median of the days before, and are there many
             flags above that
    people   (of agencies) in the week up to it, are so many of its active people flagged at once that its own earlier
             weeks would hardly ever have it: a binomial tail over people, each counted once, whatever they did

Days that raised an alarm are no past: a burst that lasts does not become usual, and is held against the days before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING

from guiju.cases.guard.settings import Settings
from guiju.estimators.against_chance import p_more
from guiju.records.quarantine import literal, quoted

if TYPE_CHECKING:
    import duckdb

PLACES = ("region", "agency")


@dataclass(frozen=True)
class Day:
    """One day of a place: its cases and flags; in the week up to it, its active people and those of them flagged."""

    day: date
    cases: int
    flags: int
    active: int
    flagged: int


@dataclass(frozen=True)
class Alarm:
    """A place and the days on which flags came in masses there.

    kind: rate or people. usual_rate: the median against which its last day was held. excess: flags above it, over
    those days. since: the first day of the burst, which for people is the week's first.
    """

    place: str  # region or agency
    value: str
    days: tuple[date, ...]
    kinds: frozenset[str]
    usual_rate: float
    excess: float
    since: date
    until: date


def alarms(con: duckdb.DuckDBPyConnection, view: str, of: Settings, only: tuple[str, str] | None = None) -> list[Alarm]:
    """Every place of a view of cases with an alarm, that with the greatest excess first; `only` one, where it is named.

    The view has `day`, `subject`, `flagged`, `region` and `agency`.
    """
    found = []
    for place in PLACES if only is None else only[:1]:
        asked = f"{quoted(place)} = {literal(only[1])}" if only else f"{quoted(place)} IS NOT NULL"
        by_day = _days(con, view, place, asked)
        people = _people(con, view, place, asked, of.agency_window_days) if place == "agency" else {}
        for value, days in _joined(by_day, people).items():
            if (alarm := _of_place(place, value, days, of)) is not None:
                found.append(alarm)
    return sorted(found, key=lambda a: (-a.excess, a.place, a.value))


Counts = dict[tuple[str, date], tuple[int, int]]


def _days(con: duckdb.DuckDBPyConnection, view: str, place: str, asked: str) -> Counts:
    """Cases and flags by value and day."""
    rows = con.execute(
        f"SELECT {quoted(place)} AS value, day, COUNT(*), COUNT(*) FILTER (WHERE flagged) "
        f"FROM {view} WHERE {asked} GROUP BY ALL"
    ).fetchall()
    return {(value, day): (n, f) for value, day, n, f in rows}


def _people(con: duckdb.DuckDBPyConnection, view: str, place: str, asked: str, window: int) -> Counts:
    """Active people, and those flagged, by value and day, in the window of days up to it."""
    rows = con.execute(f"""
        WITH people AS (
            SELECT {quoted(place)} AS value, subject, day, BOOL_OR(flagged) AS flagged
            FROM {view} WHERE {asked} GROUP BY ALL
        ), windows AS (
            SELECT value, day + CAST(k AS INTEGER) AS day, subject, flagged FROM people, range({window}) AS ahead(k)
        )
        SELECT value, day, COUNT(DISTINCT subject), COUNT(DISTINCT subject) FILTER (WHERE flagged)
        FROM windows WHERE day <= (SELECT MAX(day) FROM people) GROUP BY ALL
    """).fetchall()
    return {(value, day): (n, f) for value, day, n, f in rows}


def _joined(by_day: Counts, people: Counts) -> Mapping[str, Sequence[Day]]:
    found: dict[str, list[Day]] = {}
    for value, day in sorted({*by_day, *people}):
        own, week = by_day.get((value, day), (0, 0)), people.get((value, day), (0, 0))
        found.setdefault(value, []).append(Day(day, *own, *week))
    return found


def _of_place(place: str, value: str, days: Sequence[Day], of: Settings) -> Alarm | None:
    past: list[Day] = []  # days without an alarm
    alarmed: list[tuple[Day, frozenset[str], float]] = []
    for day in days:
        usual = _usual_rate(past, of)
        kinds = _kinds(place, day, past, usual, of)
        if kinds:
            alarmed.append((day, kinds, usual or 0.0))
        else:
            past.append(day)
    if not alarmed:
        return None
    window = timedelta(days=of.agency_window_days - 1)
    since = min(day.day if "rate" in kinds else day.day - window for day, kinds, _ in alarmed)
    last, _, usual = alarmed[-1]
    within = [day for day in days if since <= day.day <= last.day]
    excess = sum(day.flags for day in within) - usual * sum(day.cases for day in within)
    return Alarm(
        place, value, tuple(day.day for day, _, _ in alarmed), frozenset().union(*(kinds for _, kinds, _ in alarmed)),
        usual, excess, since, last.day,
    )  # fmt: skip


def _usual_rate(past: Sequence[Day], of: Settings) -> float | None:
    """The median of the last days without an alarm, however long ago they are."""
    rates = [d.flags / d.cases for d in past[-of.history_days :] if d.cases]
    return float(median(rates)) if len(rates) >= of.min_history_days else None


def _kinds(place: str, day: Day, past: Sequence[Day], usual: float | None, of: Settings) -> frozenset[str]:
    kinds = set()
    if usual is not None and day.cases:
        excess = day.flags - usual * day.cases
        if day.flags >= of.min_rate_ratio * usual * day.cases and excess >= of.min_excess_flags:
            kinds.add("rate")
    if place == "agency" and _many_people(day, past, of):
        kinds.add("people")
    return frozenset(kinds)


def _many_people(day: Day, past: Sequence[Day], of: Settings) -> bool:
    if day.flagged < of.agency_min_subjects or day.flagged * 100 < of.agency_min_share_pct * day.active:
        return False
    own = [d for d in past if d.active and (day.day - d.day).days % of.agency_window_days == 0]
    weeks = own[-(of.history_days // of.agency_window_days) :]
    if len(weeks) < of.agency_min_weeks:
        return False
    # One flagged person more than there were keeps a spotless past from making every flag an alarm.
    share = (sum(d.flagged for d in weeks) + 1) / (sum(d.active for d in weeks) + 2)
    return bool(p_more(day.flagged, day.active, min(share, 0.999)) <= of.agency_max_p)
