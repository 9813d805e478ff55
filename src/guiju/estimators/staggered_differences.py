"""Differences in differences where units are treated on different dates, from sums made by the engine.

A cohort g is what began to be treated at one time; its controls are units not treated, over the same time. With
change_e a unit's outcome e steps after that time less its outcome at the base (the last step before):

    ATT(g, e) = mean of change_e over the cohort - mean of change_e over its controls
    effect_e  = sum_g(n_g ATT(g, e)) / sum_g(n_g),       n_g: the cohort's treated units that have a change_e

Cohorts are compared with their own controls only, never with units treated earlier. Errors are by influence
function, clustered: every unit i has

    u_i = change_i - mean of its controls - effect_e     if treated,
    u_i = -(n_g / controls of g) (change_i - mean of the controls)   as a control of g,
    covariance of effect_e and effect_f = sum_clusters(sum_i(u_ie) sum_i(u_if)) / (n_e n_f)

where a unit that is a control of several cohorts is counted with each. u holds what the cohorts' sizes add to the
error, too, so that a cohort may be of one unit. No unit is drawn at random: the same rows give the same error.

With sums over all cohorts this is the event study of Callaway & Sant'Anna; with one cohort a group, their ATT(g, t).
The sums are of fixed-point decimals: the order of rows and the number of threads change nothing.

Sources: Callaway & Sant'Anna 2021, J. Econometrics 225(2), with controls never treated and no covariates; Hotelling
1931, Ann. Math. Stat. 2(3), for the joint test of few clusters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, fdtrc, stdtr, stdtrit  # scipy.stats would take a second to import

if TYPE_CHECKING:
    import ibis.expr.types as ir

Floats = NDArray[np.float64]
NOTHING = 1e-9  # an effect below this is rounding: changes are summed to nine decimals
SINGULAR = 1e-9  # an eigenvalue below this share of the largest is none


def event_sums(
    rows: ir.Table,
    *,
    by: Sequence[str],
    cohort: Sequence[str],
    cluster: str,
    treated: str,
    changes: Sequence[str],
    scale: int = 9,
) -> ir.Table:
    """One row of sums per `by` group; nothing is executed.

    A row is a unit of a cohort, or a control of it: a unit that is a control of several has a row for each. `treated`
    is boolean; `changes` are numbers, null where a unit has none. A cohort without controls that have a change tells
    nothing about it, and is left out there. Rows without a `cluster` are left out.

    Columns: the `by` columns; `clusters` and `control_clusters`; and, of the k-th change, `n_k` (treated units),
    `effect_k`, and for every l >= k `product_k_l`, the sum over clusters of u_k u_l.
    """
    import ibis

    groups = {f"b{i}": rows[name] for i, name in enumerate(by)} or {"b0": ibis.literal(1)}
    cells = {f"c{i}": rows[name] for i, name in enumerate(cohort)}
    y = {f"y{k}": rows[name].cast(f"decimal(18, {scale})") for k, name in enumerate(changes)}
    known = rows.select(**groups, **cells, **y, cluster=rows[cluster], treated=rows[treated])
    known = known.filter(known.cluster.notnull(), known.treated.notnull())
    keys, count = [*groups, *cells], len(changes)
    of_cell = _of_cells(known, keys, count)
    effects = _effects(of_cell, [*groups], count)
    per_cluster = _per_cluster(known, of_cell, effects, keys, [*groups], count)

    def product(k: int, m: int) -> ir.FloatingScalar:
        both = per_cluster[f"u{k}"].cast("float64") * per_cluster[f"u{m}"].cast("float64")
        return both.cast("decimal(38, 18)").sum().cast("float64")

    sums = per_cluster.group_by([*groups]).aggregate(
        clusters=per_cluster.treats.sum().cast("int64"),
        control_clusters=(1 - per_cluster.treats).sum().cast("int64"),
        **{f"product_{k}_{m}": product(k, m) for k in range(count) for m in range(k, count)},
    )
    of = effects.rename({f"of_{b}": b for b in groups})
    both = sums.inner_join(of, [sums[b].identical_to(of[f"of_{b}"]) for b in groups])
    names = dict(zip(groups, by, strict=False))
    wanted = [c for c in both.columns if c not in groups and not c.startswith("of_b")]
    return both.select(*(both[b].name(name) for b, name in names.items()), *wanted)


def _of_cells(known: ir.Table, keys: list[str], count: int) -> ir.Table:
    """Of every cohort and change: how many treated (0: not comparable), the controls' mean, and what one weighs."""
    import ibis

    sums: dict[str, ir.Value] = {}
    for k in range(count):
        change, there = known[f"y{k}"], known[f"y{k}"].notnull()
        sums[f"nt{k}"] = (there & known.treated).ifelse(1, 0).sum().cast("float64")
        sums[f"nc{k}"] = (there & ~known.treated).ifelse(1, 0).sum().cast("float64")
        sums[f"st{k}"] = ibis.cases((known.treated, change)).sum().cast("float64")
        sums[f"sc{k}"] = ibis.cases((~known.treated, change)).sum().cast("float64")
    cells = known.group_by(keys).aggregate(**sums)
    told: dict[str, ir.Value] = {}
    for k in range(count):
        treated, controls = cells[f"nt{k}"], cells[f"nc{k}"]
        whole = (treated > 0) & (controls > 0)
        mean = cells[f"sc{k}"] / controls.nullif(0)
        told[f"n{k}"] = whole.ifelse(treated, 0.0)
        told[f"mean{k}"] = whole.ifelse(mean, None)
        told[f"share{k}"] = whole.ifelse(treated / controls.nullif(0), None)
        told[f"gap{k}"] = whole.ifelse(cells[f"st{k}"] - treated * mean, 0.0).cast("decimal(38, 12)")
    return cells.select(*keys, **told)


def _effects(cells: ir.Table, groups: list[str], count: int) -> ir.Table:
    sums = {f"n_{k}": cells[f"n{k}"].cast("int64").sum().cast("float64") for k in range(count)}
    sums |= {f"gap{k}": cells[f"gap{k}"].sum().cast("float64") for k in range(count)}
    of = cells.group_by(groups).aggregate(**sums)
    effects = {f"effect_{k}": of[f"gap{k}"] / of[f"n_{k}"].nullif(0) for k in range(count)}
    return of.select(*groups, *(f"n_{k}" for k in range(count)), **effects)


def _per_cluster(
    known: ir.Table, cells: ir.Table, effects: ir.Table, keys: list[str], groups: list[str], count: int
) -> ir.Table:
    """Of every cluster the sums of u, and whether it was treated (1) or not (0)."""
    cell = cells.rename({f"of_{k}": k for k in keys})
    rows = known.inner_join(cell, [known[k].identical_to(cell[f"of_{k}"]) for k in keys]).drop(
        *(f"of_{k}" for k in keys)
    )
    effect = effects.rename({f"of_{b}": b for b in groups})
    rows = rows.inner_join(effect, [rows[b].identical_to(effect[f"of_{b}"]) for b in groups])
    us: dict[str, ir.Value] = {}
    for k in range(count):
        off = rows[f"y{k}"].cast("float64") - rows[f"mean{k}"]
        u = rows.treated.ifelse(off - rows[f"effect_{k}"], -rows[f"share{k}"] * off)
        us[f"u{k}"] = u.fill_null(0.0).cast("decimal(38, 12)").sum()
    return rows.group_by([*groups, "cluster"]).aggregate(treats=rows.treated.ifelse(1, 0).max(), **us)


@dataclass(frozen=True)
class Events:
    """Of each group in the order given: `effect` (groups, changes) and `covariance` (groups, changes, changes).

    NaN where nothing can be estimated; `clusters` are those treated.
    """

    effect: Floats
    covariance: Floats
    clusters: Floats


@dataclass(frozen=True)
class Average:
    """A mean of effects in each group, its error and interval, and one-sided p-values; NaN where there is none."""

    effect: Floats
    se: Floats
    df: Floats
    low: Floats
    high: Floats
    p_greater: Floats
    p_less: Floats


def events(sums: Mapping[str, ArrayLike], count: int, *, small_sample: bool = True) -> Events:
    """Effects and their covariance, from the columns of `event_sums` over `count` changes.

    `small_sample`: the covariance is times G / (G - 1), G the treated clusters; groups with fewer than two are NaN.
    """

    def column(name: str) -> Floats:
        return np.atleast_1d(np.asarray(sums[name], dtype=np.float64))

    clusters = column("clusters")
    effect = np.stack([column(f"effect_{k}") for k in range(count)], axis=-1)
    n = np.stack([column(f"n_{k}") for k in range(count)], axis=-1)
    covariance = np.empty((len(clusters), count, count))
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(clusters > 1, clusters / (clusters - 1), np.nan) if small_sample else np.ones_like(clusters)
        for k in range(count):
            for m in range(k, count):
                value = factor * column(f"product_{k}_{m}") / (n[:, k] * n[:, m])
                covariance[:, k, m] = covariance[:, m, k] = value
    return Events(effect, covariance, clusters)


def average(of: Events, which: Sequence[int], *, confidence: float = 0.95, small_sample: bool = True) -> Average:
    """The plain mean of the effects of some changes; t with G - 1 degrees of freedom, or z.

    Without any spread the error is 0: t is infinite, or 0 if the effect is.
    """
    weights = np.zeros(of.effect.shape[1])
    weights[list(which)] = 1 / len(which)
    effect = np.array([_dot(e, weights) for e in of.effect])
    variance = np.array([_dot(_dot(c, weights), weights) for c in of.covariance])
    variance = np.where(np.abs(variance) <= NOTHING**2, 0.0, variance)
    se = np.sqrt(variance)
    df = of.clusters - 1 if small_sample else np.full(len(se), np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(np.abs(effect) <= NOTHING, 0.0, effect / se)
        t = np.where(np.isnan(se) | np.isnan(effect) | ~(df > 0), np.nan, t)
        reach = -stdtrit(df, (1 - confidence) / 2) * se
    return Average(effect, se, df, effect - reach, effect + reach, stdtr(df, -t), stdtr(df, t))


def joint_p(of: Events, which: Sequence[int], *, small_sample: bool = True) -> Floats:
    """The p-value of the Wald test that the effects of some changes are all zero; NaN where it cannot be asked.

    By Hotelling's F, or by chi-squared without `small_sample`. Effects that never vary are zero, or not: 1 or 0.
    """
    chosen = list(which)
    found = [
        _wald(effect[chosen], covariance[np.ix_(chosen, chosen)], clusters if small_sample else np.inf)
        for effect, covariance, clusters in zip(of.effect, of.covariance, of.clusters, strict=True)
    ]
    return np.array(found, dtype=np.float64)


def _wald(effect: Floats, covariance: Floats, clusters: float) -> float:
    if not (effect.size and np.isfinite(effect).all() and np.isfinite(covariance).all()):
        return float("nan")
    values, vectors = np.linalg.eigh(covariance)
    along = vectors.T @ effect
    real = values > max(values[-1] * SINGULAR, NOTHING**2)
    if (np.abs(along[~real]) > NOTHING).any():
        return 0.0
    q = int(real.sum())
    if q == 0:
        return 1.0
    statistic = float((along[real] ** 2 / values[real]).sum())
    if np.isinf(clusters):
        return float(chdtrc(q, statistic))
    if clusters <= q:
        return float("nan")
    return float(fdtrc(q, clusters - q, statistic * (clusters - q) / (q * (clusters - 1))))


def _dot(values: Floats, weights: Floats) -> Floats:
    """A weighted sum in which what weighs nothing may be unknown."""
    used = weights != 0
    return np.asarray(values[..., used] @ weights[used], dtype=np.float64)
