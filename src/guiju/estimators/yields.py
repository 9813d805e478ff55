"""What a deposit yields a year, with everything its depositor is given: by cash flows, and beside a plain deposit.

A *plain* deposit pays simple interest at its end and nothing else: a nominal rate is one of it. The *all-in yield* is
the XIRR of what was paid in and all that comes out, bonuses too; the APY of Regulation DD leaves bonuses out, and is
another number. Yields are effective, compounded once a year; a year has 365 days. Yields and rates are per cent.

Formulas without a loop are plain arithmetic: they take numbers, arrays, or columns of an engine.
Sources: 12 CFR 1030, appendix A, part I; XIRR as spreadsheets define it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

YEAR_DAYS = 365.0
STEPS = 60  # at most; a few are the rule


def apy_pct(paid_in: Any, gained: Any, days: Any) -> Any:
    """Annual percentage yield of a sum that gained so much in so many days, all of it at the end."""
    return 100.0 * ((1.0 + gained / paid_in) ** (YEAR_DAYS / days) - 1.0)


def plain_yield_pct(rate_pct: Any, days: Any) -> Any:
    """The yield of a plain deposit at a nominal rate, held so many days: 4.875 % over five years yields 4.46 %."""
    return 100.0 * ((1.0 + rate_pct / 100.0 * (days / YEAR_DAYS)) ** (YEAR_DAYS / days) - 1.0)


def plain_rate_pct(yield_pct: Any, days: Any) -> Any:
    """The nominal rate of the plain deposit that has this yield over so many days: `plain_yield_pct` turned round."""
    return 100.0 * ((1.0 + yield_pct / 100.0) ** (days / YEAR_DAYS) - 1.0) * (YEAR_DAYS / days)


def all_in_yield_pct(paid_in: ArrayLike, amounts: ArrayLike, days: ArrayLike) -> NDArray[np.float64]:
    """The XIRR of n deposits: paid_in (n,) on day 0; amounts (n, k), each at least 0, come out on days (n, k).

    Where there are fewer than k, amounts are 0. The root of `sum(amounts * (1 + y) ** (-days / 365)) = paid_in` by
    Newton's method on the logarithm of the sum, in ln(1 + y): convex, falling, a straight line where all comes out on
    one day; from 0 the first step is not past the root, and no later one is. To 1e-12, relative. NaN: nothing comes
    out, or nothing was paid in beyond what came back on day 0.
    """
    out, when = np.broadcast_arrays(np.asarray(amounts, dtype=np.float64), np.asarray(days, dtype=np.float64))
    given = np.asarray(paid_in, dtype=np.float64)
    if out.ndim != 2 or given.shape != out.shape[:1]:
        raise ValueError(f"paid_in must be (n,), amounts and days (n, k), not {given.shape} and {out.shape}")
    if (out < 0).any() or (when < 0).any():
        raise ValueError("amounts and days must be at least 0")
    net = given - out.sum(axis=1, where=when == 0)
    later = np.where(when > 0, out, 0.0)
    years = when / YEAR_DAYS
    asked = (net > 0) & (later.sum(axis=1) > 0)
    net, later, years = net[asked], later[asked], years[asked]
    log_yield = np.zeros(net.shape)
    for _ in range(STEPS):
        worth = later * np.exp(-log_yield[:, None] * years)
        total = worth.sum(axis=1)
        step = np.log(total / net) * total / (worth * years).sum(axis=1)
        log_yield = log_yield + step
        if (np.abs(step) <= 1e-13 * (1.0 + np.abs(log_yield))).all():
            break
    found = np.full(given.shape, np.nan)
    found[asked] = 100.0 * np.expm1(log_yield)
    return found
