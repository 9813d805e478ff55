"""What is sold and bought: order lines of members' outside customers, of members themselves, and of starter packs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guiju.twin.market import HOUR, Clock, Flags, Ints
from guiju.twin.teams.growing import NOBODY, Members
from guiju.twin.teams.plans import Team

SALE, PURCHASE, PACK = 0, 1, 2


@dataclass(frozen=True)
class Lines:
    """Order lines. member: who sold it, or who bought it for itself; buyer: a member, or `NOBODY`: an outsider."""

    kind: Ints
    member: Ints
    buyer: Ints
    at: Ints
    amount: Ints  # fen

    def of(self, kind: int) -> Ints:
        """The places of one kind."""
        return np.flatnonzero(self.kind == kind)


def trade(members: Members, clock: Clock, rng: np.random.Generator) -> Lines:
    """Packs first, one a member who must buy one, at the moment it joins; then sales and purchases after joining."""
    of = members.teams
    pack = _each(of, "pack")[members.team]
    packs = np.flatnonzero(pack > 0)
    parts = [(np.full(len(packs), PACK), packs, packs, members.joined[packs], pack[packs])]
    for kind, field in ((SALE, "sales"), (PURCHASE, "purchases")):
        mean = np.array([getattr(team.plan, field) for team in of])[members.team]
        who: Ints = np.repeat(np.arange(len(mean)), rng.poisson(mean))
        left = clock.until - HOUR - members.joined[who]
        at = members.joined[who] + (rng.random(len(who)) * left).astype(np.int64)
        amount = (_each(of, "ticket")[members.team[who]] * (0.5 + rng.random(len(who)))).astype(np.int64)
        buyer = who if kind == PURCHASE else _to_members(members, who, at, rng)
        parts.append((np.full(len(who), kind), who, buyer, at, amount))
    return Lines(*(np.concatenate([part[i] for part in parts]) for i in range(5)))


def _to_members(members: Members, who: Ints, at: Ints, rng: np.random.Generator) -> Ints:
    """The buyers of sales: outsiders; where a plan disguises, in two of three a member who had joined by then."""
    first = np.array([team.first for team in members.teams])[members.team[who]]
    size = np.array([team.size for team in members.teams])[members.team[who]]
    hides: Flags = np.array([team.plan.disguised for team in members.teams])[members.team[who]]
    other = first + (rng.random(len(who)) * size).astype(np.int64)
    chosen = hides & (rng.random(len(who)) < 2 / 3) & (other != who) & (members.joined[other] <= at)
    return np.where(chosen, other, NOBODY)


def _each(of: list[Team], field: str) -> Ints:
    return np.array([getattr(team.plan, field) for team in of], np.int64)
