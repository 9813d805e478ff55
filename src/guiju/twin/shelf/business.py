"""Who did which financial business on the platforms, and who was licensed for it when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from guiju.twin.market import DAY, HOUR
from guiju.twin.shelf.lending import WAYS
from guiju.twin.shelf.parties import LAST, Shelf, month_ends
from guiju.twin.shelf.saving import Deposits

Row = dict[str, object]
FOUNDED = date(2012, 1, 1)
PAYMENTS = "tongfu_payments"
# Who breaks the rule: on which platform (place), by which act, for which institution (""; none), days observed.
ANY_BANK, NO_BANK = "qinghe", "haiwai_wealth"
AGAINST = (
    ("ledger_for_a_bank", 4, "ledger", ANY_BANK, 40),
    ("funds_for_a_bank", 6, "funds", ANY_BANK, 12),
    ("promise_for_a_bank", 8, "promise", ANY_BANK, 6),
    ("on_its_own_account", 2, "contract", "", 25),
    ("for_one_without_licence", 7, "marketing", NO_BANK, 30),
    ("licence_expired", 3, "promise", "", 16),
    ("licence_revoked", 5, "funds", "", 10),
    ("before_the_licence", 9, "ledger", "", 9),
    ("gap_in_renewal", 1, "funds", "", 20),
)
HONEST = (
    ("renewed_under_extension", 1, "funds", "", 12),
    ("ends_that_day", 5, "ledger", "", 12),
    ("begins_with_its_licence", 0, "funds", "", 12),
    ("shown_for_a_bank", 7, "marketing", ANY_BANK, 12),
    ("one_day_only", 3, "promise", "", 1),
    ("lending_not_asked_then", 6, "contract", "", 12),
)
PLATFORM_ITSELF = ("ledger_for_a_bank", "funds_for_a_bank", "promise_for_a_bank")
SINCE = date(2020, 4, 15)  # planned observations begin here, inside the last 365 days


@dataclass
class Business:
    """Rows of `financial_business` and `financial_licences`; of each planned firm its pattern and place."""

    acts: list[Row] = field(default_factory=list)
    licences: list[Row] = field(default_factory=list)
    planned: dict[str, str] = field(default_factory=dict)


def do(shelf: Shelf, rows: Deposits, rng: np.random.Generator, plants: bool) -> Business:
    """The ordinary business month by month, then what is planned; acts sorted by time."""
    done = Business()
    _ordinary(shelf, rows, done)
    for number, plan in enumerate((*HONEST, *(AGAINST if plants else ()))):
        itself = plan[0] in PLATFORM_ITSELF
        _planned(shelf, done, rng, shelf.platforms[plan[1]] if itself else f"kuaijie_finance_{number + 1}", plan)
    done.acts.sort(key=lambda row: (int(str(row["occurred_at"])), str(row["platform"]), str(row["firm"])))
    for letter, table in (("a", done.acts), ("h", done.licences)):
        for number, row in enumerate(table):
            row["id"] = f"{letter}{number:06d}"
    return done


def _ordinary(shelf: Shelf, rows: Deposits, done: Business) -> None:
    """Banks keep ledgers, platforms market for them on their orders, a payment firm moves the money."""
    founded, n = shelf.at(FOUNDED), len(shelf.platforms)
    for bank in shelf.banks:
        done.licences += [_licence(bank.name, business, founded) for business in ("deposits", "lending")]
    done.licences.append(_licence(PAYMENTS, "payment", founded))
    ends = [shelf.at(day, 24) for day in month_ends(shelf)]
    month = np.searchsorted(np.array(ends), rows.opened, side="right")
    cell = (month * len(shelf.banks) + rows.bank) * len(shelf.channels) + rows.channel
    sums = np.bincount(cell, weights=rows.amount, minlength=len(ends) * len(shelf.banks) * len(shelf.channels))
    sums = sums.reshape(len(ends), len(shelf.banks), len(shelf.channels)).astype(np.int64)
    for m, b, c in zip(*np.nonzero(sums), strict=True):
        at, bank, amount = ends[m] - DAY // 2, shelf.names[b], int(sums[m, b, c])
        keeps: Row = {"platform": shelf.channels[c], "occurred_at": at, "business": "deposits", "currency": "CNY",
                      "amount": amount}  # fmt: skip
        done.acts.append(keeps | {"firm": bank, "act": "ledger"})
        if c < n:
            done.acts.append(keeps | {"firm": shelf.channels[c], "act": "marketing", "institution": bank,
                                      "entrusted": "yes"})  # fmt: skip
            done.acts.append(keeps | {"firm": PAYMENTS, "act": "funds", "business": "payment"})
    for way in WAYS:
        done.acts += [
            {"platform": way.platform, "occurred_at": end - DAY // 2, "firm": way.lender, "business": "lending",
             "act": "contract", "currency": "CNY"}
            for end in ends[3:13] if way.lender
        ]  # fmt: skip


def _planned(shelf: Shelf, done: Business, rng: np.random.Generator, firm: str,
             plan: tuple[str, int, str, str, int]) -> None:  # fmt: skip
    """So many days observed, on which its licence holds or does not."""
    pattern, place, act, institution, days = plan
    done.planned[firm] = pattern
    first, last, founded = shelf.at(SINCE), shelf.at(LAST), shelf.at(FOUNDED)
    held = sorted(int(d) for d in rng.choice((last - first) // DAY, days, replace=False))
    moments = [first + d * DAY + 10 * HOUR for d in held]
    middle = moments[len(moments) // 2] - HOUR
    spans: dict[str, list[Row]] = {
        "licence_expired": [{"valid_from": founded, "valid_to": middle}],
        "licence_revoked": [{"valid_from": founded, "revoked_at": moments[min(1, days - 1)]}],
        "before_the_licence": [{"valid_from": moments[-1]}],
        "gap_in_renewal": [
            {"valid_from": founded, "valid_to": moments[days // 5]},
            {"valid_from": moments[-min(2, days)]},
        ],
        "renewed_under_extension": [
            {"valid_from": founded, "valid_to": middle, "extended_to": middle + 30 * DAY},
            {"valid_from": middle + 30 * DAY},
        ],
        "ends_that_day": [{"valid_from": founded, "valid_to": moments[-1] - 2 * HOUR}],
        "begins_with_its_licence": [{"valid_from": moments[0] + 2 * HOUR}],
    }
    done.licences += [_licence(firm, "deposits", founded) | span for span in spans.get(pattern, [])]
    business = "lending" if pattern == "lending_not_asked_then" else "deposits"
    row: Row = {"platform": shelf.platforms[place], "firm": firm, "act": act, "institution": institution or None,
                "business": business, "currency": "CNY"}  # fmt: skip
    for at in moments:
        done.acts.append(row | {"occurred_at": at, "amount": int(rng.integers(5, 500)) * 10_000_00})


def _licence(holder: str, business: str, valid_from: int) -> Row:
    return {"platform": "register", "holder": holder, "business": business, "valid_from": valid_from}
