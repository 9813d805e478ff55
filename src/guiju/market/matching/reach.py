"""What small owners' stores can reach together: no floor promises more than stock and delivery allow them all at once.

A store alone could fill its places; all stores of a region cannot, where last orders are over but for what its owners
hold. Stores of one region and channel are alike in what they may list, so a small programme over such cells says how
many first, second, … listings each cell's stores can have, a first one for all before a second for any (HiGHS).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from guiju.market.matching.problem import Codes, Counts

LARGEST = 400_000  # cells × supplies beyond which floors are not capped by what is shared


def together(floor: Codes, cells: Sequence[tuple[slice, Counts]], lots: Counts, good: Codes, seed: int) -> Codes:
    """Floors, of which as many listings as can be had; whose is cut is drawn by lot.

    cells: runs of stores and the supplies that may be listed there. Returns the floors of all stores.
    """
    capped = floor.copy()
    levels = int(floor.max(initial=0))
    if not levels or sum(len(pool) for _, pool in cells) > LARGEST:
        return capped
    wanted = np.array([[int((floor[rows] > level).sum()) for level in range(levels)] for rows, _ in cells])
    had = _most(wanted, cells, lots, good)
    rng = np.random.Generator(np.random.SFC64(seed))
    for (rows, _), asks, gets in zip(cells, wanted, had, strict=True):
        its = capped[rows]
        for level in range(levels):
            if gets[level] < asks[level]:
                who = np.flatnonzero(its > level)
                lost = rng.permutation(who)[: max(len(who) - int(gets[level]), 0)]
                its[lost] = level
    return capped


def _most(wanted: Counts, cells: Sequence[tuple[slice, Counts]], lots: Counts, good: Codes) -> Counts:
    """Of each cell's listings by level, how many can be had together, [cells, levels]."""
    n, levels = wanted.shape
    cell = np.repeat(np.arange(n), [len(pool) for _, pool in cells])
    supply = np.concatenate([pool for _, pool in cells])
    stores = np.array([int(asks[0]) for asks in wanted])
    pairs, had = len(supply), n * levels
    flow, share = np.arange(pairs), pairs + np.arange(had)
    goods = np.unique(cell * (int(good.max()) + 1) + good[supply], return_inverse=True)[1]
    rows = np.concatenate([supply, len(lots) + goods, len(lots) + goods.max() + 1 + cell,
                           len(lots) + goods.max() + 1 + np.repeat(np.arange(n), levels)])  # fmt: skip
    columns = np.concatenate([flow, flow, flow, share])
    signs = np.concatenate([np.ones(2 * pairs), -np.ones(pairs), np.ones(had)])
    matrix = csr_array((signs, (rows, columns)))
    of_good = np.zeros(goods.max() + 1)
    of_good[goods] = stores[cell]  # a store lists a good once
    most = np.concatenate([lots, of_good, np.zeros(n)])
    bounds = np.concatenate(
        [np.stack([np.zeros(pairs), stores[cell]], 1), np.stack([np.zeros(had), wanted.ravel()], 1)]
    )
    costs = np.concatenate([np.zeros(pairs), -np.tile(np.arange(levels, 0, -1.0), n)])
    solved = linprog(costs, A_ub=matrix, b_ub=most, bounds=bounds, method="highs")
    if solved.status:
        raise ArithmeticError(f"HiGHS ended with {solved.message}")
    whole: Counts = np.floor(solved.x[pairs:] + 1e-6).astype(np.int64).reshape(n, levels)
    return whole
