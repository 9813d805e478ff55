"""How concentrated a market is, from what each firm in it sells, also where some of the market is not seen.

Shares are of the whole market, in per cent. `unseen_pct` of it is sold by firms nobody counted: if they are very many
and small they add nothing to the Herfindahl-Hirschman index, if they are one firm they add the square of their share,
and the index lies between. Sources: Hirschman 1964, Am. Econ. Rev. 54(5); U.S. Merger Guidelines 2023, guideline 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def shares_pct(sums: ArrayLike, unseen_pct: float = 0.0) -> NDArray[np.float64]:
    """Each counted firm's share, in the order given."""
    sold = np.asarray(sums, dtype=np.float64)
    if not 0 <= unseen_pct < 100:
        raise ValueError(f"unseen_pct must be at least 0 and below 100, not {unseen_pct}")
    if sold.ndim != 1 or not sold.size or not np.isfinite(sold).all() or (sold < 0).any() or not sold.sum():
        raise ValueError("sums must be numbers of at least 0, one of them above it")
    return np.asarray(sold / sold.sum() * (100 - unseen_pct), dtype=np.float64)


def hhi(sums: ArrayLike, unseen_pct: float = 0.0, largest_unseen_pct: float | None = None) -> tuple[float, float]:
    """The least and the greatest the index can be, 0 to 10,000.

    If no unseen firm is larger than `largest_unseen_pct`, the greatest is less.
    """
    known = float((shares_pct(sums, unseen_pct) ** 2).sum())
    largest = unseen_pct if largest_unseen_pct is None else min(unseen_pct, largest_unseen_pct)
    return known, known + unseen_pct * largest


def ratio_pct(sums: ArrayLike, firms: int, unseen_pct: float = 0.0) -> float:
    """The share of the largest `firms` counted ones together (CR1, CR2, …)."""
    return float(np.sort(shares_pct(sums, unseen_pct))[::-1][:firms].sum())


def rise(sums: ArrayLike, joining: ArrayLike, unseen_pct: float = 0.0) -> float:
    """What the index gains if the firms marked in `joining` become one; what is not seen has no part in it."""
    theirs = shares_pct(sums, unseen_pct)[np.asarray(joining, dtype=bool)]
    return float(theirs.sum() ** 2 - (theirs**2).sum())
