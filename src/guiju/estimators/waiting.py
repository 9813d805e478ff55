"""How long until it happens, when for some it had not happened by the time one stopped looking.

    S(t) = prod over event times s <= t of (1 - d_s / n_s)         Kaplan and Meier
    var S(t) = S(t)^2 sum d_s / (n_s (n_s - d_s))                  Greenwood; intervals on the scale log(-log S)
    log-rank: (O - E)' V^-1 (O - E), hypergeometric V              chi-square with groups - 1 degrees of freedom

Source: Kaplan and Meier 1958, J. Am. Stat. Assoc. 53; Mantel 1966; Kalbfleisch and Prentice 2002, 1.4.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Reals = NDArray[np.float64]
Z95 = 1.959963984540054


class Curve(NamedTuple):
    """The share still waiting, from 1, after each of `times` (at which something happened); its 95 % interval."""

    times: Reals
    share: Reals
    low: Reals
    high: Reals
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    longest: float  # how long the longest was looked at

    def at(self, time: float) -> float:
        """The share still waiting at a time; NaN beyond what was looked at, unless nobody waits any more."""
        if time > self.longest and (not self.share.size or self.share[-1] > 0):
            return float("nan")
        place = int(np.searchsorted(self.times, time, side="right"))
        return float(self.share[place - 1]) if place else 1.0

    @property
    def median(self) -> float:
        """The first time at which half or less are waiting; NaN where it was not reached."""
        reached = np.flatnonzero(self.share <= 0.5 + 1e-12)
        return float(self.times[reached[0]]) if reached.size else float("nan")

    def mean_until(self, time: float) -> float:
        """The mean wait if everybody stopped at `time` (the restricted mean); NaN beyond what was looked at."""
        if np.isnan(self.at(time)):
            return float("nan")
        inside = self.times < time
        edges = np.concatenate([[0.0], self.times[inside], [time]])
        return float((np.diff(edges) * np.concatenate([[1.0], self.share[inside]])).sum())


def kaplan_meier(waits: ArrayLike, happened: ArrayLike) -> Curve:
    """The curve of `waits` (n,), of which those not `happened` (n,) were still waiting when one stopped looking.

    Raises ValueError for no waits, or one below 0 or not known.
    """
    time, event = _given(waits, happened)
    times = np.unique(time[event])
    at_risk = (time[:, None] >= times).sum(axis=0)
    events = ((time[:, None] == times) & event[:, None]).sum(axis=0)
    share = np.cumprod(1 - events / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(events / (at_risk * (at_risk - events)))
        spread = Z95 * np.sqrt(variance) / np.abs(np.log(share))
        low, high = share ** np.exp(spread), share ** np.exp(-spread)
    gone = share <= 0
    return Curve(
        times, share, np.where(gone, 0.0, low), np.where(gone, np.nan, high), at_risk.astype(np.int64),
        events.astype(np.int64), float(time.max()),
    )  # fmt: skip


class LogRank(NamedTuple):
    """Whether groups wait alike: chi-square, its degrees of freedom, p; observed and expected events of each group."""

    chi2: float
    df: int
    p: float
    observed: Reals
    expected: Reals


def log_rank(waits: ArrayLike, happened: ArrayLike, groups: ArrayLike) -> LogRank:
    """Compare the `groups` (n,). NaN where nothing happened, or of one group. Raises ValueError as kaplan_meier."""
    from scipy.stats import chi2 as distribution

    time, event = _given(waits, happened)
    names, of = np.unique(np.asarray(groups), return_inverse=True)
    k = names.size
    observed, expected, spread = np.zeros(k), np.zeros(k), np.zeros((k, k))
    for at in np.unique(time[event]):
        risk = np.bincount(of[time >= at], minlength=k).astype(float)
        dead = np.bincount(of[(time == at) & event], minlength=k).astype(float)
        n, d = risk.sum(), dead.sum()
        observed, expected = observed + dead, expected + d * risk / n
        if n > 1:
            spread += d * (n - d) / (n - 1) * (np.diag(risk) / n - np.outer(risk, risk) / n**2)
    apart, rank = observed - expected, int(np.linalg.matrix_rank(spread, tol=1e-9))
    if k < 2 or not rank:
        return LogRank(float("nan"), max(k - 1, 0), float("nan"), observed, expected)
    chi2 = float(apart @ np.linalg.pinv(spread) @ apart)
    return LogRank(chi2, rank, float(distribution.sf(chi2, rank)), observed, expected)


def contacts_needed(hazard_ratio: float, power: float = 0.8, level: float = 0.95, replied: float = 1.0) -> int:
    """Contacts a subject so that a log-rank test of two subjects sees replies `hazard_ratio` times as fast.

    replied: the share that gets a reply while one looks. Source: Schoenfeld 1981, Biometrika 68. Raises ValueError.
    """
    from scipy.special import ndtri

    if hazard_ratio <= 0 or hazard_ratio == 1 or not 0 < replied <= 1:
        raise ValueError("a ratio above 0 and other than 1, and a share of replies above 0, up to 1")
    events = 4 * (ndtri((1 + level) / 2) + ndtri(power)) ** 2 / np.log(hazard_ratio) ** 2
    return int(np.ceil(events / replied / 2 - 1e-9))


def _given(waits: ArrayLike, happened: ArrayLike) -> tuple[Reals, NDArray[np.bool_]]:
    time, event = np.asarray(waits, float), np.asarray(happened, bool)
    if time.ndim != 1 or time.shape != event.shape or not time.size:
        raise ValueError("there is at least one wait, and for each whether it happened")
    if not (np.isfinite(time).all() and (time >= 0).all()):
        raise ValueError("a wait is a known time, from 0 on")
    return time, event
