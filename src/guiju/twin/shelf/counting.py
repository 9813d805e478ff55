"""What is true of who deposited after the notice, of sums above what is insured, of loans and of licences."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from guiju.twin.market import DAY, Flags, Ints
from guiju.twin.settling import Truth
from guiju.twin.shelf import planting
from guiju.twin.shelf.business import Business, Row
from guiju.twin.shelf.lending import LENT_AFTER, WAYS, Sales
from guiju.twin.shelf.parties import CITIES, NOTICE, Shelf
from guiju.twin.shelf.planting import OUT_OF_AREA, THIRD_PARTY, UNINSURED, Plan, Plans
from guiju.twin.shelf.saving import HOLDERS, KINDS, NONE, PER_CITY, Deposits, ends_at

INSURED_FEN = 500_000_00
FEWEST, MIN_EXCESS_PCT = 5, 1
UNLICENSED, LICENCE_RULE = "unlicensed_finance", "no_finance_without_licence"
PARTNER_ACTS = ("marketing", "contract", "suitability", "advice")
INSURED_RULE = "no_uninsured_balances_unseen"


def after_the_notice(shelf: Shelf, rows: Deposits, plans: Plans, offices: list[Row]) -> list[Truth]:
    """Time deposits (and 定活两便) through platforms, and deposits of a local bank from cities without an outlet."""
    new = rows.opened >= shelf.at(NOTICE)
    theirs = rows.channel < len(shelf.platforms)
    through = new & theirs & (rows.kind != KINDS.index("demand"))
    true = _by_bank(shelf, rows, plans, through, THIRD_PARTY, "no_deposits_through_third_parties")
    far = new & ~_near(shelf, rows, offices)
    return true + _by_bank(shelf, rows, plans, far, OUT_OF_AREA, "no_out_of_area_deposits")


def _near(shelf: Shelf, rows: Deposits, offices: list[Row]) -> Flags:
    """Whether the bank had an outlet where the depositor was, or is registered, at that moment, or needs none."""
    near = np.zeros(rows.size, bool)
    city, home = rows.county // PER_CITY, rows.home // PER_CITY
    for row in offices:
        its = (rows.bank == shelf.bank(str(row["bank"]))) & (rows.opened >= int(str(row["valid_from"])))
        if row["kind"] == "outlet":
            of = next(i for i, counties in enumerate(CITIES) if row["region"] in counties)
            its &= (city == of) | (home == of)
        near |= its
    return near


def _by_bank(shelf: Shelf, rows: Deposits, plans: Plans, wrong: Flags, check: str, rule: str) -> list[Truth]:
    """Each channel's and bank's wrong deposits, from the first to the last; and the plans that look so."""
    true: list[Truth] = []
    for channel, bank in sorted(set(zip(rows.channel[wrong].tolist(), rows.bank[wrong].tolist(), strict=True))):
        its = np.flatnonzero(wrong & (rows.channel == channel) & (rows.bank == bank))
        if len(its) < FEWEST:
            assert _pattern(plans, rows.planned[its]) == "few"
            continue
        where = (shelf.channels[channel], shelf.names[bank], "")
        first, last = int(rows.opened[its].min()), int(rows.opened[its].max())
        pattern = _pattern(plans, rows.planned[its])
        true.append(Truth(check, "violation", pattern, *where, first, last, float(len(its)), rule))
    for number, plan in enumerate(plans.plans):
        its = np.flatnonzero(rows.planned == number)
        if plan.check == check and not plan.violation:
            assert not wrong[its].any() or plan.pattern == "few", plan
            where = (shelf.channels[int(rows.channel[its[-1]])], shelf.names[plan.bank], "")
            span = int(rows.opened[its].min()), int(rows.opened[its].max())
            true.append(Truth(check, "lookalike", plan.pattern, *where, *span, 0.0, rule))
    return true


def _pattern(plans: Plans, planned: Ints) -> str:
    """What planned most of them."""
    known = planned[planned != NONE]
    return plans.plans[int(np.bincount(known).argmax())].pattern if known.size else "by_chance"


def above_insurance(shelf: Shelf, rows: Deposits, plans: Plans) -> list[Truth]:
    """Banks where somebody's deposits, with their interest, were above what is insured when the records end."""
    true: list[Truth] = []
    until = shelf.clock.until
    person = (rows.holder != HOLDERS.index("bank")) & (rows.holder != HOLDERS.index("manager"))
    grown = np.where(rows.matures > 0, np.minimum(rows.matures, until), until) - rows.opened
    interest = np.round(rows.amount * rows.rate / 100_000 * grown / (365 * DAY)).astype(np.int64)
    stands = np.flatnonzero(person & (ends_at(rows, until) >= until))
    pair = rows.depositor[stands] * len(shelf.banks) + rows.bank[stands]
    worth = (rows.amount + interest)[stands]
    keys, of = np.unique(pair, return_inverse=True)
    above = keys[np.bincount(of, weights=worth) > INSURED_FEN]
    for bank in np.unique(above % len(shelf.banks)).tolist():
        passed, over, its = [], 0, stands[np.isin(pair, above[above % len(shelf.banks) == bank])]
        for who in np.unique(rows.depositor[its]):
            own = its[rows.depositor[its] == who]  # in the order in which they were made
            sums = np.cumsum(rows.amount[own] + interest[own])
            passed.append(int(rows.opened[own[np.argmax(sums > INSURED_FEN)]]))
            over += int(sums[-1]) - INSURED_FEN
        name = shelf.names[bank]
        true.append(Truth(UNINSURED, "violation", _pattern(plans, rows.planned[its]), name, name, "", min(passed),
                          until, over / 100, INSURED_RULE))  # fmt: skip
    return true + [_insured(shelf, rows, number, plan) for number, plan in _lookalikes(plans, UNINSURED)]


def _lookalikes(plans: Plans, check: str) -> list[tuple[int, Plan]]:
    return [(i, p) for i, p in enumerate(plans.plans) if p.check == check and not p.violation]


def _insured(shelf: Shelf, rows: Deposits, number: int, plan: planting.Plan) -> Truth:
    its = np.flatnonzero(rows.planned == number)
    name = shelf.names[plan.bank]
    return Truth(UNINSURED, "lookalike", plan.pattern, name, name, "", int(rows.opened[its].min()),
                 shelf.clock.until, 0.0, INSURED_RULE)  # fmt: skip


def disguised(shelf: Shelf, sales: Sales) -> list[Truth]:
    """Sellers whose sales were loans in the buyer's name: no consent, above the price, in instalments."""
    true: list[Truth] = []
    for place, way in enumerate(WAYS):
        its = np.flatnonzero(sales.way == place)  # the window of this rule is three years: all of them
        if its.size:
            wrong = way.lender and not way.consent and way.principal >= 1 + MIN_EXCESS_PCT / 100 and way.months > 1
            assert bool(wrong) == way.violation
            kind, strength = ("violation", float(its.size)) if wrong else ("lookalike", 0.0)
            first, last = (int(sales.at[its[of]]) + LENT_AFTER for of in (0, -1))
            true.append(Truth("disguised_loans", kind, way.pattern, way.platform, way.seller, way.lender, first, last,
                              strength, "no_disguised_loans"))  # fmt: skip
    return true


def unlicensed(shelf: Shelf, done: Business) -> list[Truth]:
    """Firms that took part in taking deposits on two days or more without a licence of theirs or a partner's."""
    true: list[Truth] = []
    wrong: dict[tuple[str, str], list[int]] = defaultdict(list)
    held: dict[str, list[Row]] = defaultdict(list)
    for row in done.licences:
        held[str(row["holder"])].append(row)
    for act in done.acts:
        at = int(str(act["occurred_at"]))
        if act["business"] != "deposits" or at < shelf.clock.since:
            continue
        own, theirs = (
            any(covers(shelf, row, at) for row in held[str(act.get(who))]) for who in ("firm", "institution")
        )
        if not own and not (theirs and act["act"] in PARTNER_ACTS):
            wrong[str(act["platform"]), str(act["firm"])].append(at)
    for (platform, firm), moments in sorted(wrong.items()):
        days = {shelf.local_day(at) for at in moments}
        if len(days) >= 2:
            true.append(Truth(UNLICENSED, "violation", done.planned.get(firm, "by_chance"), platform, firm, "deposits",
                              min(moments), max(moments), float(len(days)), LICENCE_RULE))  # fmt: skip
    planned = {t.pattern for t in true}
    for firm, pattern in done.planned.items():
        if pattern not in planned:
            its = [act for act in done.acts if act["firm"] == firm]
            first, last = (int(str(its[place]["occurred_at"])) for place in (0, -1))
            true.append(Truth(UNLICENSED, "lookalike", pattern, str(its[0]["platform"]), firm,
                              str(its[0]["business"]), first, last + 1, 0.0, LICENCE_RULE))  # fmt: skip
    return true


def covers(shelf: Shelf, licence: Row, at: int) -> bool:
    """Whether a licence for deposits held at some moment of that local day."""
    ends = max(int(str(licence.get(c) or 0)) for c in ("valid_to", "extended_to")) or shelf.clock.until
    ends = min(ends, int(str(licence.get("revoked_at") or ends)))
    begins = int(str(licence["valid_from"]))
    inside = shelf.local_day(begins) <= shelf.local_day(at) <= shelf.local_day(ends - 1)
    return licence["business"] == "deposits" and inside
