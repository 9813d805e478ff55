"""What a regulator hears beside the records of trade: people at work, and complaints. Nothing here breaks a rule.

Group leaders grow in number, staff of neighbourhood shops grow fewer. Complaints come about everybody, more of them
about large shops: what they say is not known to be true.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from guiju.twin.market import CITIES, DAY, HOUR, Market
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, write_rows

KINDS = {"group_leader": 0.012, "courier": 0.005, "shop_staff": -0.006}  # change a week
COMPLAINTS = (
    ("price", 1), ("false discount", 1), ("fake sales", 5), ("charged more", 6), ("fees", 7), ("fake goods", 9),
)  # fmt: skip
Row = dict[str, object]


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The tables `jobs`, counted every four weeks, and `complaints`."""
    clock, counts, heard = market.clock, list[Row](), list[Row]()
    for platform in range(len(market.platforms)):
        for city in range(market.cities):
            for kind, change in KINDS.items():
                people = float(rng.uniform(40, 220))
                for week in range(2, clock.weeks - 1, 4):
                    now = people * (1 + change) ** week * float(rng.normal(1, 0.02))
                    counts.append({
                        "platform": market.platforms[platform], "occurred_at": clock.week_start(week) + 10 * HOUR,
                        "region": CITIES[city], "kind": kind, "people": max(0, round(now)),
                        "source": "the platform's return",
                    })  # fmt: skip
    sizes = market.rate.reshape(market.sellers, -1).sum(axis=1)
    for _ in range(max(12, market.orders // 4_000)):
        seller = int(rng.choice(market.sellers, p=sizes / sizes.sum()))
        kind, line = COMPLAINTS[int(rng.integers(0, len(COMPLAINTS)))]
        about_platform = bool(rng.random() < 0.2)
        platform_name = market.platforms[int(market.platform[seller])]
        heard.append({
            "platform": platform_name, "occurred_at": clock.start + int(rng.integers(0, clock.days * DAY)),
            "region": CITIES[int(market.city[seller])], "kind": kind, "line": line,
            "subject": platform_name if about_platform else market.seller_name(seller),
        })  # fmt: skip
    for table, rows in (("jobs", counts), ("complaints", heard)):
        rows.sort(key=lambda row: (int(str(row["occurred_at"])), str(row["platform"]), str(row["region"])))
        for i, row in enumerate(rows):
            row["id"] = f"{table[0]}{i:06d}"
        write_rows(out, table, rows)
    return []
