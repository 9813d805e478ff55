"""A team's numbers: what a finding would say of it; what it pays in and lives on, level by level; its branches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from guiju.market.network.forest import Ints
from guiju.market.network.reading import UNKNOWN, Bools, Network, Pay
from guiju.records.errors import BadInput

WHOLE = ""  # the whole network
ORGANISED = "o"  # how the address of an organiser's team begins; of a line it is the number of its head's joining
LISTED = 40
CENTS = 100


@dataclass(frozen=True)
class Team:
    """A team: its head (a place), an organiser (a code), or neither: the whole network. inside: its members."""

    key: str
    name: str
    head: int | None
    organiser: int | None
    inside: Bools

    @property
    def members(self) -> int:
        return int(self.inside.sum())


@dataclass(frozen=True)
class Facts:
    """Of those whom pay for recruiting reaches, as `recruitment_income` counts them; sums in yuan, shares in per cent.

    levels: those paid over, the organiser's own included; None for a share of nothing.
    """

    members: int
    persons: int
    levels: int
    recruit: float
    purchase: float
    retail: float
    counted: float
    entries: float
    paying: int
    known: int
    priced: float
    worth: float
    losing: int

    @property
    def total(self) -> float:
        return self.recruit + self.purchase + self.retail

    @property
    def counted_pct(self) -> float | None:
        return _share(self.counted, self.total)

    @property
    def paying_pct(self) -> float | None:
        return _share(self.paying, self.known)

    @property
    def losing_pct(self) -> float | None:
        return _share(self.losing, self.known)

    @property
    def entry_multiple(self) -> float | None:
        return self.priced / self.worth if self.worth else None

    def meets(self, limits: dict[str, Any]) -> dict[str, bool]:
        """By limit, whether it is reached. A rule finds where all are, of the share and the multiple either, and
        something was earned by recruiting at all."""
        return {
            "min_levels": self.levels >= limits["min_levels"], "min_persons": self.persons >= limits["min_persons"],
            "min_paying_pct": self.paying * 100 >= self.known * limits["min_paying_pct"]
            and (self.known > 0 or limits["min_paying_pct"] <= 0),
            "min_recruit_pct": self.total > 0 and self.counted * 100 >= self.total * limits["min_recruit_pct"],
            "min_entry_multiple": self.priced > 0 and self.priced >= self.worth * limits["min_entry_multiple"],
        }  # fmt: skip

    def found(self, limits: dict[str, Any]) -> bool:
        met = self.meets(limits)
        either = met.pop("min_recruit_pct") | met.pop("min_entry_multiple")
        return self.counted > 0 and either and all(met.values())


@dataclass(frozen=True)
class Level:
    """A level of a team, 1 being its head's: members, how many of them pay for recruiting reaches, and sums in yuan."""

    level: int
    members: int
    reached: int
    paying: int
    entries: float
    recruit: float
    purchase: float
    retail: float


@dataclass(frozen=True)
class Branch:
    """A member with everybody below it (`place`, its head), or several that are too small to show (`place` -1).

    level: from 1; left, right: where it lies within its team, 0 to 1. branches: how many it stands for.
    """

    place: int
    level: int
    left: float
    right: float
    members: int
    branches: int
    recruit: float
    other: float


def team(network: Network, key: str = WHOLE, member: str = "") -> Team:
    """A team by its key, or by its head as the records name it. Raises BadInput for what is neither."""
    if member:
        places = np.flatnonzero((network.member == member).to_numpy())
        if not places.size:
            raise BadInput(
                f"there is no member {member!r}: write it as recruitments.member does",
                f"没有成员 {member!r}：请照 recruitments.member 写",
            )
        return _line(network, int(places[0]))
    if key == WHOLE:
        return Team(WHOLE, "", None, None, np.ones(network.members, bool))
    if key.startswith(ORGANISED) and key[1:].isdecimal() and int(key[1:]) < len(network.organisers):
        code = int(key[1:])
        return Team(key, network.organisers[code], None, code, network.organiser == code)
    places = np.flatnonzero(network.number == int(key)) if key.isdecimal() and len(key) < 12 else np.array([], int)
    if not places.size:
        raise BadInput(f"there is no team {key!r}: choose one that is listed", f"没有团队 {key!r}：请从列表里选")
    return _line(network, int(places[0]))


def _line(network: Network, place: int) -> Team:
    inside = np.zeros(network.members, bool)
    inside[network.forest.below(place)] = True
    return Team(str(network.number[place]), network.member[place], place, None, inside)


def teams(network: Network, most: int = LISTED) -> list[tuple[str, str, int]]:
    """The largest teams: key, name, members. A scheme each, by organiser or by head; lines, where there is none."""
    sizes: dict[str, tuple[str, int]] = {}
    for pay in network.pays.values():
        counts = np.bincount(pay.scheme[pay.scheme >= 0], minlength=len(network.schemes))
        heads = _heads(network, pay)
        for code in np.argsort(-counts, kind="stable")[: 2 * most].tolist():
            if not counts[code]:
                break
            organised = code < len(network.organisers)
            key = f"{ORGANISED}{code}" if organised else str(network.number[heads[code]])
            before = sizes.get(key, ("", 0))[1]
            sizes[key] = network.schemes[code], max(before, int(counts[code]))
    if not sizes:
        heads_ = network.forest.heads
        largest = heads_[np.argsort(-network.forest.size[heads_], kind="stable")[:most]]
        sizes = {str(network.number[p]): (network.member[int(p)], int(network.forest.size[p])) for p in largest}
    ordered = sorted(sizes.items(), key=lambda one: (-one[1][1], one[0]))
    return [(key, name, size) for key, (name, size) in ordered[:most]]


def _heads(network: Network, pay: Pay) -> Ints:
    """By scheme the first place in it, which is its head's where it is a line."""
    first = np.full(len(network.schemes), network.members, np.int64)
    places = np.flatnonzero(pay.scheme >= 0)
    np.minimum.at(first, pay.scheme[places], places)
    return first


def facts(network: Network, of: Team, pay: Pay) -> Facts:
    """A team's numbers where `pay.causes` count as recruiting."""
    if of.organiser is not None:
        who = pay.scheme == of.organiser
    elif of.head is not None:  # linked by pay up to its head
        who = of.inside & pay.reached & (pay.head_depth <= network.forest.depth[of.head])
    else:
        who = pay.reached
    entry, worth = network.entry[who], network.worth[who]
    known, priced = entry != UNKNOWN, (entry > 0) & (worth != UNKNOWN)
    sums = {name: its[who] for name, its in pay.sums.items()}
    over = int(pay.over[who].max(initial=0))
    return Facts(
        int(who.sum()), int(np.unique(network.person[who]).size), over + 1 if over else 0, _yuan(sums["recruit"]),
        _yuan(sums["purchase"]), _yuan(sums["retail"]), _yuan(sums["counted"]), _yuan(entry[known]),
        int((entry > 0).sum()), int(known.sum()), _yuan(entry[priced]), _yuan(worth[priced]),
        int((known & (sums["earned"] < entry)).sum()),
    )  # fmt: skip


def levels(network: Network, of: Team, pay: Pay) -> list[Level]:
    """A team level by level, everybody in it."""
    places = np.flatnonzero(of.inside)
    if not places.size:
        return []
    first = int(network.forest.depth[of.head]) if of.head is not None else 0
    level = network.forest.depth[places] - first
    entry = np.maximum(network.entry[places], 0)

    def by(weights: Any) -> list[Any]:
        return list(np.bincount(level, weights).tolist())

    sums = [by(its[places] / CENTS) for its in (pay.sums[name] for name in ("recruit", "purchase", "retail"))]
    columns = zip(
        by(None), by(pay.reached[places]), by(entry > 0), by(entry / CENTS), *sums, strict=True,
    )  # fmt: skip
    return [Level(n + 1, int(m), int(r), int(p), *rest) for n, (m, r, p, *rest) in enumerate(columns) if m]


def branches(network: Network, of: Team, pay: Pay, deepest: int, least: float) -> list[Branch]:
    """A team's tree down to a level. Branches narrower than `least` of the team are put together, level by level."""
    tree, whole = network.forest, max(of.members, 1)
    if of.head is not None:
        tops = np.array([of.head])
    else:
        tops = tree.heads[of.inside[tree.heads]] if of.organiser is None else _tops(network, of)
    found = _side_by_side(network, pay, tops, 1, 0.0, whole, least)
    row = found
    for level in range(2, deepest + 1):
        below = []
        for one in row:
            if one.place < 0 or one.members < 2:
                continue
            its = tree.below(one.place)
            children = np.flatnonzero(tree.up[its] == one.place) + one.place
            below += _side_by_side(network, pay, children, level, one.left, whole, least)
        found, row = [*found, *below], below
    return found


def _tops(network: Network, of: Team) -> Ints:
    """Who of an organiser's members has nobody of them above it."""
    up = network.forest.up
    return np.flatnonzero(of.inside & ((up < 0) | ~of.inside[np.maximum(up, 0)]))


def _side_by_side(
    network: Network, pay: Pay, places: Ints, level: int, left: float, whole: int, least: float
) -> list[Branch]:
    """Branches of one recruiter, the largest first; the small ones together at the end."""
    size = network.forest.size[places]
    order = np.argsort(-size, kind="stable")
    shown = order[size[order] >= least * whole]
    made, at = [], left
    for n in shown.tolist():
        place, members = int(places[n]), int(size[n])
        its = network.forest.below(place)
        earned = [float(pay.sums[name][its].sum()) / CENTS for name in ("recruit", "purchase", "retail")]
        made.append(Branch(place, level, at, at + members / whole, members, 1, earned[0], earned[1] + earned[2]))
        at += members / whole
    small = order[shown.size :]
    if small.size:
        members = int(size[small].sum())
        made.append(Branch(-1, level, at, at + members / whole, members, int(small.size), 0.0, 0.0))
    return made


def _yuan(cents: Ints) -> float:
    return float(cents.sum()) / CENTS


def _share(part: float, whole: float) -> float | None:
    return part * 100 / whole if whole else None
