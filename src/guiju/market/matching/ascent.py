"""Prices of lots by dual ascent: dearer where stores ask for more lots than there are, cheaper where for fewer.

Every supply has a step of its own, longer while its demand stays on one side of its stock and shorter when it changes
sides (Riedmiller and Braun 1993). The prices at which demand meets stock best are kept. Decomposition by prices at
the size of a network: Zhang et al., WWW 2020; Basu et al., ECLIPSE, ICML 2020.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from guiju.market.matching.problem import Counts, Problem, Reals, answer, at_work

ROUNDS = 80
LONGER, SHORTER = 1.3, 0.5
MET = 5e-4  # what is oversold, and what is left at a price, as a share of the stock that ends the ascent


@dataclass(frozen=True)
class Priced:
    """prices: of a lot of each supply, where stock and demand meet best; bound: no plan is worth more (the lowest met);
    bounds: round by round; missed: lots oversold, or left at a price, as a share of the stock."""

    prices: Reals
    bound: float
    bounds: list[float]
    missed: float


def asked(problem: Problem, prices: Reals, runs: int) -> tuple[Counts, float]:
    """Lots that stores ask for at these prices, by supply, and the bound on what any plan is worth."""

    def of(rows: slice) -> tuple[Counts, float]:
        take, value = answer(problem, prices, rows, runs)
        return np.bincount(problem.supply[rows][take], minlength=len(prices)), value

    parts = at_work(of, problem)
    lots = np.zeros(len(prices), np.int64)
    for its, _ in parts:
        lots += its
    return lots, float(sum(part[1] for part in parts) + (prices * problem.capacity).sum())


def ascend(problem: Problem, rounds: int = ROUNDS, tell: Callable[[float], None] = lambda share: None) -> Priced:
    """Prices at which what stores ask for meets the stock as nearly as may be. Deterministic."""
    runs, highest = problem.runs, float(problem.score.max(initial=0)) + problem.penalty
    return climb(lambda at: asked(problem, at, runs), problem.capacity, _typical(problem), highest, rounds, tell)


def climb(
    ask: Callable[[Reals], tuple[Counts, float]], capacity: Counts, typical: Reals, highest: float, rounds: int,
    tell: Callable[[float], None],
) -> Priced:  # fmt: skip
    """The ascent, whoever answers: `ask` gives lots asked for at prices and the bound. typical: what a listing of each
    supply sells, of which the first step is a part; highest: a price at which nobody asks for what is sold out."""
    prices = np.where(capacity > 0, 0.0, highest)
    best, missed, bounds = prices, np.inf, []
    step, before = typical / 4, np.zeros(len(capacity))
    for done in range(rounds):
        lots, bound = ask(prices)
        bounds.append(bound)
        excess = lots - capacity
        miss = float(np.where((excess > 0) | (prices > 0), abs(excess), 0).sum() / max(capacity.sum(), 1))
        if miss < missed:
            best, missed = prices.copy(), miss
        if missed <= MET:
            break
        relative = excess / np.maximum(capacity, 1)
        turned = before * relative < 0
        step *= np.where(turned, SHORTER, np.where(before * relative > 0, LONGER, 1.0))
        step = np.minimum(step, np.maximum(typical, prices) / 4 * _calm(done, rounds))
        before = np.where(turned, 0.0, relative)
        prices = np.maximum(prices + step * np.clip(4 * relative, -1, 1), 0)
        tell((done + 1) / rounds)
    return Priced(best, min(bounds), bounds, missed)


def _calm(done: int, rounds: int) -> float:
    """What part of the longest step is left: all of it for a third of the rounds, a thousandth at the last."""
    return float(10.0 ** min(0.0, -4.5 * (done / rounds - 1 / 3)))


def _typical(problem: Problem) -> Reals:
    """What a listing of each supply is expected to sell on average: the first step is a part of it."""
    n = len(problem.capacity)

    def of(rows: slice) -> tuple[Reals, Counts]:
        known = problem.supply[rows] >= 0
        its = problem.supply[rows][known]
        return np.bincount(its, problem.score[rows][known], n).astype(np.float64), np.bincount(its, minlength=n)

    parts = at_work(of, problem)
    total, many = np.zeros(n), np.zeros(n, np.int64)
    for sums, counts in parts:
        total += sums
        many += counts
    typical: Reals = np.maximum(total / np.maximum(many, 1), 1e-9)
    return typical
