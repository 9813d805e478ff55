"""Rivals who offer the same good in the same place, on three platforms, and how their posted prices move.

Tables: `rival_offers`, and rows of its own at the end of `listings`, `costs` and `products`: each market is one good,
offered by shops of several platforms, each at a level of its own. A shop reprices every few weeks, on a day of its
own, towards its cost times its usual markup; the costs of a market move together; everybody cuts prices at festivals.

A market has one plan in one quarter, for which there are 39 weeks before. Violations: the members raise their prices
together, by the same share, `on_one_day`, or `a_day_after_the_first` of them, or with `one_staying_out`. Look-alikes,
each lawful for the reason it is named after: `common_costs` (passed on at once, by all), `many_campaigns` (all cut and
return on the same days), `recommended_list` (all keep to the supplier's published price), `high_season`,
`leader_followed` (days later, and not by as much), `price_war_ended`, `weekly_repricing` (every Monday), `one_owner`.
Truth is the plan itself: a row a member; the subject is the shop, the object market/product, the episode the quarter,
the strength in per cent, the mean over the quarter's days by which the plan lifts the price.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from guiju.twin.market import CITIES, DAY, DRY, HOUR, Clock, Flags, Ints, Market, Reals, named
from guiju.twin.plans import Quarter, grade
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, Writer, append, exact, times

CHECK, RULE = "identical_price_moves", "no_price_fixing"
RIVALS = 5
WEEK = 7
YEAR = 52 * WEEK  # days that must be there, the quarter's with them
PLANTED = ("on_one_day", "a_day_after_the_first", "one_staying_out") * 3
ALIKE = (
    "common_costs",
    "many_campaigns",
    "recommended_list",
    "high_season",
    "leader_followed",
    "price_war_ended",
    "weekly_repricing",
    "one_owner",
) * 2
FESTIVALS = ((3, 6, 3), (6, 10, 9), (9, 9, 2), (11, 1, 11), (12, 10, 3))  # month, day, days


class Offer(NamedTuple):
    """One rival's year: its cost and its posted price in fen on every day, and whether it is the recommended one."""

    seller: int
    cost: Ints
    price: Ints
    recommended: bool


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The rows of every market, and what is true of them."""
    clock, spans = market.clock, quarters(market.clock)
    patterns = [*PLANTED, *ALIKE]
    strengths = iter(rng.permutation([grade(i, len(PLANTED), 4, 30) for i in range(len(PLANTED))]))
    plans, offers = [], []
    for i, pattern in enumerate(patterns):
        first, last = spans[i % len(spans)] if spans else (-1, -1)
        planted = pattern in PLANTED
        plan = Quarter(i, pattern, first, last, float(next(strengths)) if planted else 12.0, planted)
        plans.append(plan)
        offers.append(run(plan if spans and (plants or not plan.planted) else None, market, rng))
    own = [o for its in offers for o in its]
    write_offers(out, market, names, plans, own)
    append_prices(out, clock, names, market, own, rng)
    append_costs(out, clock, names, market, own)
    shown = [p for p in plans if p.first >= 0 and (plants or not p.planted)]
    return [true for p in shown for true in told(p, market, offers[p.market])]


def told(plan: Quarter, market: Market, offers: list[Offer]) -> list[Truth]:
    """A row for each who takes part."""
    kind, clock = ("violation" if plan.planted else "lookalike"), market.clock
    begins, ends = clock.start + plan.first * DAY, clock.start + plan.last * DAY
    part = offers[:-1] if plan.pattern == "one_staying_out" else offers
    return [
        Truth(CHECK, kind, plan.pattern, market.platforms[market.platform[o.seller]], market.seller_name(o.seller),
              f"{market_name(plan.market)}/{product_name(plan.market * RIVALS + j)}", begins, ends, plan.strength, RULE)
        for j, o in enumerate(part)
    ]  # fmt: skip


def market_name(i: int) -> str:
    return f"{named(DRY, i)}, {CITIES[i]}"


def product_name(i: int) -> str:
    return f"g{i:06d}"


def quarters(clock: Clock) -> list[tuple[int, int]]:
    """First day and the day after the last of the quarters that a year of records ends with."""
    days = [((a - clock.start) // DAY, (b - clock.start) // DAY) for a, b in clock.quarters()]
    return [(a, b) for a, b in days if b >= YEAR]


def run(plan: Quarter | None, market: Market, rng: np.random.Generator) -> list[Offer]:
    """The market's rivals: their costs and prices day by day, first as of themselves, then as planned."""
    days, pattern = market.clock.days, plan.pattern if plan else ""
    sellers = rng.permutation(market.sellers)[:RIVALS]
    level, index = rng.lognormal(7.6, 0.4), costs_index(days, rng)
    if plan and pattern == "common_costs":
        for day in steps_in(plan, rng):
            index[day:] *= 1 + plan.strength / 250
    made: list[Offer] = []
    joint = lift(plan, days, steps_in(plan, rng)) if plan else np.zeros(days)
    for j, seller in enumerate(sellers):
        own_cost = level * 0.6 * rng.uniform(0.95, 1.05) * delayed(index, 0 if pattern == "common_costs" else
                                                                    int(rng.integers(0, 7)))  # fmt: skip
        markup = np.full(days, 1 / 0.6 * rng.uniform(0.94, 1.06))
        when = rng.random(days) < (1 / 24)
        if pattern == "weekly_repricing":
            when = (np.arange(days) - market.clock.monday) % WEEK == 0
        wanted = own_cost * markup * np.exp(rng.normal(0, 0.01 if pattern == "weekly_repricing" else 0.025, days))
        if plan:
            out = pattern == "one_staying_out" and j == RIVALS - 1
            wanted, when = follow(plan, j, own_cost * markup[0], wanted, when, np.zeros(days) if out else joint, rng)
        price = posted(wanted, when)
        price = campaigned(price, market.clock, plan, rng)
        if pattern in ("one_owner", "recommended_list") and plan and j:
            span = slice(plan.first, plan.last)
            price[span] = made[0].price[span]
        made.append(Offer(int(seller), np.rint(own_cost).astype(np.int64), np.rint(price).astype(np.int64),
                          pattern == "recommended_list"))  # fmt: skip
    return made


def costs_index(days: int, rng: np.random.Generator) -> Reals:
    """The common course of costs: a step every month or two, up or down."""
    index = np.ones(days)
    for day in np.cumsum(rng.integers(25, 60, days // 25)):
        index[day:] *= rng.uniform(0.97, 1.04)
    return index


def delayed(index: Reals, days: int) -> Reals:
    return np.concatenate([np.full(days, index[0]), index[: len(index) - days]])


def steps_in(plan: Quarter, rng: np.random.Generator) -> Ints:
    """Three to five days in the first nine weeks of the quarter."""
    n = int(rng.integers(3, 6))
    return plan.first + 3 + np.arange(n) * (60 // n) + rng.integers(0, 5, n)


def lift(plan: Quarter, days: int, steps: Ints) -> Reals:
    """By how much the steps raise prices, in logarithms: their mean over the quarter is the plan's strength."""
    course = (np.arange(days)[:, None] >= steps[None, :]).sum(axis=1) / len(steps)
    return np.asarray(course * np.log1p(plan.strength / 100) / course[plan.first : plan.last].mean())


def follow(
    plan: Quarter, j: int, usual: Reals, wanted: Reals, when: Flags, joint: Reals, rng: np.random.Generator
) -> tuple[Reals, Flags]:
    """What the j-th rival wants to ask, and on which days it reprices, under the plan."""
    span, day = slice(plan.first, plan.last), np.arange(len(wanted))
    wanted, when, moved = wanted.copy(), when.copy(), np.diff(joint, prepend=0.0) > 0
    inside = (day >= plan.first) & (day < plan.last)
    if plan.planted and joint.any():
        lag = 1 if plan.pattern == "a_day_after_the_first" and j else 0
        stands = float(posted(wanted, when)[plan.first - 1])
        joint, moved = delayed(joint, lag), delayed(moved.astype(float), lag) > 0
        wanted[span] = (stands * np.exp(joint))[span]
        when = np.where(inside, moved, when)
    elif plan.pattern == "common_costs":
        stands = float(posted(wanted, when)[plan.first - 1])
        wanted[span] = stands * usual[span] / usual[plan.first - 1]
        changed = np.diff(usual, prepend=usual[0]) != 0
        when = np.where(inside, delayed(changed.astype(float), int(rng.integers(0, 2))) > 0, when)
    elif plan.pattern in ("one_owner", "recommended_list"):
        wanted[span] = usual[plan.first] * np.exp(joint[span])
        when = np.where(inside, moved | (day == plan.first), when)
    elif plan.pattern in ("high_season", "leader_followed", "price_war_ended"):
        wanted, when = apart(plan, j, wanted, when, joint, inside, rng)
    return wanted, when


def apart(
    plan: Quarter, j: int, wanted: Reals, when: Flags, joint: Reals, inside: Flags, rng: np.random.Generator
) -> tuple[Reals, Flags]:
    """All go the same way in a quarter, but each on days, and by shares, of its own."""
    day, days = np.arange(len(wanted)), len(wanted)
    if plan.pattern == "price_war_ended":
        war = (day >= plan.first - 56) & (day < plan.first + int(rng.integers(10, 35)))
        again = np.isin(day, plan.first - rng.integers(30, 57, 2)) | (np.diff(war.astype(int), prepend=0) != 0)
        return wanted * np.where(war, rng.uniform(0.84, 0.9), 1.0), when | again
    steps = np.flatnonzero(np.diff(joint, prepend=0.0) > 0)
    if plan.pattern == "leader_followed":
        lags = rng.integers(4, 13, len(steps)) if j else np.zeros(len(steps), int)
        shares = rng.uniform(0.5, 1.1, len(steps)) if j else np.ones(len(steps))
    else:
        lags, shares = rng.integers(0, 18, len(steps)), rng.uniform(0.4, 1.6, len(steps))
    rise = joint[-1] / max(len(steps), 1)
    own = ((day[:, None] >= np.minimum(steps + lags, days - 1)) * rise * shares).sum(axis=1)
    moved = np.diff(own, prepend=0.0) > 0
    stands = float(posted(wanted, when)[plan.first - 1])
    return np.where(inside, stands * np.exp(own), wanted), np.where(inside, moved, when)


def posted(wanted: Reals, when: Flags) -> Reals:
    """The price that stands: what was wanted on the last day of repricing, to a fen; less than 1 % is let be."""
    price, stands = np.empty(len(wanted)), float(np.rint(wanted[0]))
    for day in range(len(wanted)):
        if when[day] and abs(wanted[day] / stands - 1) >= 0.005:
            stands = float(np.rint(wanted[day]))
        price[day] = stands
    return price


def campaigned(price: Reals, clock: Clock, plan: Quarter | None, rng: np.random.Generator) -> Reals:
    """Cuts of some days, after which the price is what it was: at festivals most shops at once, and some alone."""
    price, day = price.copy(), np.datetime64(clock.first, "D") + np.arange(clock.days)
    spans = [(int(d), int(rng.integers(2, 8))) for d in rng.integers(10, clock.days - 10, 2)]
    for year in np.unique(day.astype("M8[Y]")):
        for month, first, lasts in FESTIVALS:
            begins = np.datetime64(f"{year}-{month:02}-{first:02}", "D")
            on = int((begins - day[0]).astype(int))
            if 5 < on < clock.days - 5 and rng.random() < 0.8:
                spans.append((on, lasts))
    if plan and plan.pattern == "many_campaigns":
        spans += [(plan.first + 6 + 13 * k, 4 + k) for k in range(6)]
    for first, lasts in spans:
        price[first : first + lasts] = np.rint(price[first : first + lasts] * rng.uniform(0.85, 0.95))
    return price


def write_offers(out: Path, market: Market, names: Names, plans: list[Quarter], offers: list[Offer]) -> None:
    n = len(offers)
    sellers = np.array([o.seller for o in offers])
    platform = names.platforms.take(pa.array(market.platform[sellers]))
    own = [f"9144{p.market:014d}" if p.pattern == "one_owner" else "" for p in plans for _ in range(RIVALS)]
    with Writer(out, "rival_offers") as writer:
        writer.add({
            "platform": platform,
            "id": pa.array([f"r{i:06d}" for i in range(n)]),
            "market": pa.array([market_name(i // RIVALS) for i in range(n)]),
            "seller": names.sellers.take(pa.array(sellers)),
            "product": pa.array([product_name(i) for i in range(n)]),
            "party": pa.array([one or f"9133{s:014d}" for one, s in zip(own, sellers, strict=True)]),
        })  # fmt: skip
    append(out, "products", {
        "platform": platform,
        "id": pa.array([product_name(i) for i in range(n)]),
        "name": pa.array([f"{named(DRY, i // RIVALS)}, no. {i}" for i in range(n)]),
        "category": pa.array(["watched"] * n),
        "shelf_life_days": pa.nulls(n, pa.int64()),
        "listed_at": times(np.full(n, market.clock.start - 100 * DAY)),
    })  # fmt: skip


def append_prices(
    out: Path, clock: Clock, names: Names, market: Market, offers: list[Offer], rng: np.random.Generator
) -> None:
    """A row wherever a price changes, at an hour of the shop's own."""
    grid = np.array([o.price for o in offers])
    new = np.ones(grid.shape, bool)
    new[:, 1:] = grid[:, 1:] != grid[:, :-1]
    who, day = np.nonzero(new)
    hour = rng.integers(6, 20, len(offers))
    at = clock.start + day * DAY + np.where(day == 0, 0, hour[who]) * HOUR
    listed = np.array([o.recommended for o in offers])[who]
    price, nothing = exact(grid[who, day], 2, 6), pa.scalar(None, pa.string())
    append(out, "listings", keys(names, market, offers, who) | {
        "id": pa.array([f"n{i:08d}" for i in range(len(who))]),
        "occurred_at": times(at),
        "ended_at": pa.nulls(len(who), pa.timestamp("us")),
        "price": price,
        "reference_price": pa.compute.if_else(pa.array(listed), price, None),
        "reference_basis": pa.compute.if_else(pa.array(listed), pa.scalar("suggested_retail"), nothing),
    })  # fmt: skip


def append_costs(out: Path, clock: Clock, names: Names, market: Market, offers: list[Offer]) -> None:
    grid = np.array([o.cost for o in offers])
    new = np.ones(grid.shape, bool)
    new[:, 1:] = grid[:, 1:] != grid[:, :-1]
    who, day = np.nonzero(new)
    at, cost = clock.start + day * DAY, grid[who, day]
    append(out, "costs", keys(names, market, offers, who) | {
        "id": pa.array([f"n{i:08d}" for i in range(len(who))]),
        "valid_from": times(at),
        "valid_to": pa.nulls(len(who), pa.timestamp("us")),
        "known_at": times(at),
        "purchase_cost": exact(cost, 2, 6),
        "variable_cost": exact(cost * 107 // 100, 2, 6),
        "total_cost": exact(cost * 125 // 100, 2, 6),
    })  # fmt: skip


def keys(names: Names, market: Market, offers: list[Offer], who: Ints) -> dict[str, pa.Array]:
    seller = np.array([o.seller for o in offers])[who]
    return {
        "platform": names.platforms.take(pa.array(market.platform[seller])),
        "seller": names.sellers.take(pa.array(seller)),
        "product": pa.array([product_name(i) for i in range(len(offers))]).take(pa.array(who)),
        "currency": names.currency.take(pa.array(np.zeros(len(who), np.int64))),
    }
