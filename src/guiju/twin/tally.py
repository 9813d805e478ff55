"""Sums over the twin's order lines, whole numbers, that truth is settled from; it knows no plan."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from guiju.twin.market import HOUR, SLOTS_A_DAY, Ints, Market
from guiju.twin.prices import Grids
from guiju.twin.trade import NEVER, Chunk

PER_UNIT = 6  # unit prices in sixths of a fen are whole for 1, 2 and 3 units
BASES, PAYERS = ("purchase", "variable", "total"), ("seller", "platform")


@dataclass
class Tally:
    """Grids of products by weeks, days or slots."""

    units: Ints  # products x weeks
    gross: Ints
    net: dict[str, Ints]  # payer: what is left of gross after the seller's reductions, or after the platform's too
    below: dict[tuple[str, str], Ints]  # (basis, payer): units
    shortfall: dict[tuple[str, str], Ints]
    cost: dict[str, Ints]  # basis: cost of all units
    day_units: Ints  # products x days
    day_below: Ints  # units that leave the seller less than variable cost
    lowest: Ints  # products x slots: lowest seller's net of one unit, in sixths of a fen
    crowded: list[Ints] = field(default_factory=list)  # rows (seller, at, buyer, line) around three orders in an hour
    tail: Ints = field(default_factory=lambda: np.zeros((0, 4), np.int64))

    @classmethod
    def empty(cls, market: Market) -> Tally:
        n, weeks, days = market.products, market.clock.weeks, market.clock.days

        def grid(columns: int) -> Ints:
            return np.zeros((n, columns), np.int64)

        pairs = [(basis, payer) for basis in BASES for payer in PAYERS]
        return cls(
            units=grid(weeks),
            gross=grid(weeks),
            net={payer: grid(weeks) for payer in PAYERS},
            below={pair: grid(weeks) for pair in pairs},
            shortfall={pair: grid(weeks) for pair in pairs},
            cost={basis: grid(weeks) for basis in BASES},
            day_units=grid(days),
            day_below=grid(days),
            lowest=np.full((n, days * SLOTS_A_DAY), NEVER),
        )

    def add(self, c: Chunk, market: Market, grids: Grids, week: int, first_line: int) -> None:
        """One week's lines."""
        product, quantity = c["product"], c["quantity"]

        def sums(values: Ints) -> Ints:
            total = np.bincount(product, values, market.products)  # exact: far below 2**53
            return np.asarray(np.round(total), dtype=np.int64)

        net = c["gross"] - c["by_seller"]
        with_platform = net - c["by_platform"]
        self.units[:, week] = sums(quantity)
        self.gross[:, week] = sums(c["gross"])
        self.net["seller"][:, week], self.net["platform"][:, week] = sums(net), sums(with_platform)
        for basis in BASES:
            grid = grids.of(basis)
            cost = grid[product, c["day"]].astype(np.int64) * quantity
            by_seller = net < cost
            by_platform = ~by_seller & (with_platform < cost)
            self.cost[basis][:, week] = sums(cost)
            for payer, below, kept in (("seller", by_seller, net), ("platform", by_platform, with_platform)):
                self.below[basis, payer][:, week] = sums(quantity * below)
                self.shortfall[basis, payer][:, week] = sums((cost - kept) * below)
        cell = product * market.clock.days + c["day"]
        np.add.at(self.day_units.ravel(), cell, quantity)
        low = np.flatnonzero(by_seller)
        np.add.at(self.day_below.ravel(), cell[low], quantity[low])
        slot = product * self.lowest.shape[1] + c["slot"]
        np.minimum.at(self.lowest.ravel(), slot, net * PER_UNIT // quantity)
        self.add_crowds(c, first_line)

    def add_crowds(self, c: Chunk, first_line: int) -> None:
        """Keep a seller's orders within two hours of any three orders of one buyer within an hour."""
        orders = np.flatnonzero(~c["second"])
        rows = np.column_stack([c["seller"][orders], c["at"][orders], c["buyer"][orders], first_line + orders])
        rows = np.concatenate([self.tail, rows])
        if not rows.size:
            return
        pair = rows[:, 0] * (rows[:, 2].max() + 1) + rows[:, 2]
        by_pair = np.argsort(pair, kind="stable")
        pair, at = pair[by_pair], rows[by_pair, 1]
        triple = np.flatnonzero((pair[2:] == pair[:-2]) & (at[2:] - at[:-2] <= HOUR))
        for seller in np.unique(rows[by_pair[triple], 0]):
            its = rows[rows[:, 0] == seller]
            hits = np.sort(at[triple][rows[by_pair[triple], 0] == seller])
            after = np.searchsorted(hits, its[:, 1] - 2 * HOUR)
            near = hits[np.minimum(after, hits.size - 1)]
            self.crowded.append(its[np.abs(its[:, 1] - near) <= 2 * HOUR])
        self.tail = rows[rows[:, 1] >= rows[-1, 1] - 6 * HOUR]
