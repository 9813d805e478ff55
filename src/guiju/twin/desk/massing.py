"""Nights in which many drivers of one agency are flagged: for one campaign of theirs, or for what they did."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from guiju.twin.desk.driving import MINUTE, Agency
from guiju.twin.desk.files import Files, Row
from guiju.twin.desk.honest import ended
from guiju.twin.desk.planting import LARGE_CUSHION, MASS, Plans
from guiju.twin.market import DAY, HOUR

BACK_DAYS = 31  # trips so far back are flagged
ELSEWHERE = 0.004  # share of trips flagged without the campaign


class Night(NamedTuple):
    """Of an agency of so many drivers, the share whose campaign's trips are flagged, and of those trips what share."""

    pattern: str
    size: int
    drivers: float
    trips: float
    wrong: bool


NIGHTS = (
    Night("flagged_for_a_campaign", 25, 0.95, 0.5, True),
    Night("flagged_for_a_campaign", 25, 0.7, 0.3, True),
    Night("flagged_for_a_campaign", 20, 0.9, 0.4, True),
    Night("flagged_for_a_campaign", 20, 0.6, 0.2, True),
    Night("flagged_for_a_campaign", 40, 0.8, 0.3, True),
    Night("flagged_for_a_campaign", 40, 0.5, 0.15, True),
    Night("flagged_for_a_campaign", 10, 0.9, 0.5, True),
    Night("flagged_for_a_campaign", 6, 1.0, 0.6, True),
    Night("cheats_in_a_campaign", 25, 0.12, 0.8, False),
    Night("flagged_whatever_they_drove", 25, 0.9, 0.3, False),
    Night("taken_back_as_one_case", 25, 0.9, 0.4, False),
    Night("over_the_whole_month", 40, 0.5, 0.05, False),
)


def plan(of: list[Agency], honest: bool, days: int, rng: np.random.Generator) -> dict[str, Night]:
    """Which agency has which night; its burst is laid into the last complete month but a week, its campaign before."""
    free = [agency for agency in of[1:] if len(agency.drivers) in {night.size for night in NIGHTS}]
    nights: dict[str, Night] = {}
    for night in NIGHTS:
        its = next((a for a in free if len(a.drivers) == night.size and a.name not in nights), None)
        if its is None:
            continue
        its.burst, its.campaign, its.share = days - int(rng.integers(9, 20)), f"policy_{its.name}", 0.5
        if not (honest and night.wrong):
            nights[its.name] = night
    return nights


def fall(plans: Plans, of: list[Agency], nights: dict[str, Night]) -> dict[str, float]:
    """Decide and hold; returns of each planned agency by how many points more of the campaign's trips were flagged."""
    files, strength = plans.files, dict[str, float]()
    for agency in of:
        night = nights.get(agency.name)
        if night is None:
            continue
        (plans.planned if night.wrong else plans.alike)[MASS, agency.name] = night.pattern
        flagged, campaign, seen = _flagged(files, agency, night)
        for trip in flagged:
            _decide(plans, agency, night, int(trip))
        marked = np.isin(seen, flagged)
        strength[agency.name] = 100 * (float(marked[campaign].mean()) - float(marked[~campaign].mean()))
    return strength


def _flagged(files: Files, agency: Agency, night: Night) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The trips flagged; of all its drivers' trips of the month before, whether they were the campaign's; these."""
    trips, rng = files.trips, files.rng
    at = files.clock.start + agency.burst * DAY
    seen = np.flatnonzero(
        (trips.driver >= agency.drivers.start) & (trips.driver < agency.drivers.stop)
        & (trips.ended < at) & (trips.ended >= at - BACK_DAYS * DAY)
    )  # fmt: skip
    campaign = np.array([trips.names[c] == agency.campaign for c in trips.campaign[seen]], bool)
    many = round(night.drivers * len(agency.drivers))
    drivers = rng.choice(np.array(agency.drivers), max(many, 1), replace=False)
    theirs = np.isin(trips.driver[seen], drivers)
    within = theirs if night.pattern == "flagged_whatever_they_drove" else theirs & campaign
    drawn = rng.random(seen.size) < np.where(within, night.trips, np.where(theirs, ELSEWHERE, 0.0))
    for driver in drivers:  # each has one at least
        its = np.flatnonzero(within & (trips.driver[seen] == driver))
        if its.size and not drawn[its].any():
            drawn[its[0]] = True
    return seen[drawn], campaign, seen


def _decide(plans: Plans, agency: Agency, night: Night, trip: int) -> None:
    """A hold of what the voucher paid, properly told; it ends by itself."""
    files = plans.files
    driver = int(files.trips.driver[trip])
    plans.cushion[driver] = LARGE_CUSHION
    at = files.clock.start + agency.burst * DAY + 2 * HOUR + int(files.rng.integers(0, 20 * 60)) * MINUTE
    if night.pattern == "over_the_whole_month":
        at -= int(files.rng.integers(0, 20)) * DAY
        at = max(at, int(files.trips.ended[trip]) + HOUR)
    decision: Row = files.decide(driver, at, trip=trip)
    disputed = max(int(files.trips.paid[trip]), 10_00)
    hold = files.hold(driver, decision, at, disputed, disputed)
    if night.pattern == "taken_back_as_one_case":
        decision["group_case"], decision["undone_at"] = f"g-{agency.name}", at + 30 * HOUR
        files.step(driver, hold, at + 31 * HOUR, "released", disputed)
    else:
        ended(files, driver, hold, captured=False)
