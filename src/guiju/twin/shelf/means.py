"""What banks had and owed at the ends of months: liquid assets, items by time left, claims on each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from guiju.twin.market import DAY, Ints, Reals
from guiju.twin.shelf.parties import DEPENDENT, LENDER, Shelf, month_ends
from guiju.twin.shelf.standing import EVENING, Positions
from guiju.twin.tables import coded, exact, numbered, times

CAPITAL = 0.09  # of assets
LIQUID = ("level_1", "level_2a", "level_2b")
# Loans and other assets: the kind, days until due (0: no term), share of what is lent.
LENT = (
    ("loan_corporate", 30, 0.05), ("loan_corporate", 90, 0.1), ("loan_corporate", 180, 0.14),
    ("loan_corporate", 360, 0.2), ("loan_retail", 30, 0.03), ("loan_retail", 180, 0.1), ("loan_retail", 720, 0.1),
    ("mortgage", 3600, 0.2), ("other_asset", 0, 0.08),
)  # fmt: skip
# Deposits that no platform brought, of households and of others: the kind, days until due (0: on demand), share.
HOUSEHOLDS = (("retail_stable", 0, 0.35), ("retail_stable", 270, 0.3), ("retail_less_stable", 0, 0.2),
              ("retail_less_stable", 180, 0.15))  # fmt: skip
OTHERS = (("small_business_stable", 0, 0.2), ("small_business_less_stable", 0, 0.1), ("operational", 0, 0.25),
          ("corporate", 0, 0.2), ("corporate", 360, 0.25))  # fmt: skip


@dataclass
class Means:
    """Banks x month ends, in fen."""

    days: Ints
    liquid: Ints  # banks x kinds x month ends
    owed: Ints  # banks x banks x month ends: the first owes the second
    assets: Ints
    lent: Ints
    households: Ints  # deposits that no platform brought, of households
    others: Ints


def draw(shelf: Shelf, positions: Positions, rng: np.random.Generator) -> Means:
    """Every bank's balance sheet adds up: assets are deposits, what it owes other banks, and capital."""
    days = np.array([shelf.day(day) for day in month_ends(shelf)], np.int64)
    n = len(shelf.banks)
    deposits, brought = positions.deposits[:, days], positions.platforms[:, days]
    share: Reals = rng.uniform(0.12, 0.3, n)
    share[shelf.bank(DEPENDENT)] = 0.16
    share[shelf.bank(LENDER)] = 0.14
    split: Reals = np.array([0.75, 0.2, 0.05])
    liquid = np.round(deposits[:, None, :] * share[:, None, None] * split[None, :, None]).astype(np.int64)
    owed = _claims(deposits, rng)
    owes = owed.sum(axis=1)
    claims = owed.sum(axis=0)
    assets = np.round((deposits + owes) / (1 - CAPITAL)).astype(np.int64)
    lent = assets - liquid.sum(axis=1) - claims
    savings = positions.savings[:, days] - brought  # platforms bring households
    households = np.clip(savings, 0, deposits - brought)
    return Means(days, liquid, owed, assets, lent, households, deposits - brought - households)


def _claims(deposits: Ints, rng: np.random.Generator) -> Ints:
    """Who owes whom: each bank owes up to four others up to six per cent of the smaller's deposits in all."""
    n, ends = deposits.shape
    owed = np.zeros((n, n, ends), np.int64)
    for bank in range(n):
        for to in rng.choice(n - 1, 4, replace=False):
            other = int(to) + (int(to) >= bank)
            share = float(rng.uniform(0.002, 0.015))
            owed[bank, other] = np.round(np.minimum(deposits[bank], deposits[other]) * share)
    return owed


def position_columns(shelf: Shelf, positions: Positions, means: Means) -> dict[str, pa.Array]:
    """The columns of `bank_positions`, a row a bank and day by time; the size is stated at the ends of months."""
    day, bank = (a.ravel() for a in np.indices((shelf.clock.days, len(shelf.banks))))
    end = np.minimum(np.searchsorted(means.days, day), len(means.days) - 1)
    stated = means.days[end] == day
    owes = means.owed.sum(axis=1)
    return {
        "platform": coded(bank, pa.array(shelf.names)),
        "id": numbered("z", np.arange(len(day)), 7),
        "bank": coded(bank, pa.array(shelf.names)),
        "occurred_at": times(shelf.clock.start + day * DAY + EVENING),
        "currency": coded(np.zeros(len(day)), pa.array(["CNY"])),
        "deposits_amount": exact(positions.deposits[bank, day], 2, 2),
        "savings_amount": exact(positions.savings[bank, day], 2, 2),
        "assets_amount": pa.compute.if_else(pa.array(stated), exact(means.assets[bank, end], 2, 2), None),
        "interbank_amount": pa.compute.if_else(pa.array(stated), exact(owes[bank, end], 2, 2), None),
    }


def liquid_columns(shelf: Shelf, means: Means) -> dict[str, pa.Array]:
    end, bank, kind = (a.ravel() for a in np.indices((len(means.days), len(shelf.banks), len(LIQUID))))
    names = pa.array(shelf.names)
    return {
        "platform": coded(bank, names),
        "id": numbered("q", np.arange(len(end)), 6),
        "bank": coded(bank, names),
        "occurred_at": _evening(shelf, means.days[end]),
        "kind": pa.array(LIQUID).take(pa.array(kind)),
        "currency": _yuan(len(end)),
        "amount": exact(means.liquid[bank, kind, end], 2, 2),
    }


def item_columns(shelf: Shelf, means: Means) -> dict[str, pa.Array]:
    """The columns of `balance_sheet_items`; without liquid assets, claims between banks, and what platforms brought."""
    kinds = (*LENT, *HOUSEHOLDS, *OTHERS, ("capital", 0, 1.0))
    end, bank, item = (a.ravel() for a in np.indices((len(means.days), len(shelf.banks), len(kinds))))
    capital = means.assets - np.round(means.assets * (1 - CAPITAL)).astype(np.int64)
    wholes = np.stack([means.lent] * len(LENT) + [means.households] * len(HOUSEHOLDS) + [means.others] * len(OTHERS)
                      + [capital])  # fmt: skip
    shares = np.array([share for _, _, share in kinds])
    due = np.array([days for _, days, _ in kinds])[item]
    names = pa.array(shelf.names)
    return {
        "platform": coded(bank, names),
        "id": numbered("i", np.arange(len(end)), 7),
        "bank": coded(bank, names),
        "occurred_at": _evening(shelf, means.days[end]),
        "kind": pa.array([kind for kind, _, _ in kinds]).take(pa.array(item)),
        "due_days": pa.array(due, mask=due == 0),
        "currency": _yuan(len(end)),
        "amount": exact(np.round(wholes[item, bank, end] * shares[item]).astype(np.int64), 2, 2),
    }


def claim_columns(shelf: Shelf, means: Means) -> dict[str, pa.Array]:
    end, debtor, creditor = np.nonzero(means.owed.transpose(2, 0, 1))
    names = pa.array(shelf.names)
    term = 7 * DAY * (1 + (debtor + creditor) % 12)
    at = shelf.clock.start + means.days[end] * DAY + EVENING
    return {
        "platform": coded(debtor, names),
        "id": numbered("w", np.arange(len(end)), 7),
        "occurred_at": times(at),
        "creditor": coded(creditor, names),
        "debtor": coded(debtor, names),
        "due_at": times(at + term),
        "currency": _yuan(len(end)),
        "amount": exact(means.owed[debtor, creditor, end], 2, 2),
    }


def _evening(shelf: Shelf, day: Ints) -> pa.Array:
    return times(shelf.clock.start + day * DAY + EVENING)


def _yuan(n: int) -> pa.Array:
    return coded(np.zeros(n), pa.array(["CNY"]))
