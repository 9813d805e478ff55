"""The twin's order lines, one local week at a time, from grids and plans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guiju.twin.market import DAY, HOUR, PER_SELLER, SLOT, Flags, Ints, Many, Market, Reals, Small
from guiju.twin.plans import Deal, Plans
from guiju.twin.prices import LEAST_OVER_VARIABLE, Grids

HOURS_OF_DAY = np.array(
    [3, 2, 1, 1, 1, 3, 8, 16, 30, 55, 450, 62, 24, 14, 12, 12, 16, 20, 30, 62, 460, 70, 24, 9], float
)
SECOND_LINES = 0.02
REPRICED = HOUR // 12  # where a price stirs at all
NEVER = np.iinfo(np.int64).max
FUNDERS = 3  # seller, platform, third party
SELLER, PLATFORM, THIRD = 0, 1, 2
SILENT, COUPON, NEWCOMER, OPEN = 0, 1, 2, 3
Chunk = dict[str, Many]


@dataclass
class Terms:
    """Plans as arrays over products or sellers, so that a week's lines look them up at once."""

    deal_from: Ints
    deal_to: Ints
    deals: list[Deal]
    deal_of: Ints
    quiet: Flags
    sibling: Ints
    zone_pct: Ints
    test: Flags  # products whose list price is tested at random
    late: Flags  # products that known customers buy in the evening
    rounding: Flags  # sellers that take small change off by themselves
    offer: Ints  # of a seller: its newcomer offer, fen
    offer_rate: Reals
    coupon_by: Ints  # of a seller: who funds its coupons
    in_campaign: Flags  # products
    stir: Reals  # of a product: the furthest its price moves from the listing within an hour, per cent
    trial: Reals  # of a product: by how many per cent half of its orders is priced up, the other down
    key: int  # what the moves within an hour are drawn by

    @classmethod
    def of(cls, market: Market, plans: Plans, rng: np.random.Generator) -> Terms:
        n, m = market.products, market.sellers
        deal_from, deal_to, deal_of = np.full(n, NEVER), np.zeros(n, np.int64), np.full(n, -1, np.int64)
        for i, deal in enumerate(plans.deals):
            deal_from[deal.product] = market.clock.start + deal.day_from * DAY
            deal_to[deal.product], deal_of[deal.product] = market.clock.start + deal.day_to * DAY, i
        quiet = np.zeros(n, bool)
        quiet[sorted(plans.quiet)] = True
        seller = np.arange(n) // PER_SELLER
        sibling = np.where(np.arange(n) == market.plain[seller], -1, market.plain[seller])
        terms = cls(deal_from, deal_to, plans.deals, deal_of, quiet, sibling, np.zeros(m, np.int64),
                    np.zeros(n, bool),
                    np.zeros(n, bool), rng.random(m) < 0.5, rng.integers(2, 6, m) * 100, np.full(m, 0.25),
                    rng.integers(0, FUNDERS, m), (rng.random(n) < 0.3) & ~quiet,
                    *unsteady(plans, rng, n, m), int(rng.integers(1, 2**31)))  # fmt: skip
        for habit in plans.habits:
            if habit.pattern == "zone_price":
                terms.zone_pct[habit.seller] = int(habit.strength)
            elif habit.pattern == "price_test":
                terms.test[habit.product] = True
            elif habit.pattern == "dearer_hours":
                terms.late[habit.product] = True
            elif habit.pattern == "newcomer_offer":
                terms.offer[habit.seller], terms.offer_rate[habit.seller] = 1500, 0.8
        return terms


def unsteady(plans: Plans, rng: np.random.Generator, products: int, sellers: int) -> tuple[Reals, Reals]:
    """How far prices stir within the hour, and are tried at random: habits of a shop, whoever buys.

    Five shops in six reprice with stock and demand, two in three try prices out; products with a plan of
    their own stand still.
    """
    stir = np.where(rng.random(sellers) < 5 / 6, rng.uniform(1, 6, sellers), 0.0)
    trial = np.where(rng.random(sellers) < 2 / 3, rng.uniform(1, 5, sellers), 0.0)
    free = np.ones(products)
    free[sorted(plans.still)] = 0.0
    return np.repeat(stir, PER_SELLER) * free, np.repeat(trial, PER_SELLER) * free


def scattered(key: int, product: Ints, moment: Ints) -> Reals:
    """Evenly between -1 and 1, the same for everybody who asks of one product at one moment (splitmix64)."""
    z = (product * 1_000_003 + moment).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(key)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z >> np.uint64(11)).astype(np.float64) / 2**52 - 1


def counts(market: Market, grids: Grids, put_in: int, rng: np.random.Generator) -> Small:
    """Order lines of every product and day; with those put in by plans they add up to the asked number."""
    total = market.orders - put_in
    expected = grids.demand * (total / grids.demand.sum())
    drawn = rng.poisson(expected).astype(np.int32)
    flat, share = drawn.ravel(), (expected / expected.sum()).ravel()
    missing = total - int(flat.sum())
    if missing > 0:
        np.add.at(flat, rng.choice(flat.size, missing, p=share), 1)
    elif missing < 0:
        lines = np.repeat(np.arange(flat.size), flat)
        np.subtract.at(flat, lines[rng.choice(lines.size, -missing, replace=False)], 1)
    return np.asarray(drawn, dtype=np.int32)


class Week:
    """Makes the order lines of one local week."""

    def __init__(self, market: Market, grids: Grids, plans: Plans, terms: Terms, put_in: Chunk) -> None:
        self.market, self.grids, self.plans, self.terms, self.put_in = market, grids, plans, terms, put_in
        cumulative = np.cumsum(HOURS_OF_DAY) / HOURS_OF_DAY.sum()
        self.hours = np.searchsorted(cumulative, (np.arange(8192) + 0.5) / 8192)

    def lines(self, drawn: Small, day_from: int, day_to: int, rng: np.random.Generator) -> Chunk:
        """The week's lines in the order of their time, fen and whole units, with what was planned of each."""
        chunk = self.visits(drawn, day_from, day_to, rng)
        self.buyers(chunk, rng)
        self.list_prices(chunk, rng)
        self.reductions(chunk, rng)
        return chunk

    def visits(self, drawn: Small, day_from: int, day_to: int, rng: np.random.Generator) -> Chunk:
        """Time and product of every line; a few lines are the second of the order before them."""
        here = drawn[:, day_from:day_to]
        cell = np.repeat(np.arange(here.size), here.ravel())
        product, day = np.divmod(cell, day_to - day_from)
        hour = self.hours[rng.integers(0, self.hours.size, cell.size)]
        start = self.market.clock.start
        at = start + (day + day_from) * DAY + hour * HOUR + rng.integers(0, HOUR, cell.size)
        at += np.where(at <= self.market.listed[product], SLOT, 0)
        put = (self.put_in["at"] >= start + day_from * DAY) & (self.put_in["at"] < start + day_to * DAY)
        at = np.concatenate([at, self.put_in["at"][put]])
        product = np.concatenate([product, self.put_in["product"][put]])
        buyer = np.concatenate([np.full(cell.size, -1), self.put_in["buyer"][put]])
        order = np.argsort(at, kind="stable")
        at, product, buyer = at[order], product[order], buyer[order]
        second = np.zeros(at.size, bool)
        if at.size > 1:
            first = product[:-1]
            second[1:] = (rng.random(at.size - 1) < SECOND_LINES) & (self.terms.sibling[first] >= 0)
            second[1:] &= (buyer[1:] < 0) & (buyer[:-1] < 0) & (self.terms.deal_of[product[1:]] < 0)
            second[1:] &= ~self.terms.quiet[product[1:]]
            second[2:] &= ~second[1:-1]
            into = np.flatnonzero(second)
            at[into], product[into] = at[into - 1], self.terms.sibling[product[into - 1]]
        return {
            "at": at,
            "product": product,
            "seller": product // PER_SELLER,
            "buyer": buyer,
            "second": second,
        }

    def buyers(self, c: Chunk, rng: np.random.Generator) -> None:
        """A customer of the seller's city, drawn by how long ago he or she registered."""
        market, n = self.market, c["at"].size
        drawn = rng.random(n)
        hour = (c["at"] - market.clock.start) % DAY // HOUR
        shifted = self.terms.late[c["product"]] & (hour == 20) & (rng.random(n) < 0.5)
        drawn = np.where(shifted, 0.5 + drawn / 2, drawn)
        tenure = np.interp(drawn, [0.0, 0.15, 0.5, 1.0], [0.02, 29.0, 181.0, 900.0]) * DAY
        place = ((c["at"] - tenure - market.first_registered) / market.spacing).astype(np.int64)
        place = np.maximum(place // market.cities - 1, 0) * market.cities + market.city[c["seller"]]
        drawn_buyer = market.platform[c["seller"]] * market.per_platform + place
        buyer = np.where(c["buyer"] < 0, drawn_buyer, c["buyer"])
        second = np.flatnonzero(c["second"])
        buyer[second] = buyer[second - 1]
        c["buyer"] = buyer
        c["days_known"] = (c["at"] - market.registered[buyer]) / DAY
        c["zone"] = np.where(market.zones[c["seller"]] == 2, buyer // market.cities % 2, 0)
        c["quantity"] = 1 + (rng.random(n) < 0.07).astype(np.int64) + (rng.random(n) < 0.02)

    def list_prices(self, c: Chunk, rng: np.random.Generator) -> None:
        """The listing's price, moved, by zone, by test arm, and to known customers where that is planted."""
        market, terms = self.market, self.terms
        slot = (c["at"] - market.clock.start - market.offset[c["product"]]) // SLOT
        c["slot"] = np.clip(slot, 0, self.grids.price.shape[1] - 1)
        c["day"] = (c["at"] - market.clock.start) // DAY
        unit = self.grids.price[c["product"], c["slot"]].astype(np.int64)
        unit = self.moved(c, unit, rng)
        unit += unit * terms.zone_pct[c["seller"]] * c["zone"] // 100
        arm = (c["buyer"] * 2_654_435_761 >> 9) & 1
        unit = np.where(terms.test[c["product"]], unit * (97 + 6 * arm) // 100, unit)
        c["silent_pct"] = np.zeros(unit.size)
        for habit in self.plans.markups:
            if habit.starts_at > c["at"][-1] or habit.ends_at <= c["at"][0]:
                continue
            at = c["at"]
            here = np.flatnonzero((c["seller"] == habit.seller) & (at >= habit.starts_at) & (at < habit.ends_at))
            known = c["days_known"][here]
            dear = np.where(known >= 180, 1.0, np.where(known > 30, 0.5, 0.0))
            if habit.pattern == "markup_by_list_price":
                unit[here] = np.round(unit[here] * (1 + dear * habit.strength / 100)).astype(np.int64)
            else:
                c["silent_pct"][here] = (1 - dear) * habit.strength
        c["unit"] = unit
        c["gross"] = unit * c["quantity"]

    def moved(self, c: Chunk, unit: Ints, rng: np.random.Generator) -> Ints:
        """Prices around the listing's: a step every five minutes and one every quarter of an hour; where
        prices are tried out, half of the orders up and half down, drawn by the order. Never down to cost."""
        terms, product, moment = self.terms, c["product"], c["at"] // REPRICED
        steps = scattered(terms.key, product, moment) + scattered(terms.key + 1, product, moment // 3)
        arm = rng.integers(0, 2, unit.size) * 2 - 1
        factor = (1 + terms.stir[product] * steps / 200) * (1 + terms.trial[product] * arm / 100)
        least = np.ceil(self.grids.variable[product, c["day"]] * LEAST_OVER_VARIABLE).astype(np.int64)
        return np.asarray(np.maximum(np.round(unit * factor).astype(np.int64), np.minimum(unit, least)))

    def reductions(self, c: Chunk, rng: np.random.Generator) -> None:
        """What is taken off, by kind and by who bears it; honest reductions stop above variable cost."""
        terms, n, gross, seller = self.terms, c["at"].size, c["gross"], c["seller"]
        cost = self.grids.variable[c["product"], c["day"]] * c["quantity"]
        room = np.maximum(gross - np.ceil(cost * LEAST_OVER_VARIABLE).astype(np.int64), 0)
        chance = rng.random((4, n))
        quiet = terms.quiet[c["product"]]
        change = np.where(terms.rounding[seller] & (chance[0] < 0.06), (chance[0] * 1000).astype(np.int64) // 2 + 10, 0)
        silent = np.minimum(np.round(gross * c["silent_pct"] / 100).astype(np.int64) + change, room)
        room -= silent
        new = (c["days_known"] <= 30) & (chance[1] < terms.offer_rate[seller])
        newcomer = np.minimum(np.where(new, terms.offer[seller], 0), room)
        room -= newcomer
        held = np.where(chance[2] < 0.08, 100 + (chance[2] * 2500).astype(np.int64) // 50 * 50, 0)
        by = np.where(quiet & (terms.coupon_by[seller] == SELLER), PLATFORM, terms.coupon_by[seller])
        coupon = np.where(by == THIRD, np.minimum(held, gross // 2), np.minimum(held, room))
        room -= np.where(by == THIRD, 0, coupon)
        c["campaign"] = np.where(terms.in_campaign[c["product"]], self.grids.campaign[c["day"]], 0)
        open_cut = np.minimum(np.where(c["campaign"] > 0, gross * 3 // 100, 0), room)
        kinds = np.stack([silent, coupon, newcomer, open_cut])
        funded = np.zeros((FUNDERS, n), np.int64)
        funded[PLATFORM] = newcomer + open_cut + np.where(by == PLATFORM, coupon, 0) + np.where(quiet, silent, 0)
        funded[SELLER] = np.where(by == SELLER, coupon, 0) + np.where(quiet, 0, silent)
        funded[THIRD] = np.where(by == THIRD, coupon, 0)
        self.deal_terms(c, kinds, funded)
        c["silent"], c["coupon"], c["newcomer"] = kinds[SILENT], kinds[COUPON], kinds[NEWCOMER]
        c["by_seller"], c["by_platform"], c["by_third"] = funded
        c["channel"] = (chance[3] < 0.03).astype(np.int64)

    def deal_terms(self, c: Chunk, kinds: Ints, funded: Ints) -> None:
        """A deal's orders have one public reduction, down to its price, and no other."""
        terms, product = self.terms, c["product"]
        inside = (c["at"] >= terms.deal_from[product]) & (c["at"] < terms.deal_to[product])
        for i in np.unique(terms.deal_of[product[inside]]):
            deal = terms.deals[i]
            here = np.flatnonzero(inside & (product == deal.product))
            if deal.way == "list":
                kinds[:, here], funded[:, here] = 0, 0
                continue
            rank = np.arange(here.size)
            taken = here[np.floor((rank + 1) * deal.share) > np.floor(rank * deal.share)]
            grid = self.grids.purchase if deal.basis == "purchase" else self.grids.variable
            basis = c["gross"] if deal.basis == "gross" else grid[product, c["day"]] * c["quantity"]
            target = np.floor(basis[taken] * (1 - deal.depth)).astype(np.int64)
            off = np.maximum(c["gross"][taken] - target, 0)
            kinds[:, taken], funded[:, taken] = 0, 0
            kinds[COUPON if deal.way == "coupon" else OPEN, taken] = off
            if deal.way == "shared":
                funded[SELLER, taken], funded[PLATFORM, taken] = off // 3, off - off // 3
            else:
                funded[{"platform": PLATFORM, "third": THIRD}.get(deal.way, SELLER), taken] = off


def put_in(market: Market, plans: Plans, rng: np.random.Generator) -> Chunk:
    """The lines that plans put in: bursts, and offices that order twice within an hour on working days."""
    at, product, buyer = [], [], []
    for burst in plans.bursts:
        seller = burst.seller
        known_for = int((burst.at - market.first_registered) / market.spacing) // market.cities - 3
        back = rng.choice(min(known_for, burst.buyers * 3), burst.buyers, replace=False)
        place = (known_for - back) * market.cities + market.city[seller]
        at.append(np.sort(burst.at + rng.integers(0, burst.length, burst.orders)))
        product.append(np.full(burst.orders, int(market.plain[seller])))
        who = market.platform[seller] * market.per_platform + place
        buyer.append(who[np.arange(burst.orders) % burst.buyers])
    for habit in plans.habits:
        if habit.pattern == "office_buyers":
            days = np.arange(2, market.clock.days, max(3, 3_000_000 // market.orders))
            first = market.clock.start + days * DAY + 11 * HOUR + rng.integers(0, HOUR // 4, days.size)
            gap = rng.integers(HOUR // 6, HOUR // 2, days.size)
            place = 7 * market.cities + market.city[habit.seller]
            who = market.platform[habit.seller] * market.per_platform + place
            at.append(np.concatenate([first, first + gap]))
            product.append(np.full(days.size * 2, int(market.plain[habit.seller])))
            buyer.append(np.full(days.size * 2, int(who)))
    nothing = [np.zeros(0, np.int64)]
    return {k: np.concatenate(nothing + v) for k, v in (("at", at), ("product", product), ("buyer", buyer))}
