"""From prices to a plan in whole listings that sells no lot twice: oversold lots are taken back, those left are given.

Prices leave ties: many stores ask for the last lots of a good. Whoever loses least gives way, a store below its floor
last; between equals it is drawn by lot, with a seed. Then stores with free places take what is left, best first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from guiju.market.matching.problem import (
    NOTHING,
    Codes,
    Counts,
    Flags,
    Problem,
    Reals,
    Scores,
    at_work,
    taken,
    worth,
)

SEED = 7  # of the lot between equals
FLOOR_ROUNDS = 12


def repaired(
    problem: Problem, prices: Reals, seed: int = SEED, tell: Callable[[float], None] = lambda share: None
) -> Flags:
    """What every store lists, [stores, candidates]: within lots and places, and no good twice in a store."""
    rng = np.random.Generator(np.random.SFC64(seed))
    runs, tie = problem.runs, rng.permutation(problem.stores)
    chosen = at_work(partial(_first_choice, problem, prices, runs), problem)
    plan = np.concatenate([choice for choice, _ in chosen]) if chosen else np.zeros(problem.supply.shape, bool)
    _take_back(problem, plan, [regret for _, regret in chosen], tie)
    tell(0.4)
    give(problem, prices, plan, tie)
    for _ in range(FLOOR_ROUNDS):
        if not _make_room(problem, plan, tie, rng):
            break
        give(problem, prices, plan, tie)
    tell(1.0)
    return plan


def _first_choice(problem: Problem, prices: Reals, runs: int, rows: slice) -> tuple[Flags, Scores]:
    """What stores take at the prices, of equal candidates the first; and what the loss of each would cost."""
    net = worth(problem, prices, rows, runs)
    order = np.argsort(-net, axis=1, kind="stable")
    ranked = np.take_along_axis(net, order, axis=1)[:, ::-1]
    many = taken(problem, ranked, rows)
    width = net.shape[1]
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(width), order.shape), axis=1)
    choice = (rank < many[:, None]) & (net > NOTHING)
    at = width - 1 - np.minimum(many, width - 1)
    next_best = np.where(many < width, ranked[np.arange(len(ranked)), at], 0)
    bound = (many <= problem.floor[rows]) & (many > 0)
    regret = np.where(bound, np.float32(problem.penalty) + net.T, (net.T - np.maximum(next_best, 0))).T
    return choice, regret[choice].astype(np.float32)


def accepted(supply: Codes, key: Scores, tie: Counts, left: Counts) -> Flags:
    """Which of many asking for lots get one: by supply those of the highest key, of equal ones the lowest tie."""
    order = np.lexsort((tie, -key, supply))
    of = supply[order]
    begins = np.searchsorted(of, np.arange(len(left)))
    rank = np.arange(len(of)) - begins[of]
    yes = np.zeros(len(supply), bool)
    yes[order] = rank < left[of]
    return yes


def _take_back(problem: Problem, plan: Flags, regrets: list[Scores], tie: Counts) -> None:
    """Oversold supplies keep the listings whose loss would cost the most. Changes `plan`."""
    lots = np.zeros(len(problem.capacity), np.int64)
    for rows in problem.chunks():
        lots += np.bincount(problem.supply[rows][plan[rows]], minlength=len(lots))
    over = lots > problem.capacity
    places, supplies, keys = [], [], []
    width = plan.shape[1]
    for rows, regret in zip(problem.chunks(), regrets, strict=True):
        flat = np.flatnonzero(plan[rows])
        its = problem.supply[rows].ravel()[flat]
        mine = over[its]
        places.append(flat[mine] + rows.start * width)
        supplies.append(its[mine])
        keys.append(regret[mine])
    if not places:
        return
    place, supply, key = np.concatenate(places), np.concatenate(supplies), np.concatenate(keys)
    keep = accepted(supply, key, tie[place // width], problem.capacity)
    plan.ravel()[place[~keep]] = False


def give(problem: Problem, prices: Reals, plan: Flags, tie: Counts) -> None:
    """Free places take what lots are left, until nobody wants one that is left. Changes `plan`."""
    left = problem.capacity - used(problem, plan)
    price = prices.astype(np.float32)
    waiting = np.flatnonzero(plan.sum(axis=1) < problem.places)
    while len(waiting):
        wanted, who, key = [], [], []
        for first in range(0, len(waiting), 65_536):
            rows = waiting[first : first + 65_536]
            at, asks, its_key = _ask(problem, price, plan, rows, left)
            who.append(rows[asks])
            wanted.append(at[asks])
            key.append(its_key[asks])
        store, column = np.concatenate(who), np.concatenate(wanted)
        if not len(store):
            return
        supply = problem.supply[store, column]
        yes = accepted(supply, np.concatenate(key), tie[store], left)
        plan[store[yes], column[yes]] = True
        left -= np.bincount(supply[yes], minlength=len(left))
        waiting = store[plan[store].sum(axis=1) < problem.places[store]]


def _make_room(problem: Problem, plan: Flags, tie: Counts, rng: np.random.Generator) -> bool:
    """Stores below their floor get listings of stores above theirs that lose least. Changes `plan`; whether it did."""
    many = plan.sum(axis=1)
    lacking = np.flatnonzero(many < np.minimum(problem.floor, problem.places))
    if not len(lacking):
        return False
    width, supplies = plan.shape[1], len(problem.capacity)
    is_wanted = np.zeros(supplies, bool)
    is_wanted[problem.supply[lacking][problem.supply[lacking] >= 0]] = True
    places = []
    for rows in problem.chunks():
        able = (many[rows] > problem.floor[rows])[:, None]
        places.append(np.flatnonzero(plan[rows] & able & is_wanted[problem.supply[rows]]) + rows.start * width)
    place = np.concatenate(places)
    of, loss = problem.supply.ravel()[place], -problem.score.ravel()[place]
    store, column = _ask_any(problem, plan, lacking, np.bincount(of, minlength=supplies), rng)
    wanted = problem.supply[store, column]
    out = accepted(of, loss, tie[place // width], np.bincount(wanted, minlength=supplies))
    out[out] = _once(place[out] // width)
    yes = accepted(wanted, np.zeros(len(wanted), np.float32), tie[store], np.bincount(of[out], minlength=supplies))
    plan.ravel()[place[out]] = False
    plan[store[yes], column[yes]] = True
    return bool(yes.any())


def _ask_any(
    problem: Problem, plan: Flags, rows: Counts, held: Counts, rng: np.random.Generator
) -> tuple[Counts, Counts]:
    """Of what others could give up, one candidate for each of some stores, drawn by how many hold it: stores and
    columns. Like stores must not all ask for the same."""
    free = _free(problem, plan, rows, held)
    drawn = np.where(free, held[problem.supply[rows]] / rng.standard_exponential(free.shape), -1)
    at = drawn.argmax(axis=1)
    asks = free[np.arange(len(rows)), at]
    return rows[asks], at[asks]


def _once(stores: Counts) -> Flags:
    """The first of each store's entries: nobody gives up two listings at a time, and falls below its floor by it."""
    first = np.zeros(len(stores), bool)
    first[np.unique(stores, return_index=True)[1]] = True
    return first


def _ask(problem: Problem, price: Scores, plan: Flags, rows: Counts, left: Counts) -> tuple[Counts, Flags, Scores]:
    """The candidate each of some stores asks for next, whether it asks at all, and with what key."""
    supply, score, mine = problem.supply[rows], problem.score[rows], plan[rows]
    free = _free(problem, plan, rows, left)
    net = np.where(free, score - price[supply], NOTHING)
    at = net.argmax(axis=1)
    below = mine.sum(axis=1) < problem.floor[rows]
    index = np.arange(len(rows))
    return at, free[index, at], score[index, at] + np.where(below, np.float32(problem.penalty), 0)


def _free(problem: Problem, plan: Flags, rows: Counts, left: Counts) -> Flags:
    """The candidates that some stores could list besides what they do: lots are left, and no good is listed twice."""
    supply, mine = problem.supply[rows], plan[rows]
    free = (supply >= 0) & (left[supply] > 0) & ~mine & (problem.score[rows] > 0)
    if mine.any():
        good = np.where(supply >= 0, problem.good[supply], -1)
        for column in range(supply.shape[1]):
            free &= ~((good == good[:, [column]]) & mine[:, [column]])
    return free


def used(problem: Problem, plan: Flags) -> Counts:
    """Lots that a plan takes, by supply."""
    lots = np.zeros(len(problem.capacity), np.int64)
    for rows in problem.chunks():
        lots += np.bincount(problem.supply[rows][plan[rows]], minlength=len(lots))
    return lots


def short(problem: Problem, plan: Flags) -> Counts:
    """How many listings each store is below its floor."""
    lacking: Counts = np.maximum(problem.floor - plan.sum(axis=1), 0)
    return lacking


def objective(problem: Problem, plan: Flags) -> float:
    """What a plan is worth: its expected sales less what it is short of floors, at the penalty."""
    parts = at_work(lambda rows: float(problem.score[rows][plan[rows]].sum(dtype=np.float64)), problem)
    return sum(parts) - problem.penalty * float(short(problem, plan).sum())
