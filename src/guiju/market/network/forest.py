"""An order of all members in which everybody below somebody comes directly after: a team is a stretch of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Forest:
    """Lines of members, all arrays (members,) in that order.

    order: of each place, which row of `ups` stands there. up: the place of its recruiter, -1 for who has none. depth:
    levels below the head of its line. size: how many stand below it, itself among them; they have the places from its
    own on.
    """

    order: Ints
    up: Ints
    depth: Ints
    size: Ints

    @property
    def heads(self) -> Ints:
        """The places of those whom nobody brought."""
        return np.flatnonzero(self.up < 0)

    def below(self, place: int) -> slice:
        """The places of a member and of everybody below it."""
        return slice(place, place + int(self.size[place]))


def forest(ups: Ints) -> Forest:
    """Of `ups` (members,), the row of each one's recruiter, -1 where nobody brought it. Siblings keep their order.

    Nobody stands above itself: `guiju.checks.network._lines` has cut such lines.
    """
    n = ups.size
    levels = _levels(ups)
    size = np.ones(n, np.int64)
    for rows in levels[:0:-1]:
        np.add.at(size, ups[rows], size[rows])
    place, depth = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for down, rows in enumerate(levels):
        depth[rows] = down
        before = np.cumsum(size[rows]) - size[rows]  # of the same level, in its order
        if not down:
            place[rows] = before
            continue
        parents = ups[rows]
        begins = np.flatnonzero(np.r_[True, parents[1:] != parents[:-1]])
        brothers = np.diff(np.r_[begins, rows.size])
        place[rows] = place[parents] + 1 + before - np.repeat(before[begins], brothers)
    order = np.empty(n, np.int64)
    order[place] = np.arange(n)
    above = ups[order]
    return Forest(order, np.where(above < 0, -1, place[above]), depth[order], size[order])


def _levels(ups: Ints) -> list[Ints]:
    """The rows of each level, from the heads down; of one level those with the same recruiter lie together."""
    by_parent = np.argsort(ups, kind="stable")
    count = np.bincount(ups[ups >= 0], minlength=ups.size)
    first = np.searchsorted(ups[by_parent], np.arange(ups.size))
    levels = [np.flatnonzero(ups < 0)]
    while True:
        parents = levels[-1][count[levels[-1]] > 0]
        if not parents.size:
            return levels
        n = count[parents]
        ends = np.cumsum(n)
        levels.append(by_parent[np.repeat(first[parents] - (ends - n), n) + np.arange(ends[-1])])
