"""What a panel's scores come to: each subject's score with its interval, the ranks it may have, the tiers that stand.

The published formula, with the panel's weights w:

    of a dimension   the subject's effect in score = rater + subject, by least squares (the mean, if no cell is empty)
    of the whole     sum(w_d score_d)

Raters are the sample: the covariance of the scores is the jackknife's over raters,

    V = (m - 1) / m sum_i (theta_(-i) - mean)(theta_(-i) - mean)'

with m - 1 degrees of freedom. It is no wider for raters who are strict or lenient throughout, since only differences
between subjects are tested. Six raters are few, and what they cannot tell apart is said to be one tier.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from guiju.estimators.agreement import Concordance, Correlations, intraclass, kendall_w, krippendorff_alpha
from guiju.estimators.ordinal import Fit, cumulative_logit
from guiju.estimators.rank_sets import RankSets, marginal, simultaneous, tiers
from guiju.ratings.panel import Scores
from guiju.records.errors import BadInput

Reals = NDArray[np.float64]
LEVEL = 0.95
RELIABLE, TENTATIVE = 0.80, 0.667  # Krippendorff 2018: below, no conclusion is drawn from the data
BOOTSTRAPS = 1_000
FEWEST = 3  # raters: with two there is one degree of freedom, and nothing is told apart


class Agreement(NamedTuple):
    """How far raters agree on a dimension. alpha is ordinal, `low` and `high` its interval over subjects.

    w and icc are None where a cell is missing, for they need whole tables; alpha takes them as they are.
    """

    alpha: float
    low: float
    high: float
    w: Concordance | None
    icc: Correlations | None


class Without(NamedTuple):
    """The whole without one rater: the scores, how far any subject's rank moved, and the tiers.

    change: the largest change of a whole score when the rater is left out, of the subject `changed`.
    """

    rater: str
    whole: Reals
    most_moved: int
    moved: str
    change: float
    changed: str
    tiers: NDArray[np.int64]


class Border(NamedTuple):
    """A border between two stated tiers: the pairs across it, how many the scores show, and those they do not."""

    above: int  # the place of the upper tier, from 0
    pairs: int
    shown: int
    unshown: list[tuple[str, str]]

    @property
    def stands(self) -> bool:
        """Whether every subject above is shown to be better than every one below."""
        return self.shown == self.pairs


@dataclass(frozen=True)
class Rating:
    """A panel, rated. Arrays over subjects are in the panel's order.

    of_dimensions: (dimensions, subjects). low, high: intervals of the whole, each at `level` by itself. sets: ranks
    that hold for all subjects at once; alone: each by itself. strictness: (raters,), what each rater gives less than
    all raters' mean. model: the ordinal model with random raters over all dimensions, None where it cannot be
    fitted (`unfitted` says why); its effects are against the first subject.
    """

    scores: Scores
    of_dimensions: Reals
    whole: Reals
    covariance: Reals
    low: Reals
    high: Reals
    sets: RankSets
    alone: RankSets
    tiers: NDArray[np.int64]
    agreement: list[Agreement]
    strictness: Reals
    model: Fit | None
    unfitted: str
    without: list[Without]
    borders: list[Border]
    seed: int
    level: float = LEVEL

    @property
    def spread(self) -> float:
        """The standard deviation of one rater's whole of one subject, but for what sets raters apart throughout."""
        of = self.covariance
        centred = of - of.mean(axis=0) - of.mean(axis=1, keepdims=True) + of.mean()
        m, p = len(self.scores.panel.raters), len(of)
        return float(np.sqrt(m * np.diag(centred).mean() * p / (p - 1)))

    @property
    def order(self) -> list[int]:
        """The subjects by their whole scores, the best first."""
        return [int(j) for j in np.argsort(-self.whole, kind="stable")]


def rate(
    scores: Scores, seed: int = 7, *, level: float = LEVEL, draws: int = BOOTSTRAPS, modelled: bool = True
) -> Rating:
    """Rate a panel. `seed` of the random numbers (bootstrap, permutations, ranks): the same gives the same.

    level: of intervals, rank sets and tiers. draws: of the bootstrap of alpha, which is what takes time; scores, ranks
    and tiers hang on none. modelled: whether the ordinal model is fitted, too.

    Raises BadInput where nothing can be said: fewer than three raters, or raters who scored no subject in common.
    """
    from scipy.special import stdtrit

    raters = list(scores.panel.raters)
    if len(raters) < FEWEST:
        raise BadInput(
            f"{len(raters)} raters cannot say how sure they are: have {FEWEST} at least score",
            f"{len(raters)} 名评分人不足以说明有多确定：至少要 {FEWEST} 名",
        )
    parts = dimension_scores(scores.given)
    whole = scores.weights @ parts
    spread, left_out = _jackknife(scores)
    df = len(raters) - 1.0
    reach = stdtrit(df, (1 + level) / 2) * np.sqrt(np.diag(spread))
    sets = simultaneous(whole, spread, _dice(seed, 0), level=level, df=df)
    model, unfitted = _model(scores) if modelled else (None, "it was not asked for")
    return Rating(
        scores, parts, whole, spread, whole - reach, whole + reach, sets,
        marginal(whole, spread, _dice(seed, 1), level=level, df=df), tiers(whole, sets),
        _agreements(scores.given, seed, level, draws), _strictness(scores), model, unfitted,
        _influence(scores, whole, left_out, seed, level), _borders(scores, sets), seed, level,
    )  # fmt: skip


def _dice(seed: int, step: int) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, step])))


def dimension_scores(given: Reals) -> Reals:
    """(dimensions, subjects) of (raters, subjects, dimensions): each subject's score, whoever happened to score it.

    Raises BadInput where raters and subjects fall apart into parts that nobody links.
    """
    return np.stack([_fitted(given[:, :, d])[1] for d in range(given.shape[2])])


def _fitted(table: Reals) -> tuple[Reals, Reals]:
    """Rater effects (0 in sum) and subject scores of a table (raters, subjects) by least squares."""
    m, n = table.shape
    i, j = np.nonzero(~np.isnan(table))
    if i.size == m * n:
        return np.asarray(table.mean(axis=1) - table.mean()), np.asarray(table.mean(axis=0))
    scored = np.unique(i)
    design = np.zeros((i.size + 1, m + n))
    design[np.arange(i.size), i] = design[np.arange(i.size), m + j] = 1.0
    design[-1, scored] = 1.0  # effects of raters who scored sum to 0
    used = np.concatenate([scored, m + np.arange(n)])
    if np.unique(j).size < n or np.linalg.matrix_rank(design[:, used]) < used.size:
        raise BadInput(
            "on one dimension raters and subjects fall apart into groups that no rater links: scores of one group "
            "cannot be compared with the other's; have a rater score subjects of both",
            "有一个维度上，评分人与对象分成互不相连的两组：一组的分不能与另一组比较；请让一名评分人评两组的对象",
        )
    effects = np.zeros(m + n)
    effects[used] = np.linalg.lstsq(design[:, used], np.append(table[i, j], 0.0), rcond=None)[0]
    effects[:m][np.setdiff1d(np.arange(m), scored)] = np.nan
    return effects[:m], effects[m:]


def _jackknife(scores: Scores) -> tuple[Reals, list[Reals]]:
    """The covariance of the whole over raters, and the whole without each of them."""
    m = scores.given.shape[0]
    try:
        left_out = [scores.weights @ dimension_scores(np.delete(scores.given, i, axis=0)) for i in range(m)]
    except BadInput:
        raise BadInput(
            "without one of the raters a subject would not be linked to the others: how sure the scores are cannot be "
            "told; have every subject scored by more raters",
            "少了其中一名评分人，就有对象与其他的不再相连：分数有多确定说不出来；请让每个对象有更多人评",
        ) from None
    apart = np.stack(left_out) - np.mean(left_out, axis=0)
    return np.asarray((m - 1) / m * apart.T @ apart), left_out


def _agreements(given: Reals, seed: int, level: float, draws: int) -> list[Agreement]:
    found = []
    for d in range(given.shape[2]):
        table, rng = given[:, :, d], _dice(seed, 10 + d)
        alpha = krippendorff_alpha(table, "ordinal")
        drawn = rng.integers(0, table.shape[1], (draws, table.shape[1]))
        again = np.array([krippendorff_alpha(table[:, which], "ordinal") for which in drawn])
        known = again[np.isfinite(again)]
        low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2]) if known.size else (np.nan, np.nan)
        is_whole = not np.isnan(table).any()
        w, icc = (kendall_w(table, rng), intraclass(table)) if is_whole else (None, None)
        found.append(Agreement(alpha, float(low), float(high), w, icc))
    return found


def _strictness(scores: Scores) -> Reals:
    """What each rater gives less than all raters' mean, weighted over the dimensions it scored."""
    effects = np.stack([-_fitted(scores.given[:, :, d])[0] for d in range(scores.given.shape[2])])
    known = ~np.isnan(effects)
    weights = known * scores.weights[:, None]
    total = weights.sum(axis=0)
    sums = (np.where(known, effects, 0.0) * weights).sum(axis=0)
    return np.asarray(np.divide(sums, total, out=np.full(total.size, np.nan), where=total > 0))


def _model(scores: Scores) -> tuple[Fit | None, str]:
    """All scores by subject and dimension, with raters drawn at random."""
    i, j, d = np.nonzero(~np.isnan(scores.given))
    subjects, dimensions = scores.given.shape[1:]
    columns = [j == subject for subject in range(1, subjects)] + [d == one for one in range(1, dimensions)]
    try:
        return cumulative_logit(scores.given[i, j, d], np.stack(columns, axis=1), i), ""
    except ValueError as error:
        return None, str(error)


def _influence(scores: Scores, whole: Reals, left_out: list[Reals], seed: int, level: float) -> list[Without]:
    """Leave each rater out in turn."""
    from guiju.estimators.agreement import ranked

    subjects, ranks = list(scores.panel.subjects), ranked(-whole[None, :])[0]
    found = []
    for i, rater in enumerate(scores.panel.raters):
        rest = Scores(scores.panel, np.delete(scores.given, i, axis=0))
        moved = np.abs(ranked(-left_out[i][None, :])[0] - ranks)
        most, apart = int(moved.argmax()), left_out[i] - whole
        largest = int(np.abs(apart).argmax())
        if rest.given.shape[0] < FEWEST:
            its = np.ones(len(subjects), np.int64)
        else:
            spread, _ = _jackknife(rest)
            sets = simultaneous(left_out[i], spread, _dice(seed, 100 + i), level=level, df=rest.given.shape[0] - 1.0)
            its = tiers(left_out[i], sets)
        found.append(Without(rater, left_out[i], int(moved[most]), subjects[most] if moved[most] else "",
                             float(apart[largest]), subjects[largest], its))  # fmt: skip
    return found


def _borders(scores: Scores, sets: RankSets) -> list[Border]:
    """Which borders between the tiers that somebody stated these scores can bear."""
    subjects, found = list(scores.panel.subjects), []
    for above, (upper, lower) in enumerate(pairwise(scores.panel.stated)):
        pairs = [(a, b) for a in upper for b in lower]
        unshown = [(a, b) for a, b in pairs if not sets.better[subjects.index(a), subjects.index(b)]]
        found.append(Border(above, len(pairs), len(pairs) - len(unshown), unshown))
    return found
