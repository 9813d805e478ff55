"""Scores on an ordered scale, given by raters some of whom are lenient: a cumulative-link model.

    logit P(Y <= k) = theta_k - (x beta + u_rater),    u ~ N(0, sd^2)

The likelihood integrates u by Gauss and Hermite's quadrature. Without raters it is the proportional-odds model.

Source: McCullagh 1980, J. R. Stat. Soc. B 42; Tutz and Hennevogl 1996, Comput. Stat. Data Anal. 22.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Reals = NDArray[np.float64]
NODES = 31
TINY = 1e-300
RUN_AWAY = 12.0  # logits: nobody's odds are a hundred thousand to one, so that the scores are all but separated
STEP = 1e-4  # of the differences that make the Hessian


class Fit(NamedTuple):
    """theta: thresholds, rising (levels - 1,). beta: effects (columns of x,). sd: of raters, 0 where none were given.

    covariance: of (theta, beta) at the fitted sd, (levels - 1 + columns) squared. effects: what each rater adds (its
    posterior mean), in the order of their sorted names; empty without raters.
    """

    levels: Reals
    theta: Reals
    beta: Reals
    sd: float
    loglik: float
    covariance: Reals
    effects: Reals


def cumulative_logit(y: ArrayLike, x: ArrayLike, raters: ArrayLike | None = None) -> Fit:
    """Fit `y` (n,), values of an ordered scale, by columns of `x` (n, columns), with a random effect of `raters` (n,).

    Raises ValueError where it cannot be fitted: fewer than two levels occur, or an effect has no finite estimate
    because a column of x separates the scores.
    """
    from scipy.optimize import minimize

    levels, place = np.unique(np.asarray(y, float), return_inverse=True)
    columns = np.asarray(x, float).reshape(place.size, -1)
    if levels.size < 2:
        raise ValueError("all scores are the same: there is nothing to tell apart")
    model = _Model(levels.size, place, columns, raters)
    best = minimize(model.loss, model.start(), method="BFGS", options={"gtol": 1e-6, "maxiter": 2_000})
    theta, beta, sd = model.split(best.x)
    if not np.isfinite(best.fun) or np.abs(beta).max(initial=0.0) > RUN_AWAY:
        raise ValueError("the scores are separated without any overlap: no finite effect fits them")
    return Fit(levels, theta, beta, abs(sd), -float(best.fun), model.covariance(theta, beta, sd), model.effects(best.x))


class _Model:
    """The likelihood as a function of one vector: first threshold, log of the steps to the next, beta, sd."""

    def __init__(self, levels: int, place: NDArray[np.intp], x: Reals, raters: ArrayLike | None) -> None:
        self.steps, self.place, self.x = levels - 1, place, x
        self.has_raters = raters is not None
        names = np.zeros(place.size, int) if raters is None else np.asarray(raters)
        self.groups, self.of = np.unique(names, return_inverse=True)
        nodes, weights = np.polynomial.hermite_e.hermegauss(NODES if self.has_raters else 1)
        self.nodes, self.log_weights = nodes, np.log(weights / weights.sum())

    def start(self) -> Reals:
        below = np.array([(self.place <= k).mean() for k in range(self.steps)])
        theta = np.log(below / (1 - below))
        return np.concatenate([self.joined(theta), np.zeros(self.x.shape[1]), [1.0] if self.has_raters else []])

    def joined(self, theta: Reals) -> Reals:
        return np.asarray(np.concatenate([theta[:1], np.log(np.diff(theta))]))

    def split(self, at: Reals) -> tuple[Reals, Reals, float]:
        theta = at[0] + np.concatenate([[0.0], np.cumsum(np.exp(at[1 : self.steps]))])
        beta = at[self.steps : self.steps + self.x.shape[1]]
        return theta, beta, float(at[-1]) if self.has_raters else 0.0

    def loss(self, at: Reals) -> float:
        return -float(self._by_group(*self.split(at)).sum())

    def _by_group(self, theta: Reals, beta: Reals, sd: float) -> Reals:
        return np.asarray(np.logaddexp.reduce(self._at_nodes(theta, beta, sd), axis=1))

    def _at_nodes(self, theta: Reals, beta: Reals, sd: float) -> Reals:
        """Log likelihood and weight of each rater's scores at each node: (raters, nodes)."""
        from scipy.special import expit

        edges = np.concatenate([[-np.inf], theta, [np.inf]])
        shift = (self.x @ beta)[:, None] + sd * self.nodes
        p = expit(edges[self.place + 1][:, None] - shift) - expit(edges[self.place][:, None] - shift)
        logs = np.log(np.maximum(p, TINY))
        sums = np.zeros((self.groups.size, self.nodes.size))
        np.add.at(sums, self.of, logs)
        return np.asarray(sums + self.log_weights)

    def effects(self, at: Reals) -> Reals:
        if not self.has_raters:
            return np.zeros(0)
        theta, beta, sd = self.split(at)
        logs = self._at_nodes(theta, beta, sd)
        share = np.exp(logs - np.logaddexp.reduce(logs, axis=1, keepdims=True))
        return np.asarray(sd * (share * self.nodes).sum(axis=1))

    def covariance(self, theta: Reals, beta: Reals, sd: float) -> Reals:
        """The inverse of the negative Hessian in (theta, beta), by central differences."""
        at, k = np.concatenate([theta, beta]), theta.size

        def f(point: Reals) -> float:
            return float(self._by_group(point[:k], point[k:], sd).sum())

        n = at.size
        step = STEP * np.eye(n)
        hessian = np.empty((n, n))
        for i in range(n):
            for j in range(i, n):
                corners = f(at + step[i] + step[j]) - f(at + step[i] - step[j])
                corners += f(at - step[i] - step[j]) - f(at - step[i] + step[j])
                hessian[i, j] = hessian[j, i] = corners / (4 * STEP * STEP)
        return np.asarray(np.linalg.pinv(-hessian))
