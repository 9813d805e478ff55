"""Is a number lower in one group than in the other, like compared with like only: rank sums over strata.

Within a stratum of N rows, n of them treated, ranks (of equal values their mean) are summed over the treated:

    score = sum(w (R - n (N + 1) / 2)),  w = 1 / (N + 1)
    variance = sum(w^2 n (N - n) / 12 (N + 1 - sum(t^3 - t) / (N (N - 1)))),  t: how many share a value

score / sqrt(variance) is normal where the two do not differ; in the tail the normal is on the safe side. With one
stratum it is the test of Wilcoxon, and of Mann and Whitney. Strata with rows of one group only say nothing.

Source: van Elteren 1960, Bull. Inst. Int. Stat. 37; Lehmann 1975, Nonparametrics, 1.2 and 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr  # scipy.stats would take a second to import

if TYPE_CHECKING:
    import ibis.expr.types as ir

EXACT = "decimal(38, 15)"  # decimals: sums do not depend on the order of rows


def rank_sums(
    rows: ir.Table, *, by: Sequence[str], stratum: str, treated: str, value: str, means: Sequence[str]
) -> ir.Table:
    """One row a `by` group; nothing is executed. `treated` is boolean, `value` and `means` are decimals, none null.

    Columns: `by`; `treated` and `controls`, rows in strata that have both; `score` and `variance`; for each column of
    `means` m, `m_treated` and `m_controls`: its means, strata weighted alike (by n (N - n) / N).
    """
    import ibis
    from ibis import _

    cell = [*by, stratum]
    took = rows[treated].ifelse(1, 0)
    order = ibis.rank().over(group_by=cell, order_by=rows[value])
    same = rows.count().over(group_by=[*cell, value])
    ranked = rows.mutate(took=took, twice=2 * order + same + 1, ties=same * same - 1)
    of = {f"{m}_{side}": ranked[m].sum(where=ranked.took == k) for m in means
          for k, side in enumerate(("controls", "treated"))}  # fmt: skip
    sums = ranked.group_by(cell).agg(
        rows=_.count(), n=_.took.sum(), twice=_.twice.sum(where=_.took == 1), ties=_.ties.sum(), **of
    )
    both = sums.filter(_.n > 0, _.n < _.rows)
    total, n = both.rows.cast("float64"), both.n.cast("float64")
    other = total - n
    spread = n * other / 12 * (total + 1 - both.ties.cast("float64") / (total * (total - 1)))
    parts = {"score": (both.twice.cast("float64") / 2 - n * (total + 1) / 2) / (total + 1),
             "variance": spread / (total + 1) ** 2, "weight": n * other / total}  # fmt: skip
    for m in means:
        parts[f"{m}_treated"] = both[f"{m}_treated"].cast("float64") / n * parts["weight"]
        parts[f"{m}_controls"] = both[f"{m}_controls"].cast("float64") / other * parts["weight"]
    strata = both.select(*by, "n", "rows", **{name: of.cast(EXACT) for name, of in parts.items()})
    found = strata.group_by(list(by)).agg(
        treated=_.n.sum().cast("int64"), controls=(_.rows - _.n).sum().cast("int64"),
        **{name: _[name].sum().cast("float64") for name in parts},
    )  # fmt: skip
    averages = {name: found[name] / found.weight for name in parts if name.endswith(("_treated", "_controls"))}
    return found.select(*by, "treated", "controls", "score", "variance", **averages)


def lower(sums: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    """The p-value of each group, from `rank_sums`, against values that are not lower in the treated; NaN: no rows."""
    return np.asarray(ndtr(_z(sums)), dtype=np.float64)


def higher(sums: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    """Likewise against values that are not higher."""
    return np.asarray(ndtr(-_z(sums)), dtype=np.float64)


def _z(sums: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    score, variance = (np.asarray(sums[name], dtype=np.float64) for name in ("score", "variance"))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(variance > 0, score / np.sqrt(variance), np.nan), dtype=np.float64)
