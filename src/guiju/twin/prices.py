"""The twin's prices, costs and demand as grids: product by slot of six hours, product by local day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guiju.twin.market import SEASONAL, SLOT, SLOTS_A_DAY, Market, Reals, Small
from guiju.twin.plans import Deal, Plans, Promo

LEAST_OVER_VARIABLE = 1.03  # no honest price and no honest reduction goes below this multiple of variable cost
CAMPAIGNS = {"618": ((6, 10), (6, 18)), "1111": ((11, 1), (11, 11))}
MIN_LAUNCH = 45 / 7  # orders a day in a deal that must reach the 30 units of a week


@dataclass
class Grids:
    """Fen, from the records' first local midnight on; price 0: not yet listed."""

    price: Small  # products x slots, a product's slots begin at its offset
    purchase: Small  # products x days
    variable: Small
    total: Small
    demand: Reals  # products x days, orders
    campaign: Small  # of a day: 0 none, 1 the first of CAMPAIGNS, …
    promos: list[Promo]

    def of(self, basis: str) -> Small:
        """The costs of that name."""
        return {"purchase": self.purchase, "variable": self.variable, "total": self.total}[basis]


def cut(value: float) -> int:
    """A fen amount, rounded down."""
    return int(np.floor(value + 1e-9))


def lay_out(market: Market, plans: Plans, rng: np.random.Generator) -> Grids:
    """All grids; the deals' and promotions' prices are in them."""
    days, products = market.clock.days, market.products
    purchase = costs_of(market, plans, rng)
    variable = np.ceil(purchase * market.variable[:, None]).astype(np.int32)
    total = np.ceil(variable * market.total[:, None]).astype(np.int32)
    price = np.repeat(market.base.astype(np.int32)[:, None], days * SLOTS_A_DAY, axis=1)
    promos = list(plans.promos)
    for p in range(products):
        if p not in plans.still:
            promos += routine(market, p, price[p], rng)
    grids = Grids(price, purchase, variable, total, demand_of(market, rng), campaigns(market), promos)
    for habit in plans.habits:
        if habit.pattern in ("stock_drift", "dearer_hours"):
            drift(price[habit.product], habit.pattern, rng)
    for promo in grids.promos:
        lower(market, grids, promo)
    for deal in plans.deals:
        sell_below(market, grids, deal)
    not_yet(market, grids)
    return grids


def costs_of(market: Market, plans: Plans, rng: np.random.Generator) -> Small:
    """Purchase cost a day: it moves by a few per cent three times a year, but for products with a plan."""
    days = market.clock.days
    level = np.ones((market.products, days))
    moves = rng.uniform(0.97, 1.04, (market.products, 3))
    when = rng.integers(20, days - 1, (market.products, 3))
    for p in range(market.products):
        if p not in plans.still:
            for move, day in zip(moves[p], when[p], strict=True):
                level[p, day:] *= move
    return np.asarray(np.round(level * (market.base * market.purchase)[:, None]), dtype=np.int32)


def routine(market: Market, product: int, row: Small, rng: np.random.Generator) -> list[Promo]:
    """A product's plain life: some price changes and some promotions, each with an honest reference."""
    days = market.clock.days
    for day in rng.integers(5, days, rng.integers(1, 4)):
        row[day * SLOTS_A_DAY + rng.integers(0, 4) :] = market.base[product] * int(rng.integers(98, 108)) // 100
    found, day = [], int(rng.integers(36, 90))
    while day < days - 16:
        slot, lasts = day * SLOTS_A_DAY + int(rng.integers(0, 4)), int(rng.integers(8, 36))
        share = float(rng.uniform(0.86, 0.93))
        found.append(Promo(product, "honest", ((slot, share),), slot + lasts))
        day += int(rng.integers(50, 140))
    return found


def drift(row: Small, pattern: str, rng: np.random.Generator) -> None:
    """List prices that move within the day: with the stock, or dearer in the evening."""
    usual = row.reshape(-1, SLOTS_A_DAY)
    if pattern == "dearer_hours":
        usual[:, 2:] = usual[:, 2:] * 105 // 100
    else:
        usual[:] = usual * rng.integers(98, 104, usual.shape) // 100


def lower(market: Market, grids: Grids, promo: Promo) -> None:
    """A promotion's prices; before an `earlier_dip` the price was lower for a while, and no cut was shown."""
    row, p = grids.price[promo.product], promo.product
    ends = [slot for slot, _ in promo.steps[1:]] + [promo.slot_to]
    usual = row[promo.steps[0][0] - 1]
    for (slot, share), end in zip(promo.steps, ends, strict=True):
        least = grids.variable[p, slot // SLOTS_A_DAY] * LEAST_OVER_VARIABLE
        row[slot:end] = min(int(usual), max(cut(usual * share), cut(least) + 1))
    if promo.pattern == "earlier_dip":
        slot = promo.steps[0][0]
        row[slot - 22 * SLOTS_A_DAY : slot - 12 * SLOTS_A_DAY] = cut(usual / (1 + promo.excess))


def sell_below(market: Market, grids: Grids, deal: Deal) -> None:
    """A deal's price, where the list price itself is low, and its demand."""
    p, days = deal.product, slice(deal.day_from, deal.day_to)
    if deal.way == "list":
        cost = (grids.purchase if deal.basis == "purchase" else grids.variable)[p, days]
        row = np.floor(cost * (1 - deal.depth)).astype(np.int32)
        grids.price[p, deal.day_from * SLOTS_A_DAY : deal.day_to * SLOTS_A_DAY] = np.repeat(row, SLOTS_A_DAY)
    demand = grids.demand[p]
    if market.category[p] == SEASONAL:
        daily = max(market.rate[p] * 4, 14.0)
        demand[:] *= daily * 0.03 / demand.mean()
        demand[deal.day_from - 70 : deal.day_from] = daily
        demand[days] = daily * 0.26
    elif deal.planted:
        demand[days] = np.maximum(demand[days] * 1.4, MIN_LAUNCH * 1.3)
    elif deal.pattern in ("near_expiry_markdown", "loss_leader_small_share", "brand_coupon"):
        demand[days] = np.maximum(demand[days], MIN_LAUNCH * 1.5)
    elif deal.pattern in (
        "overstock_clearance",
        "launch_price",
        "dominant_three_weeks",
        "not_dominant",
        "sole_platform",
    ):
        demand[days] = np.maximum(demand[days], MIN_LAUNCH)


def demand_of(market: Market, rng: np.random.Generator) -> Reals:
    """Orders a day: more at weekends, in winter and in the two campaigns."""
    clock = market.clock
    day = np.arange(clock.days)
    weekday = (day - clock.monday) % 7
    shape = np.where(weekday >= 5, 1.18, 1.0) * (1 + 0.12 * np.cos(2 * np.pi * (day - clock.days) / 365))
    shape = shape * np.where(campaigns(market) > 0, 1.3, 1.0)
    phase = rng.uniform(0, 2 * np.pi, market.products)
    mood = 1 + 0.1 * np.sin(phase[:, None] + 2 * np.pi * day[None, :] / 91)
    return np.asarray(market.rate[:, None] * (shape / shape.mean())[None, :] * mood)


def campaigns(market: Market) -> Small:
    found = np.zeros(market.clock.days, np.int32)
    for i in range(market.clock.days):
        on = np.datetime64(market.clock.first, "D") + np.timedelta64(i, "D")
        month, day = on.astype("M8[M]").astype(int) % 12 + 1, (on - on.astype("M8[M]")).astype(int) + 1
        for j, (begins, ends) in enumerate(CAMPAIGNS.values()):
            if begins <= (month, day) <= ends:
                found[i] = j + 1
    return found


def not_yet(market: Market, grids: Grids) -> None:
    """Nothing is offered or sold before it is listed."""
    for p in np.flatnonzero(market.listed > market.clock.start):
        slot = int((market.listed[p] - market.clock.start - market.offset[p]) // SLOT)
        grids.price[p, :slot] = 0
        grids.demand[p, : slot // SLOTS_A_DAY] = 0.0
        assert slot * SLOT + market.offset[p] + market.clock.start == market.listed[p], "listed at a slot's begin"
