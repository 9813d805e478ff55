"""The bursts of one platform's flags: each alarm followed to the slices that explain it, if any do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from guiju.cases.guard.alarms import Alarm, alarms
from guiju.cases.guard.effects import Effect, effect
from guiju.cases.guard.settings import Settings
from guiju.cases.guard.slices import Confirmed, Explained, Terms, explain, where
from guiju.records.quarantine import literal, quoted

if TYPE_CHECKING:
    import duckdb

MOST_CAUSES = 3  # of one alarm


@dataclass(frozen=True)
class Found:
    """A confirmed slice of a burst, what was looked for when it was found, and its counts over all days asked."""

    confirmed: Confirmed
    explained: Explained
    cases: int
    flags: int
    people: int
    lift: float

    @property
    def terms(self) -> Terms:
        return self.confirmed.slice.terms


@dataclass(frozen=True)
class Burst:
    """An alarm with what explains it: `left` says whether it would still alarm without these slices.

    others: places whose alarm is the same burst. first, last: the days asked. effect: of all its slices together.
    """

    alarm: Alarm
    others: list[Alarm]
    first: date
    last: date
    people: int
    found: list[Found]
    effect: Effect | None
    left: Alarm | None


def bursts(con: duckdb.DuckDBPyConnection, view: str, context: Sequence[str], of: Settings) -> list[Burst]:
    """Follow every alarm of a view of cases, that with the greatest excess first.

    A place whose alarm is gone without the slices of an earlier burst is part of that one.
    """
    raised = alarms(con, view, of)
    done: list[Burst] = []
    for alarm in raised:
        mine = alarm
        if done:
            slices = [f.terms for burst in done for f in burst.found]
            rest = _without(con, view, slices, "rest")
            still = _again(con, rest, alarm, of)
            places = " OR ".join(where([(b.alarm.place, b.alarm.value)]) for b in done if not b.found or b.left)
            beyond = _again(con, _cut(con, rest, f"NOT ({places})", "beyond"), alarm, of) if places and still else still
            if beyond is None:
                _join(con, view, alarm, done)
                continue
            mine = beyond
        done.append(_follow(con, view, mine, raised, context, of, [f.terms for b in done for f in b.found]))
    return done


def _follow(
    con: duckdb.DuckDBPyConnection, view: str, alarm: Alarm, raised: Sequence[Alarm], context: Sequence[str],
    of: Settings, known: Sequence[Terms],
) -> Burst:  # fmt: skip
    first = alarm.since - timedelta(days=of.history_days)
    [(newest,)] = con.execute(f"SELECT MAX(day) FROM {view}").fetchall()
    last = newest if (newest - alarm.until).days <= of.agency_window_days else alarm.until
    elsewhere = [a.value for a in raised if a.place == alarm.place and a.value != alarm.value]
    days = f"day BETWEEN {literal(str(first))}::DATE AND {literal(str(last))}::DATE"
    apart = "".join(f" AND NOT {where([(alarm.place, value)])}" for value in elsewhere)
    base = _without(con, _cut(con, view, days + apart, "base"), known, "based")
    small = alarm.kinds == {"people"}
    found: list[Found] = []
    seen, left = None, _again(con, base, alarm, of)
    while len(found) < MOST_CAUSES and not (found and left is None and _clean(seen, of)):
        asked = _without(con, base, [f.terms for f in found], "asked")
        support = of.agency_min_support if small else max(of.min_support, _share(con, asked, of.min_support_pct))
        looked = explain(con, asked, context, of, support, partial(_touches, con, asked, alarm))
        best = looked.best(of.near_best_pct)
        if best is None:
            break
        found.append(_measured(con, asked, best, looked))
        terms = [f.terms for f in found]
        left = _again(con, _without(con, base, terms, "left"), alarm, of)
        seen = effect(con, base, alarm.place, alarm.value, terms, alarm.since)
    burst = f"{where([(alarm.place, alarm.value)])} AND day >= {literal(str(alarm.since))}::DATE"
    [(people,)] = con.execute(f"SELECT COUNT(DISTINCT subject) FROM {base} WHERE {burst}").fetchall()
    return Burst(alarm, [], first, last, int(people), found, seen, left)


def _clean(seen: Effect | None, of: Settings) -> bool:
    """Whether nothing is seen of the burst outside its slices."""
    odds = seen.outside.odds if seen is not None else None
    return odds is None or not (odds.low > 1 and odds.value >= of.max_outside_odds_ratio)


def _cut(con: duckdb.DuckDBPyConnection, view: str, condition: str, name: str) -> str:
    """Some rows of a view as another."""
    con.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS SELECT * FROM {view} WHERE {condition}")
    return quoted(name)


def _without(con: duckdb.DuckDBPyConnection, view: str, slices: Sequence[Terms], name: str) -> str:
    return _cut(con, view, f"NOT ({' OR '.join(map(where, slices))})", name) if slices else view


def _again(con: duckdb.DuckDBPyConnection, view: str, alarm: Alarm, of: Settings) -> Alarm | None:
    """The alarm of the same place in fewer cases, if there still is one."""
    return next(iter(alarms(con, view, of, (alarm.place, alarm.value))), None)


def _share(con: duckdb.DuckDBPyConnection, view: str, pct: float) -> int:
    [(n,)] = con.execute(f"SELECT COUNT(*) FROM {view}").fetchall()
    return round(int(n) * pct / 100)


def _touches(con: duckdb.DuckDBPyConnection, view: str, alarm: Alarm, terms: Terms) -> bool:
    """Whether most flags of a slice in the burst's days lie in the place of the alarm; else it explains another."""
    [(here, all_)] = con.execute(
        f"SELECT COUNT(*) FILTER (WHERE {where([(alarm.place, alarm.value)])}), COUNT(*) FROM {view} "
        f"WHERE flagged AND day >= {literal(str(alarm.since))}::DATE AND {where(terms)}"
    ).fetchall()
    return bool(here * 2 > all_)


def _measured(con: duckdb.DuckDBPyConnection, view: str, best: Confirmed, looked: Explained) -> Found:
    inside = where(best.slice.terms)
    [(n, f, people, whole, hit)] = con.execute(
        f"SELECT COUNT(*) FILTER (WHERE {inside}), COUNT(*) FILTER (WHERE {inside} AND flagged), "
        f"COUNT(DISTINCT subject) FILTER (WHERE {inside}), COUNT(*), COUNT(*) FILTER (WHERE flagged) FROM {view}"
    ).fetchall()
    return Found(best, looked, n, f, people, f / n / (hit / whole))


def _join(con: duckdb.DuckDBPyConnection, view: str, alarm: Alarm, done: Sequence[Burst]) -> None:
    """Add an alarm to the burst that holds most of its flags."""
    own = f"flagged AND {where([(alarm.place, alarm.value)])} AND day >= {literal(str(alarm.since))}::DATE"

    def shared(burst: Burst) -> int:
        place = where([(burst.alarm.place, burst.alarm.value)])
        inside = " OR ".join([*(where(f.terms) for f in burst.found), *([place] if burst.left else [])]) or place
        [(n,)] = con.execute(f"SELECT COUNT(*) FROM {view} WHERE {own} AND ({inside})").fetchall()
        return int(n)

    max(done, key=shared).others.append(alarm)
