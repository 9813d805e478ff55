"""Emergencies declared for some goods in some place, and who sold dearer in them.

Some products of the market, which no other plan has, become goods of their own: each platform has two kinds, offered
by its shops in several places. In one place and fortnight an emergency is declared for one kind, and one shop there has
a plan. Violations: the price rises `without_cost`, `beyond_cost` or `for_some_days`. Look-alikes, each lawful for the
reason it is named after: `cost_passed_on`, `delivery_passed_on`, `dearer_elsewhere`, `season_as_a_year_before`,
`rose_before`, `promotion_ended`, `slight_rise`, `one_day`, `other_place`, `rose_afterwards`. Truth is counted from the
orders by the rule's own definition, of every shop in every emergency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from guiju.twin.market import CITIES, DAY, HOUR, PER_SELLER, SLOTS_A_DAY, Flags, Ints, Market, Reals
from guiju.twin.plans import Plans, grade
from guiju.twin.prices import Grids
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, write_rows

CHECK, RULE = "emergency_price_rises", "no_price_gouging"
BASELINE_DAYS, MIN_BASELINE_DAYS, SEASON_DAYS, YEAR_DAYS = 60, 5, 30, 365
MIN_PEERS, MIN_EXCESS_PCT, MIN_DAYS = 3, 10, 2
GOODS = ("face_masks", "bottled_water")
FIRST_DAYS, LENGTH = (75, 115, 155, 195, 235, 275, 315), 14
LAST = 12  # days of the last emergency, which goes on to the end of the records
AGAINST = ("without_cost", "beyond_cost", "for_some_days")
HONEST = (
    "cost_passed_on", "delivery_passed_on", "dearer_elsewhere", "rose_before", "promotion_ended", "slight_rise",
    "one_day", "other_place", "rose_afterwards",
)  # fmt: skip
SEASON = "season_as_a_year_before"


class Emergency(NamedTuple):
    """What is declared, and what one shop does in it."""

    platform: int
    goods: int
    city: int
    begins: int
    ends: int  # -1: goes on
    product: int
    pattern: str
    planted: bool


@dataclass
class Urgent:
    """All of them; `offered` are the products by platform and kind of goods, `cost` the variable cost of a day, fen."""

    declared: list[Emergency] = field(default_factory=list)
    offered: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    cost: dict[int, Ints] = field(default_factory=dict)


def lay(market: Market, grids: Grids, plans: Plans, rng: np.random.Generator, plants: bool) -> None:
    """Put the plans into prices and costs, before any order. No other product changes."""
    urgent = market.urgent = Urgent(offered=offered(market, plans))
    own = {p for its in urgent.offered.values() for p in its}
    grids.promos = [promo for promo in grids.promos if promo.product not in own]
    for (_, goods), products in urgent.offered.items():
        for p in products:
            market.category[p] = GOODS[goods]
            grids.price[p] = np.where(grids.price[p] > 0, market.base[p], 0)
            for costs in (grids.purchase, grids.variable, grids.total):
                costs[p] = costs[p, 0]
    keys = [key for key in urgent.offered if able(market, urgent.offered[key])]
    rooms = [(key, first) for first in FIRST_DAYS for key in keys if first + BASELINE_DAYS < market.clock.days]
    honest = max(len(HONEST), len(rooms) // 2)
    patterns = [HONEST[n % len(HONEST)] if n < honest else AGAINST[n % len(AGAINST)] for n in range(len(rooms))]
    many = sum(pattern in AGAINST for pattern in patterns)
    strengths = iter(rng.permutation([grade(i, many, 0.13, 1.5) for i in range(many)]))
    order = rng.permutation(len(rooms))
    for n in sorted(range(len(rooms)), key=lambda n: rooms[order[n]][1]):
        (key, first), pattern = rooms[order[n]], patterns[n]
        strength = float(next(strengths)) if pattern in AGAINST else 0.3
        declare(market, grids, rng, key, first, first + LENGTH, pattern, strength, plants)
    for key in keys:
        declare(market, grids, rng, key, market.clock.days - LAST, -1, SEASON, 0.3, plants)
    for (platform, goods), products in urgent.offered.items():
        # Where there are too few shops to compare: one in which nothing happens.
        if platform not in {e.platform for e in urgent.declared}:
            city, begins = int(market.city[products[0] // PER_SELLER]), market.clock.start + FIRST_DAYS[0] * DAY
            quiet = Emergency(platform, goods, city, begins, begins + LENGTH * DAY, products[0], "", False)
            urgent.declared.append(quiet)
    urgent.cost = {p: grids.variable[p].astype(np.int64) for p in own}


def offered(market: Market, plans: Plans) -> dict[tuple[int, int], list[int]]:
    """One product of each shop a kind of goods, of those without a plan."""
    taken = {p.product for p in plans.deals} | {p.product for p in plans.promos} | {p.product for p in plans.habits}
    taken |= {p.product for p in plans.spells} | plans.still
    early = market.clock.start
    of: dict[tuple[int, int], list[int]] = {}
    for seller in range(market.sellers):
        first = seller * PER_SELLER
        free = [p for p in range(first, first + PER_SELLER - 1) if p not in taken and market.listed[p] <= early]
        for goods, product in enumerate(free[: len(GOODS)]):
            of.setdefault((int(market.platform[seller]), goods), []).append(product)
    return of


def places(market: Market, products: list[int]) -> list[int]:
    return [int(market.city[p // PER_SELLER]) for p in products]


def able(market: Market, products: list[int]) -> list[int]:
    """Those in a place that leaves enough shops elsewhere to compare with."""
    of = places(market, products)
    return [p for p, place in zip(products, of, strict=True) if sum(c != place for c in of) > MIN_PEERS]


def declare(
    market: Market, grids: Grids, rng: np.random.Generator, key: tuple[int, int], first: int, last: int,
    pattern: str, strength: float, plants: bool,
) -> None:  # fmt: skip
    """One emergency and its plan."""
    platform, goods = key
    products = able(market, market.urgent.offered[key])
    last_used = {e.product: n for n, e in enumerate(market.urgent.declared)}
    product = min((int(p) for p in rng.permutation(products)), key=lambda p: last_used.get(p, -1))
    if pattern == SEASON:  # what sells seldom shows no season
        product = max(products, key=lambda p: float(market.rate[p]))
    city = int(market.city[product // PER_SELLER])
    if pattern == "other_place":
        city = next(c for c in places(market, market.urgent.offered[key]) if c != city)
    planted = pattern in AGAINST
    begins = market.clock.start + first * DAY + 9 * HOUR
    ends = market.clock.start + last * DAY if last >= 0 else -1
    market.urgent.declared.append(Emergency(platform, goods, city, begins, ends, product, pattern, planted))
    if plants or not planted:
        happen(market, grids, key, product, first, last if last >= 0 else market.clock.days, pattern, strength)


def happen(
    market: Market, grids: Grids, key: tuple[int, int], product: int, first: int, last: int, pattern: str,
    strength: float,
) -> None:  # fmt: skip
    """What the shop, or all who offer the goods, do then."""

    def dearer(p: int, days: slice, by: float) -> None:
        slots = grids.price[p, days.start * SLOTS_A_DAY : days.stop * SLOTS_A_DAY]
        slots[:] = np.round(slots * (1 + by))

    def costlier(days: slice, by: float, *which: Any) -> None:
        for costs in which:
            costs[product, days] = np.round(costs[product, days] * (1 + by))

    every, whole = (grids.purchase, grids.variable, grids.total), slice(first, last)
    if pattern in ("without_cost", "other_place"):
        dearer(product, whole, strength)
    elif pattern == "beyond_cost":
        costlier(whole, 0.2, *every)
        dearer(product, whole, 1.2 * (1 + strength) - 1)
    elif pattern == "for_some_days":
        dearer(product, slice(first + 3, first + 9), strength)
    elif pattern == "cost_passed_on":
        costlier(whole, strength, *every)
        dearer(product, whole, strength)
    elif pattern == "delivery_passed_on":
        costlier(whole, strength, grids.variable, grids.total)
        dearer(product, whole, strength)
    elif pattern == "dearer_elsewhere":
        for p in market.urgent.offered[key]:
            dearer(p, whole, strength)
    elif pattern == SEASON:
        dearer(product, whole, strength)
        dearer(product, slice(max(first - YEAR_DAYS, 0), last - YEAR_DAYS), strength)
    elif pattern == "rose_before":
        dearer(product, slice(first - 20, last), strength)
    elif pattern == "promotion_ended":
        dearer(product, slice(first - 25, first), -0.15)
    elif pattern == "slight_rise":
        dearer(product, whole, 0.05)
    elif pattern == "one_day":
        dearer(product, slice(first + 5, first + 6), strength)
    elif pattern == "rose_afterwards":
        dearer(product, slice(last + 1, last + 12), strength)


@dataclass
class Sold:
    """The lines of one product in the order of time: moment, units, fen the shop asked, fen they cost."""

    at: Ints
    units: Reals
    value: Reals
    cost: Reals


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The table `emergencies`, and who broke the rule."""
    urgent: Urgent = market.urgent
    rows: list[dict[str, object]] = [
        {
            "platform": market.platforms[e.platform], "id": f"u{n:04d}", "region": CITIES[e.city],
            "category": GOODS[e.goods], "valid_from": e.begins, "valid_to": e.ends if e.ends >= 0 else None,
            "declared_by": f"the government of {CITIES[e.city]}", "source": f"notice no. {n + 1}",
        }
        for n, e in enumerate(urgent.declared)
    ]  # fmt: skip
    write_rows(out, "emergencies", rows)
    sales = read(out, market, urgent)
    true = [row for e in urgent.declared for row in settle(market, urgent, sales, e)]
    true += [
        Truth(CHECK, "lookalike", e.pattern, market.platforms[e.platform], seller_of(market, e.product),
              object_of(market, e.product, e.city), e.begins, e.ends if e.ends >= 0 else market.clock.until, 0.0, RULE)
        for e in urgent.declared if e.pattern in (*HONEST, SEASON)
    ]  # fmt: skip
    return true


def read(out: Path, market: Market, urgent: Urgent) -> dict[int, Sold]:
    """What was sold of the goods, from the orders as they are written."""
    columns = ["product", "occurred_at", "quantity", "gross_amount", "seller_funded_amount"]
    ids = [market.product_name(p) for p in sorted(urgent.cost)]
    rows = pq.read_table(out / "orders.parquet", columns=columns, filters=pc.field("product").isin(ids))
    product = pc.utf8_slice_codeunits(rows["product"].cast("string"), 1).cast("int64").to_numpy()
    at = rows["occurred_at"].cast("int64").to_numpy()
    units, gross, off = (rows[name].cast("float64").to_numpy() for name in columns[2:])
    found = {}
    for p, costs in urgent.cost.items():
        its = np.flatnonzero(product == p)
        day = (at[its] - market.clock.start) // DAY
        value = np.round((gross[its] - off[its]) * 100)
        found[p] = Sold(at[its], units[its], value, costs[day] * units[its])
    return found


def settle(market: Market, urgent: Urgent, sales: dict[int, Sold], e: Emergency) -> list[Truth]:
    """The rule's own definition, shop by shop of the place."""
    clock, products = market.clock, urgent.offered[e.platform, e.goods]
    ends = e.ends if e.ends >= 0 else clock.until
    rises: dict[int, float] = {}
    for p in products:
        its = sales[p]
        before = regular(its, ~urgent_at(market, urgent, p, its.at) & since_until(its.at, e.begins, BASELINE_DAYS),
                         clock.start)  # fmt: skip
        then = ~urgent_at(market, urgent, p, its.at) & (its.at >= e.begins) & (its.at < ends)
        if before and then.any():
            rises[p] = its.value[then].sum() / its.units[then].sum() / before[0]
    found = []
    for p in products:
        if market.city[p // PER_SELLER] != e.city:
            continue
        peers = [rise for other, rise in rises.items() if other != p]
        elsewhere = sorted(peers, reverse=True)[(len(peers) - 1) // 2] if len(peers) >= MIN_PEERS else None
        row = judge(market, urgent, sales[p], e, p, ends, elsewhere)
        found += [row] if row else []
    return found


def judge(
    market: Market, urgent: Urgent, its: Sold, e: Emergency, product: int, ends: int, elsewhere: float | None
) -> Truth | None:
    clock, free = market.clock, ~urgent_at(market, urgent, product, its.at)
    recent = regular(its, free & since_until(its.at, e.begins, BASELINE_DAYS), clock.start)
    year, near = YEAR_DAYS * DAY, SEASON_DAYS * DAY
    then = (its.at >= e.begins - year - near) & (its.at < ends - year + near)
    season = regular(its, free & then & (its.at < e.begins - BASELINE_DAYS * DAY), clock.start)
    if not recent or (elsewhere is None and not season):
        return None
    inside = (its.at >= max(e.begins, clock.since)) & (its.at < ends)
    day = (its.at - clock.start) // DAY
    flagged = []
    for d in np.unique(day[inside]):
        on = inside & (day == d)
        units, value, cost = its.units[on].sum(), its.value[on].sum(), its.cost[on].sum()
        unit_cost = cost / units
        allowed = max(recent[0] * max(1.0, unit_cost / recent[1], elsewhere or 1.0), unit_cost)
        if season:
            allowed = max(allowed, season[0] * max(1.0, unit_cost / season[1]))
        if value * 100 >= allowed * units * (100 + MIN_EXCESS_PCT):
            flagged.append((int(its.at[on].min()), int(its.at[on].max()), value, allowed * units))
    if len(flagged) < MIN_DAYS:
        return None
    strength = 100 * (sum(f[2] for f in flagged) / sum(f[3] for f in flagged) - 1)
    own = e.product == product and e.planted
    return Truth(CHECK, "violation", e.pattern if own else "by_chance", market.platforms[e.platform],
                 seller_of(market, product), object_of(market, product, e.city), flagged[0][0], flagged[-1][1],
                 float(strength), RULE)  # fmt: skip


def regular(its: Sold, of: Flags, start: int) -> tuple[float, float] | None:
    """The price reached on so many days at least, and what a unit cost on the days at or above it."""
    day = (its.at - start) // DAY
    sums = [
        (its.value[on].sum() / its.units[on].sum(), its.units[on].sum(), its.cost[on].sum())
        for on in (of & (day == d) for d in np.unique(day[of]))
    ]
    if len(sums) < MIN_BASELINE_DAYS:
        return None
    price = sorted((s[0] for s in sums), reverse=True)[MIN_BASELINE_DAYS - 1]
    at_it = [s for s in sums if s[0] >= price]
    return float(price), float(sum(s[2] for s in at_it) / sum(s[1] for s in at_it))


def urgent_at(market: Market, urgent: Urgent, product: int, at: Ints) -> Flags:
    """Whether an emergency held for the product's goods where its shop sells."""
    inside = np.zeros(len(at), bool)
    for e in urgent.declared:
        if market.city[product // PER_SELLER] == e.city and product in urgent.offered[e.platform, e.goods]:
            inside |= (at >= e.begins) & ((at < e.ends) | (e.ends < 0))
    return inside


def since_until(at: Ints, until: int, days: int) -> Flags:
    return np.asarray((at >= until - days * DAY) & (at < until))


def seller_of(market: Market, product: int) -> str:
    return market.seller_name(product // PER_SELLER)


def object_of(market: Market, product: int, city: int) -> str:
    return f"{market.product_name(product)}/{CITIES[city]}"
