"""The same ascent as relational steps: edges stay in the engine, and only prices and sums by supply go to and fro.

A row of `edges` is a candidate: store, supply, good, score, places and floor of the store. One query a round ranks each
store's candidates at the prices, and counts what is taken by supply. Executed on DuckDB and on Spark.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from guiju.market.matching.ascent import ROUNDS, Priced, climb
from guiju.market.matching.problem import Counts, Problem, Reals

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from guiju.audit.engine import Engine


def edges_of(problem: Problem) -> pa.Table:
    """A problem's candidates, a row each: for tests, or to begin from arrays."""
    import pyarrow as pa

    store, column = np.nonzero(problem.supply >= 0)
    supply = problem.supply[store, column]
    return pa.table({
        "store": store, "supply": supply.astype(np.int64), "good": problem.good[supply].astype(np.int64),
        "score": problem.score[store, column].astype(np.float64), "places": problem.places[store].astype(np.int64),
        "floor": problem.floor[store].astype(np.int64),
    })  # fmt: skip


def demanded(edges: ibis.Table, prices: ibis.Table, penalty: float) -> ibis.Table:
    """What stores take at `prices` (supply, price): by supply the lots, what they are worth beyond their price, and how
    many of them lie within floors."""
    import ibis

    priced = edges.inner_join(prices, "supply").mutate(net=lambda t: t.score - t.price)
    of_good = ibis.row_number().over(group_by=["store", "good"], order_by=[ibis.desc("net"), ibis.asc("supply")])
    best = priced.mutate(of_good=of_good).filter(lambda t: t.of_good == 0)
    rank = ibis.row_number().over(group_by="store", order_by=[ibis.desc("net"), ibis.asc("supply")])
    ranked = best.mutate(rank=rank)
    worth = (ranked.net > 0) | ((ranked["rank"] < ranked.floor) & (ranked.net > -penalty))
    taken = ranked.filter((ranked["rank"] < ranked.places) & worth)
    return taken.group_by("supply").agg(
        lots=taken.count(), value=taken.net.sum(), within=(taken["rank"] < taken.floor).cast("int64").sum()
    )


def ascend_in(
    engine: Engine, edges: ibis.Table, capacity: Counts, penalty: float, rounds: int = ROUNDS,
    tell: Callable[[float], None] = lambda share: None,
) -> Priced:  # fmt: skip
    """Prices of lots by dual ascent on an engine, as `ascent.ascend` finds them from arrays.

    edges: as described above, in the engine. capacity: lots of supplies 0, 1, 2, …; penalty: as in `Problem`.
    """
    import pyarrow as pa

    n = len(capacity)
    floors = edges.group_by("store").agg(floor=edges.floor.max())
    promised = int(engine.fetch(floors.agg(promised=floors.floor.sum()))["promised"][0].as_py() or 0)
    means = engine.fetch(edges.group_by("supply").agg(mean=edges.score.mean(), most=edges.score.max()))
    typical = np.full(n, 1e-9)
    typical[means["supply"].to_numpy()] = np.maximum(means["mean"].to_numpy(), 1e-9)
    highest = float(means["most"].to_numpy().max(initial=0.0))

    def ask(prices: Reals) -> tuple[Counts, float]:
        given = engine.put(pa.table({"supply": np.arange(n), "price": prices}))
        sums = engine.fetch(demanded(edges, given, penalty))
        lots = np.zeros(n, np.int64)
        lots[sums["supply"].to_numpy()] = sums["lots"].to_numpy()
        short = promised - int(sums["within"].to_numpy().sum())
        value = float(np.sort(sums["value"].to_numpy()).sum())  # in one order, whatever order the engine answers in
        return lots, value - penalty * short + float((prices * capacity).sum())

    return climb(ask, capacity, typical, highest + penalty, rounds, tell)
