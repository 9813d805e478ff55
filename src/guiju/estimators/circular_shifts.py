"""Events of several units on the same days: more often than their calendars alone would make them, or not.

Null: the calendars have nothing to do with each other. Each of the others' is shifted round the circle of `shifts`
steps by itself, so that a step of a week keeps the days of the week, and what a calendar has of runs and gaps. M_j(s)
counts the unit's events that have one of the other's, shifted by s steps, within `within` days. All shifts are counted,
none is drawn. For M = sum_j M_j(0), others being shifted independently,

    P(M >= m)  <=  least over x > 1 of  prod_j mean_s(x^M_j(s)) / x^m            (Chernoff's bound)

so the p-value is never below the exact one of all shifts^others ways, and equals it where every event is matched by
everybody. It needs of each unit the sum over the others of log mean_s(x^M_j(s)), for the few x of `BASES`.

Sources: Chernoff 1952, Ann. Math. Stat. 23(4); the circular shift as null of a leader and its followers is that of
tests of event series (Lotwick & Silverman 1982, J. R. Stat. Soc. B 44(3)).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import ibis.expr.types as ir

EXACT = "decimal(38, 18)"  # decimals: sums do not depend on the order of rows
BASES = (2, 3, 4, 6, 8, 16, 32, 64, 128, 256, 1024)


def shift_sums(
    events: ir.Table,
    *,
    by: Sequence[str],
    unit: Sequence[str],
    party: str,
    day: str,
    size: str,
    alike: float,
    since: int,
    step: int,
    shifts: int,
    within: int,
) -> ir.Table:
    """One row a `by`, `unit` with an event matched at any shift; nothing is executed.

    `events` has a row a unit and event; `day` is a whole number from 0 to step * shifts - 1. A unit's own events are
    those from day `since` on; the others' are of all days, and those of one `party` (not the unit's own) are one
    calendar. Two events match where their `size` differs by `alike` at the most, too. `within` is at most
    (step - 1) / 2, so that an event meets another at one shift only.

    Columns: `by`, `unit`; `matched`, M; `led` and `followed`, how many of those matches came before, or after, the
    other's event; `log_mean_r` for the r-th of BASES. A unit without a row has M = 0 and p = 1.
    """
    import ibis
    from ibis import _

    reach, circle = (step - 1) // 2, step * shifts
    if within > reach:
        raise ValueError(
            f"within {within} days an event would meet another at two shifts of {step} days: {reach} at most"
        )
    own = events.filter(events[day] >= since).select(*by, *unit, party, own_day=events[day], own_size=events[size])
    others = events.select(*by, other=events[party], other_day=events[day], other_size=events[size]).distinct()
    pairs = own.inner_join(others, list(by)).filter(_[party] != _.other).mutate(lag=_.own_day - _.other_day)
    moved = pairs.lag + (circle + reach)
    pairs = pairs.mutate(shift=(moved // step) % shifts, off=moved % step - reach)
    # The circle is closed for counting only: the last day and the first are not neighbours.
    same = (_.own_size - _.other_size).abs() <= alike
    near = pairs.filter(_.off.abs() <= within, _.lag.abs() < circle - step, same)
    keys = [*by, *unit, "other"]
    counts = near.group_by([*keys, "shift"]).agg(
        m=_.own_day.nunique(),
        followed=_.own_day.nunique(where=_.off > 0),
        led=_.own_day.nunique(where=_.off < 0),
    )
    # Powers in terms of the largest, so that they fit into a decimal.
    counts = counts.mutate(most=counts.m.max().over(group_by=keys))
    now = counts["shift"] == 0
    each = counts.group_by([*keys, "most"]).agg(
        met=counts.count(),
        **{name: counts[of].sum(where=now).fill_null(0) for name, of in
           (("matched", "m"), ("led", "led"), ("followed", "followed"))},
        **{f"sum_{r}": (ibis.literal(float(x)) ** (counts.m - counts.most)).cast(EXACT).sum()
           for r, x in enumerate(BASES)},
    )  # fmt: skip

    logs = {f"log_mean_{r}": _log_mean(each, r, x, shifts).sum().cast("float64") for r, x in enumerate(BASES)}
    sums = {name: each[name].sum().cast("int64") for name in ("matched", "led", "followed")}
    return each.group_by([*by, *unit]).agg(**sums, **logs)


def _log_mean(each: ir.Table, r: int, x: int, shifts: int) -> ir.NumericValue:
    """ln mean_s(x^M_j(s)) of all shifts: those without a match have x^0."""
    unmatched = (shifts - each["met"]) * float(x) ** -each["most"]
    mean = (each[f"sum_{r}"].cast("float64") + unmatched) / shifts
    return (mean.ln() + each["most"] * float(np.log(x))).cast("decimal(18, 9)")


def chance(sums: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    """The p-value of each unit, from `shift_sums`: how likely so many matches are by the calendars alone, at most."""
    matched = np.nan_to_num(np.asarray(sums["matched"], dtype=np.float64))
    logs = [np.nan_to_num(np.asarray(sums[f"log_mean_{r}"], dtype=np.float64)) for r in range(len(BASES))]
    bounds = [log - matched * np.log(x) for log, x in zip(logs, BASES, strict=True)]
    return np.asarray(np.exp(np.minimum(np.min(bounds, axis=0), 0.0)), dtype=np.float64)
