"""What happens in the twin's market beside plain trade: who conducts what, where, when and how strongly.

A plan is drawn before any order. Whether it breaks a counting rule is not decided here: `settling` counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from guiju.twin.market import PER_SELLER, Market

BELOW, DOMINANT = "no_below_cost_sales", "no_predatory_pricing_by_dominant"
RECOUPED = "no_exclusionary_pricing_by_dominant"
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


class Spell(NamedTuple):
    """Weeks at a price between variable and total cost; what comes after."""

    product: int
    pattern: str
    day_from: int
    day_to: int
    place: float  # where between the two costs: 0 the variable, 1 the total cost
    rise: float  # of the price afterwards, as a share of the usual
    cost_rise: float  # of the cost afterwards
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


class Quarter(NamedTuple):
    """What goes on among rivals or bidders in one quarter, in days of the records; `strength` in per cent."""

    market: int
    pattern: str
    first: int
    last: int
    strength: float
    planted: bool


@dataclass
class Plans:
    """Everything planned; `quiet` products get no seller-funded cut, `still` ones no change of price."""

    deals: list[Deal] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)
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
    market.category[product] = category or roomy(market, product)


def roomy(market: Market, product: int) -> str:
    """The first category, in an order of the product's own, of which its platform would not hold over two fifths."""
    n = len(market.ordinary)
    names = [market.ordinary[(product + step) % n] for step in range(n)]
    return next((name for name in names if platform_share(market, product, name) <= 0.4), names[0])


def platform_share(market: Market, product: int, category: str) -> float:
    """What share of a category the product's platform would hold with it."""
    its = np.flatnonzero(np.array(market.category, dtype=object) == category)
    value = market.rate[its] * market.base[its]
    own = market.platform[its // PER_SELLER] == market.platform[product // PER_SELLER]
    added = float(market.rate[product] * market.base[product])
    return (float(value[own].sum()) + added) / (float(value.sum()) + added)


def dominate(market: Market, product: int, rival: int, name: str) -> None:
    """Give a product the better part of a category of its own, sold on a second platform by the rival."""
    for p in (product, rival):
        make_dry(market, p, name)
        market.variable[p], market.purchase[p] = 1.25, 0.56
    market.base[rival] = market.base[product]
    market.rate[product] = max(market.rate[product], market.rate.mean(), 9.0)
    market.rate[rival] = market.rate[product] / 3
