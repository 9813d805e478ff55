"""What is true of the twin's market: each rule's definition asked of the orders, with no other room's code.

Plans only name what is found; a plan the orders do not bear out is no violation.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from guiju.twin.market import (
    DAY,
    HOUR,
    PER_SELLER,
    SLOT,
    SLOTS_A_DAY,
    WINDOW_DAYS,
    Flags,
    Ints,
    Market,
    Reals,
)
from guiju.twin.plans import BELOW, DOMINANT, PERSONAL, PRIOR, RECOUPED, SHAM, TRANSACTED, Plans, Promo
from guiju.twin.predation import Dominance, is_asked
from guiju.twin.prices import Grids, cut
from guiju.twin.stock import COVER_DAYS, Stock, four_weeks, near_expiry
from guiju.twin.tally import PER_UNIT, Tally
from guiju.twin.trade import NEVER

CHECKS = {
    BELOW: "below_cost_sales", DOMINANT: "predatory_pricing", RECOUPED: "predatory_pricing",
    TRANSACTED: "inflated_reference_prices", PRIOR: "inflated_reference_prices",
    SHAM: "order_brushing", PERSONAL: "known_customer_markup",
}  # fmt: skip
NEW_UNITS, NEW_DAYS = 200, 14


class Truth(NamedTuple):
    """A row of `truth.parquet`; see `guiju.twin.groupbuy`."""

    check: str
    kind: str
    pattern: str
    platform: str
    subject: str
    object: str
    starts_at: int
    ends_at: int
    strength: float
    rule: str


class Shown(NamedTuple):
    """A promotion as its listings show it: slots, and the reference price struck through."""

    promo: Promo
    reference: int
    basis: str | None
    transacted: float
    offered: int


def exempt_units(market: Market, tally: Tally, stock: Stock) -> Reals:
    """Products x weeks: the greatest of the four exemptions."""
    clock, before = market.clock, four_weeks(tally.units)
    hand = np.maximum(stock.on_hand, 0).astype(float)
    exempt = np.maximum(near_expiry(market, stock), hand - COVER_DAYS * before / 28)
    starts = np.array([clock.week_start(w) for w in range(clock.weeks)])
    new = starts[None, :] < market.listed[:, None] + NEW_DAYS * DAY
    exempt = np.maximum(exempt, np.where(new, NEW_UNITS, 0))
    return np.maximum(exempt, np.where(after_season(market, tally), hand, 0))


def after_season(market: Market, tally: Tally) -> Flags:
    """Products x weeks: its (platform, category) sells 60 % in 13 weeks, and has sold 80 % of its year."""
    weeks = market.clock.weeks
    last = np.arange(weeks) >= weeks - 52
    platform = market.platform[np.arange(market.products) // PER_SELLER]
    found = np.zeros((market.products, weeks), bool)
    names = np.array(market.category)
    for category in sorted(set(market.category)):
        for at in range(len(market.platforms)):
            its = np.flatnonzero((names == category) & (platform == at))
            sold = tally.units[its].sum(axis=0) * last
            if sold.sum() and np.sort(sold)[-13:].sum() * 100 >= 60 * sold.sum():
                reached = np.argmax(np.cumsum(sold) * 100 >= 80 * sold.sum())
                found[np.ix_(its, np.arange(weeks) > reached)] = True
    return found


def below_cost(market: Market, plans: Plans, tally: Tally, stock: Stock) -> list[Truth]:
    """Episodes of the three rules over sales below cost."""
    exempt, dominance, clock = exempt_units(market, tally, stock), Dominance(market, tally), market.clock
    rows = []
    for rule, basis, least in ((BELOW, "purchase", 1), (DOMINANT, "variable", 4), (RECOUPED, "total", 4)):
        planned = plans.spells if rule == RECOUPED else plans.deals
        named = {d.product: d.pattern for d in planned}
        for payer in ("seller", "platform"):
            below, shortfall = tally.below[basis, payer], tally.shortfall[basis, payer]
            counted = np.maximum(0, below - exempt)
            with np.errstate(divide="ignore", invalid="ignore"):
                share = counted / tally.units * 100
                part = np.where(below > 0, shortfall * (counted / below), 0.0)
                depth = np.where(tally.cost[basis] > 0, part / tally.cost[basis] * 100, 0.0)
            flagged = (tally.units >= 30) & (share >= 20) & (depth >= 3)
            for p in map(int, np.flatnonzero(flagged.any(axis=1))):
                for first, last in runs(flagged[p]):
                    if last - first < least:
                        continue
                    if rule != BELOW and not is_asked(rule, dominance, p, basis, payer, first, last):
                        continue
                    platform, seller = market.platform_of(p), market.seller_name(p // PER_SELLER)
                    deep = part[p, first:last].sum() / tally.cost[basis][p, first:last].sum() * 100
                    rows.append(Truth(
                        CHECKS[rule], "violation", named.get(p, "by_chance"), platform,
                        seller if payer == "seller" else platform, f"{seller}/{market.product_name(p)}",
                        clock.week_start(first), clock.week_start(last), float(deep), rule,
                    ))  # fmt: skip
    return rows


def runs(flags: Flags) -> list[tuple[int, int]]:
    """Spans [first, last) of consecutive true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def show(grids: Grids, tally: Tally) -> list[Shown]:
    """The references of all promotions: honest ones are the lowest price before, or none is shown."""
    shown = []
    for promo in grids.promos:
        p, slot = promo.product, promo.steps[0][0]
        lowest = int(tally.lowest[p, slot - 7 * SLOTS_A_DAY : slot].min())
        offered = int(grids.price[p, slot - 30 * SLOTS_A_DAY : slot].min())
        price = int(grids.price[p, slot : promo.slot_to].max())
        honest = min(lowest // PER_UNIT, offered)
        basis = (None, "own_price")[(p + slot) % 2]
        if promo.pattern == "suggested_retail":
            reference, basis = cut(int(grids.price[p, slot - 1]) * (1 + promo.excess)), "suggested_retail"
        elif promo.pattern in ("shop_coupon", "earlier_dip"):
            reference = int(grids.price[p, slot - 1])
        elif promo.pattern == "invented":
            reference = cut(honest * (1 + promo.excess)) + 1
        else:
            reference = honest
        if lowest == NEVER or offered == 0 or reference <= price:
            continue  # no price to strike through
        shown.append(Shown(promo, reference, basis, lowest / PER_UNIT, offered))
    return shown


def references(market: Market, shown: list[Shown]) -> list[Truth]:
    """References more than 0.5 % above the lowest price before, by either definition; and look-alikes."""
    rows = []
    for s in shown:
        p, (slot, _) = s.promo.product, s.promo.steps[0]
        origin = market.clock.start + int(market.offset[p])
        place = (market.platform_of(p), market.seller_name(p // PER_SELLER), market.product_name(p),
                 origin + slot * SLOT, origin + s.promo.slot_to * SLOT)  # fmt: skip
        for rule, prior in ((TRANSACTED, s.transacted), (PRIOR, float(s.offered))):
            over = (s.reference / prior - 1) * 100
            if s.basis != "suggested_retail" and over > 0.5:
                rows.append(Truth(CHECKS[rule], "violation", s.promo.pattern, *place, over, rule))
            elif s.promo.pattern in ("progressive_cut", "suggested_retail"):
                rows.append(Truth(CHECKS[rule], "lookalike", s.promo.pattern, *place, max(over, 0.0), rule))
    return rows


def brushing(market: Market, plans: Plans, tally: Tally) -> list[Truth]:
    """Every one-hour window, both ends included, around the orders that `Tally` kept."""
    if not tally.crowded:
        return []
    rows = np.unique(np.concatenate(tally.crowded), axis=0)
    planned = {b.seller: b.pattern for b in plans.bursts if b.pattern != "flash_crowd"}
    found = []
    for seller in map(int, np.unique(rows[:, 0])):
        its = rows[rows[:, 0] == seller]
        its = its[np.lexsort((its[:, 3], its[:, 1]))]
        for first, last, most in flagged_hours(its[:, 1], its[:, 2]):
            name, where = market.seller_name(seller), market.platforms[market.platform[seller]]
            pattern = planned.get(seller, "by_chance")
            found.append(Truth(CHECKS[SHAM], "violation", pattern, where, name, "", first, last, most, SHAM))
    return found


def flagged_hours(at: Ints, buyer: Ints) -> list[tuple[int, int, float]]:
    """Merged flagged windows of one seller: first order, last order, most orders per buyer."""
    episodes: list[list[float]] = []
    for t in np.unique(np.concatenate([at + 1, at - HOUR])):
        low, high = np.searchsorted(at, t), np.searchsorted(at, t + HOUR, side="right")
        if high - low < 10:
            continue
        ratio = (high - low) / np.unique(buyer[low:high]).size
        if ratio < 3:
            continue
        if episodes and t <= episodes[-1][3]:
            last = episodes[-1]
            last[1], last[2], last[3] = max(last[1], at[high - 1]), max(last[2], ratio), t + HOUR
        else:
            episodes.append([at[low], at[high - 1], ratio, t + HOUR])
    return [(int(first), int(last), float(most)) for first, last, most, _ in episodes]


def markups(market: Market, plans: Plans) -> list[Truth]:
    """The planted gaps, a row a seller and quarter."""
    return [
        Truth(CHECKS[PERSONAL], "violation", h.pattern, market.platforms[market.platform[h.seller]],
              market.seller_name(h.seller), "", h.starts_at, h.ends_at, h.strength, PERSONAL)
        for h in plans.markups
    ]  # fmt: skip


def lookalikes(market: Market, plans: Plans) -> list[Truth]:
    """Honest conduct that a careless audit would take for a violation, as planned."""
    clock, rows = market.clock, []
    for d in plans.deals:
        if not d.planted and d.pattern != "coupon_before":
            seller = market.seller_name(d.product // PER_SELLER)
            rows.append(Truth(
                CHECKS[d.rule], "lookalike", d.pattern, market.platform_of(d.product), seller,
                f"{seller}/{market.product_name(d.product)}", clock.start + d.day_from * DAY,
                clock.start + d.day_to * DAY, d.depth * d.share * 100, d.rule,
            ))  # fmt: skip
    for s in plans.spells:
        if not s.planted:
            seller = market.seller_name(s.product // PER_SELLER)
            rows.append(Truth(
                CHECKS[RECOUPED], "lookalike", s.pattern, market.platform_of(s.product), seller,
                f"{seller}/{market.product_name(s.product)}", clock.start + s.day_from * DAY,
                clock.start + s.day_to * DAY, s.rise * 100, RECOUPED,
            ))  # fmt: skip
    for h in plans.habits:
        rule = SHAM if h.pattern == "office_buyers" else PERSONAL
        name, where = market.seller_name(h.seller), market.platforms[market.platform[h.seller]]
        row = (where, name, "", h.starts_at, h.ends_at, h.strength, rule)
        rows.append(Truth(CHECKS[rule], "lookalike", h.pattern, *row))
    for b in plans.bursts:
        if b.pattern == "flash_crowd":
            name, where = market.seller_name(b.seller), market.platforms[market.platform[b.seller]]
            per_buyer = b.orders / b.buyers
            rows.append(
                Truth(
                    CHECKS[SHAM],
                    "lookalike",
                    b.pattern,
                    where,
                    name,
                    "",
                    b.at,
                    b.at + b.length,
                    per_buyer,
                    SHAM,
                )
            )
    return rows


def settle(market: Market, plans: Plans, tally: Tally, stock: Stock, shown: list[Shown]) -> list[Truth]:
    """All rows of truth, sorted."""
    assert market.clock.days > WINDOW_DAYS
    rows = below_cost(market, plans, tally, stock) + references(market, shown) + brushing(market, plans, tally)
    return sorted(rows + markups(market, plans) + lookalikes(market, plans))
