"""What is true of who deposited after the notice, of sums above what is insured, of loans and of licences."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from guiju.twin.market import DAY, Flags, Ints
from guiju.twin.settling import Truth
from guiju.twin.shelf import planting
from guiju.twin.shelf.business import AGAINST, Business, Row
from guiju.twin.shelf.lending import WAYS, Sales
from guiju.twin.shelf.parties import CITIES, NOTICE, Shelf
from guiju.twin.shelf.planting import OUT_OF_AREA, THIRD_PARTY, UNINSURED, Plan, Plans
from guiju.twin.shelf.saving import HOLDERS, KINDS, NONE, PER_CITY, Deposits, ends_at

INSURED_FEN = 500_000_00


def after_the_notice(shelf: Shelf, rows: Deposits, plans: Plans, offices: list[Row]) -> list[Truth]:
    """Time and notice deposits through platforms, and deposits of a local bank from cities without an outlet."""
    new = rows.opened >= shelf.at(NOTICE)
    theirs = rows.channel < len(shelf.platforms)
    through = new & theirs & (rows.kind != KINDS.index("demand"))
    true = _by_bank(shelf, rows, plans, through, THIRD_PARTY, "no_deposits_through_third_parties")
    far = new & ~_near(shelf, rows, offices)
    return true + _by_bank(shelf, rows, plans, far, OUT_OF_AREA, "no_out_of_area_deposits")


def _near(shelf: Shelf, rows: Deposits, offices: list[Row]) -> Flags:
    """Whether the bank had an outlet in the depositor's city at that moment, or needs none."""
    near = np.zeros(rows.size, bool)
    city = rows.county // PER_CITY
    for row in offices:
        its = (rows.bank == shelf.bank(str(row["bank"]))) & (rows.opened >= int(str(row["valid_from"])))
        if row["kind"] == "outlet":
            its &= city == next(i for i, counties in enumerate(CITIES) if row["region"] in counties)
        near |= its
    return near


def _by_bank(shelf: Shelf, rows: Deposits, plans: Plans, wrong: Flags, check: str, rule: str) -> list[Truth]:
    """Each channel's and bank's wrong deposits, from the first to the last; and the plans that look so."""
    true: list[Truth] = []
    for channel, bank in sorted(set(zip(rows.channel[wrong].tolist(), rows.bank[wrong].tolist(), strict=True))):
        its = np.flatnonzero(wrong & (rows.channel == channel) & (rows.bank == bank))
        where = (shelf.channels[channel], shelf.names[bank], "")
        first, last = int(rows.opened[its].min()), int(rows.opened[its].max())
        pattern = _pattern(plans, rows.planned[its])
        true.append(Truth(check, "violation", pattern, *where, first, last, float(len(its)), rule))
    for number, plan in enumerate(plans.plans):
        its = np.flatnonzero(rows.planned == number)
        if plan.check == check and not plan.violation:
            assert not wrong[its].any(), plan
            where = (shelf.channels[int(rows.channel[its[-1]])], shelf.names[plan.bank], "")
            span = int(rows.opened[its].min()), int(rows.opened[its].max())
            true.append(Truth(check, "lookalike", plan.pattern, *where, *span, 0.0, rule))
    return true


def _pattern(plans: Plans, planned: Ints) -> str:
    """What planned most of them."""
    known = planned[planned != NONE]
    return plans.plans[int(np.bincount(known).argmax())].pattern if known.size else "by_chance"


def above_insurance(shelf: Shelf, rows: Deposits, plans: Plans) -> list[Truth]:
    """Depositors whose deposits at one bank, with their interest, were above what is insured at the records' end."""
    true: list[Truth] = []
    until = shelf.clock.until
    person = (rows.holder != HOLDERS.index("bank")) & (rows.holder != HOLDERS.index("manager"))
    interest = rows.amount * rows.rate / 100_000 * (until - rows.opened) / (365 * DAY)
    open_now = person & (ends_at(rows, until) >= until)
    pair = rows.depositor * len(shelf.banks) + rows.bank
    sums: dict[int, float] = defaultdict(float)
    for key, worth in zip(pair[open_now].tolist(), (rows.amount + interest)[open_now].tolist(), strict=True):
        sums[key] += worth
    for key in sorted(k for k, worth in sums.items() if worth > INSURED_FEN):
        its = np.flatnonzero((pair == key) & open_now)
        depositor, bank = divmod(key, len(shelf.banks))
        first = int(rows.opened[its].max())
        true.append(Truth(UNINSURED, "violation", _pattern(plans, rows.planned[its]), shelf.names[bank],
                          shelf.names[bank], f"p{depositor:09d}", first, until, (sums[key] - INSURED_FEN) / 100,
                          "no_uninsured_balances"))  # fmt: skip
    return true + [_insured(shelf, rows, number, plan) for number, plan in _lookalikes(plans, UNINSURED)]


def _lookalikes(plans: Plans, check: str) -> list[tuple[int, Plan]]:
    return [(i, p) for i, p in enumerate(plans.plans) if p.check == check and not p.violation]


def _insured(shelf: Shelf, rows: Deposits, number: int, plan: planting.Plan) -> Truth:
    its = np.flatnonzero(rows.planned == number)
    name = shelf.names[plan.bank]
    return Truth(UNINSURED, "lookalike", plan.pattern, name, name, f"p{int(rows.depositor[its[0]]):09d}",
                 int(rows.opened[its].min()), shelf.clock.until, 0.0, "no_uninsured_balances")  # fmt: skip


def disguised(shelf: Shelf, sales: Sales) -> list[Truth]:
    """Sellers whose sales were loans in the buyer's name: without consent, above the price, with a schedule."""
    true: list[Truth] = []
    for place, way in enumerate(WAYS):
        its = np.flatnonzero((sales.way == place) & (sales.at >= shelf.clock.since))
        if its.size:
            kind, strength = ("violation", float(its.size)) if way.violation else ("lookalike", 0.0)
            true.append(Truth("disguised_loans", kind, way.pattern, way.platform, way.seller, way.lender,
                              int(sales.at[its[0]]), int(sales.at[its[-1]]), strength,
                              "no_disguised_loans"))  # fmt: skip
    return true


def unlicensed(done: Business) -> list[Truth]:
    """Firms that did what takes a licence on days on which they had none for it; marketing on orders takes none."""
    true: list[Truth] = []
    wrong: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for act in done.acts:
        entrusted = act["act"] == "marketing" and act.get("entrusted") == "yes"
        at = int(str(act["occurred_at"]))
        if not entrusted and not any(covers(row, act, at) for row in done.licences if row["holder"] == act["firm"]):
            wrong[str(act["platform"]), str(act["firm"]), str(act["business"])].append(at)
    patterns = {pattern for pattern, *_ in AGAINST}
    for (platform, firm, business), moments in sorted(wrong.items()):
        pattern = done.planned.get(firm, "by_chance")
        assert pattern in patterns, (firm, pattern)
        true.append(Truth("unlicensed_finance", "violation", pattern, platform, firm, business, min(moments),
                          max(moments), float(len(moments)), "no_finance_without_licence"))  # fmt: skip
    for firm, pattern in done.planned.items():
        if pattern not in patterns:
            its = [act for act in done.acts if act["firm"] == firm]
            moments = [int(str(act["occurred_at"])) for act in its]
            true.append(Truth("unlicensed_finance", "lookalike", pattern, str(its[0]["platform"]), firm,
                              str(its[0]["business"]), min(moments), max(moments), 0.0,
                              "no_finance_without_licence"))  # fmt: skip
    return true


def covers(licence: Row, act: Row, at: int) -> bool:
    """Whether the licence is for that business, and held at that moment."""
    ends = max(int(str(licence.get(c) or 0)) for c in ("valid_to", "extended_to")) or at + 1
    ends = min(ends, int(str(licence.get("revoked_at") or ends)))
    return licence["business"] == act["business"] and int(str(licence["valid_from"])) <= at < ends
