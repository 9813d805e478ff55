"""A platform's own files of three months: decisions, holds, accounts, stops of work and appeals, with their truth.

`truth.parquet` has the columns that `guiju.twin.groupbuy` names. The subject is the platform; `object` and `strength`
are by check:

    holds_beyond_dispute        the party; yuan held beyond what was in dispute, or kept too long
    accounts_driven_below_zero  the party; yuan taken that were not there (0: work was stopped for a claim)
    unanswered_appeals          the agency ('': none); appeals
    holds_without_reasons       the agency ('': none, or not known); decisions, and holds on none
    mass_flags_one_cause        the agency and its campaign; points by which its trips were flagged more often

Of the first four the truth is counted from the rows that are written, by each rule's definition with the numbers that
the rulebook has (`guiju.twin.desk.settling`); `starts_at` and `ends_at` are the first and the last moment of it. Nights
of mass flags are as planned, from the first to the last day of the records. Patterns are named where they are planned:
`guiju.twin.desk`: planting, hearing, massing. Everybody else's flags, and there are many, are as they should be.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from guiju.twin.desk import hearing, massing, planting
from guiju.twin.desk.driving import LARGE, Agency, agencies, drive, regions_of, write_trips
from guiju.twin.desk.files import Files, Row, account_rows, pay_of
from guiju.twin.desk.honest import work
from guiju.twin.desk.planting import Plans
from guiju.twin.desk.settling import settle
from guiju.twin.fleet import PLATFORM
from guiju.twin.market import DAY, Clock
from guiju.twin.tables import write_rows, write_truth

LEAST_DRIVERS = 1_500
DAYS = 92


def generate(
    out: Path,
    drivers: int = 2_000,
    seed: int = 7,
    *,
    plants: bool = True,
    end: date = date(2025, 12, 31),
    progress: Callable[[str, float], None] | None = None,
) -> None:
    """Write the platform's files and `truth.parquet` into `out`.

    The files are a function of the arguments alone, byte for byte on one lock. `end` is the last local day of 92.
    Without `plants` nothing is done wrongly; every look-alike remains. Raises ValueError below 1,500 drivers.
    """
    if drivers < LEAST_DRIVERS:
        raise ValueError(f"a twin of holds needs {LEAST_DRIVERS:,} drivers at least: {drivers:,}")
    tell = progress or (lambda step, done: None)
    out.mkdir(parents=True, exist_ok=True)

    def dice(step: int) -> np.random.Generator:
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, step])))

    tell("trips", 0.0)
    clock, of = Clock.ending(end, DAYS), agencies(drivers)
    nights = massing.plan(of, not plants, DAYS, dice(0))
    trips = drive(of, drivers, clock, dice(1))
    tell("decisions", 0.3)
    whose: list[Agency | None] = [None] * drivers
    for agency in of:
        whose[agency.drivers.start : agency.drivers.stop] = [agency] * len(agency.drivers)
    files = Files(clock, trips, whose, regions_of(of, drivers), dice(2))
    plans = plan(files, of, set(nights), drivers, dice(3), plants)
    strength = massing.fall(plans, of, nights)
    tell("accounts", 0.6)
    entries = account_rows(files, pay_of(trips, clock, drivers, plans.cushion))
    write_trips(out, trips, of, drivers)
    made = {"decisions": files.decisions, "holds": files.holds, "hold_steps": files.steps, "appeals": files.appeals,
            "work_stops": files.stops, "account_entries": entries}  # fmt: skip
    for name, rows in made.items():
        write_rows(out, name, sorted(rows, key=lambda row: (row["occurred_at"], row["id"])))
    write_rows(out, "agencies", agency_rows(of, clock))
    write_rows(out, "campaigns", campaign_rows(of, clock))
    write_truth(out, settle(plans, entries, strength))
    tell("truth", 1.0)


def plan(
    files: Files, of: list[Agency], dark: set[str], drivers: int, rng: np.random.Generator, plants: bool
) -> Plans:  # fmt: skip
    """All plans but the nights. Of nobody two are planned; look-alikes come first, the honest flags last."""
    free = [a for a in of[1:] if a.name not in dark and len(a.drivers) >= 5]
    alone = range(of[-1].drivers.stop, drivers)
    large = [int(d) for d in rng.permutation(LARGE)]
    lone = [int(d) for d in rng.permutation(np.array(alone))]
    plans = Plans(files, iter(lone[5:] + large[: LARGE // 2]))
    planting.within_dispute(plans)
    planting.above_zero(plans)
    order = [free[int(i)] for i in rng.permutation(len(free))]
    hearing.heard(plans, order)
    hearing.reasoned(plans, order)
    if plants:
        planting.beyond_dispute(plans)
        planting.below_zero(plans)
        half = len(order) * len(hearing.UNHEARD) // (len(hearing.UNHEARD) + len(hearing.UNREASONED))
        hearing.unheard(plans, order[:half])
        hearing.unreasoned(plans, order[half:], lone[:5])
    busy = {int(name[1:]) for _, name in (*plans.planned, *plans.alike) if name.startswith("d")}
    busy |= {driver for agency in of if agency.name in dark for driver in agency.drivers}
    work(files, [driver for driver in range(drivers) if driver not in busy])
    return plans


def agency_rows(of: list[Agency], clock: Clock) -> list[Row]:
    return [
        {"platform": PLATFORM, "id": f"r{a.name}", "agency": a.name, "region": a.region, "represents": "yes",
         "valid_from": clock.start - 400 * DAY}
        for a in of
    ]  # fmt: skip


def campaign_rows(of: list[Agency], clock: Clock) -> list[Row]:
    """The platform's own, and an insurer's for each agency that has one."""
    rows: list[Row] = [{
        "platform": PLATFORM, "id": "g0", "campaign": "weekend_rides", "funder": PLATFORM, "funder_kind": "platform",
        "condition": "every_trip", "currency": "CNY", "amount": 5_00, "valid_from": clock.start - 200 * DAY,
    }]  # fmt: skip
    for agency in of:
        if agency.campaign:
            rows.append({
                "platform": PLATFORM, "id": f"g{len(rows)}", "campaign": agency.campaign, "funder": "anhe_insurance",
                "funder_kind": "insurer", "region": agency.region, "condition": "policy", "currency": "CNY",
                "amount": 60_00, "valid_from": clock.start + (agency.burst - 34) * DAY,
                "valid_to": clock.start + (agency.burst + 1) * DAY,
            })  # fmt: skip
    return rows
