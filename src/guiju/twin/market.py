"""Who is in the twin's market: platforms, sellers with four products each, customers; and its calendar."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Reals = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Many = npt.NDArray[Any]

HOUR = 3_600_000_000
DAY = 24 * HOUR
SLOT = 6 * HOUR  # a price stands for whole slots; every product's slots begin at an offset of its own
SLOTS_A_DAY = 4
WINDOW_DAYS = 365
PER_SELLER = 4
PLATFORMS = ("qingmiao", "hehua", "tuanlin", "caigezi", "linlihui", "shixian")  # invented; the first three by default
CITIES = (  # counties of the Yangtze delta and its neighbours, GB/T 2260
    "330402", "330411", "330481", "330482", "330483", "330102", "330105", "330106", "330108",
    "330109", "320505", "320506", "320507", "320508", "320509", "320581", "320582", "320583",
    "310101", "310104", "310105", "310106", "310107", "310109", "310110", "310112", "310113",
    "310114", "310115", "310116", "340102", "340103", "340104", "340111", "360102", "360103",
    "360104", "360111", "420102", "420103",
)  # fmt: skip
FRESH = (
    "leaf_vegetables", "berries", "tofu", "poultry", "citrus", "fish", "mushrooms", "dairy", "pork",
    "bean_sprouts",
)  # fmt: skip
DRY = (
    "rice", "snacks", "detergents", "cooking_oil", "tea", "noodles", "tissue", "condiments",
    "beverages", "flour", "kitchenware", "socks", "nuts", "frozen_dumplings", "towels", "batteries",
    "dried_fruit", "pet_food", "toothpaste", "candles", "umbrellas", "stationery", "honey",
)  # fmt: skip
SEASONAL = "mooncakes"
FIRST_REGISTERED_DAYS = 930  # the oldest customers registered this long before the records begin


@dataclass(frozen=True)
class Clock:
    """The records' span. Times are UTC microseconds; days and weeks are local (UTC+8, no summer time)."""

    start: int
    days: int
    first: date

    @classmethod
    def ending(cls, end: date, days: int) -> Clock:
        first = end + timedelta(days=1 - days)
        epoch = datetime(first.year, first.month, first.day) - datetime(1970, 1, 1) - timedelta(hours=8)
        return cls(epoch // timedelta(microseconds=1), days, first)

    @property
    def until(self) -> int:
        return self.start + self.days * DAY

    @property
    def since(self) -> int:
        return self.until - WINDOW_DAYS * DAY

    @property
    def monday(self) -> int:
        """The day index of the Monday of the first week; not above 0."""
        return -self.first.weekday()

    @property
    def weeks(self) -> int:
        return -(-(self.days - self.monday) // 7)

    def week_start(self, week: int) -> int:
        return self.start + (self.monday + 7 * week) * DAY

    def quarters(self) -> list[tuple[int, int]]:
        """The complete calendar quarters of the last 365 days."""
        found = []
        for year in range(self.first.year, self.first.year + self.days // 365 + 3):
            for month in (1, 4, 7, 10):
                begins = date(year, month, 1)
                ends = date(year + (month == 10), (month + 2) % 12 + 1, 1)
                span = [self.start + (d - self.first).days * DAY for d in (begins, ends)]
                if self.since <= span[0] and span[1] <= self.until:
                    found.append((span[0], span[1]))
        return found


@dataclass
class Market:
    """The parties and products as arrays; a product's index divided by four is its seller's."""

    clock: Clock
    orders: int
    platforms: tuple[str, ...]
    platform: Ints  # of a seller
    city: Ints  # of a seller
    zones: Ints  # of a seller: 1 or 2
    joined: Ints  # of a seller
    category: list[str]  # of a product
    shelf_days: Ints  # of a product; 0: does not expire
    listed: Ints  # of a product
    offset: Ints  # of a product: where its slots begin within a day
    base: Ints  # of a product: its usual price, fen
    purchase: Reals  # of a product: purchase cost as a share of the usual price
    variable: Reals  # variable cost as a multiple of purchase cost
    total: Reals  # total cost as a multiple of variable cost
    rate: Reals  # of a product: orders a day
    ordinary: list[str]  # the categories of goods that keep
    cities: int
    per_platform: int  # customers of a platform
    registered: Ints = field(repr=False)  # of a customer
    urgent: Any = field(default=None, repr=False)  # what `guiju.twin.emergencies` lays

    @property
    def sellers(self) -> int:
        return len(self.platform)

    @property
    def products(self) -> int:
        return len(self.base)

    @property
    def spacing(self) -> float:
        """Microseconds between two registrations on a platform."""
        return (self.clock.until - self.first_registered) / self.per_platform

    @property
    def first_registered(self) -> int:
        return self.clock.start - FIRST_REGISTERED_DAYS * DAY

    @property
    def plain(self) -> Ints:
        """The product of each seller that no plan ever touches."""
        return np.arange(self.sellers, dtype=np.int64) * PER_SELLER + PER_SELLER - 1

    def seller_name(self, seller: int) -> str:
        return f"s{seller:05d}"

    def product_name(self, product: int) -> str:
        return f"p{product:06d}"

    def platform_of(self, product: int) -> str:
        return self.platforms[int(self.platform[product // PER_SELLER])]


def found(orders: int, clock: Clock, rng: np.random.Generator, platforms: int = 3) -> Market:
    """A market of the right size for so many orders, before anybody plans anything."""
    sellers = max(21, orders // 13_000)
    products = sellers * PER_SELLER
    per_platform = max(600, orders // (8 * platforms))
    cities = int(np.clip(sellers // 6, 3, len(CITIES)))
    categories = max(6, products // 14)
    n_fresh = max(1, round(categories * 0.3))
    names = [named(FRESH, i) for i in range(n_fresh)] + [named(DRY, i) for i in range(categories - n_fresh)]
    of = rng.permutation(products) % categories
    fresh = of < n_fresh
    first = clock.start - FIRST_REGISTERED_DAYS * DAY
    spread = (np.arange(per_platform) + rng.random((platforms, per_platform))) / per_platform
    registered = (first + spread * (clock.until - first)).astype(np.int64).ravel()
    weight = rng.lognormal(0, 0.35, products)
    return Market(
        clock=clock,
        orders=orders,
        platforms=PLATFORMS[:platforms],
        platform=np.arange(sellers, dtype=np.int64) % platforms,
        city=rng.integers(0, cities, sellers),
        zones=1 + (rng.random(sellers) < 0.25).astype(np.int64),
        joined=clock.start - rng.integers(400, 1500, sellers) * DAY,
        category=[names[c] for c in of],
        shelf_days=np.where(fresh, rng.integers(3, 11, products), 0),
        listed=clock.start - rng.integers(60, 380, products) * DAY + rng.integers(0, DAY, products),
        offset=rng.integers(0, SLOT // 1_000_000, products) * 1_000_000,
        base=np.clip(rng.lognormal(7.6, 0.55, products), 590, 9900).astype(np.int64) // 10 * 10,
        purchase=rng.uniform(0.55, 0.68, products),
        variable=rng.uniform(1.06, 1.12, products),
        total=rng.uniform(1.08, 1.2, products),
        rate=orders / products / clock.days * weight / weight.mean(),
        ordinary=names[n_fresh:],
        cities=cities,
        per_platform=per_platform,
        registered=registered,
    )


def named(words: tuple[str, ...], i: int) -> str:
    """The i-th name of a list that never ends."""
    return words[i % len(words)] + (f"_{i // len(words) + 1}" if i >= len(words) else "")
