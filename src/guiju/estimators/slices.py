"""Which part of all cases holds most of those that are hit: scores of a slice, and whether it is more than chance.

Of N cases F are hit; of the n in the slice f are:

    weighted relative accuracy   n / N (f / n - F / N)
    SliceLine's score            alpha ((f / n) / (F / N) - 1) - (1 - alpha) (N / n - 1)
    hypergeometric tail          P(X >= f), if the n were drawn from the N blindly
    clustered score              u_g = f_g - n_g F / N of each subject g; sum(u_g) / sqrt(sum(u_g^2)) is normal if the
                                 slice is as all are, whatever the dependence within a subject. It cannot exceed the
                                 square root of the number of subjects: few subjects never say much.

Sources: Lavrač, Flach & Zupan 1999, ILP; Klösgen 1996; Sagadeeva & Boehm 2021, SIGMOD, with alpha = 0.95; Liang & Zeger
1986, Biometrika 73(1), for the last.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr  # scipy.stats would take a second to import

Floats = NDArray[np.float64]
ALPHA = 0.95


def weighted_relative_accuracy(n: ArrayLike, f: ArrayLike, whole: float, hit: float) -> Floats:
    """Of slices with `n` cases, `f` of them hit, where of the `whole` `hit` are; above 0: more than elsewhere."""
    size, found = np.asarray(n, np.float64), np.asarray(f, np.float64)
    return (found - size * hit / whole) / whole


def sliceline(n: ArrayLike, f: ArrayLike, whole: float, hit: float, alpha: float = ALPHA) -> Floats:
    """SliceLine's score of the same; above 0: larger and worse than the rest enough to be told. NaN where n is 0."""
    size, found = np.asarray(n, np.float64), np.asarray(f, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return alpha * (found / size * whole / hit - 1) - (1 - alpha) * (whole / size - 1)


def p_blind(n: ArrayLike, f: ArrayLike, whole: int, hit: int) -> Floats:
    """The hypergeometric tail, elementwise: every case is taken for independent."""
    from scipy.stats import hypergeom

    return np.asarray(hypergeom.sf(np.asarray(f) - 1, whole, hit, np.asarray(n)), np.float64)


def p_clustered(n: ArrayLike, f: ArrayLike, share: float) -> float:
    """One-sided, of one slice: `n` cases and `f` hits of each of its subjects; `share` are hit of all cases.

    1 where no subject's rate differs.
    """
    off = np.asarray(f, np.float64) - np.asarray(n, np.float64) * share
    spread = float(np.sqrt((off**2).sum()))
    return float(ndtr(-off.sum() / spread)) if spread else 1.0
