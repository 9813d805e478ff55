"""What happens in the twin's market beside plain trade: who conducts what, where, when and how strongly.

A plan is drawn before any order. Whether it breaks a counting rule is not decided here: `settling` counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

import numpy as np

from guiju.twin.market import DAY, HOUR, PER_SELLER, PLATFORMS, SEASONAL, SLOTS_A_DAY, Market

BELOW, DOMINANT = "no_below_cost_sales", "no_predatory_pricing_by_dominant"
TRANSACTED, PRIOR = "true_reference_prices", "true_prior_prices"
SHAM, PERSONAL = "no_sham_orders", "no_undisclosed_personal_prices"


class Deal(NamedTuple):
    """Sales of one product at a price bound to its cost (or, basis gross, to its list price)."""

    product: int
    pattern: str
    way: str  # list: the list price itself; seller, platform, third, shared: who funds the difference
    day_from: int
    day_to: int
    share: float  # of the orders
    depth: float  # how far below the basis, as a share of it
    basis: str  # purchase, variable or gross
    rule: str
    planted: bool


class Promo(NamedTuple):
    """A price cut with a struck-through price; `steps` are (slot, share of the usual price)."""

    product: int
    pattern: str  # honest, progressive_cut, suggested_retail, shop_coupon, earlier_dip, invented
    steps: tuple[tuple[int, float], ...]
    slot_to: int
    excess: float = 0.0


class Burst(NamedTuple):
    """Orders put into one shop within a short time."""

    seller: int
    pattern: str
    at: int
    length: int
    orders: int
    buyers: int


class Habit(NamedTuple):
    """A seller's lasting way of pricing over a span of time; `product` is -1 for the whole shop."""

    seller: int
    product: int
    pattern: str
    starts_at: int
    ends_at: int
    strength: float


@dataclass
class Plans:
    """Everything planned; `quiet` products get no seller-funded cut, `still` ones no change of price."""

    deals: list[Deal] = field(default_factory=list)
    promos: list[Promo] = field(default_factory=list)
    bursts: list[Burst] = field(default_factory=list)
    markups: list[Habit] = field(default_factory=list)
    habits: list[Habit] = field(default_factory=list)
    quiet: set[int] = field(default_factory=set)
    still: set[int] = field(default_factory=set)


class Rooms:
    """Hands out sellers and products so that no two plans meet on one product."""

    def __init__(self, market: Market, rng: np.random.Generator, counts: dict[str, int]) -> None:
        order = [int(s) for s in rng.permutation(market.sellers)]
        planted = -(-sum(counts[k] for k in ("below", "predatory", "references")) // 2)
        ends = np.cumsum([counts["markup"], counts["brushing"], planted])
        self.markup, self.brushing = order[: ends[0]], order[ends[0] : ends[1]]
        self.plain = order[ends[2] :]
        slots = [(s, j) for j in (0, 1) for s in order[ends[1] : ends[2]]]
        self._planted = [s * PER_SELLER + j for s, j in slots]
        self._honest = [s * PER_SELLER + j for j in range(PER_SELLER - 1) for s in self.plain]

    def planted(self) -> int:
        return self._planted.pop(0)

    def honest(self, off_platform: int = -1, market: Market | None = None) -> int:
        """A free product of an unplanted seller; if asked, not on the given platform."""
        for i, product in enumerate(self._honest):
            if market is None or market.platform[product // PER_SELLER] != off_platform:
                return self._honest.pop(i)
        return self._honest.pop(0)


def counts_for(orders: int) -> dict[str, int]:
    """How many of each, growing with the market."""
    k = orders / 1e6
    at_a_million = {
        "below": (12, 4),
        "predatory": (4, 2),
        "references": (15, 3),
        "brushing": (12, 3),
        "markup": (15, 3),
    }
    return {name: max(least, round(n * k)) for name, (n, least) in at_a_million.items()}


def draw(market: Market, rng: np.random.Generator, plants: bool) -> Plans:
    """All plans. Without plants every planted seller is an honest one; the look-alikes are the same."""
    plans, counts = Plans(), counts_for(market.orders)
    rooms = Rooms(market, rng, counts)
    share = market.orders / 1e6
    few, some = max(1, round(3 * share)), max(1, round(4 * share))
    lookalike_sales(market, plans, rooms, rng, few)
    lookalike_listings(market, plans, rooms, rng, some)
    lookalike_habits(market, plans, rooms, rng, some)
    if plants:
        plant_below_cost(market, plans, rooms, rng, counts["below"])
        plant_predatory(market, plans, rooms, rng, counts["predatory"])
        plant_references(market, plans, rooms, rng, counts["references"])
        plant_brushing(market, plans, rooms, rng, counts["brushing"])
        plant_markups(market, plans, rooms, rng)
    touched = chain((d.product for d in plans.deals), (p.product for p in plans.promos))
    plans.still |= set(touched)
    return plans


def weeks_from(market: Market, rng: np.random.Generator, length: int) -> tuple[int, int]:
    """Day indices of so many whole weeks, clear of the window's edges."""
    week = int(rng.integers(8, market.clock.weeks - 4 - length))
    first = market.clock.monday + 7 * week
    return first, first + 7 * length


def grade(i: int, n: int, low: float, high: float) -> float:
    """The i-th of n strengths, spread evenly on a log scale."""
    return float(low * (high / low) ** (i / max(1, n - 1)))


def make_dry(market: Market, product: int, category: str | None = None) -> None:
    """Goods that keep, in a category where neither the seller nor its platform comes near to dominating."""
    market.shelf_days[product] = 0
    market.category[product] = category or min(
        market.ordinary, key=lambda name: platform_share(market, product, name)
    )


def platform_share(market: Market, product: int, category: str) -> tuple[bool, int]:
    """A sort key: would the platform hold over two fifths; then an order of the product's own."""
    its = np.flatnonzero(np.array(market.category, dtype=object) == category)
    value = market.rate[its] * market.base[its]
    own = market.platform[its // PER_SELLER] == market.platform[product // PER_SELLER]
    added = float(market.rate[product] * market.base[product])
    share = (float(value[own].sum()) + added) / (float(value.sum()) + added)
    return share > 0.4, (market.ordinary.index(category) - product) % len(market.ordinary)


def plant_below_cost(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, n: int) -> None:
    """Below purchase cost, by either payer, by price or by discount, for one to six weeks."""
    ways = ("list", "platform", "seller", "platform", "list", "shared")
    for i in range(n):
        product, way = rooms.planted(), ways[i % len(ways)]
        if i % 6 == 4 and market.shelf_days[product]:
            market.shelf_days[product] = 3 + i % 2
        else:
            make_dry(market, product)
        day_from, day_to = weeks_from(market, rng, int(rng.integers(1, 7)))
        if i % 3 == 2:
            day_from, day_to = day_from + 2, day_to + 3
        share = 1.0 if way == "list" else float(rng.choice([0.35, 0.5, 0.75, 1.0]))
        depth = min(0.7, grade(i, n, 0.036, 0.42) / share)
        plans.deals.append(
            Deal(
                product, f"below_cost_by_{way}", way, day_from, day_to, share, depth, "purchase", BELOW, True
            )
        )
        plans.quiet.add(product)


def dominate(market: Market, product: int, rival: int, name: str) -> None:
    """Give a product the better part of a category of its own, sold on a second platform by the rival."""
    for p in (product, rival):
        make_dry(market, p, name)
        market.variable[p], market.purchase[p] = 1.25, 0.56
    market.base[rival] = market.base[product]
    market.rate[product] = max(market.rate[product], market.rate.mean(), 9.0)
    market.rate[rival] = market.rate[product] / 3


def plant_predatory(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, n: int) -> None:
    """A payer with most of a category, for weeks below variable, every second below purchase cost."""
    for i in range(n):
        product = rooms.planted()
        rival = rooms.honest(int(market.platform[product // PER_SELLER]), market)
        plans.still.add(rival)
        dominate(market, product, rival, f"special_{i + 1}")
        way = "platform" if i % 4 == 1 else "list"
        deep = i % 2 == 1
        depth = grade(i, n, 0.27, 0.4) if deep else grade(i, n, 0.04, 0.14)
        payer = "platform" if way == "platform" else "seller"
        name = f"predatory_{'below' if deep else 'above'}_purchase_cost_by_{payer}"
        day_from, day_to = weeks_from(market, rng, int(rng.integers(5, 10)))
        plans.deals.append(Deal(product, name, way, day_from, day_to, 1.0, depth, "variable", DOMINANT, True))
        plans.quiet.add(product)


def plant_references(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, n: int) -> None:
    """Struck-through prices above the lowest transacted (7 days) or offered (30 days) price, or both."""
    kinds = ("shop_coupon", "earlier_dip", "invented")
    for i in range(n):
        product, kind = rooms.planted(), kinds[i % 3]
        make_dry(market, product)
        market.purchase[product] = 0.42
        market.rate[product] = max(market.rate[product], 3.0)
        excess = grade(i // 3, -(-n // 3), 0.009, 0.3 if kind != "invented" else 0.6)
        day = int(rng.integers(60, market.clock.days - 40))
        slot, to = day * SLOTS_A_DAY + int(rng.integers(0, 4)), (day + int(rng.integers(3, 12))) * SLOTS_A_DAY
        cut = float(rng.uniform(0.75, 0.9))
        if kind == "shop_coupon":
            depth = 1 - 1 / (1 + excess)
            deal = Deal(
                product, "coupon_before", "coupon", day - 5, day, 0.5, depth, "gross", TRANSACTED, False
            )
            plans.deals.append(deal)
        plans.promos.append(Promo(product, kind, ((slot, cut),), to, excess))
        plans.quiet.add(product)


def plant_brushing(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, n: int) -> None:
    """Bursts at night by a few accounts, some by day with many orders, some for three hours on end."""
    for i, seller in enumerate(rooms.brushing[:n]):
        per_buyer = grade(i, n, 3.6, 14)
        buyers = 3 + i % 4
        by_day, long = i % 4 == 3, i % 6 == 5
        orders = max(12, round(per_buyer * buyers))
        length = int(rng.integers(20, 50)) * 60_000_000
        hour = int(rng.integers(2, 4))
        if by_day:
            orders, hour = (
                max(orders, round(market.rate[seller * PER_SELLER :][:PER_SELLER].sum() * 2) + 90),
                14,
            )
        elif long:
            orders, length = orders * 4, 3 * HOUR
        day = int(rng.integers(20, market.clock.days - 10))
        at = market.clock.start + day * DAY + hour * HOUR + int(rng.integers(0, HOUR // 2))
        plans.bursts.append(
            Burst(seller, "brushing_by_day" if by_day else "brushing_at_night", at, length, orders, buyers)
        )


def plant_markups(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator) -> None:
    """Known customers pay more: by the list price itself, or by a silent discount that only others get."""
    quarters, n = market.clock.quarters(), len(rooms.markup)
    for i, seller in enumerate(rooms.markup):
        pattern = ("markup_by_list_price", "markup_by_silent_discount")[i % 2]
        market.rate[seller * PER_SELLER : (seller + 1) * PER_SELLER] *= 2
        first = int(rng.integers(0, max(1, len(quarters) - 1)))
        last = int(rng.integers(first, len(quarters))) if quarters else -1
        for begins, ends in quarters[first : last + 1]:
            plans.markups.append(Habit(seller, -1, pattern, begins, ends, grade(i, n, 0.3, 8.0)))


def lookalike_sales(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, n: int) -> None:
    """Sales below cost that are lawful: what each is for is its name."""
    season_end = (market.clock.days - 87 - market.clock.monday) // 7 * 7 + market.clock.monday
    for i in range(n):
        spans = [weeks_from(market, rng, int(rng.integers(3, 6))) for _ in range(7)]
        fresh, season, over, launch, leader, small, brand = (rooms.honest() for _ in range(7))
        plans.quiet |= {fresh, season, over, launch, leader, small, brand}
        market.category[fresh], market.shelf_days[fresh] = "berries", 3 + i % 8
        for p in (over, launch, leader, small, brand):
            make_dry(market, p)
        make_dry(market, season, SEASONAL)
        market.rate[small], market.rate[over] = 1.1, min(market.rate[over], 6.0)
        market.rate[launch] = min(market.rate[launch], 8.0)
        market.rate[leader] = max(market.rate[leader], 7.0)
        start = (spans[3][0] + i % 5) * DAY + market.clock.start
        market.listed[launch] = start + market.offset[launch]
        plans.deals += [
            Deal(fresh, "near_expiry_markdown", "seller", *spans[0], 0.3, 0.3, "purchase", BELOW, False),
            Deal(
                season,
                "season_end_clearance",
                "list",
                season_end,
                season_end + 21,
                1,
                0.35,
                "purchase",
                BELOW,
                False,
            ),
            Deal(over, "overstock_clearance", "list", *spans[2], 1.0, 0.25, "purchase", BELOW, False),
            Deal(
                launch,
                "launch_price",
                "list",
                spans[3][0] + i % 5,
                spans[3][0] + i % 5 + 12,
                1.0,
                0.2,
                "purchase",
                BELOW,
                False,
            ),
            Deal(leader, "loss_leader_small_share", "seller", *spans[4], 0.1, 0.35, "purchase", BELOW, False),
            Deal(small, "loss_leader_few_units", "list", *spans[5], 1.0, 0.2, "purchase", BELOW, False),
            Deal(brand, "brand_coupon", "third", *spans[6], 0.6, 0.3, "purchase", BELOW, False),
        ]
        lookalike_dominance(market, plans, rooms, rng, i)


def lookalike_dominance(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, i: int) -> None:
    """Below variable, above purchase cost: a dominant seller for three weeks, its rival, a lone shop."""
    big = rooms.honest()
    rival = rooms.honest(int(market.platform[big // PER_SELLER]), market)
    dominate(market, big, rival, f"staple_{i + 1}")
    market.rate[rival] = max(market.rate[rival], market.rate[big] / 3)
    alone = rooms.honest()
    make_dry(market, alone, f"local_{i + 1}")
    market.variable[alone], market.purchase[alone] = 1.25, 0.56
    market.rate[alone] = max(market.rate[alone], 4.5)
    short, six = weeks_from(market, rng, 3), weeks_from(market, rng, 6)
    plans.quiet |= {big, rival, alone}
    plans.deals += [
        Deal(big, "dominant_three_weeks", "list", *short, 1.0, 0.1, "variable", DOMINANT, False),
        Deal(rival, "not_dominant", "list", *six, 1.0, 0.1, "variable", DOMINANT, False),
        Deal(alone, "sole_platform", "list", *six, 1.0, 0.1, "variable", DOMINANT, False),
    ]


def lookalike_listings(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, n: int) -> None:
    """Cuts in several steps under one honest reference; suggested retail prices far above."""
    for _ in range(n):
        for pattern in ("progressive_cut", "suggested_retail"):
            slot = int(rng.integers(60, market.clock.days - 60)) * SLOTS_A_DAY
            steps = (
                ((slot, 0.95), (slot + 12, 0.92), (slot + 24, 0.89))
                if pattern == "progressive_cut"
                else ((slot, 0.95),)
            )
            plans.promos.append(Promo(rooms.honest(), pattern, steps, slot + 40, 0.35))


def lookalike_habits(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, n: int) -> None:
    """Honest reasons why prices differ between customers, and why orders come thick."""
    names = ("newcomer_offer", "stock_drift", "zone_price", "dearer_hours", "price_test", "office_buyers")
    strengths = (30.0, 4.0, 6.0, 5.0, 3.0, 2.0)
    clock, sellers = market.clock, rooms.plain
    for i in range(n):
        for j, (name, strength) in enumerate(zip(names, strengths, strict=True)):
            seller = sellers[(i * (len(names) + 1) + j) % len(sellers)]
            plain = seller * PER_SELLER + PER_SELLER - 1
            product = plain if name in ("stock_drift", "dearer_hours", "price_test") else -1
            if name == "zone_price":
                market.zones[seller] = 2
            if product >= 0:
                plans.still.add(product)
            plans.habits.append(Habit(seller, product, name, clock.start, clock.until, strength))
        seller = sellers[(i * (len(names) + 1) + len(names)) % len(sellers)]
        at = clock.start + int(rng.integers(30, clock.days - 10)) * DAY + 12 * HOUR
        crowd = int(np.clip(market.per_platform // market.cities // 4, 40, 400))
        plans.bursts.append(Burst(seller, "flash_crowd", at, HOUR * 5 // 6, crowd, crowd))
    assert all(0 <= int(market.platform[h.seller]) < len(PLATFORMS) for h in plans.habits)
