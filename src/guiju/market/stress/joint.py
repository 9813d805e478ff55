"""Shocks that come together: a run on a bank, a platform's failure, its users' not paying; against the same ones apart.

Each shock happens with its chance and is then of a size between its least and its most, the larger the further its
number lies beyond that chance. Numbers are joined by one common factor (`estimators.one_factor`); chances and sizes are
the same whatever the correlation, so that what differs is only how often shocks meet.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guiju.estimators.clearing import clear_many
from guiju.estimators.one_factor import Draws
from guiju.estimators.survival import ROUNDING, survival_days
from guiju.market.stress.books import Books
from guiju.market.stress.courses import Flows, levels, ramp
from guiju.market.stress.scenarios import WhatIf
from guiju.records.errors import BadInput

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
Size = tuple[float, float]
QUANTILES = (1, 5, 25, 50, 75, 95, 99)  # per cent, of a fan


@dataclass(frozen=True)
class Shocks:
    """The shocks of S draws, as parts of one; 0 where none came. runs: (S, B); failures, unpaid: (S, P)."""

    runs: Reals
    failures: Reals
    unpaid: Reals


@dataclass(frozen=True)
class Outcome:
    """What came of S draws with one correlation (None: independent shocks).

    failed: (S, B) banks below zero within the clearing days, or that could not pay in full; infected: (S, B) those of
    them that would have lasted had all others paid. unpaid_depositors, unpaid_banks: (S,) sums not paid by then.
    together: (S,) whether a platform failed, its users did not pay and a bank it served was run on at once.
    fans: by bank, (quantiles, H) what it has left.
    """

    rho: float | None
    failed: Flags
    infected: Flags
    unpaid_depositors: Reals
    unpaid_banks: Reals
    together: Flags
    fans: dict[str, Reals]

    @property
    def counts(self) -> NDArray[np.int64]:
        """(S,) how many banks failed."""
        return np.asarray(self.failed.sum(axis=1), np.int64)


def shocks(drawn: Draws, rho: float | None, books: Books, given: WhatIf) -> Shocks:
    """The shocks of every draw, joined with one correlation."""
    banks, platforms = len(books.banks), len(books.platforms)
    chances = [given.value(f"{name}_chance_pct") / 100 for name in ("bank_run", "platform_failure", "nonpayment")]
    far = drawn.excesses(rho, np.repeat(chances, (banks, platforms, platforms)))
    sized = [
        _sized(part, given.value(name))
        for part, name in zip(
            np.split(far, (banks, banks + platforms), axis=1),
            ("bank_run_pct", "platform_failure_pct", "nonpayment_pct"), strict=True,
        )
    ]  # fmt: skip
    return Shocks(*sized)


def _sized(far: Reals, size: Sequence[float]) -> Reals:
    least, most = size[0] / 100, size[1] / 100
    # A shock of size nothing is still none; where it came, it is of its least size or more.
    return np.where(far > 0, least + (most - least) * far, 0.0)


class Joint:
    """Draws over one set of books; each correlation reads the same random numbers."""

    def __init__(self, books: Books, parts_of: Flows, given: WhatIf, seed: int, fans: Sequence[str]) -> None:
        base = given.scenarios[str(given.value("joint_scenario"))]
        if base.closed:
            raise BadInput(
                f"joint shocks fall on a scenario in which no shelf is closed yet, and "
                f"{given.value('joint_scenario')} closes some: name another as joint_scenario",
                "同时冲击要建立在还没有货架关闭的情景上，"
                f"而 {given.value('joint_scenario')} 已关闭几个：请换 joint_scenario",
            )
        self.books, self.parts_of, self.given, self.base, self.fans = books, parts_of, given, base, fans
        self.days = int(given.value("clearing_days"))
        n = len(books.banks) + 2 * len(books.platforms)
        self.drawn = Draws.of(seed, int(given.value("draws")), n, float(given.value("degrees")))
        self.level = levels(books, parts_of, base, int(given.value("run_days")))
        ran = np.minimum(parts_of.rates * base.others_runoff_pct / 100, 1.0)  # by the scenario itself
        self.stays = (parts_of.free * (1 - ran))[:, parts_of.is_money].sum(axis=1)
        self.owed, outside = _debts(books, self.days)
        self.apart = self.level[:, self.days - 1] - parts_of.between[:, self.days - 1] + outside

    def outcome(self, rho: float | None) -> Outcome:
        """What comes of the draws with one correlation."""
        came = shocks(self.drawn, rho, self.books, self.given)
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            found = list(pool.map(lambda bank: self._bank(bank, came), range(len(self.books.banks))))
        days = np.stack([one[0] for one in found], axis=1)
        left = self.apart - np.stack([one[1] for one in found], axis=1)
        fans = {self.books.banks[i]: one[2] for i, one in enumerate(found) if one[2] is not None}
        gone = (days > 0) & (days <= self.days)
        short, direct, owing, unpaid = self._cleared(left)
        failed = gone | short
        return Outcome(rho, failed, failed & ~gone & ~direct, owing, unpaid, self._together(came), fans)

    def _bank(self, bank: int, came: Shocks) -> tuple[NDArray[np.int64], Reals, Reals | None]:
        """A bank's survival days, what the shocks took by the clearing day, and its fan if it is wanted."""
        of, books = self.parts_of, self.books
        mine = np.flatnonzero((books.brought[bank] > 0) | (of.loans[bank, :, -1] > 0))
        failures = came.failures[:, mine]
        hit = np.column_stack([came.runs[:, bank], failures > 0, failures, came.unpaid[:, mine]])
        steps = ramp(of.days, float(self.given.value("run_days")))
        quick = ramp(of.days, float(self.given.value("platform_failure_days")))
        takes = np.vstack([
            self.stays[bank] * steps, of.due[bank, mine] * (self.base.renewed_pct / 100),
            of.undue[bank, mine] * quick,
            of.loans[bank, mine] * (self.base.received_pct / 100),
        ])  # fmt: skip
        at = np.flatnonzero(hit.any(axis=1))  # elsewhere it goes as in the scenario
        lost = hit[at] @ takes
        course = self.level[bank] - lost
        days = np.full(len(hit), survival_days(self.level[bank]))
        days[at] = survival_days(course)
        taken = np.zeros(len(hit))
        taken[at] = lost[:, self.days - 1]
        fan = None
        if books.banks[bank] in self.fans:
            whole = np.broadcast_to(self.level[bank], (len(hit), of.days)).copy()
            whole[at] = course
            fan = np.percentile(whole, QUANTILES, axis=0)
        return days, taken, fan

    def _cleared(self, left: Reals) -> tuple[Flags, Flags, Reals, Reals]:
        """Who is short after clearing, who would be if all others paid, and the sums unpaid to others and to banks."""
        total, due = self.owed.sum(axis=1), self.owed.sum(axis=0)
        direct = left + due - total < -ROUNDING
        short, owing, unpaid = direct.copy(), np.zeros(len(left)), np.zeros(len(left))
        at = np.flatnonzero(direct.any(axis=1))
        if len(at):
            paid = clear_many(self.owed, left[at])
            parts = np.divide(self.owed, total[:, None], out=np.zeros_like(self.owed), where=total[:, None] > 0)
            rest = left[at] + paid @ parts - paid
            small = ROUNDING + 1e-9 * total.max(initial=0.0)  # clearing comes to rest that near
            short[at] = (paid < total - small) | (rest < -small)
            owing[at], unpaid[at] = -rest.clip(max=0).sum(axis=1), (total - paid).sum(axis=1)
        return short, direct, owing, unpaid

    def _together(self, came: Shocks) -> Flags:
        serves = (self.books.brought > 0).astype(np.float64)
        ran = (came.runs > 0).astype(np.float64) @ serves > 0
        return np.asarray((ran & (came.failures > 0) & (came.unpaid > 0)).any(axis=1))


def _debts(books: Books, days: int) -> tuple[Reals, Reals]:
    """(B, B) what each bank (row) owes each other within so many days; (B,) net claims on banks not stressed."""
    n = len(books.banks)
    owed, outside = np.zeros((n, n)), np.zeros(n)
    for creditor, debtor, when, amount in books.claims.iter_rows():
        if when > days:
            continue
        if min(creditor, debtor) >= 0:
            owed[debtor, creditor] += amount
        elif debtor >= 0:
            outside[debtor] -= amount
        else:
            outside[creditor] += amount
    return owed, outside
