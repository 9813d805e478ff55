"""What depositors are given beside the rate, and what they get if they leave early: on offers of the last quarter."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from guiju.twin.market import DAY, Ints
from guiju.twin.shelf.offering import Offers
from guiju.twin.shelf.parties import CEILING_BANK, CEILINGS, DEPENDENT, LENDER, Shelf

Row = dict[str, object]
LAST_QUARTER = 3  # October to December 2020
ASKED = (12, 36, 60)  # months of terms whose ceiling is a matter of record
ON_FEN = 10_000_00
ABOVE_BP = (3, 8, 15, 30, 60, 120)  # how far planned yields stand above the ceiling, about
BELOW_BP = 20  # how far the nominal rate of those with a bonus stands below
AGAINST = ("rate_above_ceiling", "rebate", "newcomers_coupon", "prize", "early_exit_and_rebate", "red_packet_for_days")
HONEST = ("rebate_within_ceiling", "vip_tier", "small_gift", "unlikely_prize", "gift_then_early_exit", "given_too_late")
SMALL_FEN, UNLIKELY = 20_00, 1  # fen; hundredths of a per cent
LEFT_BP = 40  # an early exit pays so much less than the ceiling
ROUNDS = 2  # each strength twice, with ways in turn


@dataclass
class Gifts:
    """Rows of `incentives` and `exit_rates`, and which offer was planned as what: its pattern."""

    incentives: list[Row] = field(default_factory=list)
    exits: list[Row] = field(default_factory=list)
    planned: dict[int, str] = field(default_factory=dict)


def give(shelf: Shelf, offers: Offers, rng: np.random.Generator, plants: bool) -> Gifts:
    """The plans; nominal rates that they need are put into the offers. Look-alikes come first."""
    gifts = Gifts()
    named = [shelf.bank(name) for name in (CEILING_BANK, LENDER, DEPENDENT)]
    free: Ints = np.flatnonzero(
        (offers.quarter == LAST_QUARTER) & ~offers.own & np.isin(offers.term, ASKED) & ~np.isin(offers.bank, named)
    )
    its = iter(int(offer) for offer in rng.permutation(free))
    at_ceiling = (offers.bank == named[0]) & (offers.rate == 4875) & (offers.quarter == LAST_QUARTER) & ~offers.own
    gifts.planned |= dict.fromkeys(np.flatnonzero(at_ceiling).tolist(), "at_the_ceiling")
    for pattern in HONEST * ROUNDS:
        _honest(offers, gifts, next(its), pattern)
    for number in range(len(AGAINST) * ROUNDS * len(ABOVE_BP) // 2 if plants else 0):
        pattern = AGAINST[number % len(AGAINST)]
        _against(offers, gifts, next(its), pattern, ABOVE_BP[(number // len(AGAINST)) % len(ABOVE_BP)])
    for letter, rows in (("g", gifts.incentives), ("e", gifts.exits)):
        for number, row in enumerate(rows):
            row |= {"id": f"{letter}{number:04d}", "offer": offers.name(int(str(row["offer"])))}
            row["platform"] = shelf.channels[int(offers.channel[int(str(row["offer"])[1:])])]
    return gifts


def _honest(offers: Offers, gifts: Gifts, offer: int, pattern: str) -> None:
    """Its rate leaves room, or what is given does not count."""
    ceiling, years = CEILINGS[int(offers.term[offer])], int(offers.term[offer]) / 12
    offers.rate[offer] = _rate(ceiling, -2 * BELOW_BP)
    gifts.planned[offer] = pattern
    worth = _fen(1.5 * BELOW_BP, years)  # within what the rate leaves
    dear = _fen(40 * BELOW_BP, years)
    if pattern == "rebate_within_ceiling":
        _incentive(offers, gifts, offer, kind="rebate", amount=worth, paid_days=7)
    elif pattern == "vip_tier":
        _incentive(offers, gifts, offer, kind="rebate", amount=50 * dear, for_whom="vip", on_amount=50 * ON_FEN)
    elif pattern == "small_gift":
        _incentive(offers, gifts, offer, kind="gift", amount=SMALL_FEN, on_amount=100_00, funded_by="bank")
    elif pattern == "unlikely_prize":
        _incentive(offers, gifts, offer, kind="prize", amount=5_000_00, chance_pct=UNLIKELY)
    elif pattern == "gift_then_early_exit":
        _incentive(offers, gifts, offer, kind="gift", amount=20_00, paid_days=0, funded_by="platform")
        _exit(gifts, offer, 7, 35)
    else:  # given_too_late
        ends = int(offers.valid_to[offer])
        _incentive(offers, gifts, offer, kind="rebate", amount=dear, valid_from=ends, valid_to=ends + 20 * DAY)


def _against(offers: Offers, gifts: Gifts, offer: int, pattern: str, above_bp: int) -> None:
    ceiling, years = CEILINGS[int(offers.term[offer])], int(offers.term[offer]) / 12
    gifts.planned[offer] = pattern
    if pattern == "rate_above_ceiling":
        offers.rate[offer] = _rate(ceiling, above_bp)
        return
    offers.rate[offer] = _rate(ceiling, -BELOW_BP)
    worth = _fen(BELOW_BP + above_bp, years)
    if pattern == "rebate":
        _incentive(offers, gifts, offer, kind="rebate", amount=worth, paid_days=0)
    elif pattern == "newcomers_coupon":
        _incentive(offers, gifts, offer, kind="coupon", amount=worth, for_whom="newcomers")
    elif pattern == "prize":
        _incentive(offers, gifts, offer, kind="prize", amount=5 * worth, chance_pct=20_00, paid_days=30)
    elif pattern == "early_exit_and_rebate":
        _exit(gifts, offer, 0, 35)
        _exit(gifts, offer, 180, int(ceiling * 100) - LEFT_BP)
        _incentive(
            offers, gifts, offer, kind="rebate", amount=_fen(LEFT_BP + above_bp, 0.5), paid_days=3, held_days=150
        )
    else:  # red_packet_for_days
        begins = int(offers.valid_from[offer]) + 40 * DAY
        _incentive(offers, gifts, offer, kind="rebate", amount=worth, paid_days=1, valid_from=begins,
                   valid_to=begins + 15 * DAY)  # fmt: skip


def _rate(ceiling: float, above_bp: int) -> int:
    return round(ceiling * 1000) + above_bp * 10


def _fen(bp: float, years: float) -> int:
    """So many hundredths of a point a year, of the sum it is given on."""
    return round(ON_FEN * bp / 10_000 * years)


def _incentive(offers: Offers, gifts: Gifts, offer: int, **given: object) -> None:
    row: Row = {
        "offer": offer, "for_whom": "all", "currency": "CNY", "on_amount": ON_FEN, "funded_by": "platform",
        "valid_from": int(offers.valid_from[offer]), "valid_to": int(offers.valid_to[offer]),
    }  # fmt: skip
    gifts.incentives.append(row | given)


def _exit(gifts: Gifts, offer: int, held_days: int, rate: int) -> None:
    """Rates in hundredths of a per cent, as sums in hundredths of a yuan."""
    gifts.exits.append({"offer": offer, "held_days": held_days, "rate_pct": rate})
