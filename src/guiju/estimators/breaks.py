"""Where a series breaks: the one point that splits it best, by its mean, or by its mean and variance.

    in mean:              least  sum of squares before + sum of squares after
    in mean and variance: least  n log(variance before) + m log(variance after), variances by maximum likelihood

Each side has at least `least` points. It is an estimate of when, not a test of whether: every series has a best split.

Sources: Bai 1997, Rev. Econ. Stat. 79(4), for least squares; Chen & Gupta 1997, J. Am. Stat. Assoc. 92(438), for the
likelihood. The flow of the Nile, 1871 to 1970, breaks after 1898 by both.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
STILL = 1e-12  # a variance below this is rounding; its logarithm would outweigh everything


def break_in_mean(series: ArrayLike, least: int = 2) -> Ints:
    """Of each row, how many points lie before the break; -1 where a value is not a number or there are too few."""
    return _best(series, lambda squares, n: squares, least)


def break_in_mean_and_variance(series: ArrayLike, least: int = 3) -> Ints:
    """Of each row, how many points lie before the break; -1 where a value is not a number or there are too few."""
    return _best(series, lambda squares, n: n * np.log(np.maximum(squares / n, STILL)), least)


def _best(series: ArrayLike, cost: Callable[[Floats, Floats], Floats], least: int) -> Ints:
    rows = np.atleast_2d(np.asarray(series, dtype=np.float64))
    n = rows.shape[1]
    if n < 2 * least or not len(rows):
        return np.full(len(rows), -1, np.int64)
    centred = rows - rows.mean(axis=1, keepdims=True)
    sums, squares = (np.cumsum(of, axis=1) for of in (centred, centred**2))
    before = np.arange(least, n - least + 1, dtype=np.float64)
    s, q = (of[:, least - 1 : n - least] for of in (sums, squares))
    after, rest, rest_squares = n - before, sums[:, -1:] - s, squares[:, -1:] - q
    total = cost(np.maximum(q - s**2 / before, 0.0), before) + cost(
        np.maximum(rest_squares - rest**2 / after, 0.0), after
    )
    best = np.argmin(np.nan_to_num(total, nan=np.inf), axis=1) + least
    return np.where(np.isnan(rows).any(axis=1), -1, best).astype(np.int64)
