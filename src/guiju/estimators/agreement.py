"""How far raters agree: Krippendorff's alpha, Kendall's W, intraclass correlations.

Scores are arrays (raters, subjects); NaN is a cell that nobody filled. Alpha takes missing cells as they are; W and the
correlations need whole tables, and refuse others.

    alpha = 1 - D_o / D_e                  observed against expected disagreement over all pairs of one subject's scores
    W = 12 S / (m^2 (n^3 - n) - m T)       S: squared deviations of rank sums; T: sum of t^3 - t over ties
    ICC: mean squares of subjects (B), raters (J), error (E) and within subjects (W) of an analysis of variance

Source: Krippendorff 2018, Content Analysis, 12; Kendall and Babington Smith 1939; Shrout and Fleiss 1979, Psych. Bull.
86.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

NOMINAL, ORDINAL, INTERVAL, RATIO = METRICS = ("nominal", "ordinal", "interval", "ratio")
Reals = NDArray[np.float64]


def krippendorff_alpha(scores: ArrayLike, metric: str) -> float:
    """Alpha of `scores` (raters, subjects) under one of METRICS; 1 full agreement, 0 as by chance.

    NaN where it is not defined: no subject has two scores, or all scores that can be compared are the same. Raises
    ValueError for an unknown metric, and under `ratio` for scores below 0.
    """
    if metric not in METRICS:
        raise ValueError(f"there is no metric {metric!r}; there are {', '.join(METRICS)}")
    table = np.atleast_2d(np.asarray(scores, float))
    if metric == RATIO and (table < 0).any():
        raise ValueError("a ratio scale has no scores below 0")
    values, counts = _counts(table)
    of = counts.sum(axis=1, keepdims=True)
    paired = (of > 1).ravel()
    counts, of = counts[paired], of[paired]
    totals = counts.sum(axis=0)
    n = totals.sum()
    if not paired.any():
        return float("nan")
    distances = _distances(values, totals, metric)
    observed = (np.einsum("ua,ub,ab->u", counts, counts, distances) / (of.ravel() - 1)).sum() / n
    expected = totals @ distances @ totals / (n * (n - 1))
    return float(1 - observed / expected) if expected > 0 else float("nan")


def _counts(table: Reals) -> tuple[Reals, Reals]:
    """The values that occur, in order, and how often each subject was given each: (subjects, values)."""
    values = np.unique(table[~np.isnan(table)])
    return values, (table[:, :, None] == values).sum(axis=0).astype(float)


def _distances(values: Reals, totals: Reals, metric: str) -> Reals:
    """Squared differences between any two values."""
    if metric == NOMINAL:
        return 1.0 - np.eye(values.size)
    if metric == ORDINAL:
        places = np.cumsum(totals) - totals / 2
        return np.asarray((places[:, None] - places) ** 2)
    apart = values[:, None] - values
    if metric == INTERVAL:
        return np.asarray(apart**2)
    sums = values[:, None] + values
    return np.asarray(np.divide(apart, sums, out=np.zeros_like(apart), where=sums > 0) ** 2)


class Concordance(NamedTuple):
    """Kendall's W, from 0 to 1, Friedman's chi-square m (n - 1) W, and the share of permutations as concordant."""

    w: float
    chi2: float
    p: float


def kendall_w(scores: ArrayLike, rng: np.random.Generator, permutations: int = 9_999) -> Concordance:
    """W of whole `scores` (raters, subjects), with the correction for ties.

    p permutes each rater's scores, for with few subjects the chi-square is no guide. NaN where every rater gave every
    subject the same. Raises ValueError for missing cells, or fewer than two raters or subjects.
    """
    table = _whole(scores)
    m, n = table.shape
    ranks = ranked(table)
    ties = sum(float((t**3 - t).sum()) for t in (np.unique(row, return_counts=True)[1] for row in table))
    whole = m * m * (n**3 - n) - m * ties
    if whole <= 0:
        return Concordance(float("nan"), float("nan"), float("nan"))

    def spread(of: Reals) -> Reals:
        return np.asarray(((of.sum(axis=-2) - m * (n + 1) / 2) ** 2).sum(axis=-1))

    drawn = rng.permuted(np.broadcast_to(ranks, (permutations, m, n)), axis=2)
    least = spread(ranks) * (1 - 1e-12)
    w = float(12 * spread(ranks) / whole)
    return Concordance(w, m * (n - 1) * w, float((1 + (spread(drawn) >= least).sum()) / (permutations + 1)))


def ranked(table: Reals) -> Reals:
    """Ranks within each row, from 1; of equal values their mean."""
    below = (table[:, None, :] < table[:, :, None]).sum(axis=2)
    same = (table[:, None, :] == table[:, :, None]).sum(axis=2)
    return np.asarray(below + (same + 1) / 2)


class Correlations(NamedTuple):
    """Shrout and Fleiss's six: of one rater's score and of the mean of all k, by how raters were drawn.

    one: each subject has raters of its own; random: raters are a sample of many; fixed: these raters are all there are.
    `random` is absolute agreement (McGraw and Wong's A,1 and A,k).
    """

    one: float
    random: float
    fixed: float
    one_mean: float
    random_mean: float
    fixed_mean: float


def intraclass(scores: ArrayLike) -> Correlations:
    """Intraclass correlations of whole `scores` (raters, subjects); NaN where scores do not differ.

    Raises ValueError for missing cells, or fewer than two raters or subjects.
    """
    table = _whole(scores)
    k, n = table.shape
    mean = table.mean()
    between = k * ((table.mean(axis=0) - mean) ** 2).sum() / (n - 1)
    raters = n * ((table.mean(axis=1) - mean) ** 2).sum() / (k - 1)
    within = ((table - table.mean(axis=0)) ** 2).sum() / (n * (k - 1))
    error = (within * n * (k - 1) - raters * (k - 1)) / ((n - 1) * (k - 1))

    def share(part: float, whole: float) -> float:
        return float(part / whole) if whole > 0 else float("nan")

    return Correlations(
        share(between - within, between + (k - 1) * within),
        share(between - error, between + (k - 1) * error + k * (raters - error) / n),
        share(between - error, between + (k - 1) * error),
        share(between - within, between),
        share(between - error, between + (raters - error) / n),
        share(between - error, between),
    )


def _whole(scores: ArrayLike) -> Reals:
    table = np.atleast_2d(np.asarray(scores, float))
    if np.isnan(table).any():
        raise ValueError("a cell is missing: alpha takes such tables, this does not")
    if min(table.shape) < 2:
        raise ValueError("agreement needs two raters and two subjects at least")
    return table
