"""The twin's stock counts: Mondays at local midnight, fresh goods daily by lot; drawn after the sales."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guiju.twin.market import DAY, HOUR, SEASONAL, Ints, Market
from guiju.twin.plans import Plans
from guiju.twin.tally import Tally

LOTS = 4  # lots a fresh product's count shows: those that expire today, tomorrow, …
EXPIRY_HOUR = 22
MAX_FRESH_SHELF_DAYS, NEAR_EXPIRY_PCT = 30, 33
COVER_DAYS = 90


@dataclass
class Stock:
    """Units counted: of all products at each week's Monday midnight; of fresh ones each day by lot."""

    on_hand: Ints  # products x weeks; -1: not counted
    fresh: Ints  # indices of fresh products
    lots: Ints  # fresh products x days x LOTS


def four_weeks(units: Ints) -> Ints:
    """Units sold in the four weeks before each week."""
    so_far = np.concatenate([np.zeros((len(units), 1), np.int64), np.cumsum(units, axis=1)], axis=1)
    week = np.arange(units.shape[1])
    return np.asarray(so_far[:, week] - so_far[:, np.maximum(week - 4, 0)])


def count(market: Market, plans: Plans, tally: Tally, rng: np.random.Generator) -> Stock:
    """Two to six weeks of sales on hand, but for clearances; near expiry little, unless marked down."""
    clock, before = market.clock, four_weeks(tally.units)
    on_hand = np.ceil(before / 28 * rng.uniform(14, 45, before.shape)).astype(np.int64)
    for deal in plans.deals:
        if deal.pattern not in ("overstock_clearance", "season_end_clearance"):
            continue
        p = deal.product
        first, last = ((day - clock.monday) // 7 for day in (deal.day_from, deal.day_to))
        for week in range(last, first - 5, -1):
            left = int(tally.units[p, week : last + 1].sum()) + 30
            cover = -(-COVER_DAYS * int(before[p, week]) // 28) if market.category[p] != SEASONAL else 0
            later = int(on_hand[p, week + 1] + tally.units[p, week]) if week < last else 0
            on_hand[p, week] = max(cover + left, later)
    fresh = np.flatnonzero(market.shelf_days > 0)
    lots = fresh_lots(market, plans, tally, fresh)
    mondays = np.arange(clock.weeks) * 7 + clock.monday
    seen = mondays >= 0
    on_hand[np.ix_(fresh, seen)] = lots[:, mondays[seen]].sum(axis=2)
    on_hand[:, ~seen] = -1
    unlisted = market.listed[:, None] > np.array([clock.week_start(w) for w in range(clock.weeks)])[None, :]
    on_hand[unlisted] = -1
    return Stock(on_hand, fresh, lots)


def fresh_lots(market: Market, plans: Plans, tally: Tally, fresh: Ints) -> Ints:
    """What is left of the lots that expire in 0, 1, 2, 3 days; marked down: what is sold below cost."""
    usual = tally.day_units[fresh]
    lots = np.zeros((*usual.shape, LOTS), np.int64)
    lots[:, :, 0] = np.ceil(usual * 0.02)
    marked = {d.product for d in plans.deals if d.pattern == "near_expiry_markdown"}
    for i, p in enumerate(fresh):
        if int(p) in marked:
            lots[i, :, 0] = np.where(tally.day_below[p] > 0, tally.day_below[p] + 2, lots[i, :, 0])
    for lot in range(1, LOTS):
        tomorrow = np.concatenate([lots[:, 1:, lot - 1], lots[:, -1:, lot - 1]], axis=1)
        lots[:, :, lot] = tomorrow + np.ceil(usual * 0.03 * lot).astype(np.int64)
    shelf = market.shelf_days[fresh]
    return np.where(np.arange(LOTS) < shelf[:, None, None], lots, 0)


def near_expiry(market: Market, stock: Stock) -> Ints:
    """Products x weeks: over lots near expiry in the week's counts, the sum of each lot's largest count."""
    clock, shelf = market.clock, market.shelf_days[stock.fresh]
    found = np.zeros((market.products, clock.weeks), np.int64)
    fits = np.stack([
        ((lot * DAY + EXPIRY_HOUR * HOUR) * 100 <= NEAR_EXPIRY_PCT * shelf * DAY)
        & (shelf <= MAX_FRESH_SHELF_DAYS)
        for lot in range(LOTS)
    ])  # fmt: skip
    for week in range(clock.weeks):
        day = clock.monday + 7 * week
        most = np.zeros((stock.fresh.size, 7 + LOTS), np.int64)
        for i in range(7):
            for lot in range(LOTS):
                if 0 <= day + i < clock.days:
                    seen = np.where(fits[lot], stock.lots[:, day + i, lot], 0)
                    most[:, i + lot] = np.maximum(most[:, i + lot], seen)
        found[stock.fresh, week] = most.sum(axis=1)
    return found
