"""The within-cell difference with cluster-robust errors, from sums made by the engine.

The model is y = a_cell + beta x + e, with errors that may be dependent within a cluster (a customer, a firm).
Let dx, dy be x and y less their cell's means, and S.. their sums of products; those of one cluster g carry
the index g:

    beta = Sxy / Sxx                           se^2 = c sum_g(u_g^2) / Sxx^2,   u_g = Sxy_g - beta Sxx_g
    sum_g(u_g^2) = sum_g(Sxy_g^2) - 2 beta sum_g(Sxy_g Sxx_g) + beta^2 sum_g(Sxx_g^2)
    c = G / (G - 1) * (n - 1) / (n - k),       t = beta / se with G - 1 degrees of freedom

So the engine reduces any number of rows to one row of sums a group, and numpy sees only that row.

The sums are of fixed-point decimals: addition is then associative, and the result is the same to the last bit
whatever the order of the rows and the number of threads. Across engines they agree to the rounding of a
product, 10^-scale.

Sources: Liang & Zeger 1986, Biometrika 73(1); Petersen 2009, Rev. Financ. Stud. 22(1); Cameron & Miller 2015,
J. Hum. Resour. 50(2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtr, stdtrit  # scipy.stats would take a second to import

from guiju.estimators.multiplicity import first_threshold

if TYPE_CHECKING:
    import ibis.expr.types as ir

Floats = NDArray[np.float64]
COUNTS = ("n", "cells", "clusters", "clusters_above", "clusters_below")
EXACT_FIT = 1e-12  # a residual sum of squares below this share of the scores' is rounding


def within_sums(
    rows: ir.Table,
    *,
    by: Sequence[str],
    cell: Sequence[str],
    cluster: str,
    treated: str,
    outcomes: Sequence[str],
    parts: Sequence[str] = (),
    pct_of: str | None = None,
    totals: Sequence[str] = (),
    scale: int = 9,
) -> ir.Table:
    """One row of sums per `by` group; nothing is executed.

    A cell is a distinct (`by`, `cell`), nulls being equal to one another. `treated` (0/1, boolean or
    continuous) and `outcomes` are numbers, and so are `parts`: outcomes of which beta alone is asked, at less
    cost. With `pct_of`, an outcome is in hundredths of its cell's mean of that column. Rows with a null (or a
    number not finite) in `cluster`, `treated`, an outcome, a part or `pct_of` are left out and counted. Cells
    in which `treated` does not vary (or the mean of `pct_of` is not above zero) carry nothing about beta and
    are dropped; a group without any other cell stays, with n = 0.

    Columns: the `by` columns; `rows` (all), `left_out`; over the informative cells `n` (rows), `cells`,
    `clusters`, `clusters_above` and `clusters_below` (with a row above, below its cell's mean of `treated`:
    of 0/1, the clusters seen with 1 and with 0); `sxx`, `xx_xx`; per outcome o `sxy_o`, `xy_xx_o`, `xy_xy_o`;
    per part o `sxy_o`; per column t of `totals` (decimal or integer; null adds nothing) `total_t`, its sum
    over the rows above their cell's mean of `treated`. Counts are int64, sums float64.

    Bounds, at a given `scale` (9 unless told): float columns and each row's dx dx and dx dy (of a part, dx y) must
    be below 10^(18 - scale); the sum of squares over clusters below 10^(38 - 2 scale). Beyond, DuckDB (and Spark in
    its default ANSI mode) raises an error. Products below 10^-scale are lost: give x and y in units in which
    they vary by more than about 0.01.
    """
    import ibis

    keys = {f"k{i}": rows[name] for i, name in enumerate((*by, *cell))}
    groups = list(keys)[: len(by)]
    if not groups:  # every aggregate below needs a key
        keys, groups = {"all": ibis.literal(1), **keys}, ["all"]
    ys = {f"y{i}": rows[name] for i, name in enumerate(outcomes)}
    zs = {f"z{i}": rows[name] for i, name in enumerate(parts)}
    base = {} if pct_of is None else {"base": rows[pct_of]}
    extra = {f"t{i}": rows[name] for i, name in enumerate(totals)}
    numbers = {"x": _number(rows[treated]), **ys, **base}
    whole = ibis.and_(rows[cluster].notnull(), *(_known(c) for c in (*numbers.values(), *zs.values())))
    # Three selections, each only of what it needs: one shared by name would be written out and read again.
    asked = rows.select(**{k: keys[k] for k in groups}, whole=whole)
    means = _informative(rows.filter(whole).select(**keys, **numbers), list(keys), [*numbers], scale)
    kept = rows.filter(whole).select(**keys, g=rows[cluster], x=numbers["x"], **ys, **zs, **extra)
    differences = _deviations(kept, means, [*keys], [*ys], [*zs])
    per_cluster = _per_cluster(differences, groups, [*ys, *zs], [*extra], scale)

    found = _over_clusters(per_cluster, groups, [*ys], [*zs], [*extra], scale).rename({f"of_{k}": k for k in groups})
    left_out = asked.whole.ifelse(0, 1).sum().cast("int64")
    everything = asked.group_by(groups).aggregate(rows=asked.count(), left_out=left_out)
    both = everything.left_join(found, [everything[k].identical_to(found[f"of_{k}"]) for k in groups])
    named = {name: both[short].fill_null(0) for name, short in _sums(outcomes, parts, totals).items()}
    keyed = (both[k].name(name) for name, k in zip(by, groups, strict=False))
    return both.select(*keyed, "rows", "left_out", **named)


def _sums(outcomes: Sequence[str], parts: Sequence[str], totals: Sequence[str]) -> dict[str, str]:
    """The sums by the names they are given, and by those they are computed under."""
    sums = {name: name for name in (*COUNTS, "sxx", "xx_xx")}
    sums |= {f"{s}_{o}": f"{s}_y{i}" for i, o in enumerate(outcomes) for s in ("sxy", "xy_xx", "xy_xy")}
    sums |= {f"sxy_{o}": f"sxy_z{i}" for i, o in enumerate(parts)}
    return sums | {f"total_{t}": f"total_t{i}" for i, t in enumerate(totals)}


def _informative(kept: ir.Table, keys: list[str], columns: list[str], scale: int) -> ir.Table:
    """The cells in which x varies: the mean of each column, and the share of the cell that a row is."""
    import ibis

    sums = {f"sum_{c}": _exact(kept[c], scale).sum() for c in columns}
    cells = kept.group_by(keys).aggregate(size=kept.count(), low=kept.x.min(), high=kept.x.max(), **sums)
    cells = cells.filter(cells.high > cells.low)
    if "base" in columns:
        cells = cells.filter(cells.sum_base > 0)
    of = {f"mean_{c}": cells[f"sum_{c}"].cast("float64") / cells["size"] for c in columns}
    if "base" in columns:
        of["times"] = ibis.literal(100) / of.pop("mean_base")
    return cells.select(*keys, **of, share=(ibis.literal(1) / cells["size"]).cast("decimal(18, 15)"))


def _deviations(kept: ir.Table, means: ir.Table, keys: list[str], ys: list[str], zs: list[str]) -> ir.Table:
    """The rows of informative cells, with dx and the dy. Of a part y does for dy: a cell's dx add up to zero."""
    cells = means.rename({f"of_{k}": k for k in keys})
    rows = kept.inner_join(cells, [kept[k].identical_to(cells[f"of_{k}"]) for k in keys])
    dy = {f"d{y}": rows[y].cast("float64") - rows[f"mean_{y}"] for y in ys}
    dy |= {f"d{z}": rows[z].cast("float64") for z in zs}
    if "times" in means.columns:
        dy = {y: difference * rows.times for y, difference in dy.items()}
    return rows.mutate(dx=rows.x.cast("float64") - rows.mean_x, **dy)


def _per_cluster(rows: ir.Table, groups: list[str], ys: list[str], extra: list[str], scale: int) -> ir.Table:
    product = f"decimal(18, {scale})"
    sums = {f"sxy_{y}": (rows.dx * rows[f"d{y}"]).cast(product).sum() for y in ys}
    sums |= {f"total_{t}": (rows.dx > 0).ifelse(rows[t], 0).sum() for t in extra}
    return rows.group_by([*groups, "g"]).aggregate(
        n=rows.count(),
        share=rows.share.sum(),
        highest=rows.dx.max(),
        lowest=rows.dx.min(),
        sxx=(rows.dx * rows.dx).cast(product).sum(),
        **sums,
    )


def _over_clusters(
    of: ir.Table, groups: list[str], ys: list[str], zs: list[str], extra: list[str], scale: int
) -> ir.Table:
    wide = f"decimal(38, {2 * scale})"

    def product(a: str, b: str) -> ir.FloatingScalar:
        return (of[a].cast("float64") * of[b].cast("float64")).cast(wide).sum().cast("float64")

    result = {
        "n": of.n.sum().cast("int64"),
        "cells": of.share.sum().cast("float64").round().cast("int64"),  # a cell's shares add up to one
        "clusters": of.count(),
        "clusters_above": (of.highest > 0).ifelse(1, 0).sum().cast("int64"),
        "clusters_below": (of.lowest < 0).ifelse(1, 0).sum().cast("int64"),
        "sxx": of.sxx.sum().cast("float64"),
        "xx_xx": product("sxx", "sxx"),
    }
    result |= {f"sxy_{y}": of[f"sxy_{y}"].sum().cast("float64") for y in (*ys, *zs)}
    for y in ys:
        result[f"xy_xx_{y}"] = product(f"sxy_{y}", "sxx")
        result[f"xy_xy_{y}"] = product(f"sxy_{y}", f"sxy_{y}")
    result |= {f"total_{t}": of[f"total_{t}"].sum().cast("float64") for t in extra}
    return of.group_by(groups).aggregate(**result)


def _number(column: ir.Value) -> ir.NumericValue:
    return column.cast("int32") if column.type().is_boolean() else column


def _known(column: ir.NumericValue) -> ir.BooleanValue:
    """Not null, and finite: DuckDB refuses to make a decimal of a NaN, Spark makes it null unsaid."""
    if column.type().is_floating():
        return column.notnull() & ~column.isnan() & ~column.isinf()
    return column.notnull()


def _exact(column: ir.Value, scale: int) -> ir.NumericValue:
    """The column in a type whose sum does not depend on the order of adding."""
    if column.type().is_floating():
        return column.cast(f"decimal(18, {scale})")
    return column


@dataclass(frozen=True)
class Within:
    """Per group, in the order of the sums given: arrays of one length, NaN where nothing can be estimated.

    `beta`, `se` and the interval `low` to `high` are in the outcome's unit per unit of `treated`; `p_greater`
    is against beta <= 0, `p_two_sided` against beta = 0; `df` are t's degrees of freedom.
    """

    beta: Floats
    se: Floats
    df: Floats
    t: Floats
    p_greater: Floats
    p_two_sided: Floats
    low: Floats
    high: Floats


def slope(sums: Mapping[str, ArrayLike], outcome: str) -> Floats:
    """Beta of an outcome or a part in each group, NaN where `treated` does not vary."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _column(sums, f"sxy_{outcome}") / _column(sums, "sxx")


def _column(sums: Mapping[str, ArrayLike], name: str) -> Floats:
    return np.atleast_1d(np.asarray(sums[name], dtype=np.float64))


def estimate(
    sums: Mapping[str, ArrayLike],
    outcome: str,
    *,
    nested: bool = False,
    small_sample: bool = True,
    confidence: float = 0.95,
) -> Within:
    """The within-cell difference of `outcome` in each group, from `within_sums` as a dict of arrays or lists.

    k counts the slope and the cells. `nested` says that every cell lies in one cluster: the cells then cost
    one degree of freedom in all. Both are the defaults of pyfixest, `feols(y ~ x | cell, vcov={"CRV1":
    cluster})`, on the informative cells; without `nested`, also those of statsmodels' OLS on cell dummies
    with `cov_type="cluster"`. `small_sample=False` leaves c = 1. The interval is beta ± t's quantile × se. A
    group with fewer than two clusters or n <= k is NaN in all but beta. Where the cells and x explain y to
    the last digit the error is 0: t is infinite, or 0 if beta is.
    """
    n, clusters, sxx = (_column(sums, name) for name in ("n", "clusters", "sxx"))
    beta = slope(sums, outcome)
    k = 1.0 + (np.minimum(_column(sums, "cells"), 1.0) if nested else _column(sums, "cells"))
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = _column(sums, f"xy_xy_{outcome}")
        meat = scores - 2 * beta * _column(sums, f"xy_xx_{outcome}") + beta**2 * _column(sums, "xx_xx")
        meat = np.where(meat <= EXACT_FIT * scores, 0.0, meat)
        factor = clusters / (clusters - 1) * (n - 1) / (n - k) if small_sample else np.ones_like(n)
        enough = (clusters >= 2) & (n > k)
        se = np.where(enough, np.sqrt(np.where(enough, factor * meat, 0.0)) / sxx, np.nan)
        df = np.where(enough, clusters - 1, np.nan)
        t = np.where((se == 0) & (beta == 0), 0.0, beta / se)
    reach = -stdtrit(df, (1 - confidence) / 2) * se
    return Within(beta, se, df, t, stdtr(df, -t), 2 * stdtr(df, -np.abs(t)), low=beta - reach, high=beta + reach)


def detectable(se: ArrayLike, df: ArrayLike, m: ArrayLike, alpha: float = 0.05, least: float = 0.0) -> Floats:
    """The difference found with 90 % power among `m` tests by Benjamini–Yekutieli's first threshold.

    (t's one-sided quantile at alpha / (m c(m)) + 1.28) × se, in the unit of `se`; c(m) = 1 + … + 1/m. Where
    an estimate must also be `least` to be found, not below `least` + 1.28 × se. It is the strictest case:
    where other tests are found too, less is needed. `m` may differ between tests of different families.
    """
    errors = np.asarray(se, dtype=np.float64)
    sizes, which = np.unique(np.asarray(m), return_inverse=True)
    levels = np.array([first_threshold(int(size), alpha) for size in sizes])[which]
    quantile = -stdtrit(np.asarray(df, dtype=np.float64), levels)
    needed = np.maximum(quantile * errors, least)
    return np.asarray(needed + -ndtri(0.10) * errors, dtype=np.float64)
