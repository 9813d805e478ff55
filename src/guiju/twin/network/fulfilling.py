"""How the network's orders are fulfilled: by which mode, how fast, what comes back, and what is complained about.

Honest goods come back, are complained about and are late as often by every mode of a province and month, though
provinces, months and goods differ. What is planted makes one mode of a good worse in one quarter.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from guiju.twin.market import DAY, HOUR, Flags, Ints, Reals
from guiju.twin.network.goods import EAST, FAR, MODES
from guiju.twin.network.owners import PROVINCES

RETURNED, COMPLAINED, LATE = "returned", "complained", "late"
OUTCOMES = (RETURNED, COMPLAINED, LATE)
USUAL = {RETURNED: 0.02, COMPLAINED: 0.015, LATE: 0.04}
MODE_WEIGHT = (0.45, 0.4, 0.45)
REGIONS, MONTH, CHANGED_MIND, ONE_STORE = "regions_served", "bad_month", "changed_mind", "one_store"
WORSE = "worse_by_one_mode"
REASONS = ("quality", "damaged", "not_as_described")
NEVER = 0.003  # of orders do not arrive
MERCHANT, WAREHOUSE, OWNER = range(len(MODES))
FAR_AWAY = np.array([code in FAR for code, _ in PROVINCES])
IN_EAST = np.array([code in EAST for code, _ in PROVINCES])


@dataclass(frozen=True)
class Bought:
    """Order lines as arrays, in the order of time. month: of the records, counted from the first day in 30 days."""

    at: Ints
    good: Ints
    province: Ints
    store: Ints
    month: Ints


@dataclass
class Plan:
    """What is planted: by outcome, good, mode and quarter how many points of a hundred more; and what looks alike."""

    worse: list[tuple[str, int, int, int, float]] = field(default_factory=list)
    alike: dict[int, str] = field(default_factory=dict)  # a good: its pattern
    quarters: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Fulfilled:
    """Fulfilments as arrays; a time of 0 is not known or was not."""

    mode: Ints
    one_store: Flags  # handed over by the one store that does so for others
    shipped: Ints
    promised: Ints
    delivered: Ints
    returned: Ints
    reason: Ints  # of REASONS, and changed_mind behind them
    complained: Ints
    complaint: Ints  # of REASONS, and service behind them


def plan(
    offered: Flags, many: Ints, quarters: list[tuple[int, int]], rng: np.random.Generator, plants: bool
) -> Plan:  # fmt: skip
    """offered: (goods, modes), whether a mode offers a good; many: goods with most orders first.

    Look-alikes come first, so that an honest market has the same.
    """
    made = Plan(quarters=quarters)
    several = [int(k) for k in many if offered[k].sum() >= 2]
    both = [k for k in several if offered[k, MERCHANT] and offered[k, WAREHOUSE]]
    owned = [k for k in several if offered[k, OWNER]]
    for pattern, of in ((REGIONS, both), (MONTH, both), (CHANGED_MIND, both), (ONE_STORE, owned)):
        free = [k for k in of if k not in made.alike]
        if free:
            made.alike[free[0]] = pattern
    free = [k for k in several if k not in made.alike]
    if plants and quarters:
        each = max(2, len(free) // 6)
        for n, k in enumerate(free[: each * len(OUTCOMES)]):
            outcome = OUTCOMES[n % len(OUTCOMES)]
            sent = np.flatnonzero(offered[k, :OWNER])  # what few owners hold would show nothing
            mode = int(rng.choice(sent)) if len(sent) else OWNER
            points = 6 + 24 * (n // len(OUTCOMES)) / max(each - 1, 1)
            made.worse.append((outcome, k, mode, int(rng.integers(len(quarters))), points))
    return made


def fulfil(of: Bought, offered: Flags, owners_in: Flags, made: Plan, feast: int, rng: np.random.Generator) -> Fulfilled:
    """offered: (goods, modes); owners_in: (goods, provinces), where owners hold the good; feast: last year's, UTC."""
    mode = _modes(of, offered, owners_in, made, rng)
    one = np.isin(of.good, [k for k, p in made.alike.items() if p == ONE_STORE]) & (mode == OWNER)
    one &= rng.random(len(mode)) < 0.3
    chance = {outcome: _chances(of, mode, one, made, outcome, rng) for outcome in OUTCOMES}
    shipped = of.at + (rng.gamma(2, np.array([12, 5, 3])[mode]) * HOUR).astype(np.int64)
    far = np.where(FAR_AWAY, 3.0, np.where(IN_EAST, 0.0, 1.0))[of.province]
    days = np.array([2.2, 1.4, 1.2])[mode] + far * np.array([1.0, 0.5, 0.1])[mode]
    days += rng.gamma(2, np.array([0.6, 0.4, 0.3])[mode])
    days += np.where((of.at > feast - 25 * DAY) & (of.at < feast + 25 * DAY), 1.5, 0.0)  # crowded, and then closed
    delivered = shipped + (days * DAY).astype(np.int64)
    late = rng.random(len(mode)) < chance[LATE]
    slack = np.where(late, -rng.uniform(0.05, 0.8, len(mode)), rng.uniform(0.1, 3, len(mode)))
    promised = delivered + (slack * DAY).astype(np.int64)
    came = rng.random(len(mode)) >= NEVER
    bad = rng.random(len(mode)) < chance[RETURNED]
    mind = ~bad & (rng.random(len(mode)) < _changed_mind(of, mode, made))
    back = delivered + (rng.uniform(0.5, 10, len(mode)) * DAY).astype(np.int64)
    said = rng.random(len(mode)) < chance[COMPLAINED]
    service = ~said & (rng.random(len(mode)) < 0.01)
    heard = delivered + (rng.uniform(0.1, 8, len(mode)) * DAY).astype(np.int64)
    why, about = (rng.integers(0, len(REASONS), len(mode)) for _ in range(2))
    return Fulfilled(
        mode, one, shipped, promised, np.where(came, delivered, 0),
        np.where(came & (bad | mind), back, 0), np.where(mind, len(REASONS), why),
        np.where(came & (said | service), heard, 0), np.where(service, len(REASONS), about),
    )  # fmt: skip


def _modes(of: Bought, offered: Flags, owners_in: Flags, made: Plan, rng: np.random.Generator) -> Ints:
    """By which mode each order goes; where nobody else delivers, its merchant does."""
    weight = np.tile(np.array(MODE_WEIGHT), (len(of.at), 1)) * offered[of.good]
    weight[:, OWNER] *= owners_in[of.good, of.province]
    weight[:, MERCHANT] += weight.sum(axis=1) == 0
    for good, pattern in made.alike.items():
        its = of.good == good
        if pattern == REGIONS:  # the merchant serves the west, where everything is worse, the warehouse the east
            weight[its, MERCHANT] *= np.where(IN_EAST[of.province[its]], 0.2, 5)
        elif pattern == MONTH:  # the merchant sends nearly all of one month's
            weight[its, MERCHANT] *= np.where(of.month[its] % 3 == 1, 6, 0.4)
    upto = np.cumsum(weight, axis=1)
    draw = rng.random(len(of.at)) * upto[:, -1]
    return np.asarray((draw[:, None] >= upto).sum(axis=1), np.int64)


def _chances(of: Bought, mode: Ints, one: Flags, made: Plan, outcome: str, rng: np.random.Generator) -> Reals:
    """How likely an outcome is of each order: by good, province and month, and what was planted."""
    by_good = rng.lognormal(0, 0.4, of.good.max() + 1) if len(of.good) else np.ones(1)
    by_province = rng.lognormal(0, 0.2, len(PROVINCES)) * np.where(FAR_AWAY, 1.6, 1.0)
    by_month = rng.lognormal(0, 0.2, of.month.max() + 1) if len(of.month) else np.ones(1)
    chance = USUAL[outcome] * by_good[of.good] * by_province[of.province] * by_month[of.month]
    for good, pattern in made.alike.items():
        its = of.good == good
        if pattern == REGIONS:
            chance[its] *= np.where(IN_EAST[of.province[its]], 1.0, 5.0)
        elif pattern == MONTH:
            chance[its] *= np.where(of.month[its] % 3 == 1, 5.0, 1.0)
        elif pattern == ONE_STORE:
            chance[its & one] += 0.35
    for what, good, which, quarter, points in made.worse:
        begins, ends = made.quarters[quarter]
        if what == outcome:
            chance[(of.good == good) & (mode == which) & (of.at >= begins) & (of.at < ends)] += points / 100
    return np.minimum(chance, 0.9)


def _changed_mind(of: Bought, mode: Ints, made: Plan) -> Reals:
    """Who merely changes their mind sends goods back, too; of one good those of one mode do so often."""
    goods = [k for k, p in made.alike.items() if p == CHANGED_MIND]
    return np.where(np.isin(of.good, goods) & (mode == MERCHANT), 0.2, 0.03)
