"""What comes into and leaves each organiser's funds: entries one by one, the rest day by day or week by week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guiju.twin.market import DAY, HOUR, Clock, Ints
from guiju.twin.teams.growing import NOBODY, Members
from guiju.twin.teams.paying import OWN_SALE, Pay
from guiju.twin.teams.trading import PURCHASE, SALE, Lines

KINDS = ("entry", "member_purchase", "outside_sale", "service", "capital", "payout", "refund", "goods")
ENTRY, MEMBER_PURCHASE, OUTSIDE_SALE, SERVICE, CAPITAL, PAYOUT, REFUND, GOODS = range(8)
GOODS_PCT, REFUND_DAYS, OPENING = 55, 60, 500_000_00


@dataclass(frozen=True)
class Flows:
    """A flow a place, by team and time; amount in fen, below zero: what left; balance: what was left."""

    team: Ints
    kind: Ints
    at: Ints
    amount: Ints
    member: Ints  # from whom or to whom, or `NOBODY`
    balance: Ints


def fund(members: Members, lines: Lines, paid: Pay, clock: Clock) -> Flows:
    """All teams' funds. A plan with a royalty leaves its trade, and its margin, to the members."""
    teams, n = members.teams, len(members.teams)
    cost = np.array([t.plan.fee + t.plan.pack for t in teams])[members.team]
    joins = np.flatnonzero(cost > 0)
    parts: list[tuple[Ints, ...]] = [
        (members.team[joins], np.full(len(joins), ENTRY), members.joined[joins], cost[joins], joins)
    ]
    back = np.array([t.plan.refunded for t in teams])[members.team[joins]]
    late = members.joined[joins] + REFUND_DAYS * DAY
    given = np.flatnonzero((back > 0) & (late < clock.until))
    parts.append((members.team[joins[given]], np.full(len(given), REFUND), late[given],
                  -cost[joins[given]] * back[given] // 100, joins[given]))  # fmt: skip
    royalty = np.array([t.plan.royalty for t in teams])
    for kind in (SALE, PURCHASE):
        its = lines.of(kind)
        team = members.team[lines.member[its]]
        share = np.where(royalty > 0, royalty, 100)[team]
        got = _summed(team, lines.at[its], lines.amount[its] * share // 100, DAY, clock, n)
        into = OUTSIDE_SALE if kind == SALE else MEMBER_PURCHASE
        parts += [_flow(got, np.where(royalty > 0, SERVICE, into), 100), _flow(got, np.full(n, GOODS), -GOODS_PCT)]
    own_trade = (royalty[members.team[paid.member]] > 0) & (paid.cause == OWN_SALE)
    out = np.flatnonzero(~own_trade)
    spent = _summed(members.team[paid.member[out]], paid.at[out], paid.amount[out], 7 * DAY, clock, n)
    capital = np.array([t.plan.capital for t in teams])
    parts += [_flow(spent, np.full(n, PAYOUT), -100), _flow(spent, np.full(n, CAPITAL), capital[spent[0]])]
    columns = [np.concatenate([part[i] for part in parts]) for i in range(5)]
    kept = columns[3] != 0
    team, kind, at, amount, member = (column[kept] for column in columns)
    order = np.lexsort((kind, at, team))
    team, kind, at, amount, member = team[order], kind[order], at[order], amount[order], member[order]
    total = np.cumsum(amount)
    first = np.searchsorted(team, np.arange(n))
    before = np.where(first > 0, total[np.maximum(first, 1) - 1], 0)
    return Flows(team, kind, at, amount, member, total - before[team] + OPENING)


def _summed(team: Ints, at: Ints, amount: Ints, span: int, clock: Clock, n: int) -> tuple[Ints, Ints, Ints]:
    """Team, moment (evening of the span's last day, or of the records') and sum, wherever there is something."""
    spans = -(-clock.days * DAY // span)
    cell = team * spans + (at - clock.start) // span
    sums = np.round(np.bincount(cell, amount, n * spans)).astype(np.int64)  # exact: far below 2**53
    cells = np.flatnonzero(sums)
    ends = np.minimum(clock.start + (cells % spans + 1) * span, clock.until)
    return cells // spans, ends - 2 * HOUR, sums[cells]


def _flow(summed: tuple[Ints, Ints, Ints], kind: Ints, pct: int | Ints) -> tuple[Ints, ...]:
    team, at, amount = summed
    return team, kind[team], at, amount * pct // 100, np.full(len(team), NOBODY)
