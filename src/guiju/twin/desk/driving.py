"""Who drives for which agency, and the trips of three months: no more of them than what is decided about needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from guiju.twin.fleet import PLATFORM, TOWNS
from guiju.twin.market import DAY, HOUR, Clock, Ints
from guiju.twin.tables import Writer, coded, exact, numbered, schema, times

MINUTE = HOUR // 60
SIZES = (6, 10, 16, 20, 25, 40)  # drivers of an agency
LARGE = 120  # of one agency that is flagged often because it is large
ALONE = 0.1  # of all drivers: with no agency
A_DAY = 0.7  # trips of a driver, on average
EVERYWHERE = "weekend_rides"
WEEKEND, POLICY = 0.1, 0.06  # shares of trips: everywhere; where an agency's campaign runs, of others' trips
POLICY_DAYS = 35  # a campaign of an agency begins so long before its burst


@dataclass
class Agency:
    """An agency, its drivers by number, and the night its drivers were flagged, if one is planned."""

    name: str
    region: str
    drivers: range
    burst: int = -1  # local day
    campaign: str = ""
    share: float = 0.0  # of its drivers' trips while the campaign runs


@dataclass
class Trips:
    """Trips in the order of their ends, as arrays: the driver, the end (UTC microseconds), campaign by its place."""

    driver: Ints
    ended: Ints
    campaign: Ints  # -1: none
    fare: Ints  # fen
    paid: Ints  # of it by a voucher
    names: list[str] = field(default_factory=list)  # of campaigns

    def __len__(self) -> int:
        return self.driver.size


def agencies(drivers: int) -> list[Agency]:
    """The large one first, then sizes in turn, over the cities in turn."""
    found, taken = list[Agency](), 0
    while taken < drivers * (1 - ALONE):
        size = LARGE if not found else SIZES[(len(found) - 1) % len(SIZES)]
        size = min(size, round(drivers * (1 - ALONE)) - taken)
        name, region = f"a{len(found):03d}", TOWNS[len(found) % len(TOWNS)].region
        found.append(Agency(name, region, range(taken, taken + size)))
        taken += size
    return found


def drive(of: list[Agency], drivers: int, clock: Clock, rng: np.random.Generator) -> Trips:
    """Everybody's trips; campaigns of agencies run up to their burst, and others of the region meet them, too."""
    counts = rng.poisson(A_DAY * clock.days * rng.uniform(0.6, 1.4, drivers))
    driver = np.repeat(np.arange(drivers), counts)
    day = rng.integers(0, clock.days, driver.size)
    ended = clock.start + day * DAY + rng.integers(7 * HOUR, 23 * HOUR, driver.size) // 1_000_000 * 1_000_000
    campaign = np.where(rng.random(driver.size) < WEEKEND, 0, -1)
    names, home = [EVERYWHERE], regions_of(of, drivers)
    for agency in of:
        if agency.campaign:
            running = (day > agency.burst - POLICY_DAYS) & (day <= agency.burst)
            own = np.isin(driver, agency.drivers)
            near = (home[driver] == agency.region) & ~own
            share = np.where(own, agency.share, np.where(near, POLICY, 0.0))
            campaign = np.where(running & (rng.random(driver.size) < share), len(names), campaign)
            names.append(agency.campaign)
    fare = rng.integers(1_800, 9_000, driver.size) // 10 * 10
    paid = np.where(campaign < 0, 0, np.where(campaign == 0, 500, np.minimum(fare, 6_000)))
    order = np.argsort(ended, kind="stable")
    return Trips(driver[order], ended[order], campaign[order], fare[order], paid[order], names)


def regions_of(of: list[Agency], drivers: int) -> np.ndarray:
    """The region of each driver."""
    home = np.array([TOWNS[i % len(TOWNS)].region for i in range(drivers)])
    for agency in of:
        home[agency.drivers.start : agency.drivers.stop] = agency.region
    return home


def write_trips(out: Path, trips: Trips, of: list[Agency], drivers: int) -> None:
    """The trips as records; what nothing here asks of a trip is null."""
    n, home = len(trips), regions_of(of, drivers)
    agency = np.full(drivers, -1)
    for number, its in enumerate(of):
        agency[its.drivers.start : its.drivers.stop] = number
    whose = agency[trips.driver]
    known = {
        "platform": coded(np.zeros(n), pa.array([PLATFORM])),
        "id": numbered("t", np.arange(n)),
        "occurred_at": times(trips.ended),
        "driver": numbered("d", trips.driver, 6),
        "rider": numbered("c", trips.driver * 131 % 90_000),
        "agency": coded(np.maximum(whose, 0), pa.array([a.name for a in of]), whose >= 0),
        "region": pa.array(home[trips.driver]),
        "zone": pa.array(home[trips.driver]),
        "service": coded(np.zeros(n), pa.array(["designated_driving"])),
        "channel": coded(np.zeros(n), pa.array(["app"])),
        "ordered_at": times(trips.ended - 50 * MINUTE),
        "started_at": times(trips.ended - 30 * MINUTE),
        "currency": coded(np.zeros(n), pa.array(["CNY"])),
        "fare_amount": exact(trips.fare, 2, 2),
        "campaign": coded(np.maximum(trips.campaign, 0), pa.array(trips.names), trips.campaign >= 0),
        "voucher_amount": exact(trips.paid, 2, 2),
        "driver_amount": exact(trips.fare * 8 // 10, 2, 2),
    }
    with Writer(out, "trips") as writer:
        writer.add({field.name: known.get(field.name, pa.nulls(n, field.type)) for field in schema("trips")})
