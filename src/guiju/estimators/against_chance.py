"""Whether more of a number of values pass a test than chance would let pass: the binomial test, and intervals.

Of n values that each pass by chance with probability p0, the number that pass is binomial; the p-value is the
probability of as many as were seen, or more. Sources: Clopper & Pearson 1934, Biometrika 26(4), for the exact
test; Wilson 1927, J. Am. Stat. Assoc. 22(158), for the interval of the share; Newcombe 1998, Stat. Med. 17, 873-890,
method 10, for that of a difference.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtrc, ndtri  # scipy.stats would take a second to import

Floats = NDArray[np.float64]


def p_more(passed: ArrayLike, n: ArrayLike, chance: ArrayLike) -> Floats:
    """P(X >= passed) for X binomial(n, chance), elementwise; NaN where n is 0, for nothing was asked there."""
    k, of, p0 = (np.asarray(a, np.float64) for a in (passed, n, chance))
    if np.any((k < 0) | (k > of)) or np.any((p0 <= 0) | (p0 >= 1)):
        raise ValueError("passed must lie in 0 to n, and chance between 0 and 1")
    tail = np.where(k > 0, bdtrc(np.maximum(k - 1, 0), np.maximum(of, 1).astype(np.int64), p0), 1.0)
    return np.where(of > 0, tail, np.nan)


def wilson(passed: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """The interval of the share passed / n, elementwise, in [0, 1]; NaN where n is 0."""
    k, of = (np.asarray(a, np.float64) for a in (passed, n))
    z = float(ndtri(0.5 + level / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = k / of
        middle = (share + z * z / (2 * of)) / (1 + z * z / of)
        half = z / (1 + z * z / of) * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def newcombe(
    passed: ArrayLike, n: ArrayLike, others_passed: ArrayLike, others: ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats]:
    """The interval of passed / n - others_passed / others, of two independent shares; NaN where either n is 0.

    Counts need not be whole: they may be divided by a design effect.
    """
    k, of, j, m = (np.asarray(a, np.float64) for a in (passed, n, others_passed, others))
    (low, high), (other_low, other_high) = wilson(k, of, level), wilson(j, m, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        share, other = k / of, j / m
    below = np.hypot(share - low, other_high - other)
    above = np.hypot(high - share, other - other_low)
    return share - other - below, share - other + above
