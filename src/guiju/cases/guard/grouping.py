"""A burst as groups: whether a slice's cause is registered, audited and strong enough, and what belongs to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from guiju.cases.guard.bursts import Burst, Found
from guiju.cases.guard.effects import Effect
from guiju.cases.guard.outcome import (
    CAUSE,
    CONFIRMED,
    MIXED,
    TO_AUDIT,
    TOO_FEW,
    UNEXPLAINED,
    Audit,
    Evidence,
    Group,
    InReview,
    Odds,
    Payer,
    Point,
)
from guiju.cases.guard.registry import Campaign, carried, match
from guiju.cases.guard.sampling import Audited, Precision, drawn, precision, weekly
from guiju.cases.guard.settings import Settings
from guiju.cases.guard.slices import Terms, where
from guiju.cases.guard.words import says
from guiju.checks.words import Words
from guiju.estimators.two_by_two import OddsRatio
from guiju.gate.decisions import microseconds_of
from guiju.records.quarantine import literal

if TYPE_CHECKING:
    import duckdb

UTC = ZoneInfo("UTC")
Flag = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """What is asked, and what is known besides the cases."""

    trigger: str
    now: datetime
    zone: ZoneInfo
    title: Words
    of: Settings
    campaigns: Sequence[Mapping[str, Any]]
    audited: Sequence[Audited]
    in_force: Sequence[InReview]

    def found(self, platform: str) -> dict[str, bool]:
        """What people found of sampled flags."""
        return {a.id: a.is_violation for a in self.audited if a.platform == platform}


def groups(
    con: duckdb.DuckDBPyConnection, view: str, platform: str, found: Sequence[Burst], asked: Asked
) -> list[Group]:
    """Every cause of every burst as a group of its own, and what no slice explains as another."""
    made, taken = [], set[str]()
    for burst in found:
        for place in range(len(burst.found)):
            made.append(_of_slice(con, view, platform, burst, place, asked, taken))
        if burst.left is not None:
            made.append(_of_rest(con, view, platform, burst, asked, taken))
    return [group for group in made if group.members or group.staying]


def _flags(con: duckdb.DuckDBPyConnection, view: str, condition: str) -> list[Flag]:
    cursor = con.execute(
        "SELECT id, decided_at, day, subject, region, campaign, evidence "
        f"FROM {view} WHERE flagged AND {condition} ORDER BY decided_at, id"
    )
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _since(day: date) -> str:
    return f"day >= {literal(str(day))}::DATE"


def _of_slice(
    con: duckdb.DuckDBPyConnection, view: str, platform: str, burst: Burst, which: int, asked: Asked, taken: set[str]
) -> Group:
    of, found, effect = asked.of, burst.found[which], burst.effect
    assert effect is not None, "a burst with slices has an effect"
    inside = where(found.terms)
    known = match(found.terms, _flags(con, view, f"{inside} AND {_since(burst.alarm.since)}"), asked.campaigns,
                  asked.now, of.min_covered_pct)  # fmt: skip
    since = burst.alarm.since
    if known:
        since = min(c.since for c in known).replace(tzinfo=UTC).astimezone(asked.zone).date()
    flags = [f for f in _flags(con, view, f"{inside} AND {_since(since)}") if f["id"] not in taken]
    if known:
        flags = [f for f in flags if carried(known, f)]
    strong = found.people >= of.min_subjects
    status = UNEXPLAINED if not known and strong else _effect_status(effect, of) if strong else TOO_FEW
    precise, sample = None, list[str]()
    name = _id(platform, asked.trigger, found.terms, burst)
    if known:
        precise, sample = _audit([f for f in flags if not f["evidence"]], name, platform, asked)
        if status == CAUSE:
            status = _audited_status(precise, of)
    return _group(con, view, name, platform, burst, found, status, known, flags, sample, precise, asked, taken)


def _effect_status(effect: Effect, of: Settings) -> str:
    """Whether nothing is left outside the slices: else something else is there too, or too little is seen of it."""
    middle, low, _ = effect.explained
    odds = effect.outside.odds
    if middle * 100 < of.min_explained_pct or (odds.low > 1 and odds.value >= of.max_outside_odds_ratio):
        return UNEXPLAINED
    return CAUSE if low * 100 >= of.min_explained_pct else TOO_FEW


def _audited_status(precise: Precision | None, of: Settings) -> str:
    if precise is None:
        return TO_AUDIT
    if precise.low * 100 >= of.min_confirmed_pct:
        return CONFIRMED
    if precise.high * 100 <= of.max_precision_pct:
        return CAUSE
    return TO_AUDIT if precise.n < of.audited_flags and precise.low * 100 <= of.max_precision_pct else MIXED


def _audit(flags: Sequence[Flag], name: str, platform: str, asked: Asked) -> tuple[Precision | None, list[str]]:
    """What people found of the group's sample, and the flags of it that they have not looked at yet."""
    found = asked.found(platform)
    looked_at = [(f["subject"], found[f["id"]]) for f in flags if f["id"] in found]
    first = drawn([f["id"] for f in flags], asked.of.audited_flags, name)
    still = weekly([(f["id"], f["day"]) for f in flags], asked.of.sampled_weekly_pct, name)
    lacking = max(asked.of.audited_flags - len(looked_at), 0)
    open_ = [one for one in first if one not in found][:lacking]
    return precision(looked_at), sorted({*open_, *(one for one in still if one not in found)})


def _of_rest(
    con: duckdb.DuckDBPyConnection, view: str, platform: str, burst: Burst, asked: Asked, taken: set[str]
) -> Group:
    """What no slice explains, of the place and of those that alarm with it."""
    places = " OR ".join(where([(a.place, a.value)]) for a in (burst.alarm, *burst.others))
    apart = "".join(f" AND NOT {where(f.terms)}" for f in burst.found)
    flags = _flags(con, view, f"({places}){apart} AND {_since(burst.alarm.since)}")
    flags = [f for f in flags if f["id"] not in taken]
    status = UNEXPLAINED if burst.people >= asked.of.min_subjects else TOO_FEW
    name = _id(platform, asked.trigger, (), burst)
    return _group(con, view, name, platform, burst, None, status, [], flags, [], None, asked, taken)


def _id(platform: str, trigger: str, terms: Terms, burst: Burst) -> str:
    """The same cause has the same name from day to day."""
    of = (platform, trigger, terms, burst.alarm.place, burst.alarm.value) if not terms else (platform, trigger, terms)
    return sha256(repr(of).encode()).hexdigest()[:12]


def _group(
    con: duckdb.DuckDBPyConnection, view: str, name: str, platform: str, burst: Burst, found: Found | None,
    status: str, known: Sequence[Campaign], flags: Sequence[Flag], sample: list[str], precise: Precision | None,
    asked: Asked, taken: set[str],
) -> Group:  # fmt: skip
    taken |= {f["id"] for f in flags}
    place = {burst.alarm.place: burst.alarm.value}
    terms = dict(found.terms) if found else {}
    campaigns = [
        Payer(c.id, c.name, c.funder, c.funder_kind, c.region or "", microseconds_of(c.since),
              microseconds_of(c.until) if c.until else 0)
        for c in known
    ]  # fmt: skip
    evidence = _evidence(burst, found) if found else None
    audit = Audit(precise.k, precise.n, precise.people, precise.low * 100, precise.high * 100) if precise else None
    staying = [f["id"] for f in flags if f["evidence"]]
    members = [f["id"] for f in flags if not f["evidence"]]
    since, until = (flags[0]["day"], flags[-1]["day"]) if flags else (burst.alarm.since, burst.alarm.until)
    alarm = burst.left if found is None and burst.left is not None else burst.alarm
    excess = burst.effect.excess if found and burst.effect else alarm.excess
    facts = {
        "since": alarm.since, "until": max(until, alarm.until), "excess": max(excess, 0.0),
        "weekly": asked.of.sampled_weekly_pct, "staying": len(staying), "sample": len(sample),
    }  # fmt: skip
    told = says(facts, status, place, terms, campaigns, evidence, audit, asked.title, asked.zone)
    return Group(
        name, platform, asked.trigger, status, place, [{a.place: a.value} for a in burst.others], terms, campaigns,
        since, until, members, staying, sample, told, _days(con, view, burst, found), evidence, audit,
    )  # fmt: skip


def _evidence(burst: Burst, found: Found) -> Evidence:
    seen, looked = burst.effect, found.explained
    assert seen is not None, "a burst with slices has an effect"
    middle, low, high = (part * 100 for part in seen.explained)
    return Evidence(
        _odds(seen.crude), _odds(seen.common), seen.cmh[1], seen.breslow_day[1], _odds(seen.outside.odds),
        seen.detectable, seen.excess, (middle, low, high), found.cases, found.flags, found.people, found.lift,
        found.confirmed.q, looked.asked, dict(looked.best_accuracy[0].terms), dict(looked.best_score[0].terms),
    )  # fmt: skip


def _odds(of: OddsRatio) -> Odds:
    return Odds(of.value, of.low, of.high)


def _days(con: duckdb.DuckDBPyConnection, view: str, burst: Burst, found: Found | None) -> list[Point]:
    """Day by day at the place: flags in the slice and outside of it, and how many would be usual."""
    inside = where(found.terms) if found else "FALSE"
    between = f"day BETWEEN {literal(str(burst.first))}::DATE AND {literal(str(burst.last))}::DATE"
    here = where([(burst.alarm.place, burst.alarm.value)])
    rows = con.execute(
        f"SELECT day, COUNT(*) FILTER (WHERE flagged AND {inside}), COUNT(*) FILTER (WHERE flagged AND NOT {inside}), "
        f"COUNT(*) FROM {view} WHERE {here} AND {between} GROUP BY day ORDER BY day"
    ).fetchall()
    usual = Counter({day: burst.alarm.usual_rate * cases for day, _, _, cases in rows})
    return [Point(day, int(one), int(other), float(usual[day])) for day, one, other, _ in rows]
