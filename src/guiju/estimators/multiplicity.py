"""Many tests asked at once: adjusted p-values that keep the expected share of false findings below a level.

`asked` is the number of tests asked, where more were asked than have a p-value here (a cell that could not be
weighed was asked too, and counts as p = 1); by default every test asked is given. Sources: Benjamini &
Hochberg 1995, J. R. Stat. Soc. B 57(1); Benjamini & Yekutieli 2001, Ann. Stat. 29(4), theorem 1.3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def benjamini_hochberg(p: ArrayLike, asked: int | None = None) -> NDArray[np.float64]:
    """Adjusted p-values (q-values), in the order given, of independent or positively dependent tests.

    q of the i-th smallest p is the least m p_(j) / j over j >= i, at most 1; a test is found at level a where
    q <= a.
    """
    return _step_up(p, asked, dependent=False)


def benjamini_yekutieli(p: ArrayLike, asked: int | None = None) -> NDArray[np.float64]:
    """Adjusted p-values (q-values), in the order given, whatever the dependence.

    They are those of Benjamini–Hochberg times 1 + 1/2 + … + 1/m, at most 1.
    """
    return _step_up(p, asked, dependent=True)


def first_threshold(m: int, alpha: float, dependent: bool = True) -> float:
    """The p-value at which the smallest of `m` is found, whatever the others are.

    It is alpha / m, divided by 1 + 1/2 + … + 1/m if the tests may be `dependent`.
    """
    if m < 1:
        raise ValueError(f"m must be at least 1, not {m}")
    return alpha / (m * _harmonic(m) if dependent else m)


def _step_up(p: ArrayLike, asked: int | None, *, dependent: bool) -> NDArray[np.float64]:
    values = np.asarray(p, dtype=np.float64)
    m = values.size if asked is None else asked
    if values.ndim != 1:
        raise ValueError(f"p must have one dimension, not {values.ndim}")
    if m < values.size:
        raise ValueError(f"asked = {m}, but {values.size} p-values are given")
    if not np.all((values >= 0) & (values <= 1)):  # NaN fails both
        raise ValueError("p-values must lie in [0, 1]; one that could not be computed is 1 or left to `asked`")
    order = np.argsort(values, kind="stable")
    factor = m * (_harmonic(m) if dependent else 1.0)
    steps = values[order] * factor / np.arange(1, values.size + 1)
    q = np.empty_like(values)
    q[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return q


def _harmonic(m: int) -> float:
    return float(np.sum(1.0 / np.arange(1, m + 1)))
