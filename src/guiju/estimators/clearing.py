"""Who can pay whom: the greatest clearing payments of a network of debts.

    p = min(p_bar, max(Pi' p + e, 0))

`p_bar` is what each owes in all, `Pi` to whom in what parts, `e` what each has beside its claims, net of debts that
come first; below zero where those alone exceed it. Each pays all it owes, or all it has; creditors of one debtor share
in proportion. The map is monotone, so from `p_bar` downward it comes to the greatest fixed point, which is also the
solution of max 1'p under p <= p_bar, p <= Pi' p + e where no e is below zero.

Source: Eisenberg & Noe 2001, Management Science 47(2); debts that come first: Elsinger 2009, OeNB Working Paper 156.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

Reals = NDArray[np.float64]
NEAR = 1e-10  # of the largest debt: payments that move less have come to rest
ROUNDS = 200  # before a network that still moves is solved exactly


def shares(owed: ArrayLike) -> Reals:
    """In what parts each debtor (row) pays its creditors (columns); a row of zeros for one that owes nothing."""
    debts = np.asarray(owed, np.float64)
    total = debts.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(debts, total, out=np.zeros_like(debts), where=total > 0), np.float64)


def clear(owed: ArrayLike, external: ArrayLike) -> Reals:
    """What each pays, exactly but for rounding: `owed` (n x n, debtor by row), `external` (n).

    By the algorithm of fictitious defaults: whoever cannot pay in full if all others do is put into default, and what
    those in default pay each other is solved for, until no more are added.
    """
    debts = np.asarray(owed, np.float64)
    outside = np.asarray(external, np.float64)
    _refuse(debts, outside)
    total, parts = debts.sum(axis=1), shares(debts)
    small = NEAR * max(float(total.max(initial=0.0)), 1.0)
    paid, failed = total.copy(), np.zeros(len(total), bool)
    while True:
        short = failed | (parts.T @ paid + outside < total - small)
        if (short == failed).all():
            return np.asarray(paid, np.float64)
        failed = short
        full = np.where(failed, 0.0, total)
        among = parts[np.ix_(failed, failed)].T
        paid = full
        paid[failed] = np.minimum(_at_least_nothing(among, (parts.T @ full + outside)[failed]), total[failed])


def clear_many(owed: ArrayLike, externals: ArrayLike) -> Reals:
    """What each pays in many states, within `NEAR` of the largest debt: `owed` (n x n), `externals` (states x n)."""
    debts = np.asarray(owed, np.float64)
    outside = np.asarray(externals, np.float64)
    _refuse(debts, outside)
    total, coming = debts.sum(axis=1)[:, None], csr_array(shares(debts).T)  # a bank owes few others
    small = NEAR * max(float(total.max(initial=0.0)), 1.0)
    given = np.ascontiguousarray(outside.T)
    paid = np.broadcast_to(total, given.shape).copy()
    moving, before = np.arange(len(outside)), paid.copy()
    for _ in range(ROUNDS):
        now = coming @ before
        now += given
        np.clip(now, 0.0, total, out=now)
        still = (before - now > small).any(axis=0)
        before = now
        if still.sum() <= len(moving) / 2:  # those at rest are taken out now and then, as taking out costs a copy
            paid[:, moving] = now
            moving, before, given = moving[still], now[:, still], given[:, still]
            if not len(moving):
                return np.ascontiguousarray(paid.T)
    for state in moving:
        paid[:, state] = clear(debts, outside[state])
    return np.ascontiguousarray(paid.T)


def _at_least_nothing(among: Reals, given: Reals) -> Reals:
    """The solution of x = max(among x + given, 0), by choosing for each which of the two holds until none changes."""
    pays = np.ones(len(given), bool)
    x = np.zeros(len(given))
    for _ in range(len(given) + 1):
        system = np.eye(int(pays.sum())) - among[np.ix_(pays, pays)]
        x = np.zeros(len(given))
        # Where those in default owe each other only and nothing comes in, any rate would do: least squares takes one.
        x[pays] = np.linalg.lstsq(system, given[pays], rcond=None)[0] if len(system) else x[pays]
        now = among @ x + given > 0
        if (now == pays).all():
            break
        pays = now
    return np.maximum(x, 0.0)


def _refuse(debts: Reals, outside: Reals) -> None:
    if debts.ndim != 2 or debts.shape[0] != debts.shape[1] or debts.shape[0] != outside.shape[-1]:
        raise ValueError("debts are n x n, and what each has beside them is n")
    if not (debts >= 0).all() or not np.isfinite(debts).all():
        raise ValueError("a debt is a finite number, not below zero")
    if np.diagonal(debts).any():
        raise ValueError("nobody owes to itself")
