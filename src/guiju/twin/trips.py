"""Designated driving and ride-hailing in six cities, with its truth: who cheats with trips, who only looks so.

`truth.parquet` has the columns that `guiju.twin.groupbuy` names, one row for each driver and pattern of which the
driver made a trip: `check` is the trigger asked of it, `object` the rider where there was but one, `starts_at` and
`ends_at` the end of its first and last trip, `strength` how many trips, counted from the trips written.
`truth_by_trip.parquet` says it of each trip:

    platform  string  where
    id        string  the trip, as in trips.id
    check     string  the trigger that is asked of it
    kind      string  violation or lookalike
    pattern   string  how it was done, as in `guiju.twin.driving`

A trip is an instance of one pattern at most. Violations: `one_friend` and `three_friends` order beside the driver they
know; `standing_still` and `small_circles` are billed for a way that was not driven; `waiting_beside` accepts and starts
at once beside the same rider; `accounts_on_one_phone` and `drivers_own_phone` spend vouchers on fares just above their
least; `meter_left_on` ends late. Drivers differ in what share of their trips it is (6 to 90 per cent of one month or
two), late ends also in how late (5 to 25 minutes, give or take a third).

Look-alikes: `school_run` (twice on every weekday, the same rider) and `school_run_booked` (with a standing booking),
`chosen_driver` (in the app, as the platform permits), `small_town` (few drivers, short trips), `positions_lost`
(tunnels and stale positions), `met_on_the_spot`, `airport_queue`, `insurers_vouchers`, `asked_to_wait` (confirmed in
the app), `sleeping_rider` (who had to be woken, which no record says).

`pings` holds the positions of every violation's trips and of every 200th other trip. Their trips' sums (`pings`,
`max_gap_s`, `displacement_m`, `stayed_s`) are counted from them; all others' are drawn as positions would have it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from guiju.twin import tracks
from guiju.twin.driving import plan, schedule
from guiju.twin.fleet import Insurer, campaigns, found
from guiju.twin.market import Clock
from guiju.twin.rides import Maker, spread_out
from guiju.twin.trip_tables import Ledger, TripWriter

LEAST_TRIPS = 5_000
LEAST_DAYS = 35
CHUNK = 250_000  # trips, about


def generate(
    out: Path,
    trips: int = 1_000_000,
    seed: int = 7,
    *,
    plants: bool = True,
    end: date = date(2025, 12, 31),
    days: int = 92,
    drivers: int | None = None,
    insurer: Insurer | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> None:
    """Write `trips` and what belongs to them, `truth.parquet` and `truth_by_trip.parquet` into `out`.

    The files are a function of the arguments alone, byte for byte on one lock. `end` is the last local day. Without
    `drivers` there is one for every 500 trips. Without `plants` nobody cheats; every look-alike remains. Raises
    ValueError below 5,000 trips or 35 days, and for drivers too few to make the trips.
    """
    if trips < LEAST_TRIPS or days < LEAST_DAYS:
        raise ValueError(f"a twin of trips needs {LEAST_TRIPS} trips and {LEAST_DAYS} days at least: {trips}, {days}")
    tell = progress or (lambda step, done: None)
    insurer = insurer or Insurer()
    out.mkdir(parents=True, exist_ok=True)

    def dice(*step: int) -> np.random.Generator:
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, *step])))

    tell("plans", 0.0)
    clock = Clock.ending(end, days)
    if insurer.days > days:
        raise ValueError(f"the insurer's campaign of {insurer.days} days is longer than the {days} days of records")
    fleet = found(trips, drivers, insurer, clock.until, dice(0))
    cheats = plan(fleet, clock, dice(1), plants, insurer)
    scheduled = schedule(cheats, clock)
    counts = spread_out(trips - len(scheduled), fleet, np.unique(scheduled[:, 0]), days, dice(2))
    maker = Maker(fleet, cheats, clock, insurer, campaigns(insurer), counts, scheduled)
    ledger = Ledger.empty(fleet)
    step = max(1, min(7, CHUNK * days // trips))
    with TripWriter(out, fleet, clock, insurer) as writer:
        written, last_end = 0, 0
        for first in range(0, days, step):
            rng = dice(3, first)
            chunk = maker.trips(first, min(days, first + step), rng)
            tracks.guess(chunk, rng)
            which = np.flatnonzero(tracks.written(chunk, written))
            writer.add(chunk, tracks.follow(chunk, which, rng), written, ledger)
            assert last_end <= int(chunk["ended"][0]), "chunks follow one another"
            written, last_end = written + chunk["ended"].size, int(chunk["ended"][-1])
            tell("trips", written / trips)
    writer.write_rest(ledger, dice(4))
    tell("records", 1.0)
