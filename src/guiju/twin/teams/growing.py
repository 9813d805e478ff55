"""Who joins when, and by whom: every recruiter has joined before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guiju.twin.market import DAY, HOUR, Clock, Flags, Ints
from guiju.twin.teams.plans import Team

NOBODY = -1
QUIET_DAYS = 5  # at the end nobody joins, so that what a joining brings is still on record


@dataclass(frozen=True)
class Members:
    """A member a place: team, recruiter (`NOBODY`: none), when it joined (UTC microseconds), which person it is."""

    teams: list[Team]
    team: Ints
    recruiter: Ints
    joined: Ints
    person: Ints

    def above(self, of: Ints) -> Ints:
        """The recruiters of those given; of nobody, nobody."""
        return np.where(of == NOBODY, NOBODY, self.recruiter[np.maximum(of, 0)])

    def of_team(self, values: list[object]) -> np.ndarray:
        """What each member has by its team."""
        return np.array(values)[self.team]


def grow(teams: list[Team], clock: Clock, rng: np.random.Generator) -> Members:
    """Within a team members join one after the other, each brought by one of those before it."""
    sizes = np.array([team.size for team in teams])
    first = np.array([team.first for team in teams])
    team: Ints = np.repeat(np.arange(len(teams)), sizes)
    n = len(team)
    place = np.arange(n) - first[team]
    fan = np.array([t.plan.fan for t in teams])[team]
    chosen = (place * rng.random(n) ** fan).astype(np.int64)  # below place: 0 … place - 1
    recruits: Flags = np.array([t.plan.recruits for t in teams])[team]
    recruiter = np.where((place > 0) & recruits, first[team] + chosen, NOBODY)
    # The first twenty of a large team join on their own too, where a company runs it.
    alone = np.array([t.plan.company and t.size > 1_000 for t in teams])[team] & (place < 20)
    recruiter[alone] = NOBODY
    span = (clock.days - QUIET_DAYS) * DAY
    slot = span // (sizes[team] + 1)
    joined = clock.start + place * slot + (rng.random(n) * np.maximum(slot, 1)).astype(np.int64)
    accounts = np.array([t.plan.accounts for t in teams])[team]
    return Members(teams, team, recruiter, np.minimum(joined, clock.until - HOUR), first[team] + place // accounts)
