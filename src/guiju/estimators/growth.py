"""Whether a series grows faster and faster: the change of its growth from period to period, with an interval.

With y_t the logarithm of a period's value (or the value itself: absolute growth), t = 0 … T - 1 and u the noise,

    y_t = level + growth t + acceleration t^2 / 2 + season_t + u_t,    u_t = rho u_(t-1) + e_t

so the second difference of the trend is `acceleration`. Noise that lasts (rho near 1, a random walk) looks like a
change of growth; noise that does not (rho = 0) hardly does; and rho is not known. The equation is taken in first
differences, which hold for every rho from -1 to 1; given rho the estimate is generalised least squares with Student's
t, exactly; and over rho it is averaged with the weight that the residuals give each (their likelihood, trend and season
integrated out, times a prior: a quarter on a random walk, the rest the reference prior 1 / sqrt(1 - rho^2)). The
interval is of that mixture of t distributions.

Seasons are whole-year waves: of 12 months all 11, which is a mean for every month; of 52 weeks 3 pairs.
Without two whole years the time of the year cannot be told from growth, and nothing is said.

Sources: Zellner & Tiao 1964, J. Am. Stat. Assoc. 59, 763 (regression with autocorrelated errors); Harville 1974,
Biometrika 61(2) (the likelihood of contrasts); Berger & Yang 1994, Econometric Theory 10(3-4) (the prior).
How often the interval holds: `bench/growth.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import solve_triangular
from scipy.special import stdtr, stdtrit  # scipy.stats would take a second to import

Floats = NDArray[np.float64]
WAVES = {12: 6, 52: 3}  # pairs of a season, by periods of a year
YEARS = 2  # whole years that tell a season from growth
LEAST = 12  # periods, where there is no season
ANGLES = 24
MEMORIES = np.cos(np.pi * np.arange(ANGLES) / ANGLES)  # even angles carry the reference prior; the first is 1
WALK = 0.25  # of the prior: noise is a random walk; without it the interval of one holds 85 times in 100, not 95
PRIOR = np.array([WALK, *[(1 - WALK) / (ANGLES - 1)] * (ANGLES - 1)])


class Course(StrEnum):
    """What a series shows of its growth, by the interval of its acceleration."""

    too_short = "too_short"
    faster = "faster"  # the whole interval is above 0
    slower = "slower"  # the whole interval is below 0
    not_shown = "not_shown"  # 0 is in it: neither is shown, which is not the same as steady growth


@dataclass(frozen=True)
class Estimate:
    """A value and the interval around it."""

    value: float
    low: float
    high: float

    @property
    def half(self) -> float:
        return (self.high - self.low) / 2


@dataclass(frozen=True)
class Growth:
    """How a series grows, per period: of its logarithm (0.02: 2 % a period), or of itself.

    growth: in the middle of the series. acceleration: its change from one period to the next. first, last: growth at
    both ends, by the trend. season: each period's, 0 on average over a year; trend: what is left of the series without
    season and noise. Both are on the scale of `y`. rho: the noise's memory, averaged. All NaN where `too_short`.
    """

    course: Course
    periods: int
    least: int
    growth: Estimate
    acceleration: Estimate
    first: float
    last: float
    season: Floats
    trend: Floats
    rho: float


def growth(
    series: ArrayLike, a_year: int | None = 12, *, logarithm: bool = True, start: float = 0.0, level: float = 0.95
) -> Growth:
    """The growth of a series of equal periods, in order, none missing and none unfinished.

    a_year: periods of a year (12 or 52), or None where there is no season. start: the place in its year of the first
    period, 0 to 1, to which seasons are tied. Raises ValueError for a value that is missing, and with `logarithm` for
    one that is not above 0.
    """
    values = np.asarray(series, np.float64).ravel()
    if not np.isfinite(values).all() or (logarithm and (values <= 0).any()):
        raise ValueError("a series of growth has a value in every period, above 0 where its logarithm is taken")
    periods, least = len(values), least_periods(a_year)
    if periods < least:
        none, nothing = Estimate(np.nan, np.nan, np.nan), np.full(periods, np.nan)
        return Growth(Course.too_short, periods, least, none, none, np.nan, np.nan, nothing, nothing, np.nan)
    t = np.arange(periods) - (periods - 1) / 2
    waves = season_waves(periods, a_year, start)
    y, season, spent = np.log(values) if logarithm else values, np.zeros(periods), 0
    if not logarithm and (values > 0).all():  # a season grows with what it moves: taken out as a ratio
        y, spent = values / np.exp(growth(values, a_year, start=start).season), waves.shape[1]
        season, waves = values - y, waves[:, :0]
    columns = np.column_stack([t, t**2 / 2, waves])
    scale = float(np.abs(y).max()) or 1.0
    b, mixture, rho = fit(np.diff(y) / scale, np.diff(columns, axis=0), spent)
    b = b * scale
    slope, bend = (Estimate(float(b[i]), *(mixture.quantile(i, q) * scale for q in _tails(level))) for i in (0, 1))
    season = season + columns[:, 2:] @ b[2:]
    trend = columns[:, :2] @ b[:2]
    trend = trend + (np.log(values) if logarithm else values).mean() - season.mean() - trend.mean()
    course = Course.faster if bend.low > 0 else Course.slower if bend.high < 0 else Course.not_shown
    first, last = (float(b[0] + b[1] * t[i]) for i in (0, -1))
    return Growth(course, periods, least, slope, bend, first, last, season, trend, rho)


def least_periods(a_year: int | None) -> int:
    """How many periods a verdict needs."""
    return LEAST if a_year is None else YEARS * a_year


def season_waves(periods: int, a_year: int | None, start: float = 0.0) -> Floats:
    """(periods, 2 x pairs) sines and cosines of a year, without those that are 0 in every period."""
    if a_year is None:
        return np.zeros((periods, 0))
    if a_year not in WAVES:
        raise ValueError(f"a year has 12 or 52 periods here, not {a_year}")
    year = a_year if a_year == 12 else 365.25 / 7
    place = 2 * np.pi * (start + np.arange(periods) / year)
    waves = np.column_stack([f(k * place) for k in range(1, WAVES[a_year] + 1) for f in (np.cos, np.sin)])
    return waves[:, :-1] if 2 * WAVES[a_year] == a_year else waves  # the last sine of whole months is another cosine


def _tails(level: float) -> tuple[float, float]:
    return (1 - level) / 2, (1 + level) / 2


@dataclass(frozen=True)
class Mixture:
    """Student's t distributions, one a rho: (rhos,) weights, (rhos, k) centres and scales."""

    weights: Floats
    centres: Floats
    scales: Floats
    freedom: int

    def quantile(self, i: int, q: float) -> float:
        """Where the mixture's distribution of coefficient i reaches q, by halving."""
        each = self.centres[:, i] + stdtrit(self.freedom, q) * self.scales[:, i]
        low, high = float(each.min()), float(each.max())
        for _ in range(60):
            middle = (low + high) / 2
            reached = float(self.weights @ stdtr(self.freedom, (middle - self.centres[:, i]) / self.scales[:, i]))
            low, high = (middle, high) if reached < q else (low, middle)
        return (low + high) / 2


def fit(
    changes: Floats, columns: Floats, spent: int = 0, memories: ArrayLike = MEMORIES, prior: ArrayLike = PRIOR
) -> tuple[Floats, Mixture, float]:
    """Coefficients averaged over rho, what they may be, and the average rho; changes and `columns` are differences.

    spent: degrees of freedom that were used before.
    """
    n, k = columns.shape
    freedom, rhos = n - k - spent, np.asarray(memories, np.float64)
    centres, scales, logs = np.empty((len(rhos), k)), np.empty((len(rhos), k)), np.empty(len(rhos))
    for i, rho in enumerate(rhos):
        white, volume = whitening(float(rho), n)
        white_x, white_y = white @ columns, white @ changes
        q, r = np.linalg.qr(white_x)
        b = np.linalg.solve(r, q.T @ white_y)
        rest = max(float(((white_y - white_x @ b) ** 2).sum()), 1e-24)  # a series without noise
        centres[i] = b
        scales[i] = np.sqrt(rest / freedom * (np.linalg.inv(r) ** 2).sum(axis=1))
        logs[i] = (
            -volume - np.log(np.abs(np.diag(r))).sum() - freedom / 2 * np.log(rest)
        )  # the likelihood with coefficients and the noise's size integrated out
    weights = np.exp(logs - logs.max()) * np.asarray(prior, np.float64)
    weights /= weights.sum()
    return weights @ centres, Mixture(weights, centres, scales, freedom), float(weights @ rhos)


def covariance(rho: float, n: int) -> Floats:
    """(n, n) of the changes of noise with memory rho, whose own news have variance 1; of a random walk: 1."""
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    made: Floats = -(1 - rho) / (1 + rho) * np.power(rho, np.maximum(apart - 1, 0), dtype=np.float64)
    np.fill_diagonal(made, 2 / (1 + rho))
    return made


@lru_cache(maxsize=8 * ANGLES)  # a platform's series are of one length
def whitening(rho: float, n: int) -> tuple[Floats, float]:
    """(n, n) what makes such changes independent, of variance 1; and half the logarithm of the determinant undone."""
    root = np.linalg.cholesky(covariance(rho, n))
    return solve_triangular(root, np.eye(n), lower=True), float(np.log(np.diag(root)).sum())
