"""A plan, and how far at most it is from the best there can be: exactly for few stores, by prices of lots for many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from guiju.market.matching.ascent import ROUNDS, ascend, asked
from guiju.market.matching.problem import Codes, Counts, Flags, Problem, Reals
from guiju.market.matching.repair import SEED, objective, repaired, used

EXACT = 4_000  # candidates up to which HiGHS answers
DRAWN = 0.03  # by so much scores are spread while prices are sought, so that equal stores do not all change at once


@dataclass(frozen=True)
class Plan:
    """listed: what every store lists, [stores, candidates]. worth: its expected sales, less the penalty for what is
    short of floors. bound: no plan is worth more. prices: what one more lot of a supply would add, at these prices."""

    listed: Flags
    worth: float
    bound: float
    prices: Reals
    lots: Counts
    rounds: int
    exact: bool

    @property
    def gap(self) -> float:
        """How much more the best plan could be worth at the most, as a share of the bound."""
        return max(self.bound - self.worth, 0.0) / abs(self.bound) if self.bound else 0.0


def solve(
    problem: Problem, *, seed: int = SEED, rounds: int = ROUNDS, exact: int = EXACT,
    tell: Callable[[float], None] = lambda share: None,
) -> Plan:  # fmt: skip
    """Who lists what. Deterministic for a seed, which is that of the lot drawn between equals."""
    if 0 < (problem.supply >= 0).sum() <= exact:
        return _exactly(problem)
    drawn = _drawn(problem, seed)
    priced = ascend(drawn, rounds, lambda share: tell(0.8 * share))
    _, bound = asked(problem, priced.prices, problem.runs)  # of what was not drawn
    listed = repaired(drawn, priced.prices, seed, lambda share: tell(0.8 + 0.2 * share))
    worth = objective(problem, listed)
    return Plan(listed, worth, bound, priced.prices, used(problem, listed), len(priced.bounds), False)


def _drawn(problem: Problem, seed: int) -> Problem:
    rng, score = np.random.Generator(np.random.SFC64(seed)), problem.score.copy()
    for rows in problem.chunks():
        lot = rng.random(score[rows].shape, dtype=np.float32)
        score[rows] *= np.float32(1) + np.float32(DRAWN) * (lot - np.float32(0.5))
    return replace(problem, score=score)


def _exactly(problem: Problem) -> Plan:
    """The programme's optimum by HiGHS, whose vertex is in whole listings; prices are its duals."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, hstack, identity, vstack

    store, column = np.nonzero(problem.supply >= 0)
    supply, n = problem.supply[store, column], len(store)
    by_good = np.unique(np.stack([store, problem.good[supply]]), axis=1, return_inverse=True)[1].ravel()

    def sums(of: Counts | Codes, many: int) -> csr_array:
        return csr_array((np.ones(n), (of, np.arange(n))), shape=(many, n))

    stores = sums(store, problem.stores)
    goods = sums(by_good, int(by_good.max()) + 1)
    rows = [sums(supply, len(problem.capacity)), stores, goods, -stores]
    blank = [csr_array((part.shape[0], problem.stores)) for part in rows[:3]]
    matrix = hstack([vstack(rows), vstack([*blank, -identity(problem.stores)])], format="csr")
    most = np.concatenate([problem.capacity, problem.places, np.ones(goods.shape[0]), -problem.floor])
    costs = np.concatenate([-problem.score[store, column].astype(float), np.full(problem.stores, problem.penalty)])
    bounds = np.zeros((n + problem.stores, 2))
    bounds[:n, 1], bounds[n:, 1] = 1, np.inf
    solved = linprog(costs, A_ub=matrix, b_ub=most, bounds=bounds, method="highs-ds")
    if solved.status:
        raise ArithmeticError(f"HiGHS ended with {solved.message}")
    listed = np.zeros(problem.supply.shape, bool)
    listed[store, column] = solved.x[:n] > 0.5
    prices = -solved.ineqlin.marginals[: len(problem.capacity)]
    return Plan(listed, objective(problem, listed), -float(solved.fun), prices, used(problem, listed), 0, True)
