"""What members earn: for joinings, for sales and for purchases, over as many levels as their plan pays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guiju.twin.market import Ints
from guiju.twin.teams.growing import NOBODY, Members
from guiju.twin.teams.trading import PACK, PURCHASE, SALE, Lines

CAUSES = ("recruitment", "member_purchase", "member_sale", "own_sale", "own_purchase")
RECRUITMENT, MEMBER_PURCHASE, MEMBER_SALE, OWN_SALE, OWN_PURCHASE = range(5)
MARGIN_PCT, REBATE_PCT = 20, 5
LEVELS = 4  # the most a plan pays over


@dataclass(frozen=True)
class Pay:
    """A commission a place; `cause` as it is, `booked` as it is written; line: the order line, or `NOBODY`."""

    member: Ints
    cause: Ints
    booked: Ints
    caused_by: Ints
    level: Ints
    at: Ints
    amount: Ints  # fen
    base: Ints
    line: Ints


def pay(members: Members, lines: Lines) -> Pay:
    """Joinings in the order of members, then order lines in theirs; each level by level."""
    parts = [*_for_joinings(members, lines), *_for_lines(members, lines)]
    return Pay(*(np.concatenate([part[i] for part in parts]) for i in range(9)))


def _rates(members: Members, field: str) -> Ints:
    """Teams by levels: what a plan pays over each."""
    paid = [getattr(team.plan, field) for team in members.teams]
    return np.array([(*rates, *[0] * (LEVELS - len(rates))) for rates in paid], np.int64)


def _for_joinings(members: Members, lines: Lines) -> list[tuple[Ints, ...]]:
    rates = _rates(members, "by_head")
    hides = np.array([team.plan.disguised for team in members.teams])[members.team]
    pack_of = np.full(len(members.team), NOBODY, np.int64)
    packs = lines.of(PACK)
    pack_of[lines.member[packs]] = packs
    cost = np.array([team.plan.fee + team.plan.pack for team in members.teams])[members.team]
    parts: list[tuple[Ints, ...]] = []
    at = members.recruiter
    for level in range(1, LEVELS + 1):
        rate = rates[members.team, level - 1]
        who = np.flatnonzero((at != NOBODY) & (rate > 0))
        cause = np.full(len(who), RECRUITMENT)
        booked = np.where(hides[who], MEMBER_PURCHASE, RECRUITMENT)
        parts.append((at[who], cause, booked, who, np.full(len(who), level), members.joined[who] + 1_000_000,
                      rate[who], cost[who], pack_of[who]))  # fmt: skip
        at = members.above(at)
    return parts


def _for_lines(members: Members, lines: Lines) -> list[tuple[Ints, ...]]:
    parts: list[tuple[Ints, ...]] = []
    for kind, field, own, theirs, own_pct in (
        (SALE, "on_sales", OWN_SALE, MEMBER_SALE, MARGIN_PCT),
        (PURCHASE, "on_purchases", OWN_PURCHASE, MEMBER_PURCHASE, REBATE_PCT),
    ):
        its = lines.of(kind)
        rates, team = _rates(members, field), members.team[lines.member[its]]
        at = lines.member[its]
        to_member = (kind == SALE) & (lines.buyer[its] != NOBODY)
        for level in range(LEVELS + 1):
            rate = np.full(len(its), own_pct) if level == 0 else rates[team, level - 1]
            paid = np.flatnonzero((at != NOBODY) & (rate > 0))
            line = its[paid]
            booked = np.full(len(paid), own if level == 0 else theirs)
            cause = np.where(to_member[paid], MEMBER_PURCHASE, booked)
            parts.append((at[paid], cause, booked, lines.member[line], np.full(len(paid), level), lines.at[line],
                          lines.amount[line] * rate[paid] // 100, lines.amount[line], line))  # fmt: skip
            at = members.above(at)
    return parts
