"""A deposit shelf, sixty banks on eleven platforms from the end of 2019 to March 2021, with its truth.

Two banks and one platform stand as they were reported on (`guiju.twin.shelf.parties`): Zhongguancun Bank's five years
at 4.875 %, Fumin Bank's at 4.8 %, and the Xiangche app, which sold vouchers that were loans. All others are invented,
and so is all that nobody reported. One invented bank goes the way of the one reported: savings from 36 % to 85 % of
its deposits, 83 % from platforms.

`truth.parquet` has the columns of `guiju.twin.groupbuy`. By check, the object, and the strength:

    platform_dependence             - (subject: the bank); per cent of its deposits at the most
    yields_over_ceiling             the offer (subject: the bank); hundredths of a point above the ceiling
    deposits_through_third_parties  who runs the platform (subject: the bank); deposits
    out_of_area_deposits            - (subject: the bank); deposits
    uninsured_balances              - (subject: the bank); yuan above what is insured
    disguised_loans                 the lender (subject: the seller); loans
    unlicensed_finance              the business (subject: the firm); days

Truth is counted from the arrays that the records are written from (`guiju.twin.shelf`: settling, yielding, counting).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from guiju.twin.market import Ints
from guiju.twin.settling import Truth
from guiju.twin.shelf import (
    business,
    counting,
    giving,
    lending,
    means,
    offering,
    offices,
    planting,
    saving,
    settling,
    standing,
    yielding,
)
from guiju.twin.shelf.parties import Shelf, found
from guiju.twin.tables import Writer, schema, write_rows, write_truth

LEAST_DEPOSITORS = 5_000


def generate(
    out: Path,
    depositors: int = 1_000_000,
    seed: int = 7,
    *,
    plants: bool = True,
    progress: Callable[[str, float], None] | None = None,
) -> None:
    """Write the shelf's tables of records and `truth.parquet` into `out`.

    The files are a function of the arguments alone, byte for byte on one lock. Without `plants` nobody breaks a rule;
    every look-alike remains. Raises ValueError below 5,000 depositors.
    """
    if depositors < LEAST_DEPOSITORS:
        raise ValueError(f"a deposit shelf needs {LEAST_DEPOSITORS} depositors at least: {depositors}")
    tell = progress or (lambda step, done: None)
    out.mkdir(parents=True, exist_ok=True)

    def dice(step: int) -> np.random.Generator:
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, step])))

    tell("deposits", 0.0)
    its = draw(depositors, dice, plants)
    tell("records", 0.4)
    for name, rows in given_row_by_row(its).items():
        write_rows(out, name, rows)
    for name, columns in given_as_arrays(its).items():
        write(out, name, columns)
    tell("truth", 0.9)
    write_truth(out, settle(its))
    tell("truth", 1.0)


@dataclass(frozen=True)
class Drawn:
    """Everything that is on the shelf and behind it."""

    shelf: Shelf
    offers: offering.Offers
    gifts: giving.Gifts
    plans: planting.Plans
    rows: saving.Deposits
    stood: Ints
    positions: standing.Positions
    had: means.Means
    sales: lending.Sales
    schedule: lending.Schedule
    done: business.Business
    outlets: list[dict[str, object]]


def draw(depositors: int, dice: Callable[[int], np.random.Generator], plants: bool) -> Drawn:
    """Each part by dice of its own, so that one more part leaves the others as they were."""
    shelf = found(depositors, dice(0), plants)
    offers = offering.lay_out(shelf, dice(1))
    gifts = giving.give(shelf, offers, dice(2), plants)
    offers.place = offering.places(offers)
    plans = planting.plan(shelf, dice(3), plants)
    rows = saving.deposit(shelf, offers, dice(4))
    rows = rows.join(plans.deposits(rows.size)).sorted()
    stood = standing.balances(shelf, rows)
    positions = standing.Positions(shelf, stood, rows, dice(5))
    had = means.draw(shelf, positions, dice(6))
    sales = lending.sell(shelf, dice(7), plants)
    schedule = lending.repay(shelf, sales, dice(8))
    done = business.do(shelf, rows, dice(9), plants)
    outlets = offices.rows(shelf, plans)
    return Drawn(shelf, offers, gifts, plans, rows, stood, positions, had, sales, schedule, done, outlets)


def given_row_by_row(its: Drawn) -> dict[str, list[dict[str, object]]]:
    return {
        "incentives": its.gifts.incentives,
        "exit_rates": its.gifts.exits,
        "outlets": its.outlets,
        "financial_business": its.done.acts,
        "financial_licences": its.done.licences,
    }


def given_as_arrays(its: Drawn) -> dict[str, dict[str, pa.Array]]:
    return {
        "deposit_offers": offering.columns(its.shelf, its.offers),
        "deposits": saving.columns(its.shelf, its.rows),
        "balances": standing.balance_columns(its.shelf, its.stood),
        "bank_positions": means.position_columns(its.shelf, its.positions, its.had),
        "liquid_assets": means.liquid_columns(its.shelf, its.had),
        "balance_sheet_items": means.item_columns(its.shelf, its.had),
        "interbank_claims": means.claim_columns(its.shelf, its.had),
        "prepayments": lending.prepayment_columns(its.sales),
        "loans": lending.loan_columns(its.sales),
        "repayments": lending.repayment_columns(its.schedule, its.sales),
        "loan_consents": lending.consent_columns(its.sales),
    }


def settle(its: Drawn) -> list[Truth]:
    """Each rule's definition asked of what was drawn."""
    return [
        *settling.dependence(its.shelf, its.positions),
        *yielding.settle(its.shelf, its.offers, its.gifts),
        *counting.after_the_notice(its.shelf, its.rows, its.plans, its.outlets),
        *counting.above_insurance(its.shelf, its.rows, its.plans),
        *counting.disguised(its.shelf, its.sales),
        *counting.unlicensed(its.shelf, its.done),
    ]


def write(out: Path, name: str, columns: dict[str, pa.Array]) -> None:
    """A table's columns; of those that are not given nothing is known."""
    n = len(columns["id"])
    with Writer(out, name) as writer:
        writer.add({field.name: columns.get(field.name, pa.nulls(n, field.type)) for field in schema(name)})
