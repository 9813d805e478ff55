"""Each store's candidates: what sells best there beyond the price of its lots, and what else is drawn for it.

Which sell best depends on prices nobody knows yet. They are sounded first: some stores, drawn evenly, choose among
everything on offer to them under their part of the stock. Stores without a past are alike, and all of them cannot have
the same few goods: so half of each store's candidates are drawn, as often as like stores listed them in the sounding.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from guiju.market.matching.demand import Demand, lot_sales
from guiju.market.matching.problem import Codes, Counts, Flags, Problem, Reals
from guiju.market.matching.reach import together
from guiju.market.matching.reading import Network
from guiju.market.matching.solving import solve

SOUNDED = 20_000  # stores
ON_OFFER = 600  # supplies at the most that a store's candidates are chosen among
ROUNDS_SOUNDED = 40
LITTLE = 0.2
ROWS = 16_384


@dataclass(frozen=True)
class Offered:
    """A network with its demand: what a listing is expected to sell. weight: of a supply, by its category."""

    network: Network
    demand: Demand
    weight: Reals

    @cached_property
    def region(self) -> Codes:
        return self.network.region

    @cached_property
    def good(self) -> Codes:
        return self.network.good

    @cached_property
    def lot(self) -> Reals:
        whole: Reals = np.maximum(np.floor(self.network.supplies["lot_quantity"].to_numpy()), 1)
        return whole

    @cached_property
    def price(self) -> Reals:
        price: Reals = self.network.supplies["price"].to_numpy() * self.weight
        return price

    def units(self, stores: Counts, supplies: Counts) -> Reals:
        """Units customers are expected to ask for within the horizon, [stores, supplies]; all stores of one region."""
        days = self.network.days[supplies, self.region[stores[0]]]
        units: Reals = self.demand.of(stores, self.good[supplies]) * days
        return units

    def cells(self) -> Iterator[tuple[slice, Counts]]:
        """Stores of one region and channel stand together: each such run, and the supplies that may be listed there."""
        stores, supplies = self.network.stores, self.network.supplies
        regions, channels = self.region, stores["channel"].to_numpy()
        fresh = np.flatnonzero((regions[1:] != regions[:-1]) | (channels[1:] != channels[:-1])) + 1
        only = supplies["only_channel"].to_list()
        for first, end in pairwise([0, *fresh.tolist(), len(regions)]):
            allowed = np.array([one is None or one == channels[first] for one in only])
            days = self.network.days[:, regions[first]]
            pool = np.flatnonzero(allowed & (days > 0))
            if len(pool) > ON_OFFER:
                its = self.units(np.arange(first, end)[:: max((end - first) // 64, 1)], pool).mean(axis=0)
                best = np.argsort(-np.minimum(its, self.lot[pool]) * self.price[pool], kind="stable")
                pool = np.sort(pool[best[:ON_OFFER]])
            yield slice(first, end), pool


def small(network: Network, below_pct: float) -> Flags:
    """Of a store, whether its owner is small: all its stores together sold less than that part of what owners do on
    average."""
    owners, of = np.unique(network.stores["owner"].to_numpy(), return_inverse=True)
    sold = np.bincount(of, network.stores["sold"].to_numpy(), len(owners))
    least: Flags = (sold <= sold.mean() * below_pct / 100)[of]
    return least


def problem(
    offered: Offered, *, candidates: int, is_small: Flags, floor_pct: float, short_worth: float, seed: int,
    tell: Callable[[float], None] = lambda share: None,
) -> Problem:  # fmt: skip
    """The programme over each store's candidates. A floor is a part of what a small owner's store can reach."""
    n = len(offered.region)
    places = np.minimum(offered.network.stores["places"].to_numpy(), 1_000).astype(np.int32)
    cells = list(offered.cells())
    floor = _floors(offered, cells, places, is_small, floor_pct, seed)
    prices, listed = _sounded(offered, cells, places, floor, short_worth, seed)
    tell(0.3)
    score, supply = np.zeros((n, candidates), np.float32), np.full((n, candidates), -1, np.int32)
    tasks = [(slice(at, min(at + ROWS, rows.stop)), pool, often)
             for (rows, pool), often in zip(cells, listed, strict=True)
             for at in range(rows.start, rows.stop, ROWS)]  # fmt: skip

    def choose(task: tuple[slice, Counts, Reals]) -> None:
        rows, pool, often = task
        units = offered.units(np.arange(rows.start, rows.stop), pool)
        net = np.minimum(units, offered.lot[pool]) * offered.price[pool] - prices[pool]
        width = min(candidates, len(pool))
        best = _chosen(net, often, width, np.random.Generator(np.random.SFC64([seed, rows.start])))
        its = np.take_along_axis(units, best, axis=1)
        score[rows, :width] = lot_sales(its, offered.lot[pool][best]) * offered.price[pool][best]
        supply[rows, :width] = pool[best]

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool_:
        list(pool_.map(choose, tasks))
    penalty = short_worth * _mean(score, supply)
    return Problem(score, supply, offered.good, offered.network.lots, places, floor, penalty)


def _chosen(net: Reals, often: Reals, width: int, rng: np.random.Generator) -> Counts:
    """Columns: half are the best, the others are drawn by weight, none twice (Efraimidis and Spirakis 2006: the keys'
    order). In ascending order, so that a good's supplies stand side by side."""
    best = np.argpartition(-net, max((width + 1) // 2 - 1, 0), axis=1)[:, : (width + 1) // 2]
    key = (np.log(often) - np.log(rng.standard_exponential(net.shape))).astype(np.float32)
    np.put_along_axis(key, best, np.float32(np.inf), axis=1)
    return np.sort(np.argpartition(-key, width - 1, axis=1)[:, :width], axis=1)


def _mean(score: np.ndarray[tuple[int, ...], np.dtype[np.float32]], supply: Codes) -> float:
    return float(score.sum(dtype=np.float64) / max(int((supply >= 0).sum()), 1))


def _floors(
    offered: Offered, cells: list[tuple[slice, Counts]], places: Codes, is_small: Flags, floor_pct: float, seed: int
) -> Codes:  # fmt: skip
    """Of what a small owner's store can reach by itself, as many listings as it has places for, that part, rounded up;
    and of that what all of them can reach together."""
    floor = np.zeros(len(places), np.int32)
    for rows, pool in cells:
        reach = np.minimum(len(np.unique(offered.good[pool])), places[rows])
        floor[rows] = np.where(is_small[rows], np.ceil(reach * floor_pct / 100 - 1e-9), 0)
    return together(floor, cells, offered.network.lots, offered.good, seed)


def _sounded(
    offered: Offered, cells: list[tuple[slice, Counts]], places: Codes, floor: Codes, short_worth: float, seed: int
) -> tuple[Reals, list[Reals]]:
    """Prices at which a sample of the stores, choosing among everything, would take its part of the stock; and by cell
    how often each supply of its pool was listed, beside a little of what its stock would allow."""
    n = len(offered.region)
    drawn = np.random.Generator(np.random.SFC64(seed)).permutation(n)[: min(SOUNDED, n)]
    drawn.sort()
    width = max(len(pool) for _, pool in cells)
    score, supply = np.zeros((len(drawn), width), np.float32), np.full((len(drawn), width), -1, np.int32)
    spans = [np.searchsorted(drawn, [rows.start, rows.stop]).tolist() for rows, _ in cells]
    for (_, pool), (first, end) in zip(cells, spans, strict=True):
        if end > first:
            its = offered.units(drawn[first:end], pool)
            score[first:end, : len(pool)] = lot_sales(its, offered.lot[pool]) * offered.price[pool]
            supply[first:end, : len(pool)] = pool
    part = np.ceil(offered.network.lots * (len(drawn) / n)).astype(np.int64)
    plan = solve(Problem(score, supply, offered.good, part, places[drawn], floor[drawn],
                         short_worth * _mean(score, supply)), seed=seed, rounds=ROUNDS_SOUNDED, exact=0)  # fmt: skip
    often = []
    for (_, pool), (first, end) in zip(cells, spans, strict=True):
        listed = plan.listed[first:end, : len(pool)].sum(axis=0)
        stock = offered.network.lots[pool] / offered.network.lots[pool].sum()
        often.append(listed / max(int(listed.sum()), 1) + LITTLE * stock)
    return plan.prices, often
