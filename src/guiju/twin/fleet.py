"""Who drives and who rides in the twin of trips: cities, agencies, drivers, riders; and the campaigns that pay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from guiju.twin.market import DAY, Ints, Reals, Small

PLATFORM = "yexing"  # invented
KM_A_DEGREE = 111.195  # of latitude
DESIGNATED, HAILING = 0, 1
SERVICES = ("designated_driving", "ride_hailing")
RIDERS_A_TRIP = 1 / 12
TRIPS_A_DRIVER = 500
LEAST_DRIVERS = 240


class Town(NamedTuple):
    """A city: of all drivers its `share`, its agencies, whether it has an airport with a queue of taxis."""

    region: str
    latitude: float
    longitude: float
    radius_km: float
    share: float
    agencies: int
    airport: bool


TOWNS = (
    Town("330100", 30.25, 120.17, 14.0, 0.38, 4, True),
    Town("310100", 31.23, 121.47, 18.0, 0.30, 4, True),
    Town("320500", 31.30, 120.62, 11.0, 0.18, 3, False),
    Town("330481", 30.51, 120.68, 5.0, 0.07, 2, False),
    Town("330483", 30.63, 120.55, 5.0, 0.05, 1, False),
    Town("330122", 29.79, 119.69, 1.2, 0.02, 1, False),  # everything is near, and few drive
)
SMALL_TOWN = 5


class Campaign(NamedTuple):
    """What pays for rides: who funds it, what a voucher pays (fen) from which fare on, where; '' is everywhere."""

    name: str
    funder: str
    funder_kind: str
    condition: str
    amount: int
    min_fare: int
    region: str


@dataclass(frozen=True)
class Insurer:
    """An insurer's campaign: who buys a policy is given driving vouchers.

    It runs in `region` for the last `days` of the records; `drivers` of one agency there meet most of its customers:
    `share_pct` of their rides are paid by it. If `told` is not set, risk control learns of it only afterwards. `cheats`
    of these drivers take its vouchers from accounts of their own on one phone.
    """

    region: str = "330481"
    drivers: int = 25
    days: int = 31
    share_pct: int = 60
    told: bool = True
    cheats: int = 0


@dataclass
class Fleet:
    """Drivers are numbered through all cities, riders city by city; accomplices come after all other riders."""

    town: Ints  # of each driver
    agency: Ints  # likewise; -1: none
    service: Ints
    intensity: Reals
    joined: Ints
    first_rider: Ints  # of each town, and one more
    home_km: Reals  # of each rider: east and north of the town's centre
    agencies: list[str]
    agency_town: list[int]
    accomplices: int

    @property
    def drivers(self) -> int:
        return self.town.size

    @property
    def riders(self) -> int:
        return int(self.first_rider[-1])

    @property
    def insured_agency(self) -> int:
        """The agency whose drivers meet the insurer's customers."""
        return len(self.agencies) - 1


def found(trips: int, drivers: int | None, insurer: Insurer, until: int, rng: np.random.Generator) -> Fleet:
    """Draw the fleet. Raises ValueError where the insurer's region is no city of the twin, or takes all drivers."""
    regions = [town.region for town in TOWNS]
    if insurer.region not in regions:
        raise ValueError(f"the insurer's region is one of {', '.join(regions)}, not {insurer.region}")
    many = drivers or max(LEAST_DRIVERS, trips // TRIPS_A_DRIVER)
    rest = many - insurer.drivers
    if rest < 20 * len(TOWNS):
        raise ValueError(f"{many} drivers are too few: {insurer.drivers + 20 * len(TOWNS)} at least")
    share = np.array([town.share for town in TOWNS])
    town = np.sort(rng.choice(len(TOWNS), rest, p=share))
    town[: 4 * len(TOWNS)] = np.repeat(np.arange(len(TOWNS)), 4)  # nowhere fewer than four
    town = np.concatenate([np.sort(town), np.full(insurer.drivers, regions.index(insurer.region))])
    service = (rng.random(many) < 0.55).astype(np.int64)
    service[rest:] = DESIGNATED
    agencies = [f"a{t}{n}" for t, at in enumerate(TOWNS) for n in range(at.agencies)]
    agency_town = [t for t, at in enumerate(TOWNS) for _ in range(at.agencies)]
    first = np.searchsorted(agency_town, np.arange(len(TOWNS)))
    of_town = np.array([at.agencies for at in TOWNS])[town]
    agency = first[town] + (rng.random(many) * of_town).astype(np.int64)
    agency[rng.random(many) < np.where(service == HAILING, 0.6, 0.15)] = -1
    agencies.append("a90")
    agency_town.append(regions.index(insurer.region))
    agency[rest:] = len(agencies) - 1
    riders = np.maximum(60, np.bincount(town, minlength=len(TOWNS)) * trips * RIDERS_A_TRIP / many).astype(np.int64)
    first_rider = np.concatenate([[0], np.cumsum(riders)])
    radius = np.repeat([at.radius_km for at in TOWNS], riders)
    distance, angle = radius * np.sqrt(rng.random(radius.size)), rng.random(radius.size) * 2 * np.pi
    return Fleet(
        town=town, agency=agency, service=service,
        intensity=np.where(service == HAILING, 1.3, 0.7) * rng.uniform(0.5, 1.5, many),
        joined=until - rng.integers(100, 900, many) * DAY,
        first_rider=first_rider, home_km=np.column_stack([distance * np.cos(angle), distance * np.sin(angle)]),
        agencies=agencies, agency_town=agency_town, accomplices=0,
    )  # fmt: skip


def campaigns(insurer: Insurer) -> tuple[Campaign, ...]:
    """By their code; code 0 is no campaign."""
    return (
        Campaign("", "", "", "", 0, 0, ""),
        Campaign("first_rides", PLATFORM, "platform", "registration", 1500, 2000, ""),
        Campaign("weekend_rides", PLATFORM, "platform", "every_trip", 500, 2500, ""),
        Campaign("drive_home_insured", "anhe_insurance", "insurer", "policy", 6000, 0, insurer.region),
        Campaign("policy_rides", "hengtai_insurance", "insurer", "policy", 3000, 0, "320500"),
    )


FIRST_RIDES, WEEKEND_RIDES, INSURED, POLICY_RIDES = 1, 2, 3, 4


def riders_of(fleet: Fleet, town: Ints, rng: np.random.Generator) -> Ints:
    """A rider for each trip in its town; some ride much more often than others."""
    first = fleet.first_rider[town]
    many = fleet.first_rider[town + 1] - first
    return first + (many * rng.random(town.size) ** 1.3).astype(np.int64)


def degrees(town: Ints, km: Reals) -> tuple[Small, Small]:
    """Kilometres east and north of a town's centre as millionths of a degree of latitude and longitude."""
    latitude = np.array([at.latitude for at in TOWNS])[town]
    longitude = np.array([at.longitude for at in TOWNS])[town]
    wide = KM_A_DEGREE * np.cos(np.radians(latitude))
    north = np.round((latitude + km[:, 1] / KM_A_DEGREE) * 1e6).astype(np.int32)
    return north, np.round((longitude + km[:, 0] / wide) * 1e6).astype(np.int32)
