"""A detector's flags on trips, most of them with one innocent cause or none, and the truth of every flag.

It makes no whole market, but what a guard over flags reads: one table, a row a trip, and the campaigns' registry.

    platform, id, occurred_at, driver, region, agency, service, channel, app_version, weather, campaign, funder,
    funder_kind    the trip and its context; agency, campaign and what belongs to it may be null
    displacement_m, shared_device    what is independent of vouchers: real cheats show one of them now and then
    flagged        whether the detector flagged it
    is_violation   whether it is one in truth; every violation is flagged, and so are honest trips

A real cheat is a driver who cheats on some trips; honest flags differ between drivers too. A `Cause` is a campaign
whose honest trips the detector flags: it brings trips of its own. `Rogues` are the drivers of one agency who cheat.
The defaults are the sizes of docs/guard.md: 300,000 trips, 5,314 of them of a campaign in region 7.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from guiju.twin.market import DAY, Clock, Flags, Ints, Reals

PLATFORM = "yexing"
REGIONS, AGENCIES = 20, 4  # everyday agencies of each region: a7-0 to a7-3
NAMES = ("0", "1", "2", "3", "9")  # the last is the small one of `Plan.agency`
SERVICES, CHANNELS, WEATHERS = ("designated_driving", "ride_hailing"), ("app", "phone", "mini_program"), 4
KINDS = ("platform", "insurer", "agency")  # who pays for everyday campaigns, and of how many trips in a hundred
EVERYDAY_PCT = (8.0, 1.9, 2.0)
SECOND = 1_000_000


@dataclass(frozen=True)
class Cause:
    """A campaign that makes the detector err: where, for how long, how many trips, what is flagged of them.

    `drivers` is the number of them who meet its customers; they are of `agency`, where it is named. `spread` is how
    unequal they are: the standard deviation of what is flagged of a driver's trips, as a part of its mean. `cheat_pct`
    of its trips are violations. It is told to the registry unless it is not `registered`, after `told_days`.
    """

    name: str = "drive_home_insured"
    region: str = "7"
    agency: str = ""
    funder: str = "anhe"
    funder_kind: str = "insurer"
    days: int = 21
    trips: int = 5_314
    false_pct: float = 24.1
    cheat_pct: float = 0.47
    spread: float = 0.3
    drivers: int = 0  # 0: all there are
    registered: bool = True
    told_days: int = 0


@dataclass(frozen=True)
class Rogues:
    """An agency whose drivers cheat: so many trips of its drivers in the last days are violations."""

    region: str = "7"
    agency: str = "a7-9"
    days: int = 14
    cheat_pct: float = 30.0


@dataclass(frozen=True)
class Plan:
    """What is drawn: everyday trips and drivers, the detector's errors and successes among them, and what is planted.

    Of violations `evidence_pct` in a hundred show something independent. `agency` adds one small agency (`a7-9` in
    region 7) of so many drivers with so many trips a day each.
    """

    trips: int = 294_686
    drivers: int = 3_000
    days: int = 84
    false_pct: float = 0.285
    cheat_pct: float = 0.41
    causes: tuple[Cause, ...] = ()
    rogues: Rogues | None = None
    evidence_pct: float = 60.0
    agency: int = 0
    agency_trips: float = 4.0
    end: date = date(2025, 12, 12)


@dataclass
class _Drivers:
    region: Ints
    agency: Ints  # of the region; -1: none
    weight: Reals
    cheats: Reals  # what part of the driver's trips are violations
    errs: Reals  # of how many times as many honest trips as usual the detector errs


def flags(plan: Plan | None = None, seed: int = 7) -> tuple[pa.Table, list[dict[str, Any]]]:
    """The trips in the order of their ends, and the rows of the registry (as in the table campaigns)."""
    plan = plan or Plan()
    rng = np.random.Generator(np.random.SFC64(seed))
    clock = Clock.ending(plan.end, plan.days)
    drivers = _drivers(plan, rng)
    parts = [_everyday(plan, drivers, rng), *(_caused(plan, drivers, n, rng) for n in range(len(plan.causes)))]
    c = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    at = clock.start // SECOND + c["day"] * (DAY // SECOND) + 12 * 3600 + rng.integers(0, 12 * 3600, c["day"].size)
    order = np.argsort(at, kind="stable")
    return _table(plan, drivers, {k: v[order] for k, v in c.items()}, at[order], rng), _registry(plan, clock)


def _drivers(plan: Plan, rng: np.random.Generator) -> _Drivers:
    """Regions differ in size; a tenth of all drivers cheat a little, fewer much."""
    size = 0.64 + 0.72 * (np.arange(1, REGIONS + 1) * 3 % REGIONS) / (REGIONS - 1)
    region = np.sort(rng.choice(REGIONS, plan.drivers, p=size / size.sum()))
    agency = rng.integers(-1, AGENCIES, plan.drivers)
    weight = rng.uniform(0.5, 1.5, plan.drivers) * size[region] / np.bincount(region, minlength=REGIONS)[region]
    if plan.agency:
        added = plan.agency_trips * plan.days * weight.sum() / plan.trips
        region = np.append(region, np.full(plan.agency, 6))
        agency = np.append(agency, np.full(plan.agency, AGENCIES))
        weight = np.append(weight, np.full(plan.agency, added))
    n = region.size
    cheats = np.where(rng.random(n) < 0.1, rng.gamma(1.0, 1.0, n), 0.0)
    cheats *= plan.cheat_pct / 100 / max(float(np.average(cheats, weights=weight)), 1e-9)
    return _Drivers(region, agency, weight, np.minimum(cheats, 0.9), rng.gamma(3.0, 1 / 3, n))


def _everyday(plan: Plan, drivers: _Drivers, rng: np.random.Generator) -> dict[str, Any]:
    n = plan.trips + round(plan.agency * plan.agency_trips * plan.days)
    driver = rng.choice(drivers.region.size, n, p=drivers.weight / drivers.weight.sum())
    day = rng.integers(0, plan.days, n)
    violation = rng.random(n) < drivers.cheats[driver]
    if (r := plan.rogues) is not None:
        own = _of(drivers, r.region, r.agency)[driver] & (day >= plan.days - r.days)
        violation |= own & (rng.random(n) < r.cheat_pct / 100)
    false = rng.random(n) < drivers.errs[driver] * plan.false_pct / 100
    kind = np.searchsorted(np.cumsum(EVERYDAY_PCT) / 100, rng.random(n))
    return {"driver": driver, "day": day, "violation": violation, "flagged": violation | false,
            "campaign": np.where(kind < len(KINDS), kind, -1)}  # fmt: skip


def _caused(plan: Plan, drivers: _Drivers, which: int, rng: np.random.Generator) -> dict[str, Any]:
    """A campaign's own trips: who meets its customers, and what the detector makes of it."""
    cause = plan.causes[which]
    own = np.flatnonzero(_of(drivers, cause.region, cause.agency))
    own = own[: cause.drivers] if cause.drivers else own
    part = drivers.weight[own] / drivers.weight[own].sum()
    driver = rng.choice(own, cause.trips, p=part)
    mean = cause.false_pct / 100
    most = min(cause.spread, 0.99 * np.sqrt((1 - mean) / mean))  # no share can be more unequal
    strength = (1 - mean) / (mean * most**2) - 1
    of_driver = np.zeros(drivers.region.size)
    of_driver[own] = rng.beta(mean * strength, (1 - mean) * strength, own.size)
    violation = rng.random(cause.trips) < cause.cheat_pct / 100
    false = rng.random(cause.trips) < of_driver[driver]
    day = rng.integers(plan.days - cause.days, plan.days, cause.trips)
    return {"driver": driver, "day": day, "violation": violation, "flagged": violation | false,
            "campaign": np.full(cause.trips, len(KINDS) + which)}  # fmt: skip


def _of(drivers: _Drivers, region: str, agency: str) -> Flags:
    """Which drivers are of a region, or of one of its agencies."""
    here = drivers.region == int(region) - 1
    if agency:
        here &= drivers.agency == NAMES.index(agency.partition("-")[2])
    return np.asarray(here)


def _table(plan: Plan, drivers: _Drivers, c: dict[str, Any], at: Ints, rng: np.random.Generator) -> pa.Table:
    n, driver = at.size, c["driver"]
    region, agency = drivers.region[driver], drivers.agency[driver]
    caught = c["violation"] & (rng.random(n) < plan.evidence_pct / 100)
    moved = rng.random(n) < 0.5
    names = [*(f"everyday_{kind}" for kind in KINDS), *(cause.name for cause in plan.causes)]
    payers = ["yexing", "hengtai", "agencies", *(cause.funder for cause in plan.causes)]
    kinds = [*KINDS, *(cause.funder_kind for cause in plan.causes)]
    weather = rng.integers(0, WEATHERS, (REGIONS, plan.days))[region, c["day"]]
    agencies = [f"a{r + 1}-{name}" for r in range(REGIONS) for name in NAMES]
    return pa.table({
        "platform": pa.array([PLATFORM] * n),
        "id": pa.array([f"t{k:07d}" for k in range(n)]),
        "occurred_at": pa.array(at * SECOND, pa.timestamp("us")),
        "driver": _coded([f"d{k:05d}" for k in range(drivers.region.size)], driver),
        "region": _coded([str(k + 1) for k in range(REGIONS)], region),
        "agency": _coded(agencies, np.where(agency < 0, -1, region * len(NAMES) + agency)),
        "service": _coded(SERVICES, (driver % 2)),
        "channel": _coded(CHANNELS, rng.choice(len(CHANNELS), n, p=[0.7, 0.1, 0.2])),
        "app_version": _coded([f"9.{k}" for k in range(5)], driver % 5),
        "weather": _coded(("clear", "cloud", "rain", "snow"), weather),
        "campaign": _coded(names, c["campaign"]),
        "funder": _coded(payers, c["campaign"]),
        "funder_kind": _coded(kinds, c["campaign"]),
        "displacement_m": pa.array(np.where(caught & moved, 40, 5_000)),
        "shared_device": pa.array(caught & ~moved),
        "flagged": pa.array(c["flagged"]),
        "is_violation": pa.array(c["violation"]),
    })  # fmt: skip


def _coded(values: Iterable[str], codes: Ints) -> pa.Array:
    return pa.array(list(values)).take(pa.array(codes, mask=codes < 0))


def _registry(plan: Plan, clock: Clock) -> list[dict[str, Any]]:
    begins = datetime(1970, 1, 1) + timedelta(microseconds=clock.start)
    everyday = [
        _row(f"everyday_{kind}", funder, kind, None, begins, None, None)
        for kind, funder in zip(KINDS, ("yexing", "hengtai", "agencies"), strict=True)
    ]
    for cause in plan.causes:
        if cause.registered:
            since = begins + timedelta(days=plan.days - cause.days)
            until, told = begins + timedelta(days=plan.days + 30), since + timedelta(days=cause.told_days)
            everyday.append(_row(cause.name, cause.funder, cause.funder_kind, cause.region, since, until, told))
    return everyday


def _row(name: str, funder: str, kind: str, region: str | None, since: Any, until: Any, told: Any) -> dict[str, Any]:
    return {"platform": PLATFORM, "id": f"k-{name}", "campaign": name, "funder": funder, "funder_kind": kind,
            "region": region, "condition": "policy" if kind == "insurer" else "every_trip", "currency": "CNY",
            "amount": "60.00", "min_fare_amount": None, "valid_from": since, "valid_to": until,
            "known_at": told}  # fmt: skip
