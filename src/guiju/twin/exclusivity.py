"""Sellers who join a rival platform, and what their own platform then does to their exposure, rank or commission.

Tables: `impressions` (a row a seller and local week) and `memberships`. Beside the market's shops each platform has
merchants of its own, most of whom stay; in every quarter some join a rival, each on a day of its own, so that the
fourth week after it ends within the quarter. Some leave the rival ten weeks later. A few were on two platforms from
the beginning.

A quarter of a platform has one plan. Violations: `exposure_cut`, `rank_lowered`, `commission_raised`, from the week
of joining until the rival is left, by a strength that differs between quarters. Look-alikes, each lawful for the
reason it is named after: `joined_after_a_fall` (exposure fell for weeks, and goes on falling), `stock_ran_short`,
`spend_moved` (to the rival), `grew_after_joining`, `season_ended` (the joiners sell what was in season) and
`changed_for_all` (a new ranking for every seller of the platform). Truth is the plan itself: the subject is the
platform, the episode the quarter, the strength in per cent of what it was before.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from guiju.twin.market import DAY, SEASONAL, Clock, Flags, Ints, Market, Reals
from guiju.twin.plans import grade
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, Writer, exact, times

STAYERS, JOINERS, ALWAYS = 96, 48, 12  # of a platform; of a platform and quarter; of a platform
WEEK = 7 * DAY
BEFORE, AFTER = 8, 4  # whole weeks there must be around the week of joining
LEAVES_AFTER = 10  # weeks on the rival, where it is left
GOODS = ("rice", "snacks", "tea", SEASONAL)
CHECK = "exclusivity_pressure"
RULES = {
    "exposure_cut": "no_exposure_cuts_for_multihoming",
    "rank_lowered": "no_rank_cuts_for_multihoming",
    "commission_raised": "no_fee_rises_for_multihoming",
}
ALIKE = (
    "joined_after_a_fall",
    "stock_ran_short",
    "spend_moved",
    "grew_after_joining",
    "season_ended",
    "changed_for_all",
)


class Plan(NamedTuple):
    """What happens on a platform to those who join a rival in a quarter; `strength` in per cent."""

    platform: int
    begins: int
    ends: int
    first: int  # week of joining, from the records' first whole week on
    last: int
    pattern: str
    strength: float

    @property
    def planted(self) -> bool:
        return self.pattern in RULES


class Merchants(NamedTuple):
    """Arrays, one a merchant: `join` is the moment of joining a rival (-1: never; 0: on it from the beginning)."""

    platform: Ints
    goods: Ints
    plan: Ints  # index of its plan; -1: none
    join: Ints
    leave: Ints  # -1: stays there


class Course(NamedTuple):
    """What becomes of every merchant in every week: logs of exposure, rank and commission, and its own conduct."""

    shown: Reals
    rank: Reals
    commission: Reals
    spend: Reals
    unavailable: Reals
    cancelled: Reals


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """Both tables, and what is true of them."""
    clock = market.clock
    first = clock.week_start(-(-(0 - clock.monday) // 7))
    weeks = (clock.until - first) // WEEK
    many = len(market.platforms)
    plans = draw(clock, many, first, weeks, rng)
    merchants = people(plans, many, first, rng)
    course = run(plans, merchants, many, first, weeks, rng, plants)
    write_impressions(out, merchants, course, first, names, rng)
    write_memberships(out, merchants, clock, names)
    shown = [p for p in plans if plants or not p.planted]
    return [
        Truth(CHECK, "violation" if p.planted else "lookalike", p.pattern, *2 * (market.platforms[p.platform],),
              "", p.begins, p.ends, p.strength, RULES.get(p.pattern, RULES["exposure_cut"]))
        for p in shown
    ]  # fmt: skip


def draw(clock: Clock, platforms: int, first: int, weeks: int, rng: np.random.Generator) -> list[Plan]:
    """A plan for every platform and quarter with room for one; the strongest violation is twelve times the least."""
    rooms = []
    for begins, ends in clock.quarters():
        earliest = max(BEFORE, -(-(begins - first) // WEEK) - AFTER + 1)
        latest = min((ends - first) // WEEK, weeks) - AFTER
        rooms += [(p, begins, ends, earliest, latest) for p in range(platforms) if latest >= earliest]
    kinds = [kind for i in range(len(rooms)) for kind in (ALIKE[i % len(ALIKE)], tuple(RULES)[max(0, i % 5 - 2)])]
    kinds = kinds[: len(rooms)]
    order, planted = rng.permutation(len(rooms)), sum(kind in RULES for kind in kinds)
    strengths = iter(rng.permutation([grade(i, planted, 5, 60) for i in range(planted)]))
    usual = {"joined_after_a_fall": 60.0, "stock_ran_short": 40.0, "spend_moved": 40.0, "grew_after_joining": 30.0,
             "season_ended": 60.0, "changed_for_all": 40.0}  # fmt: skip
    drawn = ((*rooms[at], kind, usual.get(kind) or float(next(strengths)))
             for at, kind in zip(order, kinds, strict=True))  # fmt: skip
    return sorted(Plan(*one) for one in drawn)


def people(plans: list[Plan], platforms: int, first: int, rng: np.random.Generator) -> Merchants:
    """Everybody who is shown, and when each joins and leaves a rival."""
    parts: list[list[Ints]] = []
    for platform in range(platforms):
        for moment, n in ((-1, STAYERS), (0, ALWAYS)):
            each = np.full(n, 1)
            parts.append([each * platform, np.arange(n) % len(GOODS), each * -1, each * moment, each * -1])
    for i, plan in enumerate(plans):
        each = np.full(JOINERS, 1)
        join = first + rng.integers(plan.first, plan.last + 1, JOINERS) * WEEK + rng.integers(0, WEEK, JOINERS)
        leave = np.where(rng.random(JOINERS) < 0.5, join + LEAVES_AFTER * WEEK, each * -1)
        season = plan.pattern == "season_ended"
        goods = each * GOODS.index(SEASONAL) if season else rng.integers(0, len(GOODS) - 1, JOINERS)
        parts.append([each * plan.platform, goods, each * i, join, leave])
    return Merchants(*(np.concatenate(column).astype(np.int64) for column in zip(*parts, strict=True)))


def run(
    plans: list[Plan],
    merchants: Merchants,
    platforms: int,
    first: int,
    weeks: int,
    rng: np.random.Generator,
    plants: bool,
) -> Course:
    """The ordinary course of every week, then what each plan changes in it."""
    n, shape = len(merchants.join), (len(merchants.join), weeks)
    everybody = rng.normal(0, 0.08, (platforms, weeks)) + 0.25 * (rng.random(weeks) < 0.12)  # campaigns
    noise = rng.normal(0, 0.16, shape)
    drift = np.cumsum(rng.normal(0, 0.02, shape), axis=1)
    course = Course(
        shown=rng.normal(8.6, 0.7, (n, 1)) + everybody[merchants.platform] + noise + drift,
        rank=rng.normal(3.2, 0.5, (n, 1)) + rng.normal(0, 0.12, shape),
        commission=np.log(rng.choice([4.0, 5.0, 6.0], (n, 1))) + np.zeros(shape),
        spend=rng.normal(6.5, 0.6, (n, 1)) + rng.normal(0, 0.1, shape),
        unavailable=rng.gamma(3.0, 0.5, shape),
        cancelled=rng.gamma(2.0, 0.4, shape),
    )
    week = np.arange(weeks)
    for i, plan in enumerate(plans):
        of = merchants.plan == i
        since = week[None, :] - (merchants.join[of, None] - first) // WEEK
        left = np.where(merchants.leave[of] < 0, weeks, (merchants.leave[of] - first) // WEEK)
        on = (since >= 0) & (week[None, :] < left[:, None])
        if plants or not plan.planted:
            happen(plan, course, merchants, of, since, on, rng)
    return course


def happen(
    plan: Plan, course: Course, merchants: Merchants, of: Flags, since: Ints, on: Flags, rng: np.random.Generator
) -> None:
    """A plan's mark on those it is about: `since` counts weeks from joining, `on` is while on the rival."""
    log = np.log1p(-plan.strength / 100)
    if plan.pattern == "exposure_cut":
        course.shown[of] += log * on
    elif plan.pattern == "rank_lowered":
        course.rank[of] += np.log1p(plan.strength / 100) * on
    elif plan.pattern == "commission_raised":
        course.commission[of] += np.log1p(plan.strength / 100) * on
    elif plan.pattern == "joined_after_a_fall":
        course.shown[of] += log * np.clip((since + 9) / 13, 0, 1)
    elif plan.pattern == "stock_ran_short":
        worse = rng.uniform(0.5, 1.5, (int(of.sum()), 1)) * on
        course.shown[of] += log * worse
        course.unavailable[of] += 20 * worse
        course.cancelled[of] += 6 * worse
    elif plan.pattern == "spend_moved":
        course.shown[of] += log * on
        course.spend[of] += np.log(0.3) * on
    elif plan.pattern == "grew_after_joining":
        course.shown[of] += np.log1p(plan.strength / 100) * on
    elif plan.pattern == "season_ended":
        its = (merchants.platform == plan.platform) & (merchants.goods == GOODS.index(SEASONAL))
        course.shown[its] += log * (np.arange(since.shape[1]) >= plan.first + 2)
    else:
        course.shown[merchants.platform == plan.platform] += log * (np.arange(since.shape[1]) >= plan.first + 1)


def write_impressions(
    out: Path, merchants: Merchants, course: Course, first: int, names: Names, rng: np.random.Generator
) -> None:
    n, weeks = course.shown.shape
    who, week = np.tile(np.arange(n), weeks), np.repeat(np.arange(weeks), n)

    def of(values: Reals, digits: int) -> Ints:
        return np.asarray(np.rint(values.T.ravel() * 10**digits), np.int64)

    at = first + week * WEEK
    with Writer(out, "impressions") as writer:
        writer.add({
            "platform": names.platforms.take(pa.array(merchants.platform[who])),
            "id": pa.array([f"e{i:08d}" for i in range(len(who))]),
            "occurred_at": times(at),
            "ended_at": times(at + WEEK),
            "seller": sellers(who),
            "impressions": pa.array(rng.poisson(np.exp(course.shown.T.ravel()))),
            "search_rank": exact(of(np.maximum(np.exp(course.rank), 1), 1), 1, 3),
            "commission_pct": exact(of(np.exp(course.commission), 2), 2, 3),
            "currency": names.currency.take(pa.array(np.zeros(len(who), np.int64))),
            "spend_amount": exact(of(np.exp(course.spend), 2), 2, 2),
            "unavailable_pct": exact(of(np.minimum(course.unavailable, 100), 2), 2, 3),
            "cancelled_pct": exact(of(np.minimum(course.cancelled, 100), 2), 2, 3),
        })  # fmt: skip


def write_memberships(out: Path, merchants: Merchants, clock: Clock, names: Names) -> None:
    """A row for every merchant at home, then one for each that is or was on a rival."""
    n = len(merchants.join)
    away = np.flatnonzero(merchants.join >= 0)
    who = np.concatenate([np.arange(n), away])
    abroad = np.arange(len(who)) >= n
    platform = np.where(abroad, (merchants.platform[who] + 1 + who % 2) % len(names.platforms), merchants.platform[who])
    long_ago = clock.start - (100 + who % 700) * DAY
    since = np.where(abroad & (merchants.join[who] > 0), merchants.join[who], long_ago)
    until = np.where(abroad, merchants.leave[who], -1)
    order = np.argsort(since, kind="stable")
    who, abroad, platform, since, until = who[order], abroad[order], platform[order], since[order], until[order]
    until = np.where(until < clock.until, until, -1)
    with Writer(out, "memberships") as writer:
        writer.add({
            "platform": names.platforms.take(pa.array(platform)),
            "id": pa.array([f"m{i:06d}" for i in range(len(who))]),
            "seller": sellers(who, abroad),
            "party": pa.array([f"9133{i:014d}" for i in who]),
            "category": pa.array(GOODS).take(pa.array(merchants.goods[who])),
            "valid_from": times(since),
            "valid_to": times(until, until >= 0),
        })  # fmt: skip


def sellers(who: Ints, abroad: Flags | None = None) -> pa.Array:
    """Names of merchants at home (v…) and on a rival (w…)."""
    away = np.zeros(len(who), bool) if abroad is None else abroad
    return pa.array([f"{'w' if a else 'v'}{i:05d}" for i, a in zip(who, away, strict=True)])
