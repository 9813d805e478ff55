"""Honest conduct in the twin's market that looks bad: each is lawful for the reason it is named after."""

from __future__ import annotations

import numpy as np

from guiju.twin.market import DAY, HOUR, PER_SELLER, SEASONAL, SLOTS_A_DAY, Market
from guiju.twin.plans import (
    BELOW,
    DOMINANT,
    Burst,
    Deal,
    Habit,
    Plans,
    Promo,
    Rooms,
    dominate,
    make_dry,
    weeks_from,
)


def plan(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator) -> None:
    """All of them, their number growing with the market."""
    millions = market.orders / 1e6
    few, some = max(1, round(3 * millions)), max(1, round(4 * millions))
    sales(market, plans, rooms, rng, few)
    listings(market, plans, rooms, rng, some)
    habits(market, plans, rooms, rng, some)


def sales(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, n: int) -> None:
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
        dominance(market, plans, rooms, rng, i)


def dominance(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, i: int) -> None:
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


def listings(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, n: int) -> None:
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


def habits(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, n: int) -> None:
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
