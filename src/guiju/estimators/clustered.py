"""Two groups compared where cases of one subject depend on each other: odds ratio and difference, clustered.

A subject g has n_g cases in a group, f_g of them hit; p is the group's share. What a subject adds to the group's error
is u_g = f_g - n_g p (linearisation; a sandwich). With G subjects of the group and c = G / (G - 1):

    var(p)                 c sum(u_g^2) / n^2
    var(log odds ratio)    var(p1) / (p1 q1)^2 + var(p0) / (p0 q0)^2, less twice the covariance of subjects in both
    design effect          var(p) / (p q / n), at least 1: so many times as many dependent cases say as much

Intervals use t with (the fewer subjects - 1) degrees of freedom. Where a group has no hit, or no miss, a half is
added to each, and its design effect is the other group's: its own cases do not show one.

Sources: Liang & Zeger 1986, Biometrika 73(1); Rao & Scott 1992, Biometrics 48(2), for counts by design effects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit  # scipy.stats would take a second to import

from guiju.estimators.against_chance import newcombe
from guiju.estimators.two_by_two import OddsRatio

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Clustered:
    """The one group against the other.

    odds: the odds ratio with its clustered interval. difference, low, high: of the two shares, Newcombe's interval with
    each group's counts divided by its design effect. se: of the logarithm of the odds ratio.
    """

    odds: OddsRatio
    se: float
    difference: float
    low: float
    high: float
    design_effects: tuple[float, float]


def compare(n: ArrayLike, f: ArrayLike, others_n: ArrayLike, others_f: ArrayLike, level: float = 0.95) -> Clustered:
    """`n` cases and `f` hits of each subject in the one group, and in the other, subject by subject, 0 where none.

    NaN where a group has no case. The interval is infinite where a group has but one subject.
    """
    ns, fs = _told(n, others_n), _told(f, others_f)
    if ns.shape != fs.shape:
        raise ValueError("give hits and cases subject by subject, 0 where a subject has none")
    cases, hits, subjects = ns.sum(axis=1), fs.sum(axis=1), (ns > 0).sum(axis=1)
    if not cases.all():
        return Clustered(OddsRatio(np.nan, np.nan, np.nan), np.nan, np.nan, np.nan, np.nan, (np.nan, np.nan))
    silent = (hits == 0) | (hits == cases)
    patch = np.where(silent, 0.5, 0.0)
    p = (hits + patch) / (cases + 2 * patch)
    spread = p * (1 - p) * cases
    scale = np.sqrt(subjects / np.maximum(subjects - 1.0, 1.0))
    off = (fs - ns * (hits / cases)[:, None]) * scale[:, None]
    effects = np.maximum((off**2).sum(axis=1) / spread, 1.0)
    effects = np.where(silent, effects[::-1], effects)
    variance = ((off[0] / spread[0] - off[1] / spread[1]) ** 2).sum() + (effects / spread)[silent].sum()
    se = np.sqrt(max(variance, (1 / spread).sum())) if (subjects > 1).all() else np.inf
    freedom = int(subjects.min()) - 1
    reach = -float(stdtrit(freedom, (1 - level) / 2)) * se if freedom else np.inf
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        value = float(np.divide(hits[0] * (cases[1] - hits[1]), (cases[0] - hits[0]) * hits[1]))
        middle = float(np.log(p[0] / (1 - p[0])) - np.log(p[1] / (1 - p[1])))
        odds = OddsRatio(value, float(np.exp(middle - reach)), float(np.exp(middle + reach)))
    low, high = newcombe(
        hits[0] / effects[0], cases[0] / effects[0], hits[1] / effects[1], cases[1] / effects[1], level
    )
    return Clustered(
        odds, float(se), float(hits[0] / cases[0] - hits[1] / cases[1]), float(low), float(high),
        (float(effects[0]), float(effects[1])),
    )  # fmt: skip


def _told(one: ArrayLike, other: ArrayLike) -> Floats:
    """A group's counts above the other's."""
    both = [np.asarray(values, np.float64).ravel() for values in (one, other)]
    if both[0].shape != both[1].shape:
        raise ValueError("give both groups subject by subject, 0 where a subject has no case in it")
    return np.stack(both)


def detectable_odds_ratio(se: float, power: float = 0.8, level: float = 0.95) -> float:
    """The odds ratio above 1 that is told from 1 with this power, at a standard error of its logarithm."""
    return float(np.exp((ndtri(0.5 + level / 2) + ndtri(power)) * se)) if np.isfinite(se) else np.inf
