"""Who did which financial business on the platforms, and who was licensed for it when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from guiju.twin.market import DAY
from guiju.twin.shelf.lending import WAYS
from guiju.twin.shelf.parties import LAST, Shelf, month_ends
from guiju.twin.shelf.saving import Deposits

Row = dict[str, object]
FOUNDED = date(2012, 1, 1)
PAYMENTS = "tongfu_payments"
# A firm that breaks the rule: on which platform (place), what it does, what is wrong with its licence, days observed.
AGAINST = (
    ("ledger_without_licence", 4, "ledger", "deposits", 40),
    ("funds_without_licence", 6, "funds", "deposits", 12),
    ("promise_without_licence", 8, "promise", "deposits", 6),
    ("licence_expired", 2, "contract", "lending", 25),
    ("licence_revoked", 3, "contract", "lending", 16),
    ("before_the_licence", 5, "funds", "payment", 9),
    ("licence_for_another_business", 7, "contract", "insurance", 30),
    ("gap_in_renewal", 9, "funds", "payment", 20),
)
HONEST = (
    ("renewed_under_extension", 1, "contract", "lending"),
    ("licensed_then", 5, "contract", "insurance"),
    ("begins_with_its_licence", 0, "funds", "payment"),
)
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
    for number, (pattern, place, act, business) in enumerate(HONEST):
        firm = f"honest_finance_{number + 1}"
        _planned(shelf, done, rng, firm, (pattern, place, act, business, 12))
    for number, against in enumerate(AGAINST if plants else ()):
        platform_does_it = against[3] == "deposits"
        firm = shelf.platforms[against[1]] if platform_does_it else f"kuaijie_finance_{number + 1}"
        _planned(shelf, done, rng, firm, against)
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
    pattern, place, act, business, days = plan
    done.planned[firm] = pattern
    first, last, founded = shelf.at(SINCE), shelf.at(LAST), shelf.at(FOUNDED)
    held = sorted(int(d) for d in rng.choice((last - first) // DAY, days, replace=False))
    moments = [first + d * DAY + 10 * DAY // 24 for d in held]
    middle = moments[len(moments) // 2]
    spans: dict[str, list[Row]] = {
        "licence_expired": [{"valid_from": founded, "valid_to": moments[2]}],
        "licence_revoked": [{"valid_from": founded, "revoked_at": moments[1]}],
        "before_the_licence": [{"valid_from": moments[-2]}],
        "licence_for_another_business": [{"valid_from": founded, "business": "lending"}],
        "gap_in_renewal": [{"valid_from": founded, "valid_to": moments[3]}, {"valid_from": moments[-3]}],
        "renewed_under_extension": [
            {"valid_from": founded, "valid_to": middle, "extended_to": middle + 30 * DAY},
            {"valid_from": middle + 30 * DAY},
        ],
        "licensed_then": [{"valid_from": founded, "valid_to": moments[-1] + DAY}],
        "begins_with_its_licence": [{"valid_from": moments[0]}],
    }
    done.licences += [_licence(firm, business, founded) | span for span in spans.get(pattern, [])]
    for at in moments:
        done.acts.append({"platform": shelf.platforms[place], "occurred_at": at, "firm": firm, "business": business,
                          "act": act, "currency": "CNY", "amount": int(rng.integers(5, 500)) * 10_000_00})  # fmt: skip


def _licence(holder: str, business: str, valid_from: int) -> Row:
    return {"platform": "register", "holder": holder, "business": business, "valid_from": valid_from}
