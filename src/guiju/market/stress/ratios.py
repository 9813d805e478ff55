"""The liquidity ratios of banks by Basel III: what is liquid against a month's outflow, what is stable against need.

    LCR  = HQLA / (outflow - min(inflow, 75 % of outflow)), over 30 days
    NSFR = available / required stable funding

Platform money counts as less stable. A claim on another bank is paid when due; one without a day is owed at once, but
is no inflow to count on. A ratio that lacks an input is NaN, and it is said what to supply.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guiju.audit.report.words import Pair
from guiju.market.stress.books import Books, Missing
from guiju.market.stress.weights import LIQUID, PLATFORM, by_time, parts

Reals = NDArray[np.float64]
MONTH, HALF_YEAR, YEAR = 30, 180, 365  # days


@dataclass(frozen=True)
class Ratios:
    """(B,) each: sums in the currency's units, ratios in per cent; `locked`: if no term deposit can leave early."""

    hqla: Reals
    outflow: Reals
    outflow_locked: Reals
    inflow: Reals
    lcr: Reals
    lcr_locked: Reals
    available: Reals
    required: Reals
    nsfr: Reals
    missing: list[Missing]


def hqla(liquid: Reals, haircuts: dict[str, float], cap_2: float, cap_2b: float) -> Reals:
    """High-quality liquid assets of banks (B, 4 by `LIQUID`), after haircuts and caps.

    Level 2B beyond its cap is 2B - max(2B - a (1 + 2A), 2B - b 1), a = 15/85, b = 15/60; of level 2 counts at most 2/3
    of level 1. With caps of 40 and 15 per cent of the whole.
    """
    one, two_a, rmbs, other = (liquid[:, i] * (1 - haircuts[kind]) for i, kind in enumerate(LIQUID))
    two_b = rmbs + other
    over_2b = np.maximum(two_b - cap_2b / (1 - cap_2b) * (one + two_a), two_b - cap_2b / (1 - cap_2) * one).clip(0)
    over_2 = (two_a + two_b - over_2b - cap_2 / (1 - cap_2) * one).clip(0)
    return np.asarray(one + two_a + two_b - over_2b - over_2, np.float64)


def reckon(books: Books, term_money_can_leave: bool) -> Ratios:
    """Both ratios of every bank."""
    day, n = books.day, len(books.banks)
    cap = parts("lcr", "cap", day)
    stock = hqla(books.liquid, parts("lcr", "haircut", day), cap["level_2"], cap["level_2b"])
    soon = books.items.filter(pl.col("due_days").is_null() | (pl.col("due_days") <= MONTH))
    out = _weighed(soon, parts("lcr", "runoff", day), n)
    coming = _weighed(soon.filter(pl.col("due_days").is_not_null()), parts("lcr", "inflow", day), n)
    near = books.claims.filter(pl.col("due_days") <= MONTH)
    out += _summed(near, "debtor", n)
    coming += _summed(near.filter(pl.col("due_days") > 0), "creditor", n)
    weight = parts("lcr", "runoff", day)[PLATFORM]
    free = (books.demand + books.due[:, :, :MONTH].sum(axis=2)).sum(axis=1)
    locked = out + weight * free
    free = books.brought.sum(axis=1) if term_money_can_leave else free
    out = out + weight * free
    limit = parts("lcr", "limit", day)["inflow"]
    available, required = _available(books), _required(books)
    missing = _missing(books)
    for one in missing:
        at = books.banks.index(one.bank)
        for sums in {"lcr": (out, locked), "nsfr": (available,)}.get(one.what, ()):
            sums[at] = np.nan
    return Ratios(
        stock, out, locked, coming, _lcr(stock, out, coming, limit), _lcr(stock, locked, coming, limit), available,
        required, _share(available, required), missing,
    )  # fmt: skip


def _lcr(stock: Reals, outflow: Reals, inflow: Reals, limit: float) -> Reals:
    return _share(stock, outflow - np.minimum(inflow, limit * outflow))


def _share(part: Reals, whole: Reals) -> Reals:
    """Per cent; NaN where there is nothing to divide by."""
    share = np.divide(part * 100, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return np.asarray(share, np.float64)


def _weighed(items: pl.DataFrame, weights: dict[str, float], n: int) -> Reals:
    known = items.filter(pl.col("kind").is_in(list(weights)))
    weight = known["kind"].replace_strict(weights, return_dtype=pl.Float64).to_numpy()
    return _by_bank(known["bank"], known["amount"].to_numpy() * weight, n)


def _summed(claims: pl.DataFrame, side: str, n: int) -> Reals:
    known = claims.filter(pl.col(side) >= 0)
    return _by_bank(known[side], known["amount"].to_numpy(), n)


def _by_bank(banks: pl.Series, amounts: Reals, n: int) -> Reals:
    return np.asarray(np.bincount(banks.to_numpy(), amounts, n), np.float64)


def _by_time(days: pl.Series) -> NDArray[np.int64]:
    """0 below six months or on demand, 1 below a year, 2 from then on."""
    left = days.fill_null(0).to_numpy()
    return np.asarray((left >= HALF_YEAR).astype(np.int64) + (left >= YEAR), np.int64)


def _funding(items: pl.DataFrame, weights: dict[str, tuple[float, ...]], n: int) -> Reals:
    known = items.filter(pl.col("kind").is_in(list(weights)))
    rows = np.array([weights[k] for k in known["kind"]]).reshape(-1, 3)
    weight = rows[np.arange(len(rows)), _by_time(known["due_days"])]
    return _by_bank(known["bank"], known["amount"].to_numpy() * weight, n)


def _available(books: Books) -> Reals:
    weights, n = by_time("available", books.day), len(books.banks)
    found = _funding(books.items, weights, n) + _claims(books, "debtor", weights["financial"])
    short, middle, _ = weights[PLATFORM]
    due = books.due.sum(axis=1)
    to_half = due[:, : HALF_YEAR - 1].sum(axis=1) + books.demand.sum(axis=1)
    # What falls due after the days looked at is placed below a year: the horizon need not reach that far.
    after = due[:, HALF_YEAR - 1 :].sum(axis=1) + books.later.sum(axis=1)
    return np.asarray(found + short * to_half + middle * after, np.float64)


def _required(books: Books) -> Reals:
    weights, n = by_time("required", books.day), len(books.banks)
    stock = books.liquid @ np.array([weights[kind][0] for kind in LIQUID])
    lent = _claims(books, "creditor", weights["loan_financial"])
    return np.asarray(stock + _funding(books.items, weights, n) + lent, np.float64)


def _claims(books: Books, side: str, weights: tuple[float, ...]) -> Reals:
    weight = np.array(weights)[_by_time(books.claims["due_days"])]
    weighed = books.claims.with_columns(amount=pl.Series(books.claims["amount"].to_numpy() * weight))
    return _summed(weighed, side, len(books.banks))


def _missing(books: Books) -> list[Missing]:
    """What a ratio lacks: a class of items of which a bank states not one, and sums that cannot be."""
    stated: dict[int, set[str]] = {}
    for bank, kind in books.items.select("bank", "kind").unique().sort("bank", "kind").iter_rows():
        stated.setdefault(bank, set()).add(kind)
    owed, had = set(parts("lcr", "runoff", books.day)), set(by_time("required", books.day))
    brought, found = books.brought.sum(axis=1), []
    for i, bank in enumerate(books.banks):
        kinds = stated.get(i, set())
        wanted: list[tuple[str, Pair]] = []
        if not kinds & owed:
            wanted.append(("lcr", _none_of("负债", "a liability")))
        if "capital" not in kinds:
            wanted.append(("nsfr", _none_of("资本（capital）", "its capital")))
        elif not kinds & (had - set(LIQUID)):
            wanted.append(("nsfr", _none_of("资产", "an asset")))
        if np.isnan(books.deposits[i]):
            wanted.append(("dependence", (
                "bank_positions 中没有其全部存款（deposits_amount）：请提供",
                "bank_positions does not state its deposits in all: supply deposits_amount",
            )))  # fmt: skip
        elif brought[i] > books.deposits[i] + 0.01:
            wanted.append(("dependence", (
                f"平台存款 {brought[i]:,.2f} 高于其全部存款 {books.deposits[i]:,.2f}：请更正其一",
                f"platform money of {brought[i]:,.2f} is above all its deposits, {books.deposits[i]:,.2f}: correct one",
            )))  # fmt: skip
        found += [Missing(bank, what, why) for what, why in wanted]
    return found


def _none_of(zh: str, en: str) -> Pair:
    return (f"balance_sheet_items 中没有其{zh}：请提供", f"balance_sheet_items does not state {en}: supply it")
