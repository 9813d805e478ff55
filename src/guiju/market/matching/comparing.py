"""A plan beside exposure by popularity: the best-selling goods go to the best-selling stores until stock ends."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from guiju.market.matching.problem import NOTHING, Flags, Problem, Reals, at_work
from guiju.market.matching.repair import give, short, used


@dataclass(frozen=True)
class Outcome:
    """What a plan gives: expected sales, listings, the small owners' sales and their part of both (per cent), their
    stores with nothing, floors met (per cent of the listings they promise), lots used (per cent), lots oversold."""

    sales: float
    listings: int
    small_sales: float
    small_sales_pct: float
    small_listings_pct: float
    small_stores: int
    small_with_nothing: int
    floors_met_pct: float
    lots_pct: float
    oversold: int


def by_popularity(problem: Problem, popularity: Reals, sold: Reals) -> Flags:
    """Every store lists the most popular goods that are left, the stores that sold most before the others; among the
    same candidates, under the same stock and places. popularity: of a supply; sold: of a store."""
    score = np.where(problem.supply >= 0, popularity[problem.supply] + 1, NOTHING).astype(np.float32)
    ranked = replace(problem, score=score, floor=np.zeros_like(problem.floor))
    turn = np.empty(len(sold), np.int64)
    turn[np.argsort(-sold, kind="stable")] = np.arange(len(sold))
    plan = np.zeros(problem.supply.shape, bool)
    give(ranked, np.zeros(len(problem.capacity)), plan, turn)
    return plan


def store_sales(problem: Problem, plan: Flags) -> Reals:
    """Expected sales of each store."""
    parts = at_work(lambda rows: np.where(plan[rows], problem.score[rows], 0).sum(axis=1, dtype=np.float64), problem)
    return np.concatenate(parts) if parts else np.zeros(0)


def outcome(problem: Problem, plan: Flags, is_small: Flags) -> Outcome:
    sales, many, lots = store_sales(problem, plan), plan.sum(axis=1), used(problem, plan)
    promised = int(problem.floor.sum())

    def share(part: float, whole: float) -> float:
        return 100 * part / whole if whole else 0.0

    return Outcome(
        sales=float(sales.sum()), listings=int(many.sum()), small_sales=float(sales[is_small].sum()),
        small_sales_pct=share(float(sales[is_small].sum()), float(sales.sum())),
        small_listings_pct=share(int(many[is_small].sum()), int(many.sum())),
        small_stores=int(is_small.sum()), small_with_nothing=int((many[is_small] == 0).sum()),
        floors_met_pct=share(promised - int(short(problem, plan).sum()), promised) if promised else 100.0,
        lots_pct=share(int(lots.sum()), int(problem.capacity.sum())),
        oversold=int(np.maximum(lots - problem.capacity, 0).sum()),
    )  # fmt: skip
