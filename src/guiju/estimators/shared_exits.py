"""Two who both left some of the areas they shared: fewer of the same than chance would have it, or not.

Null: which areas the one leaves has nothing to do with which the other leaves, in each stratum by itself. Given how
many of the n areas of a stratum the one left (a) and the other left (b), the number both left is hypergeometric:
P(X = x) = C(a, x) C(n - a, b - x) / C(n, b) (Fisher 1935, J. R. Stat. Soc. 98: the exact test of a 2 x 2 table). Strata
are independent, so their sum is the convolution; p is the chance of as few in common or fewer. It is exact however few
the areas are; where one left all or none of a stratum, that stratum says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Reals = NDArray[np.float64]
Strata = Sequence[Sequence[ArrayLike]]  # a stratum: n, a and b of every pair


def chance_of_so_few(strata: Strata, both: ArrayLike) -> Reals:
    """The p-value of every pair: `both` is how many areas both left, over all strata."""
    counts = [[np.asarray(part, np.int64) for part in stratum] for stratum in strata]
    found = np.asarray(both, np.int64)
    p = np.ones(len(found))
    for i in range(len(found)):
        spread = np.ones(1)
        for n, a, b in ([int(part[i]) for part in stratum] for stratum in counts):
            if n:  # an empty stratum says nothing
                spread = np.convolve(spread, _chances(np.arange(min(a, b) + 1), n, a, b))
        p[i] = min(spread[: found[i] + 1].sum(), 1.0)
    return p


def expected_in_common(strata: Strata) -> Reals:
    """How many both would have left by chance: the sum of a b / n."""
    parts = [[np.asarray(part, np.float64) for part in stratum] for stratum in strata]
    return np.asarray(np.sum([a * b / np.maximum(n, 1) for n, a, b in parts], axis=0), np.float64)


def least_share(sizes: Sequence[ArrayLike], levels: ArrayLike) -> Reals:
    """The smallest share of the areas, parted evenly with none in common, whose p is its level or less; none: NaN."""
    counts = np.column_stack([np.asarray(size, np.int64) for size in sizes])
    level = np.broadcast_to(np.asarray(levels, np.float64), len(counts))
    shares = np.full(len(counts), np.nan)
    for i, row in enumerate(counts):
        total = int(row.sum())
        for each in range(1, total // 2 + 1):
            # Each stratum gives its part, as evenly as whole areas allow.
            parts = np.diff(np.floor(np.cumsum([0, *row]) * each / max(total, 1) + 0.5)).astype(int)
            alone = [_chances(0, n, a, min(a, n - a)) for n, a in zip(row, parts, strict=True) if n]
            if np.prod(alone) <= level[i] * (1 + 1e-9):  # rounding aside
                shares[i] = 2 * each / total
                break
    return shares


def _chances(x: ArrayLike, n: int, a: int, b: int) -> Reals:
    """P(X = x)."""
    from scipy.stats import hypergeom  # takes more than a second to import, and most audits have no pair to ask of

    return np.asarray(hypergeom.pmf(x, n, a, b), np.float64)
