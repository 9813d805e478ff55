"""In what order the twin's platforms list search results: by merit and chance, or their own goods before better ones.

Truth is the plan: by how much of the spread of merits an own product was put forward in a quarter.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from guiju.twin.market import DAY, HOUR, Many, Market
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, write_rows

RULE = "no_self_preferencing"
CHECK = "self_preferencing"
QUERIES, GOODS, OWN, LISTS = 36, 10, 3, 4  # of a platform; of a query; of these its own; shown in a quarter
BOOSTS = (0.75, 1.5, 2.5, 4.0)  # of the spread of merits
SPREAD = 1.6  # one standard deviation of merit, about
HONEST = ("own_goods_are_better", "own_goods_are_adverts", "dear_goods_first", "own_goods_on_trial", "by_merit",
          "by_chance_alone", "better_rivals_sold_out")  # fmt: skip
Row = dict[str, object]


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The table `rankings`: a list of ten for each search; which platforms put their own goods first."""
    rows, true = list[Row](), list[Truth]()
    for p, platform in enumerate(market.platforms):
        for q, (begins, ends) in enumerate(market.clock.quarters()):
            preferring = plants and p == 0
            pattern = "own_goods_first" if preferring else HONEST[(4 * p + q - 4) % len(HONEST)]
            boost = BOOSTS[q % len(BOOSTS)] if preferring else 0.0
            rows += _quarter(market, rng, p, begins, ends, pattern, boost)
            kind = "violation" if preferring else "lookalike"
            true.append(Truth(CHECK, kind, pattern, platform, platform, "", begins, ends, 100 * boost, RULE))
    rows.sort(key=lambda row: (int(str(row["occurred_at"])), str(row["search"]), int(str(row["position"]))))
    write_rows(out, "rankings", [row | {"id": f"g{i:06d}"} for i, row in enumerate(rows)])
    return true


def _quarter(
    market: Market, rng: np.random.Generator, p: int, begins: int, ends: int, pattern: str, boost: float
) -> list[Row]:
    """The lists one platform showed in a quarter."""
    platform, rows = market.platforms[p], list[Row]()
    shops = [market.seller_name(s) for s in range(market.sellers) if market.platform[s] == p]
    for query in range(QUERIES):
        own = np.arange(GOODS) < OWN
        price = rng.choice((990, 1190, 1290, 1490, 1990), GOODS)
        rating = rng.choice((43, 45, 47, 49), GOODS)
        sales = rng.choice((40, 80, 150, 300), GOODS)
        hours = rng.choice((24, 48), GOODS)
        if pattern == "own_goods_are_better":
            price, rating, hours = (np.where(own, best, of) for best, of in ((1190, price), (49, rating), (24, hours)))
        merit = _merit(price, rating, sales, hours)
        merit = price / 200 if pattern == "dear_goods_first" else 0 * merit if pattern == "by_chance_alone" else merit
        # What no record holds: how it looks, who takes it back. Of own goods no more than of others.
        standing = merit + rng.normal(0, 0.7, GOODS) + boost * SPREAD * own
        for shown in range(LISTS):
            score = standing + rng.normal(0, 0.3, GOODS)
            placement = np.full(GOODS, "merit", dtype=object)
            if pattern in ("own_goods_are_adverts", "own_goods_on_trial"):
                placement[:2] = "paid" if pattern == "own_goods_are_adverts" else "trial"
                score[:2] += 10
            if pattern == "better_rivals_sold_out":
                sold_out = ~own & (standing > np.median(standing))
                placement[sold_out] = "demoted"
                score = score - 20 * sold_out
            at = int(rng.integers(begins + HOUR, min(ends, begins + 85 * DAY)))
            for position, i in enumerate(np.argsort(-score), 1):
                rows.append({
                    "platform": platform, "occurred_at": at, "search": f"{begins // DAY}-{query:02d}-{shown}",
                    "query": f"{market.category[query % market.products]} {query}", "ordered_by": "platform",
                    "position": position, "product": f"r{query:02d}{i:02d}",
                    "seller": platform if own[i] else shops[(query + int(i)) % len(shops)],
                    "own": "yes" if own[i] else "no", "placement": placement[i], "currency": "CNY",
                    "price": int(price[i]), "rating": int(rating[i]) * 10, "sales": int(sales[i]),
                    "delivery_hours": int(hours[i]) * 100,
                })  # fmt: skip
    return rows


def _merit(price: Many, rating: Many, sales: Many, hours: Many) -> Many:
    """What the platform says it orders by."""
    return np.asarray(-price / 350 + rating / 2.2 + np.log(sales) * 0.8 - hours / 30)
