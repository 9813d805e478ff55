"""Where the twin's platforms sell, week by week: areas that two of them part between them, and honest leaving.

Nothing here is about the trade of the other tables: these are a regulator's returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from guiju.twin.market import CITIES, DAY, Flags, Market, Reals
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, write_rows

RULE = "no_divided_markets"
CHECK = "divided_markets"
WEEK = 7 * DAY
BEFORE, NOW, RECENT = 26, 8, 4  # weeks
SERVED_PCT, LEVEL_PCT = 70, 50
HONEST = (
    "one_fails_everywhere", "stock_runs_out_for_a_month", "both_leave_what_does_not_pay", "each_keeps_its_strongholds",
    "each_mostly_keeps_them", "each_driven_out_slowly", "each_leaves_by_chance", "growth_elsewhere",
    "only_one_leaves", "too_few_areas", "two_depots_closed_by_each",
)  # fmt: skip
AGAINST = ((24, 1.0), (20, 1.0), (24, 0.8), (16, 1.0), (20, 0.7), (24, 0.5))  # areas, and the share parted
Row = dict[str, object]


@dataclass
class Field:
    """One market of two parties: areas x weeks sold, in units."""

    name: str
    areas: list[str]
    parties: tuple[str, str]
    depots: list[str]  # of an area, by either party
    usual: Reals  # party x area: units a week
    units: Reals  # party x area x week


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The table `area_sales`; which pairs parted the areas they both served."""
    clock = market.clock
    starts = [at for at in (clock.week_start(w) for w in range(clock.weeks)) if clock.start <= at < clock.until]
    quarters = [(a, b) for a, b in clock.quarters() if a - BEFORE * WEEK >= starts[0]] or [(clock.since, clock.until)]
    plans = [(pattern, 24 if "keep" in pattern or "depot" in pattern else 12, 0.0) for pattern in HONEST]
    plans += [("parted", n, share) for n, share in AGAINST if plants]
    rows, true = list[Row](), list[Truth]()
    for i, (pattern, size, share) in enumerate(plans):
        parties = market.platforms[i % len(market.platforms)], market.platforms[(i + 1) % len(market.platforms)]
        begins, ends = quarters[i % len(quarters)]
        field = _usual(rng, f"goods-{i:02d}", parties, 5 if pattern == "too_few_areas" else size, len(starts))
        if pattern == "two_depots_closed_by_each":
            field.depots = [field.areas[a // 6 * 6] for a in range(size)]
        first = int(np.searchsorted(starts, begins))
        _leave(rng, field, pattern, share, first)
        rows += _rows(field, starts)
        fell = fall(field, np.array(starts), begins, ends)
        for k in (0, 1):
            who = CHECK, "violation" if pattern == "parted" else "lookalike", pattern, parties[k], parties[k]
            where = f"{field.name}/{parties[1 - k]}"
            true.append(Truth(*who, where, begins, ends, fell if pattern == "parted" else 0.0, RULE))
    rows.sort(key=lambda row: (int(str(row["occurred_at"])), str(row["market"]), str(row["party"]), str(row["area"])))
    write_rows(out, "area_sales", [row | {"id": f"w{i:06d}"} for i, row in enumerate(rows)])
    return true


def _usual(rng: np.random.Generator, name: str, parties: tuple[str, str], size: int, weeks: int) -> Field:
    usual = np.exp(rng.normal(5.5, 0.6, (2, size)))
    units = np.maximum(np.rint(usual[:, :, None] * np.exp(rng.normal(0, 0.15, (2, size, weeks)))), 1)
    areas = [CITIES[i] for i in range(size)]
    return Field(name, areas, parties, list(areas), usual, units)


def _leave(rng: np.random.Generator, field: Field, pattern: str, share: float, first: int) -> None:
    """From which week each party no longer sells where."""
    size, week = len(field.areas), first + int(rng.integers(1, 4))
    mixed = rng.permutation(size)
    gone: Flags = np.zeros((2, size), bool)
    if pattern in ("parted", "too_few_areas"):
        many = round((share or 1.0) * size / 2)
        gone[0, mixed[:many]] = gone[1, mixed[size - many :]] = True
    elif pattern == "one_fails_everywhere":
        gone[0] = True
        gone[1, mixed[:2]] = True
    elif pattern == "stock_runs_out_for_a_month":
        field.units[0][mixed[: size // 2], week : week + 4] = 0
        field.units[1][mixed[size // 2 :], week + 2 : week + 6] = 0
    elif pattern == "both_leave_what_does_not_pay":
        gone[:, mixed[: size // 2]] = True
    elif pattern == "each_keeps_its_strongholds":
        order = np.argsort(field.usual[0] / field.usual[1])
        gone[0, order[: size // 2]] = gone[1, order[size // 2 :]] = True
    elif pattern == "each_mostly_keeps_them":  # but for reasons of its own in single areas
        lead = np.log(field.usual[0] / field.usual[1])
        for party, sign in ((0, 1), (1, -1)):
            gone[party, np.argsort(sign * lead + rng.normal(0, 0.5, size))[: size // 2]] = True
    elif pattern == "each_driven_out_slowly":
        fade = np.clip(1 - (np.arange(field.units.shape[2]) - (week - 16)) / 16, 0, 1)
        for party, its in ((0, mixed[: size // 2]), (1, mixed[size // 2 :])):
            field.units[party][its] = np.floor(field.units[party][its] * fade)
    elif pattern == "each_leaves_by_chance":
        for party in (0, 1):
            gone[party, rng.permutation(size)[: size // 3]] = True
    elif pattern == "growth_elsewhere":
        field.units[0][mixed[:4], :week] = 0
        field.units[1][mixed[4:8], :week] = 0
    elif pattern == "two_depots_closed_by_each":
        gone[0, :12] = gone[1, 12:] = True
    elif pattern == "only_one_leaves":
        gone[0, mixed[: size // 2]] = True
    for party in (0, 1):
        field.units[party][gone[party], week + int(rng.integers(0, 2)) :] = 0


def _rows(field: Field, starts: list[int]) -> list[Row]:
    return [
        {"platform": field.parties[p], "occurred_at": at, "party": field.parties[p], "market": field.name, "area": area,
         "depot": f"{field.parties[p]}-{field.depots[a]}", "units": 100 * int(field.units[p, a, w])}
        for p in (0, 1) for a, area in enumerate(field.areas) for w, at in enumerate(starts)
    ]  # fmt: skip


def fall(field: Field, starts: np.ndarray, begins: int, ends: int) -> float:
    """Of the areas both served, the per cent that one of them left by the rule's own definition, or both."""
    before = (starts >= begins - BEFORE * WEEK) & (starts < begins)
    now = (starts >= ends - NOW * WEEK) & (starts < ends)
    span = np.flatnonzero((starts >= begins - BEFORE * WEEK) & (starts < ends))
    served = (field.units[:, :, before] > 0).sum(axis=2) * 100 >= SERVED_PCT * BEFORE
    gone = (field.units[:, :, now] > 0).sum(axis=2) == 0
    left, kept = np.zeros(served.shape, bool), served & ~gone
    for p, a in zip(*np.nonzero(served & gone), strict=True):
        last = span[np.flatnonzero(field.units[p, a, span] > 0)[-1]]
        recent = field.units[p, a, last - RECENT + 1 : last + 1].mean()
        left[p, a] = recent * 100 >= LEVEL_PCT * field.units[p, a, before].mean()
    both = (left | kept).all(axis=0)
    return float(100 * (left.any(axis=0) & both).sum() / max(both.sum(), 1))
