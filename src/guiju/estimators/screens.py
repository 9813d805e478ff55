"""What the bids of one tender look like, in numbers that do not depend on what was bought.

With the bids b_1 <= … <= b_n, their mean m and standard deviation s (of n - 1):

    cv     s / m                                     spd    (b_n - b_1) / b_1
    diffp  (b_2 - b_1) / b_1                         rdnor  (n - 1) (b_2 - b_1) / (b_n - b_1), 1 where all are equal
    skew   n / ((n - 1) (n - 2)) sum(z^3),           z = (b - m) / s
    kurt   n (n + 1) / ((n - 1) (n - 2) (n - 3)) sum(z^4) - 3 (n - 1)^2 / ((n - 2) (n - 3))

They say nothing by themselves: what is usual differs between markets more than collusion changes it.

Sources: Imhof 2019, J. Competition Law Econ. 15(4); García Rodríguez et al. 2022, Automation in Construction 133.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

POWER = "decimal(28, 18)"  # decimals: sums do not depend on the order of rows
TOLD = "decimal(18, 9)"


def screens(bids: ir.Table, *, by: Sequence[str], amount: str) -> ir.Table:
    """One row a group with two bids or more; nothing is executed. Amounts are above zero and not null.

    Columns: `by`; `bids`, how many; `lowest`; `cv`, `spd`, `diffp`, `rdnor` (decimals); `skew` and `kurt` (null below
    three and four bids, and where all are equal).
    """
    import ibis
    from ibis import _

    keys = list(by)
    rows = bids.select(*keys, b=bids[amount])
    means = rows.group_by(keys).agg(n=_.count(), mean=_.b.mean().cast("float64"))
    place = ibis.row_number().over(group_by=keys, order_by=rows.b)
    placed = rows.mutate(place=place).inner_join(means.filter(_.n > 1), keys)
    off = placed.b.cast("float64") / placed.mean - 1
    sums = placed.mutate(off=off).group_by(keys).agg(
        bids=_.n.max(),
        lowest=_.b.min(),
        second=_.b.min(where=_.place > 0),
        highest=_.b.max(),
        **{f"p{k}": (_.off**k).cast(POWER).sum().cast("float64") for k in (2, 3, 4)},
    )  # fmt: skip
    n, first = sums.bids.cast("float64"), sums.lowest.cast("float64")
    gap, width = sums.second.cast("float64") - first, sums.highest.cast("float64") - first
    s = (sums.p2 / (n - 1)).sqrt()
    skew = n / ((n - 1) * (n - 2)) * sums.p3 / s**3
    kurt = n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * sums.p4 / s**4 - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    told = {"cv": s, "spd": width / first, "diffp": gap / first,
            "rdnor": ibis.cases((width > 0, (n - 1) * gap / width), else_=1.0)}  # fmt: skip
    return sums.select(
        *keys, "bids", "lowest", **{name: value.cast(TOLD) for name, value in told.items()},
        skew=ibis.cases(((n >= 3) & (width > 0), skew)), kurt=ibis.cases(((n >= 4) & (width > 0), kurt)),
    )  # fmt: skip
