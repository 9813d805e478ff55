"""What is true of the teams: each rule's definition asked of the arrays, with no other room's code.

Plans only name what is found; a plan that the arrays do not bear out is no violation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from guiju.twin.market import DAY, Clock, Flags, Ints, Reals
from guiju.twin.settling import Truth
from guiju.twin.teams.funding import CAPITAL, ENTRY, GOODS, PAYOUT, REFUND, Flows
from guiju.twin.teams.growing import Members
from guiju.twin.teams.paying import (
    LEVELS,
    MEMBER_PURCHASE,
    MEMBER_SALE,
    OWN_SALE,
    RECRUITMENT,
    Pay,
)
from guiju.twin.teams.plans import PLATFORM

RECRUIT_PCT, MULTIPLE = 50, 3
DEPENDENCE_PCT, ENTRY_PCT, PAYOUT_PCT, MONTHS = 70, 50, 20, 3


@dataclass(frozen=True)
class Duty:
    """A rule's numbers: causes that count as recruiting, the least levels, persons, and per cent who paid to join."""

    rule: str
    causes: tuple[int, ...]
    levels: int
    persons: int
    paying_pct: int


DUTIES = (
    Duty("no_pay_by_headcount", (RECRUITMENT,), 3, 3, 0),
    Duty("no_paid_entry_to_recruit", (RECRUITMENT,), 2, 3, 50),
    Duty("no_team_pay_on_members_purchases", (RECRUITMENT, MEMBER_PURCHASE), 3, 3, 0),
    Duty("no_pyramid_of_thirty_in_three_levels", (RECRUITMENT,), 3, 30, 50),
)


def subject_of(members: Members, team: int) -> str:
    """The organiser, or who stands at the head."""
    its = members.teams[team]
    return its.organiser or f"m{its.first:09d}"


def recruiting(members: Members, paid: Pay) -> list[Truth]:
    """By duty and team: whether recruiting is what members live on; teams that pay for none are not named."""
    true: list[Truth] = []
    for duty in DUTIES:
        counts = np.isin(paid.cause, duty.causes)
        over = counts & (paid.level > 0)
        touched, n = _touched(members, paid, over), len(members.teams)
        persons = np.bincount(members.team[np.unique(members.person[touched])], minlength=n)
        levels = np.zeros(n, np.int64)
        np.maximum.at(levels, members.team[paid.caused_by[over]], paid.level[over] + 1)
        cost = np.array([t.plan.fee + t.plan.pack for t in members.teams])
        worth = np.array([t.plan.pack_worth for t in members.teams])
        share = _share(members, paid, counts, touched)
        dear = (cost > 0) & (cost >= MULTIPLE * worth)
        stands = (persons >= duty.persons) & (levels >= duty.levels) & ((duty.paying_pct == 0) | (cost > 0))
        stands &= (share >= RECRUIT_PCT) | dear
        first, last = _span(members, paid, over)
        for team in np.flatnonzero(levels > 0):
            kind = "violation" if stands[team] else "lookalike"
            whose = subject_of(members, int(team))
            true.append(Truth("recruitment_income", kind, members.teams[team].plan.name, PLATFORM, whose, "",
                              int(first[team]), int(last[team]), float(share[team]), duty.rule))  # fmt: skip
    return true


def _touched(members: Members, paid: Pay, over: Flags) -> Flags:
    """Members whom recruiting pay reaches: who is paid, for whom, and who stands between."""
    touched = np.zeros(len(members.team), bool)
    touched[paid.member[over]] = True
    at, level = paid.caused_by[over], paid.level[over]
    for step in range(LEVELS):
        between = level > step
        touched[at[between]] = True
        at, level = members.above(at[between]), level[between]
    return touched


def _share(members: Members, paid: Pay, counts: Flags, touched: Flags) -> Reals:
    income = touched[paid.member] & np.isin(paid.cause, (RECRUITMENT, MEMBER_PURCHASE, MEMBER_SALE, OWN_SALE))
    team, n = members.team[paid.member], len(members.teams)
    total = np.bincount(team[income], paid.amount[income], n)
    counted = np.bincount(team[income & counts], paid.amount[income & counts], n)
    return np.asarray(np.divide(counted * 100, total, out=np.zeros(n), where=total > 0))


def _span(members: Members, paid: Pay, over: Flags) -> tuple[Ints, Ints]:
    n = len(members.teams)
    first, last = np.full(n, np.iinfo(np.int64).max), np.zeros(n, np.int64)
    team = members.team[paid.caused_by[over]]
    np.minimum.at(first, team, paid.at[over])
    np.maximum.at(last, team, paid.at[over])
    return first, last


def months_of(clock: Clock) -> list[tuple[int, int]]:
    """The complete calendar months of the records, as UTC microseconds."""
    found = []
    for place in range(clock.days // 28 + 2):
        month = clock.first.month - 1 + place
        begins = date(clock.first.year + month // 12, month % 12 + 1, 1)
        ends = date(clock.first.year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
        a, b = (clock.start + (day - clock.first).days * DAY for day in (begins, ends))
        if clock.start <= a and b <= clock.until:
            found.append((a, b))
    return found


def funding(members: Members, flows: Flows, clock: Clock) -> list[Truth]:
    """Runs of months in which payouts came out of entries; of who paid out without them one look-alike."""
    months, n = months_of(clock), len(members.teams)
    edges = np.array([a for a, _ in months] + [months[-1][1]])
    month = np.searchsorted(edges, flows.at, side="right") - 1
    inside = (month >= 0) & (month < len(months))

    def sums(*kinds: int) -> Ints:
        of = inside & np.isin(flows.kind, kinds)
        cell = flows.team[of] * len(months) + month[of]
        return np.round(np.bincount(cell, flows.amount[of], n * len(months))).astype(np.int64).reshape(n, -1)

    entries, payouts = sums(ENTRY, REFUND), -sums(PAYOUT)
    every = tuple(range(8))
    external = sums(*(k for k in every if k not in (ENTRY, REFUND, PAYOUT, CAPITAL, GOODS)))
    above = (payouts > 0) & ((payouts - external) * 100 >= payouts * DEPENDENCE_PCT)
    above &= (entries * 100 >= payouts * ENTRY_PCT) & (payouts * 100 >= entries * PAYOUT_PCT)
    true: list[Truth] = []
    for team in range(n):
        name, whose = members.teams[team].plan.name, subject_of(members, team)
        part = float(100 - 100 * external[team].sum() / max(payouts[team].sum(), 1))
        found = [run for run in runs(above[team]) if run[1] - run[0] + 1 >= MONTHS]
        spans = [("violation", months[a][0], months[b][1]) for a, b in found]
        if not found and payouts[team].any():
            spans = [("lookalike", months[0][0], months[-1][1])]
        true += [Truth("payouts_funded_by_entries", kind, name, PLATFORM, whose, "", a, b, part,
                       "no_payouts_from_entries") for kind, a, b in spans]  # fmt: skip
    return true


def runs(above: Flags) -> list[tuple[int, int]]:
    """The first and the last place of each run."""
    edges: Ints = np.diff(np.concatenate([[0], above.astype(np.int8), [0]]))
    return [(int(a), int(b) - 1) for a, b in zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True)]
