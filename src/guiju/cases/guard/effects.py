"""Is anything left of a burst outside the slice that is said to explain it: crude, adjusted, and outside.

The place with the alarm is held against everywhere else: as it is; with what the slice names held equal
(Mantel–Haenszel; Breslow–Day says whether one odds ratio fits all of it, and where a slice explains the burst it does
not); and without the slice. Adjusting is not enough: a campaign that makes the detector err only there leaves an
adjusted odds ratio far above 1. What is outside is clustered by person.

The share explained is asked of the days of the burst alone: 1 - excess outside the slice / excess in all, with the
interval that Newcombe's for the difference outside gives it. Few cases outside give a wide one, and that is the power.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from guiju.cases.guard.slices import Terms, where
from guiju.estimators.clustered import Clustered, compare, detectable_odds_ratio
from guiju.estimators.two_by_two import (
    OddsRatio,
    breslow_day,
    cochran_mantel_haenszel,
    mantel_haenszel,
    odds_ratio,
)
from guiju.records.quarantine import literal, quoted

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Effect:
    """A place against everywhere else.

    common, cmh, breslow_day: by what the slice names besides the place; statistic and p of the last two. outside:
    without the slices, over all days asked. detectable: the odds ratio outside that would be told from 1 with a power
    of 80 %. explained: the part of the excess that the slices explain in the days of the burst, and its interval; at
    most 1.
    """

    crude: OddsRatio
    common: OddsRatio
    cmh: tuple[float, float]
    breslow_day: tuple[float, float]
    outside: Clustered
    detectable: float
    excess: float
    explained: tuple[float, float, float]


def effect(
    con: duckdb.DuckDBPyConnection, view: str, place: str, value: str, slices: Sequence[Terms], since: date
) -> Effect:
    """Of a view of cases (`day`, `subject`, `flagged`, the context); strata are by the last of the slices."""
    here = f"({quoted(place)} IS NOT DISTINCT FROM {literal(value)})"
    inside = " OR ".join(map(where, slices))
    rows = con.execute(
        f"SELECT {here} AS here, COUNT(*) FILTER (WHERE flagged), COUNT(*) FILTER (WHERE NOT flagged) FROM {view} "
        "GROUP BY here ORDER BY here DESC"
    ).fetchall()
    cells = {bool(h): (f, rest) for h, f, rest in rows}
    crude = odds_ratio(*cells.get(True, (0, 0)), *cells.get(False, (0, 0)))
    strata = _strata(con, view, here, [name for name, _ in slices[-1] if name != place])
    outside = _outside(con, f"FROM {view} WHERE NOT ({inside})", here)
    return Effect(
        crude, mantel_haenszel(strata), cochran_mantel_haenszel(strata), breslow_day(strata), outside,
        detectable_odds_ratio(outside.se), *_explained(con, view, here, inside, since),
    )  # fmt: skip


def _strata(con: duckdb.DuckDBPyConnection, view: str, here: str, names: Sequence[str]) -> list[tuple[int, ...]]:
    """a, b, c, d by what the slice names besides the place; one stratum where it names nothing else."""
    by = ", ".join(map(quoted, names)) or "1"
    rows = con.execute(f"""
        SELECT COUNT(*) FILTER (WHERE {here} AND flagged), COUNT(*) FILTER (WHERE {here} AND NOT flagged),
          COUNT(*) FILTER (WHERE NOT {here} AND flagged), COUNT(*) FILTER (WHERE NOT {here} AND NOT flagged)
        FROM {view} GROUP BY {by} ORDER BY ALL
    """).fetchall()
    return [tuple(map(int, row)) for row in rows]


def _outside(con: duckdb.DuckDBPyConnection, source: str, here: str) -> Clustered:
    table = con.execute(f"""
        SELECT COUNT(*) FILTER (WHERE {here}), COUNT(*) FILTER (WHERE {here} AND flagged),
          COUNT(*) FILTER (WHERE NOT {here}), COUNT(*) FILTER (WHERE NOT {here} AND flagged)
        {source} GROUP BY subject ORDER BY subject
    """).fetchall()
    n, f, others_n, others_f = np.array(table, np.float64).reshape(-1, 4).T
    return compare(n, f, others_n, others_f)


def _explained(
    con: duckdb.DuckDBPyConnection, view: str, here: str, inside: str, since: date
) -> tuple[float, tuple[float, float, float]]:
    """The excess of the place in the days of the burst, and the part of it that lies in the slices."""
    burst = f"day >= {literal(str(since))}::DATE"
    [(whole, hit, others, others_hit)] = con.execute(f"""
        SELECT COUNT(*) FILTER (WHERE {here}), COUNT(*) FILTER (WHERE {here} AND flagged),
          COUNT(*) FILTER (WHERE NOT {here} AND NOT ({inside})),
          COUNT(*) FILTER (WHERE NOT {here} AND NOT ({inside}) AND flagged)
        FROM {view} WHERE {burst}
    """).fetchall()
    usual = others_hit / others if others else 0.0
    excess = hit - whole * usual
    if excess <= 0:
        return excess, (0.0, 0.0, 0.0)
    left = _outside(con, f"FROM {view} WHERE {burst} AND NOT ({inside})", here)
    if np.isnan(left.difference):  # nothing of the place lies outside the slices
        return excess, (1.0, 1.0, 1.0)
    query = f"SELECT COUNT(*) FROM {view} WHERE {burst} AND {here} AND NOT ({inside})"
    [(n,)] = con.execute(query).fetchall()
    middle, low, high = (1 - max(d, 0.0) * n / excess for d in (left.difference, left.high, left.low))
    return excess, (middle, low, high)
