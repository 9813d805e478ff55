"""How long most take, with a margin for how few were seen: a bound above a quantile that supposes no distribution.

Of n independent values in ascending order x(1) ... x(n), of any distribution with the p-quantile q,

    P(q <= x(k)) >= P(X <= k - 1),   X binomial(n, p),   with equality where the distribution is continuous

so the smallest k for which that is at least the confidence gives the lowest such bound. With few values there is none:
even the largest is above the quantile only with probability 1 - p^n. Values of which only is known that they are larger
than all others may be counted as infinite.

Source: Thompson 1936, Ann. Math. Stat. 7(3); Hahn & Meeker 1991, Statistical Intervals, 5.2.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil, log, sqrt

import numpy as np
from scipy.special import bdtr  # scipy.stats would take a second to import


@lru_cache(maxsize=4096)  # many goods have as many values
def order_of_bound(n: int, share: float, confidence: float) -> int:
    """k, from 1 to n, of the order statistic that is above the `share` quantile with `confidence`; 0 where none is.

    Raises ValueError where share or confidence does not lie between 0 and 1.
    """
    _between(share, confidence)
    if n < 1 or 1 - share**n < confidence:
        return 0
    first = max(int(n * share), 0)  # below the quantile's own place no bound has a confidence above about a half
    if confidence < 0.5:
        first = 0
    last = min(n, ceil(n * share + 12 * sqrt(n * share * (1 - share)) + 12))
    places = np.arange(first, last + 1)
    enough = np.where(places > 0, bdtr(np.maximum(places - 1, 0), n, share), 0.0) >= confidence
    return int(places[enough.argmax()]) if enough.any() else n


def least_values(share: float, confidence: float) -> int:
    """How many values it takes for any bound."""
    _between(share, confidence)
    n = ceil(log(1 - confidence) / log(share))
    return n if 1 - share**n >= confidence else n + 1  # a logarithm's rounding


def _between(share: float, confidence: float) -> None:
    if not (0 < share < 1 and 0 < confidence < 1):
        raise ValueError(f"share and confidence lie between 0 and 1: {share}, {confidence}")
