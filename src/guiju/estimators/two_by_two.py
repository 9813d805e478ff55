"""Whether one group is hit more often than another, of one table of two by two or of many: odds ratios over strata.

A stratum has the counts a, b (hit and not, of the one group) and c, d (of the other), n in all:

    odds ratio          a d / (b c)
    Mantel–Haenszel     sum(a d / n) / sum(b c / n), the odds ratio that the strata have in common
    its logarithm       has the variance of Robins, Breslow and Greenland
    CMH                 (|sum(a - E a)| - 1/2)^2 / sum(V a), chi-squared with one degree of freedom if it is 1; E and V
                        are the hypergeometric's; 1/2 is Yates's correction
    Breslow–Day         sum((a - A)^2 / var A): A is a fitted to the common odds ratio; chi-squared with (strata - 1)
                        degrees of freedom if the strata have it in common

Strata in which nobody is hit, or everybody is, or one group is empty, say nothing and are left out.

Sources: Mantel & Haenszel 1959, J. Natl. Cancer Inst. 22(4); Cochran 1954, Biometrics 10(4); Robins, Breslow &
Greenland 1986, Biometrics 42(2); Breslow & Day 1980, Statistical Methods in Cancer Research I, 4.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtri  # scipy.stats would take a second to import

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class OddsRatio:
    """An odds ratio with its interval; NaN where the table does not say, infinite where nobody else is hit."""

    value: float
    low: float
    high: float


def odds_ratio(a: float, b: float, c: float, d: float, level: float = 0.95) -> OddsRatio:
    """That of one table. The interval is Woolf's; a half is added to each count where one is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(np.divide(a * d, b * c))
    cells = np.array([a, b, c, d], np.float64)
    cells = cells + 0.5 if (cells == 0).any() else cells
    middle = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    reach = float(ndtri(0.5 + level / 2)) * np.sqrt((1 / cells).sum())
    return OddsRatio(value, float(np.exp(middle - reach)), float(np.exp(middle + reach)))


def mantel_haenszel(strata: ArrayLike, level: float = 0.95) -> OddsRatio:
    """The common odds ratio; `strata` is of the shape (strata, 4): a, b, c, d."""
    a, b, c, d = _told(strata).T
    n = a + b + c + d
    r, s = a * d / n, b * c / n
    if not r.sum() or not s.sum():
        with np.errstate(divide="ignore", invalid="ignore"):
            return OddsRatio(float(np.divide(r.sum(), s.sum())), np.nan, np.nan)
    p, q = (a + d) / n, (b + c) / n
    value = r.sum() / s.sum()
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    reach = float(ndtri(0.5 + level / 2)) * np.sqrt(variance)
    return OddsRatio(float(value), float(value * np.exp(-reach)), float(value * np.exp(reach)))


def cochran_mantel_haenszel(strata: ArrayLike, *, correct: bool = False) -> tuple[float, float]:
    """The statistic and its p-value; `strata` as for `mantel_haenszel`. NaN where no stratum says anything."""
    a, b, c, d = _told(strata).T
    n = a + b + c + d
    if not n.size:
        return np.nan, np.nan
    expected = (a + b) * (a + c) / n
    variance = (a + b) * (c + d) * (a + c) * (b + d) / (n**2 * (n - 1))
    off = abs((a - expected).sum())
    statistic = float(max(off - 0.5, 0.0) ** 2 / variance.sum()) if correct else float(off**2 / variance.sum())
    return statistic, float(chdtrc(1, statistic))


def breslow_day(strata: ArrayLike) -> tuple[float, float]:
    """The statistic and its p-value that the strata have one odds ratio in common; NaN with fewer than two of them."""
    kept = _told(strata)
    if len(kept) < 2:
        return np.nan, np.nan
    common = mantel_haenszel(kept).value
    if not 0 < common < np.inf:
        return np.nan, np.nan
    a, b, c, d = kept.T
    hit, first, n = a + c, a + b, a + b + c + d
    fitted = _fitted(common, hit, first, n)
    variance = 1 / (1 / fitted + 1 / (first - fitted) + 1 / (hit - fitted) + 1 / (n - first - hit + fitted))
    statistic = float(((a - fitted) ** 2 * (1 / variance)).sum())
    return statistic, float(chdtrc(len(kept) - 1, statistic))


def _fitted(common: float, hit: Floats, first: Floats, n: Floats) -> Floats:
    """a of each stratum at a given odds ratio and its margins: the root between what the margins allow."""
    if abs(common - 1) < 1e-12:
        return first * hit / n
    linear = common * (first + hit) + n - first - hit
    root = np.sqrt(linear**2 - 4 * common * (common - 1) * first * hit)
    # Of the two roots it is this one, written so that nothing cancels.
    return np.asarray(2 * common * first * hit / (linear + root), np.float64)


def _told(strata: ArrayLike) -> Floats:
    """The strata that say something."""
    rows = np.asarray(strata, np.float64).reshape(-1, 4)
    if (rows < 0).any():
        raise ValueError("counts are not below 0")
    a, b, c, d = rows.T
    return rows[(a + b > 0) & (c + d > 0) & (a + c > 0) & (b + d > 0)]
