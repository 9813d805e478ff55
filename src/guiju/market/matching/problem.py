"""The matching as a linear programme: stores' places, goods' lots, floors of small owners; and one store's best answer.

    maximise    Σ score[i, c] · x[i, c]  −  penalty · Σ short[i]
    subject to  Σ x over a supply's candidates        ≤ capacity[supply]        (price λ ≥ 0)
                Σ x over a store's candidates         ≤ places[i]
                Σ x over a store's candidates of one good ≤ 1
                Σ x over a store's candidates         ≥ floor[i] − short[i]     (soft)
                0 ≤ x ≤ 1,  short ≥ 0

Given the prices of lots, each store answers by itself and exactly: its best goods at `score − λ`, as many as are
worth it, and below its floor even such as cost up to the penalty. What the answers are worth, and the lots at their
prices, bound the optimum from above at any prices (weak duality). The constraints form a network, so there is
an optimum in whole listings.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]
Codes = npt.NDArray[np.int32]
Counts = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Made = TypeVar("Made")

ROWS_A_CHUNK = 32_768  # what a core works on at a time stays within its cache
NOTHING = np.float32(-np.inf)


@dataclass(frozen=True)
class Problem:
    """score, supply: [stores, candidates], expected sales and whose lot it takes; supply −1: no candidate. A row's
    candidates of one good stand side by side. good: of a supply. capacity: lots of a supply. places, floor: of a store.
    penalty: what one listing short of a floor counts, in the unit of the scores."""

    score: Scores
    supply: Codes
    good: Codes
    capacity: Counts
    places: Codes
    floor: Codes
    penalty: float

    def __post_init__(self) -> None:
        if self.score.shape != self.supply.shape or self.score.ndim != 2:
            raise ValueError(f"scores {self.score.shape} and supplies {self.supply.shape} must be one matrix each")
        if (self.capacity < 0).any():
            raise ValueError("a supply has fewer than no lots")

    @property
    def stores(self) -> int:
        return len(self.score)

    @property
    def runs(self) -> int:
        """How many candidates of one good stand side by side at the most."""
        longest = 1
        for rows in self.chunks():
            good = self.goods(rows)
            while (
                longest < good.shape[1] and ((good[:, longest:] == good[:, :-longest]) & (good[:, longest:] >= 0)).any()
            ):
                longest += 1
        return longest

    def chunks(self) -> Iterator[slice]:
        edges = [*range(0, self.stores, ROWS_A_CHUNK), self.stores]
        return (slice(*pair) for pair in pairwise(edges))

    def goods(self, rows: slice) -> Codes:
        """The candidates' goods; −1: no candidate."""
        supply = self.supply[rows]
        return np.where(supply >= 0, self.good[supply], -1).astype(np.int32) if len(self.good) else supply


def at_work(task: Callable[[slice], Made], problem: Problem) -> list[Made]:
    """A task asked of every chunk, on all cores; answers in the chunks' order, so that sums are the same anywhere."""
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        return list(pool.map(task, problem.chunks()))


def worth(problem: Problem, prices: npt.NDArray[Any], rows: slice, runs: int) -> Scores:
    """`score − λ` of some stores' candidates; of one good only the best, the others −∞."""
    supply = problem.supply[rows]
    net = problem.score[rows] - prices.astype(np.float32)[supply]
    net[supply < 0] = NOTHING
    if runs > 1:
        good, best = problem.goods(rows), net.copy()
        for apart in range(1, runs):
            same = (good[:, apart:] == good[:, :-apart]) & (good[:, apart:] >= 0)
            left, right = net[:, :-apart], net[:, apart:]
            best[:, apart:][same & (left >= right)] = NOTHING  # of equal ones the first stays
            best[:, :-apart][same & (right > left)] = NOTHING
        net = best
    return net


def taken(problem: Problem, ranked: Scores, rows: slice) -> Codes:
    """How many listings each store takes: those worth something, and up to its floor those that cost less than the
    penalty. `ranked`: what its candidates are worth, the lowest first."""
    good = (ranked > 0).sum(axis=1)
    bearable = (ranked > -problem.penalty).sum(axis=1)
    many: Codes = np.minimum(problem.places[rows], np.maximum(good, np.minimum(problem.floor[rows], bearable)))
    return many.astype(np.int32, copy=False)


def answer(problem: Problem, prices: npt.NDArray[Any], rows: slice, runs: int) -> tuple[Flags, float]:
    """What some stores take at these prices ([stores, candidates]), and what it is worth beyond the lots' prices.

    Of equal candidates more may be taken than there are places: what it is worth is exact all the same.
    """
    net = worth(problem, prices, rows, runs)
    ranked = np.sort(net, axis=1)
    many = taken(problem, ranked, rows)
    width = ranked.shape[1]
    least = ranked[np.arange(len(ranked)), width - np.maximum(many, 1)]
    mine = np.arange(width) >= (width - many)[:, None]
    value = float(np.where(mine, ranked, 0).sum(dtype=np.float64))
    short = np.maximum(problem.floor[rows] - many, 0).sum(dtype=np.int64)
    return (net >= least[:, None]) & (many > 0)[:, None], value - problem.penalty * float(short)
