"""What is on offer: goods old and new, exclusive packs, stock by mode and place, and where each is delivered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guiju.twin.market import DAY, HOUR, Flags, Ints, Reals
from guiju.twin.network.owners import PROVINCES, TASTES, Network

KINDS = (  # a category, the brands in it (all invented), and the range of its prices, yuan
    ("pearls", ("zhuyun", "haili"), 120, 900), ("silver", ("yinqiao",), 60, 500), ("gems", ("caiguang",), 150, 1500),
    ("jade", ("yushan", "haili"), 150, 1800), ("snacks", ("suixiang", "mantang"), 15, 90),
    ("nuts", ("suixiang", "guoren"), 25, 150), ("tea", ("qingyu",), 40, 300), ("gift_boxes", ("mantang",), 60, 300),
)  # fmt: skip
FOOD = ("snacks", "nuts", "tea", "gift_boxes")
NEW_SHARE, EXCLUSIVE_SHARE, EMPTY_SHARE = 0.2, 0.1, 0.02
NEW_DAYS = 10  # new goods are listed so many days before the end, and nobody has bought them yet
STOCK_A_PLACE = 0.9  # lots of all goods together for each place in a store
MODES = ("merchant", "warehouse", "owner")
EAST = ("11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "46")
FAR = ("54", "63", "65")  # where most merchants do not deliver


@dataclass(frozen=True)
class Goods:
    """Goods as arrays. `share` is what part of a store's orders each is, by taste, province and good: the old goods'
    sum to 1, and a new one's is what it would be beside them."""

    category: Ints
    brand: list[str]
    price: Ints  # fen
    new: Flags
    exclusive: Flags
    share: Reals

    @property
    def size(self) -> int:
        return len(self.category)


@dataclass(frozen=True)
class Supplies:
    """Supplies as arrays, and the areas each is delivered to."""

    good: Ints
    mode: Ints
    place: list[str]
    lots: Ints
    lot: Ints
    area_of: Ints  # of an area: its supply
    area_province: Ints
    last_order: Ints  # 0: no end
    lead_days: Ints


def lay_out(goods: int, rng: np.random.Generator) -> Goods:
    """Dearer goods sell less often; what a region or a taste prefers multiplies it."""
    category = np.arange(goods) % len(KINDS)
    low, high = (np.array([kind[at] for kind in KINDS], float)[category] for at in (2, 3))
    price = np.round(np.exp(rng.uniform(np.log(low), np.log(high)))) * 100 - 10
    new = rng.random(goods) < NEW_SHARE
    new[: len(KINDS)] = False  # of every category there is an old one
    popular = rng.lognormal(0, 0.8, goods) * (price / 10_000) ** -0.8
    taste = rng.gamma(0.7, 1.0, (TASTES, len(KINDS))) + 0.05
    lean = rng.lognormal(0, 0.4, (len(PROVINCES), len(KINDS)))
    share = taste[:, None, category] * lean[None, :, category] * popular
    share /= np.where(new, 0, share).sum(axis=2, keepdims=True)
    brand = [KINDS[c][1][n // len(KINDS) % len(KINDS[c][1])] for n, c in enumerate(category)]
    return Goods(category, brand, price.astype(np.int64), new, rng.random(goods) < EXCLUSIVE_SHARE, share)


def supply(network: Network, goods: Goods, rng: np.random.Generator) -> Supplies:
    """A good has one to three modes: its merchant's stock, two warehouses' or some provinces' owners'."""
    rows: list[tuple[int, int, str, list[int]]] = []
    everywhere = range(len(PROVINCES))
    for good in range(goods.size):
        modes = rng.random(3) < (0.5, 0.5, 0.2)
        if modes[0] or not modes.any():
            far = rng.random() < 0.3
            rows.append((good, 0, "", [p for p in everywhere if far or PROVINCES[p][0] not in FAR]))
        if modes[1]:
            for place, east in (("east_warehouse", True), ("west_warehouse", False)):
                rows.append((good, 1, place, [p for p in everywhere if (PROVINCES[p][0] in EAST) == east]))
        if modes[2]:
            held = np.sort(rng.choice(len(PROVINCES), 4, replace=False))
            rows += [(good, 2, f"{PROVINCES[p][0]}0000", [int(p)]) for p in held]
    of = np.array([row[0] for row in rows])
    reach = np.array([sum(PROVINCES[p][1] for p in row[3]) for row in rows], float)
    weight = rng.lognormal(0, 0.7, len(rows)) * np.sqrt(goods.share.mean(axis=(0, 1))[of]) * reach
    lots = weight / weight.sum() * STOCK_A_PLACE * network.listings.sum()
    lots = np.where(rng.random(len(rows)) < EMPTY_SHARE, 0, np.ceil(lots)).astype(np.int64)
    food = np.isin(goods.category, [n for n, kind in enumerate(KINDS) if kind[0] in FOOD])[of]
    mode = np.array([row[1] for row in rows])
    area_of = np.repeat(np.arange(len(rows)), [len(row[3]) for row in rows])
    province = np.array([p for row in rows for p in row[3]])
    return Supplies(
        of, mode, [row[2] for row in rows], lots, np.where(food, rng.integers(2, 5, len(rows)), 1),
        area_of, province, *_dates(network, province, mode[area_of], rng),
    )  # fmt: skip


def _dates(network: Network, province: Ints, mode: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """A province's last orders are taken up to four weeks after the records end, the far ones' earlier; in some they
    are over. What owners hold has no such date."""
    of_province = rng.integers(4, 28, len(PROVINCES))
    of_province[rng.choice(len(PROVINCES), 3, replace=False)] = 0
    days = np.where(of_province[province] == 0, 0, of_province[province] + rng.integers(-2, 3, len(province)))
    lead = np.where(mode == 1, 2, 4) + np.array([3 if code in FAR else 0 for code, _ in PROVINCES])[province]
    last = network.clock.until + days * DAY - np.where(days == 0, 6 * HOUR, 0)
    return np.where(mode == 2, 0, last), np.where(mode == 2, 1, lead)
