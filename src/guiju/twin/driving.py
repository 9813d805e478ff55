"""Who cheats with trips, who only looks so: a plan for each such driver, over a range of strengths."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from guiju.twin.fleet import DESIGNATED, HAILING, SMALL_TOWN, Fleet, Insurer
from guiju.twin.market import Clock, Ints, Reals
from guiju.twin.plans import grade


class Pattern(NamedTuple):
    """How it is done: the trigger and the rule that are asked of it, and whether it breaks the rule."""

    name: str
    check: str
    rule: str
    kind: str


DIRECTED = ("directed_orders", "no_directed_orders")
ON_SPOT = ("trips_reported_on_the_spot", "no_trips_reported_on_the_spot")
NO_APPROACH = ("trips_without_approach", "no_trips_without_approach")
ARBITRAGE = ("voucher_arbitrage", "no_voucher_arbitrage")
LATE_END = ("late_ends", "no_late_ends")
PATTERNS = (
    Pattern("", "", "", ""),
    Pattern("one_friend", *DIRECTED, "violation"),
    Pattern("three_friends", *DIRECTED, "violation"),
    Pattern("standing_still", *ON_SPOT, "violation"),
    Pattern("small_circles", *ON_SPOT, "violation"),
    Pattern("waiting_beside", *NO_APPROACH, "violation"),
    Pattern("accounts_on_one_phone", *ARBITRAGE, "violation"),
    Pattern("drivers_own_phone", *ARBITRAGE, "violation"),
    Pattern("meter_left_on", *LATE_END, "violation"),
    Pattern("school_run_booked", *DIRECTED, "lookalike"),
    Pattern("school_run", *DIRECTED, "lookalike"),
    Pattern("chosen_driver", *DIRECTED, "lookalike"),
    Pattern("small_town", *DIRECTED, "lookalike"),
    Pattern("positions_lost", *ON_SPOT, "lookalike"),
    Pattern("met_on_the_spot", *NO_APPROACH, "lookalike"),
    Pattern("airport_queue", *NO_APPROACH, "lookalike"),
    Pattern("insurers_vouchers", *ARBITRAGE, "lookalike"),
    Pattern("asked_to_wait", *LATE_END, "lookalike"),
    Pattern("sleeping_rider", *LATE_END, "lookalike"),
)
CODE = {pattern.name: code for code, pattern in enumerate(PATTERNS)}
VIOLATIONS = tuple(p.name for p in PATTERNS if p.kind == "violation")
PARTNERS = {"three_friends": 3, "accounts_on_one_phone": 8, "drivers_own_phone": 4}
PLANNED_A_PATTERN = 1 / 100  # of all drivers
LEAST_PLANNED = 6


@dataclass
class Cheats:
    """By driver: what is planned (a code of `PATTERNS`, 0: nothing), the span, the share of trips, with whom."""

    pattern: Ints
    since: Ints  # operating days, both inclusive
    until: Ints
    share: Reals
    partner: Ints  # the first of `partners` riders with consecutive numbers
    partners: Ints
    dwell_s: Ints
    scheduled: list[tuple[int, int, int, int]] = field(default_factory=list)  # driver, rider, minutes of two runs

    @classmethod
    def none(cls, drivers: int) -> Cheats:
        def zeros() -> Ints:
            return np.zeros(drivers, np.int64)

        return cls(zeros(), zeros(), zeros() - 1, np.zeros(drivers), zeros(), zeros(), zeros())


def plan(fleet: Fleet, clock: Clock, rng: np.random.Generator, plants: bool, insurer: Insurer) -> Cheats:
    """Draw all plans; without plants who would cheat drives on honestly, and the look-alikes stay as they are."""
    cheats = Cheats.none(fleet.drivers)
    eligible = np.flatnonzero((fleet.agency != fleet.insured_agency) & (fleet.town != SMALL_TOWN))
    free = {s: list(rng.permutation(eligible[fleet.service[eligible] == s])) for s in (DESIGNATED, HAILING)}
    many = max(LEAST_PLANNED, round(fleet.drivers * PLANNED_A_PATTERN))
    accomplice = fleet.riders
    for name in (*VIOLATIONS, "chosen_driver"):
        for i in range(many):
            service = HAILING if i % 3 == 2 else DESIGNATED
            driver, draw = int(free[service].pop()), rng.random()
            span = int(min(clock.days, 30 + draw * 45))
            since = int(rng.integers(0, clock.days - span + 1))
            partners = PARTNERS.get(name, 1)
            first, accomplice = accomplice, accomplice + partners
            if name in VIOLATIONS and not plants:
                continue
            cheats.pattern[driver], cheats.since[driver], cheats.until[driver] = CODE[name], since, since + span - 1
            cheats.share[driver] = grade(i * 5 % many, many, 0.06, 0.9)
            cheats.dwell_s[driver] = int(grade(i * 7 % many, many, 300, 1500))
            cheats.partners[driver], cheats.partner[driver] = partners, first
    for i in range(many):
        driver, morning = int(free[HAILING].pop()), int(rng.integers(415, 450))
        cheats.scheduled.append((driver, accomplice, morning, int(rng.integers(965, 1000))))
        cheats.pattern[driver] = CODE["school_run_booked" if i % 2 else "school_run"]
        accomplice += 1
    if plants:
        accomplice = _hide(cheats, fleet, clock, insurer, accomplice)
    fleet.accomplices = accomplice - fleet.riders
    return cheats


def _hide(cheats: Cheats, fleet: Fleet, clock: Clock, insurer: Insurer, accomplice: int) -> int:
    """Drivers who cheat with the insurer's own vouchers, among colleagues who do not; the next accomplice's number."""
    for driver in np.flatnonzero(fleet.agency == fleet.insured_agency)[: insurer.cheats]:
        partners = PARTNERS["accounts_on_one_phone"]
        cheats.pattern[driver] = CODE["accounts_on_one_phone"]
        cheats.since[driver], cheats.until[driver] = clock.days - insurer.days, clock.days - 1
        cheats.share[driver], cheats.partner[driver], cheats.partners[driver] = 0.6, accomplice, partners
        accomplice += partners
    return accomplice


def schedule(cheats: Cheats, clock: Clock) -> Ints:
    """Rows (driver, day, rider, minute of the local day): two runs on every weekday."""
    weekdays = [day for day in range(clock.days) if (clock.first.weekday() + day) % 7 < 5]
    rows = [
        (driver, day, rider, minute)
        for driver, rider, morning, afternoon in cheats.scheduled
        for day in weekdays
        for minute in (morning, afternoon)
    ]
    return np.array(rows, np.int64).reshape(-1, 4)
