"""Violations planned in the twin's market, of each check and over a range of strengths."""

from __future__ import annotations

import numpy as np

from guiju.twin.market import DAY, HOUR, PER_SELLER, SLOTS_A_DAY, Market
from guiju.twin.plans import (
    BELOW,
    DOMINANT,
    TRANSACTED,
    Burst,
    Deal,
    Habit,
    Plans,
    Promo,
    Rooms,
    dominate,
    grade,
    make_dry,
    weeks_from,
)


def plant(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, counts: dict[str, int]) -> None:
    """All of them; after the look-alikes, which so are the same in an honest market."""
    below_cost(market, plans, rooms, rng, counts["below"])
    predatory(market, plans, rooms, rng, counts["predatory"])
    references(market, plans, rooms, rng, counts["references"])
    brushing(market, plans, rooms, rng, counts["brushing"])
    markups(market, plans, rooms, rng)


def below_cost(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, n: int) -> None:
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
            Deal(product, f"below_cost_by_{way}", way, day_from, day_to, share, depth, "purchase", BELOW, True)
        )
        plans.quiet.add(product)


def predatory(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, n: int) -> None:
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


def references(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, n: int) -> None:
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
            deal = Deal(product, "coupon_before", "coupon", day - 5, day, 0.5, depth, "gross", TRANSACTED, False)
            plans.deals.append(deal)
        plans.promos.append(Promo(product, kind, ((slot, cut),), to, excess))
        plans.quiet.add(product)


def brushing(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator, n: int) -> None:
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


def markups(market: Market, plans: Plans, rooms: Rooms, rng: np.random.Generator) -> None:
    """Known customers pay more: by the list price itself, or by a silent discount that only others get."""
    quarters, n = market.clock.quarters(), len(rooms.markup)
    for i, seller in enumerate(rooms.markup):
        pattern = ("markup_by_list_price", "markup_by_silent_discount")[i % 2]
        first = int(rng.integers(0, max(1, len(quarters) - 1)))
        last = int(rng.integers(first, len(quarters))) if quarters else -1
        for begins, ends in quarters[first : last + 1]:
            plans.markups.append(Habit(seller, -1, pattern, begins, ends, grade(i, n, 0.3, 8.0)))
