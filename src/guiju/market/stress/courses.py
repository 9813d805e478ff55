"""How a bank's liquidity goes from day to day in a scenario, and the shelf closing by how much and how fast.

Of a platform's money, by the end of day t, a share x running off evenly over d days and r of the rest renewed, has left

    not yet due:  x min(t / d, 1)          due by t:  x + (1 - x)(1 - r)

so that more run-off, or a quicker one, never leaves more money at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guiju.estimators.survival import survival_days
from guiju.market.stress.books import Books
from guiju.market.stress.scenarios import Scenario
from guiju.market.stress.weights import LIQUID, PLATFORM, parts
from guiju.records.errors import BadInput, hint, hint_zh

Reals = NDArray[np.float64]
Days = NDArray[np.int64]
PROMISED = "commitment"


@dataclass(frozen=True)
class Flows:
    """The parts of every bank's course, cumulative by the end of day 1 to H: what a scenario weighs.

    due: (B, P, H) platform money due by then; undue: (B, P, H) the rest of it. owed, coming: (B, H) other money due
    from and to the bank. free: (B, K) money on demand, and what was promised, by kind; rates: (K,) their run-off rates;
    is_money: (K,) all but promises. between: (B, H) claims on other banks less debts to them. loans: (B, P, H) what
    borrowers owe by then.
    """

    due: Reals
    undue: Reals
    owed: Reals
    coming: Reals
    free: Reals
    rates: Reals
    is_money: NDArray[np.bool_]
    between: Reals
    loans: Reals

    @property
    def days(self) -> int:
        return int(self.due.shape[2])


def flows(books: Books) -> Flows:
    """Every bank's flows by contract."""
    days, n = books.due.shape[2], len(books.banks)
    due = books.due.cumsum(axis=2)
    runoff = parts("lcr", "runoff", books.day)
    had = set(parts("lcr", "inflow", books.day))
    term = books.items.filter(pl.col("due_days").is_not_null(), pl.col("due_days") <= days)
    owes = pl.col("kind").is_in(list(runoff)) & ~pl.col("kind").str.starts_with(PROMISED)
    kinds = [kind for kind in runoff if kind != PLATFORM]
    loose = books.items.filter(pl.col("due_days").is_null(), pl.col("kind").is_in(kinds))
    free = np.zeros((n, len(kinds)))
    for bank, kind, amount in loose.select("bank", "kind", "amount").iter_rows():
        free[bank, kinds.index(kind)] += amount
    between = np.zeros((n, days))
    for creditor, debtor, when, sum_ in books.claims.iter_rows():
        if when <= days:
            for bank, sign in ((debtor, -1), (creditor, 1)):
                if bank >= 0:  # on demand: on the first day
                    between[bank, max(when, 1) - 1] += sign * sum_
    return Flows(
        due, books.brought[:, :, None] - due, _by_day(term.filter(owes), n, days),
        _by_day(term.filter(pl.col("kind").is_in(list(had))), n, days),
        free, np.array([runoff[kind] for kind in kinds]), np.array([not k.startswith(PROMISED) for k in kinds]),
        between.cumsum(axis=1), books.loans.cumsum(axis=2),
    )  # fmt: skip


def _by_day(items: pl.DataFrame, n: int, days: int) -> Reals:
    """(B, H) cumulative; what is due within the day asked for is due on day 1."""
    sums = np.zeros((n, days))
    at = (items["bank"].to_numpy(), np.maximum(items["due_days"].to_numpy(), 1) - 1)
    np.add.at(sums, at, items["amount"].to_numpy())
    return sums.cumsum(axis=1)


def capacity(books: Books, more_pct: float = 0.0) -> Reals:
    """(B,) what liquid assets bring at once, after haircuts; caps bound a ratio, not what can be sold."""
    cut = parts("lcr", "haircut", books.day)
    return np.asarray(books.liquid @ np.array([max(1 - cut[k] - more_pct / 100, 0.0) for k in LIQUID]), np.float64)


def closed(books: Books, scenario: Scenario) -> NDArray[np.bool_]:
    """(P,) the platforms whose shelf closes."""
    if scenario.closed == "all":
        return np.ones(len(books.platforms), bool)
    names = [scenario.closed] if isinstance(scenario.closed, str) else scenario.closed
    for name in names:
        if name not in books.platforms:
            raise BadInput(
                f"no platform {name!r} brought deposits; {hint(name, books.platforms, 'there are')}, or all",
                f"平台 {name!r} 没有带来存款；{hint_zh(name, books.platforms)}，或者 all",
            )
    return np.isin(np.array(books.platforms, dtype=object), names)


def ramp(days: int, over: float) -> Reals:
    """(H,) what part of a sum that leaves evenly over so many days has left by the end of day 1, 2, ..."""
    return np.minimum(np.arange(1, days + 1) / over, 1.0)


def levels(books: Books, parts_of: Flows, scenario: Scenario, run_days: int, between: bool = True) -> Reals:
    """(B, H) what each bank has left at the end of each day; without claims between banks if they are cleared apart."""
    shut, x = closed(books, scenario), scenario.runoff_pct / 100
    kept = 1 - scenario.renewed_pct / 100
    steps = ramp(parts_of.days, scenario.over_days)
    gone = parts_of.due[:, shut].sum(axis=1) * (x + (1 - x) * kept) + parts_of.undue[:, shut].sum(axis=1) * x * steps
    gone += parts_of.due[:, ~shut].sum(axis=1) * kept
    rates = np.minimum(parts_of.rates * scenario.others_runoff_pct / 100, 1.0)
    ran = (parts_of.free @ rates)[:, None] * ramp(parts_of.days, run_days)
    owed = parts_of.owed * (1 - scenario.others_renewed_pct / 100)
    came = parts_of.coming * (scenario.received_pct / 100)
    left = capacity(books, scenario.haircut_more_pct)[:, None] + came - owed - ran - gone
    return np.asarray(left + parts_of.between if between else left, np.float64)


def grid(
    books: Books, parts_of: Flows, base: Scenario, runoff_pct: list[float], over_days: list[int], run_days: int
) -> Days:
    """(B, run-offs, spans) survival days if every shelf closes; 0 where the bank survives."""
    import msgspec

    found = np.zeros((len(books.banks), len(runoff_pct), len(over_days)), np.int64)
    for i, share in enumerate(runoff_pct):
        for j, span in enumerate(over_days):
            one = msgspec.structs.replace(base, closed="all", runoff_pct=float(share), over_days=int(span))
            found[:, i, j] = survival_days(levels(books, parts_of, one, run_days))
    return found
