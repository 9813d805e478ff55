"""What was sold for goods to be had later, and the loans behind it, some of them in the buyer's name unasked.

The voucher app sells fuel cards at ten per cent off. What the buyer signs is a consumer loan of a bank's; the app pays
its instalments, so that nobody notices, until it stops working.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from guiju.twin.market import DAY, HOUR, Flags, Ints, Reals
from guiju.twin.shelf.parties import LENDER, VOUCHER_APP, Shelf
from guiju.twin.shelf.saving import months_later
from guiju.twin.tables import exact, numbered, times

SALES_BEGIN, APP_FAILS = date(2020, 3, 2), date(2020, 12, 28)
ELSEWHERE = "anfu"  # a platform with shops that sell on instalments, and one that sells courses
LARGEST_FEN = 1_050_000_00  # debts above a million were reported
LEAST_SALES = 40
LENT_AFTER = HOUR  # a loan is made an hour after the sale


@dataclass(frozen=True)
class Way:
    """How one seller sells: as what, with which loan behind it, whether consent is kept, and who repays."""

    pattern: str
    violation: bool
    seller: str
    platform: str
    lender: str  # empty: no loan
    sold_as: str
    price: float  # of the face
    principal: float  # of the price
    consent: str  # "", on_day, framework
    payer: str
    months: int
    share: float  # of all sales


WAYS = (
    Way("fuel_card_loan", True, VOUCHER_APP, VOUCHER_APP, LENDER, "voucher", 0.9, 1.25, "", "seller", 12, 0.5),
    Way("card_loan", True, "kaka_shop", ELSEWHERE, "qinghe", "discount_card", 0.85, 1.08, "", "seller", 6, 0.08),
    Way("course_loan", True, "xuetang", ELSEWHERE, "yunshan", "prepayment", 1.0, 1.15, "", "borrower", 12, 0.06),
    Way("instalments_with_consent", False, "shuma_shop", ELSEWHERE, "qinghe", "instalments", 0.98, 1.04, "on_day",
        "borrower", 12, 0.08),
    Way("credit_line_agreed_before", False, "jiadian_shop", ELSEWHERE, LENDER, "instalments", 1.0, 1.04, "framework",
        "borrower", 6, 0.06),
    Way("card_with_consent", False, "yuyue_shop", ELSEWHERE, "yunshan", "discount_card", 0.9, 1.1, "on_day", "borrower",
        6, 0.04),
    Way("price_lent_and_no_more", False, "jiaju_shop", ELSEWHERE, "qinghe", "instalments", 1.0, 1.0, "", "borrower",
        6, 0.04),
    Way("voucher_without_loan", False, "canyin_shop", ELSEWHERE, "", "voucher", 0.9, 0.0, "", "", 0, 0.14),
)  # fmt: skip


@dataclass
class Sales:
    """A row a sale; with a loan where `principal` is not 0. Sums in fen, moments in UTC microseconds."""

    way: Ints
    buyer: Ints
    at: Ints
    face: Ints
    price: Ints
    principal: Ints
    matures: Ints

    @property
    def lent(self) -> Ints:
        return np.flatnonzero(self.principal > 0)


def sell(shelf: Shelf, rng: np.random.Generator, plants: bool) -> Sales:
    """All sales, sorted by time. Without plants the sellers of disguised loans sell nothing."""
    wanted = max(LEAST_SALES, shelf.depositors // 25)
    parts: list[tuple[Ints, ...]] = []
    taken = 0
    for place, way in enumerate(WAYS):
        n = max(12, round(wanted * way.share))
        first, last = shelf.at(SALES_BEGIN), shelf.at(APP_FAILS) - 5 * DAY
        share = np.sqrt(rng.random(n))  # ever more of them
        at = (first + share * (last - first)).astype(np.int64) // 1_000_000 * 1_000_000
        face = np.clip(rng.lognormal(13.1, 0.8, n) // 100_00, 5, 300).astype(np.int64) * 100_00
        if place == 0:
            face[:2] = int(LARGEST_FEN / way.price / way.principal) // 100_00 * 100_00 + 100_00
        price = np.round(face * way.price).astype(np.int64)
        principal = np.round(price * way.principal).astype(np.int64)
        buyer = taken + np.arange(n)  # each buys once: depositors they are too
        taken += n
        if plants or not way.violation:
            matures = months_later(shelf, at, np.full(n, max(way.months, 1)))
            parts.append((np.full(n, place), buyer, at, face, price, principal, matures))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[2], kind="stable")
    return Sales(*(column[order] for column in columns))


def _named(sales: Sales, rows: Ints, what: str) -> pa.Array:
    """A property of each sale's way, as text; null where it is empty."""
    words = [getattr(way, what) or None for way in WAYS]
    return pa.array(words, pa.string()).take(pa.array(sales.way[rows]))


def prepayment_columns(sales: Sales) -> dict[str, pa.Array]:
    rows = np.arange(len(sales.at))
    return {
        "platform": _named(sales, rows, "platform"),
        "id": numbered("v", rows, 8),
        "occurred_at": times(sales.at),
        "seller": _named(sales, rows, "seller"),
        "buyer": numbered("p", sales.buyer),
        "sold_as": _named(sales, rows, "sold_as"),
        "currency": pa.array(["CNY"] * len(rows)),
        "price_amount": exact(sales.price, 2, 2),
        "face_amount": exact(sales.face, 2, 2),
    }


def loan_columns(sales: Sales) -> dict[str, pa.Array]:
    its = sales.lent
    return {
        "platform": _named(sales, its, "platform"),
        "id": numbered("l", its, 8),
        "lender": _named(sales, its, "lender"),
        "borrower": numbered("p", sales.buyer[its]),
        "prepayment": numbered("v", its, 8),
        "opened_at": times(sales.at[its] + LENT_AFTER),
        "matures_at": times(sales.matures[its]),
        "closed_at": times(np.zeros(len(its), np.int64), np.zeros(len(its), bool)),
        "currency": pa.array(["CNY"] * len(its)),
        "principal_amount": exact(sales.principal[its], 2, 2),
        "rate_pct": pa.nulls(len(its), pa.decimal128(18, 6)),
    }


@dataclass
class Schedule:
    """A row an instalment, by its day. Sums in fen, moments in UTC microseconds, 0: not paid."""

    sale: Ints
    due: Ints
    amount: Ints
    paid: Ints
    by_seller: Flags


def repay(shelf: Shelf, sales: Sales, rng: np.random.Generator) -> Schedule:
    """Equal instalments a month. What the voucher app would pay ends when it fails; one in fifty of others is late."""
    its = sales.lent
    months = np.array([way.months for way in WAYS])[sales.way[its]]
    row = np.repeat(np.arange(len(its)), months)
    number = np.arange(len(row)) - np.repeat(np.cumsum(months) - months, months) + 1
    sale = its[row]
    due = months_later(shelf, sales.at[sale] + LENT_AFTER, number)
    each = -(-sales.principal[sale] // months[row])
    until = shelf.clock.until
    late: Reals = rng.random(len(row))
    paid = due - np.where(late < 0.02, -9, 1) * DAY
    by_seller = np.array([way.payer == "seller" for way in WAYS])[sales.way[sale]]
    of_app = np.array([way.seller == VOUCHER_APP for way in WAYS])[sales.way[sale]]
    gone = (paid >= until) | (of_app & (paid >= shelf.at(APP_FAILS)))
    order = np.lexsort((sale, due))
    kept = order[(due < sales.matures[sale] + DAY)[order]]
    return Schedule(sale[kept], due[kept], each[kept], np.where(gone, 0, paid)[kept], (by_seller & ~gone)[kept])


def repayment_columns(plan: Schedule, sales: Sales) -> dict[str, pa.Array]:
    n, is_paid = len(plan.sale), plan.paid > 0
    payer = pa.array(["borrower", "seller"]).take(pa.array(plan.by_seller.astype(np.int8)))
    return {
        "platform": _named(sales, plan.sale, "platform"),
        "id": numbered("r", np.arange(n)),
        "loan": numbered("l", plan.sale, 8),
        "due_at": times(plan.due),
        "currency": pa.array(["CNY"] * n),
        "due_amount": exact(plan.amount, 2, 2),
        "paid_at": times(plan.paid, is_paid),
        "paid_amount": exact(np.where(is_paid, plan.amount, 0), 2, 2),
        "payer": pa.compute.if_else(pa.array(is_paid), payer, None),
    }


def consent_columns(sales: Sales) -> dict[str, pa.Array]:
    """Consents on record: signed at the purchase, or to a line of credit months before."""
    kinds = np.array([("", "on_day", "framework").index(way.consent) for way in WAYS])[sales.way]
    its = np.flatnonzero(kinds > 0)
    given = np.where(kinds[its] == 1, sales.at[its] + HOUR // 2, sales.at[its] - 90 * DAY)
    return {
        "platform": _named(sales, its, "platform"),
        "id": numbered("k", its, 8),
        "borrower": numbered("p", sales.buyer[its]),
        "lender": _named(sales, its, "lender"),
        "given_at": times(given),
        "withdrawn_at": times(given, np.zeros(len(its), bool)),
        "currency": pa.array(["CNY"] * len(its)),
        "up_to_amount": exact(np.where(kinds[its] == 1, sales.principal[its], 500_000_00), 2, 2),
    }
