"""The twin's trips of a few days, as arrays: who drives whom when and where, what it costs, who pays.

Times are UTC seconds, distances metres, money fen. A driver's trips of one operating day (05:00 to 05:00 local)
follow one another; the way between two of them is not drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guiju.twin.driving import CODE, Cheats
from guiju.twin.fleet import (
    DESIGNATED,
    FIRST_RIDES,
    HAILING,
    INSURED,
    POLICY_RIDES,
    SMALL_TOWN,
    TOWNS,
    WEEKEND_RIDES,
    Campaign,
    Fleet,
    Insurer,
    riders_of,
)
from guiju.twin.market import Clock, Flags, Ints, Many, Reals

APP, PHONE, CHOSEN, ON_SPOT = range(4)
CHANNELS = ("app", "phone", "chosen", "on_the_spot")
SECOND, DAY_S = 1_000_000, 86_400
# When shifts begin, seconds after 00:00 local, within how long, and how long they last at most; by service.
BEGINS, LASTS = np.array([17.5, 6.0]) * 3600, np.array([11.0, 14.0]) * 3600
WITHIN = np.array([1.5, 6.5]) * 3600
MOST_A_DAY = np.array([9, 22])
MOST_BESIDE_BOOKINGS = 8
AIRPORT_KM = 21.0
AIRPORT_SHARE = 0.05
# The fare, fen: to begin with, of each kilometre beyond the first ones, of each minute; by service.
BASE, FREE_KM, A_KM, A_MINUTE = np.array([2500, 1000]), np.array([5.0, 0.0]), np.array([400, 220]), np.array([100, 60])
DRIVER_PCT = 80  # the platform keeps the rest as its information fee
Chunk = dict[str, Many]


@dataclass
class Maker:
    """Makes chunks of the trips that are `counts` (drivers x days)."""

    fleet: Fleet
    cheats: Cheats
    clock: Clock
    insurer: Insurer
    campaigns: tuple[Campaign, ...]
    counts: Ints
    scheduled: Ints  # rows (driver, day, rider, minute)

    def trips(self, first: int, last: int, rng: np.random.Generator) -> Chunk:
        """Those of the operating days from `first` to before `last`, in the order of their ends."""
        c = self._whose(first, last, rng)
        self._riders(c, rng)
        self._places(c, rng)
        self._durations(c, rng)
        self._times(c, rng)
        self._money(c, rng)
        order = np.argsort(c["ended"], kind="stable")
        return {name: values[order] for name, values in c.items()}

    def _whose(self, first: int, last: int, rng: np.random.Generator) -> Chunk:
        """Driver, day and what each trip is an instance of."""
        fleet, cheats = self.fleet, self.cheats
        counts = self.counts[:, first:last].ravel()
        cell = np.repeat(np.arange(counts.size), counts)
        driver, day = cell // (last - first), cell % (last - first) + first
        fixed = self.scheduled[(self.scheduled[:, 1] >= first) & (self.scheduled[:, 1] < last)]
        c: Chunk = {
            "driver": np.concatenate([driver, fixed[:, 0]]),
            "day": np.concatenate([day, fixed[:, 1]]),
            "minute": np.concatenate([np.full(driver.size, -1), fixed[:, 3]]),
            "rider": np.concatenate([np.zeros(driver.size, np.int64), fixed[:, 2]]),
        }
        driver, day = c["driver"], c["day"]
        c["town"], c["service"] = fleet.town[driver], fleet.service[driver]
        plan = cheats.pattern[driver]
        inside = (cheats.since[driver] <= day) & (day <= cheats.until[driver])
        c["pattern"] = np.where(inside & (rng.random(driver.size) < cheats.share[driver]), plan, 0)
        c["pattern"] = np.where(c["minute"] >= 0, plan, c["pattern"])
        self._innocent(c, rng)
        return c

    def _innocent(self, c: Chunk, rng: np.random.Generator) -> None:
        """What happens to anybody, and looks like something else."""
        n, free = c["driver"].size, c["pattern"] == 0
        draw, night = rng.random(n), c["service"] == DESIGNATED

        def put(name: str, where: Flags) -> None:
            c["pattern"] = np.where(where & (c["pattern"] == 0), CODE[name], c["pattern"])

        put("asked_to_wait", draw < 0.01)
        put("sleeping_rider", night & (draw > 0.999))
        put("positions_lost", (draw > 0.5) & (draw < 0.505))
        put("met_on_the_spot", night & (draw > 0.6) & (draw < 0.63))
        airport = np.array([town.airport for town in TOWNS])[c["town"]] & ~night
        put("airport_queue", airport & (draw > 0.7) & (draw < 0.7 + AIRPORT_SHARE))
        since = self.clock.days - self.insurer.days
        insured = (self.fleet.agency[c["driver"]] == self.fleet.insured_agency) & (c["day"] >= since)
        put("insurers_vouchers", insured & (rng.random(n) * 100 < self.insurer.share_pct))
        put("small_town", free & (c["town"] == SMALL_TOWN))

    def _riders(self, c: Chunk, rng: np.random.Generator) -> None:
        """Riders and their phones: numbers from 0 are riders' own, those below are drivers'."""
        cheats, driver, pattern = self.cheats, c["driver"], c["pattern"]
        anyone = riders_of(self.fleet, c["town"], rng)
        friend = cheats.partner[driver] + (rng.random(driver.size) * cheats.partners[driver]).astype(np.int64)
        with_friend = is_any(
            pattern, "one_friend", "three_friends", "waiting_beside", "accounts_on_one_phone", "drivers_own_phone",
            "chosen_driver",
        )  # fmt: skip
        c["rider"] = np.where(c["minute"] >= 0, c["rider"], np.where(with_friend, friend, anyone))
        household = (c["rider"] % 40 < 2) & (c["rider"] < self.fleet.riders)
        phone = np.where(household, c["rider"] // 2 * 2, c["rider"])
        phone = np.where(is_any(pattern, "accounts_on_one_phone"), cheats.partner[driver], phone)
        c["phone"] = np.where(is_any(pattern, "drivers_own_phone"), -1 - driver, phone)

    def _places(self, c: Chunk, rng: np.random.Generator) -> None:
        """Where trips begin and end, kilometres from the town's centre, and what distance is billed."""
        n, pattern = c["driver"].size, c["pattern"]
        radius = np.array([town.radius_km for town in TOWNS])[c["town"]]
        known = np.minimum(c["rider"], self.fleet.riders - 1)
        at_home = (rng.random(n) < 0.5) & (c["rider"] < self.fleet.riders)
        spread = np.where(at_home, 0.25, radius / 3)[:, None]
        begin = np.where(at_home[:, None], self.fleet.home_km[known], 0.0) + rng.standard_normal((n, 2)) * spread
        school = c["minute"] >= 0  # from a home of its own in the morning, from the school in the afternoon
        own = np.column_stack([np.cos(c["rider"] * 2.4), np.sin(c["rider"] * 2.4)]) * (radius / 2)[:, None]
        home = np.where((c["minute"] < 720)[:, None], own, own + 2.0) + rng.standard_normal((n, 2)) * 0.03
        begin = np.where(school[:, None], home, begin)
        queue = is_any(pattern, "airport_queue")[:, None]
        begin = np.where(queue, np.array([AIRPORT_KM, 0.0]) + rng.standard_normal((n, 2)) * 0.05, begin)
        far = np.exp(rng.standard_normal(n) * 0.55) * np.where(c["town"] == SMALL_TOWN, 0.75, 5.5)
        far = np.clip(far, 0.2, 45.0)
        far = np.where(queue[:, 0], AIRPORT_KM * rng.uniform(0.7, 1.2, n), far)
        far = np.where(is_any(pattern, "accounts_on_one_phone", "drivers_own_phone"), rng.uniform(0.9, 2.4, n), far)
        far = np.where(school, 2.8, far)
        c["billed"] = np.round(far * rng.uniform(1.15, 1.5, n) * 1000).astype(np.int64)
        still = is_any(pattern, "standing_still", "small_circles")
        far = np.where(still, np.where(pattern == CODE["small_circles"], rng.uniform(0.08, 0.27, n), 0.01), far)
        angle = np.where(queue[:, 0], np.pi, rng.random(n) * 2 * np.pi)
        angle = np.where(school, np.where(c["minute"] < 720, 0.25 * np.pi, 1.25 * np.pi), angle)
        c["begin"], c["far"] = begin, far
        c["end"] = begin + np.column_stack([np.cos(angle), np.sin(angle)]) * far[:, None]
        near = rng.uniform(0.005, 0.045, n)
        away = np.clip(np.exp(rng.standard_normal(n) * 0.7) * 0.9, 0.06, 6.0)
        beside = is_any(pattern, "waiting_beside", "airport_queue", "met_on_the_spot", "standing_still")
        away = np.where(is_any(pattern, "one_friend", "three_friends"), rng.uniform(0.02, 0.4, n), away)
        c["away"] = np.where(beside, near, away)
        angle = rng.random(n) * 2 * np.pi
        c["accepted_from"] = begin + np.column_stack([np.cos(angle), np.sin(angle)]) * c["away"][:, None]

    def _durations(self, c: Chunk, rng: np.random.Generator) -> None:
        n, pattern = c["driver"].size, c["pattern"]
        pace = rng.uniform(22.0, 40.0, n) / 3.6
        c["drive"] = np.round(c["billed"] / pace).astype(np.int64) + 45
        c["expected"] = np.round(c["drive"] * np.exp(rng.standard_normal(n) * 0.12)).astype(np.int64) + 30
        c["parked"] = np.minimum(20 + rng.exponential(35.0, n), 240.0).astype(np.int64)
        c["waited"] = np.where(is_any(pattern, "asked_to_wait"), rng.integers(300, 1500, n), 0)
        lingers = self.cheats.dwell_s[c["driver"]] * rng.uniform(0.7, 1.3, n)
        idle = np.where(is_any(pattern, "meter_left_on"), lingers, 0.0)
        idle = np.where(is_any(pattern, "sleeping_rider"), rng.uniform(480, 1300, n), idle).astype(np.int64)
        c["stay"] = c["parked"] + c["waited"] + idle
        c["duration"] = c["drive"] + c["stay"]
        c["approach"] = np.round(c["away"] * 1000 / 6.0).astype(np.int64) + 25 + rng.integers(0, 60, n)
        quick = is_any(pattern, "waiting_beside", "airport_queue", "standing_still")
        quick |= is_any(pattern, "met_on_the_spot") & (rng.random(n) < 0.7)
        c["approach"] = np.where(quick, rng.integers(4, 29, n), c["approach"])
        c["response"] = rng.integers(3, 40, n)

    def _times(self, c: Chunk, rng: np.random.Generator) -> None:
        """One after another within the shift; those of a standing booking at their minute."""
        n = int((c["minute"] < 0).sum())
        service = c["service"][:n]
        scheduled = np.isin(c["driver"][:n], self.scheduled[:, 0])
        lasts = np.where(scheduled, 7 * 3600, LASTS[service])
        begins = np.where(scheduled, 8.6 * 3600, BEGINS[service] + rng.random(n) * WITHIN[service])
        key = c["driver"][:n] * 4096 + c["day"][:n]
        starts = np.flatnonzero(np.diff(key, prepend=-1))
        group = np.repeat(np.arange(starts.size), np.diff(np.append(starts, n)))
        busy = c["approach"][:n] + c["duration"][:n] + 60
        idle = rng.exponential(np.where(service == DESIGNATED, 2700.0, 1900.0))

        def of_group(values: Reals) -> Reals:
            return np.add.reduceat(values, starts) if n else values

        left = np.maximum(lasts[starts] - of_group(busy.astype(np.float64)), 0.0)
        scale = np.minimum(1.0, left / np.maximum(of_group(idle), 1.0))
        spent = np.cumsum(idle * scale[group] + busy)
        spent -= (spent[starts] - (idle * scale[group] + busy)[starts])[group]
        midnight = self.clock.start // SECOND + c["day"] * DAY_S
        start = np.zeros(c["driver"].size, np.int64)
        start[:n] = midnight[:n] + (begins[starts][group] + spent).astype(np.int64) - c["duration"][:n]
        start[n:] = midnight[n:] + c["minute"][n:] * 60 + rng.integers(-300, 300, start.size - n)
        c["started"], c["ended"] = start, start + c["duration"]
        c["accepted"] = start - c["approach"]
        c["ordered"] = np.where(c["minute"] >= 0, start - rng.integers(20_000, 40_000, start.size),
                                c["accepted"] - c["response"])  # fmt: skip

    def _money(self, c: Chunk, rng: np.random.Generator) -> None:
        """Fares, and the vouchers that pay for them."""
        n, pattern, service = c["driver"].size, c["pattern"], c["service"]
        km = np.maximum(c["billed"] / 1000 - FREE_KM[service], 0.0)
        by_distance = BASE[service] + A_KM[service] * km

        def fare(seconds: Ints) -> Ints:
            return np.asarray(np.round((by_distance + A_MINUTE[service] * seconds / 60) / 10) * 10, np.int64)

        c["quoted"], c["fare"] = fare(c["expected"] + 60), fare(c["duration"])
        rigged = is_any(pattern, "accounts_on_one_phone", "drivers_own_phone")
        just_above = 2000 + rng.integers(0, 15, n) * 10
        c["fare"] = np.where(rigged, just_above, c["fare"])
        c["quoted"] = np.where(rigged, just_above, c["quoted"])
        draw, code = rng.random(n), np.zeros(n, np.int64)
        code = np.where(draw < 0.03, FIRST_RIDES, code)
        code = np.where((draw > 0.9) & ((self.clock.first.weekday() + c["day"]) % 7 >= 5), WEEKEND_RIDES, code)
        suzhou = TOWNS[2].region
        code = np.where((np.array([t.region == suzhou for t in TOWNS])[c["town"]]) & (draw > 0.4) & (draw < 0.52),
                        POLICY_RIDES, code)  # fmt: skip
        within = self.fleet.agency[c["driver"]] == self.fleet.insured_agency
        insured = is_any(pattern, "insurers_vouchers") | (rigged & within)
        code = np.where(insured, INSURED, np.where(rigged, FIRST_RIDES, code))
        least, most = (np.array([getattr(k, of) for k in self.campaigns])[code] for of in ("min_fare", "amount"))
        c["campaign"] = np.where(c["fare"] >= least, code, 0)
        c["paid"] = np.where(c["campaign"] > 0, np.minimum(most, c["fare"]), 0)
        c["driver_amount"] = c["fare"] * DRIVER_PCT // 100
        channel = np.where((service == HAILING) | (draw < 0.85), APP, PHONE)
        channel = np.where(is_any(pattern, "met_on_the_spot", "standing_still", "small_circles"), ON_SPOT, channel)
        c["channel"] = np.where(is_any(pattern, "chosen_driver"), CHOSEN, np.where(rigged, APP, channel))


def is_any(pattern: Ints, *names: str) -> Flags:
    """Which trips are instances of one of these patterns."""
    wanted = np.zeros(len(CODE), bool)
    wanted[[CODE[name] for name in names]] = True
    return np.asarray(wanted[pattern])


def spread_out(trips: int, fleet: Fleet, booked: Ints, days: int, rng: np.random.Generator) -> Ints:
    """How many trips each driver makes on each operating day, `trips` in all; `booked` drive standing bookings besides.

    Raises ValueError where so few drivers cannot make so many trips.
    """
    most = np.repeat(MOST_A_DAY[fleet.service][:, None], days, axis=1)
    most[booked] = MOST_BESIDE_BOOKINGS
    weight = fleet.intensity[:, None] * rng.gamma(4.0, 0.25, days)[None, :] ** 0.3
    weight = weight * (rng.random((fleet.drivers, days)) < 0.8)
    counts = np.zeros((fleet.drivers, days), np.int64)
    for _ in range(60):
        room = weight * (counts < most)
        missing = trips - int(counts.sum())
        if not missing or not room.any():
            break
        drawn = rng.multinomial(missing, (room / room.sum()).ravel()).reshape(counts.shape)
        counts = np.minimum(counts + drawn, most)
    if counts.sum() < trips:
        raise ValueError(
            f"{fleet.drivers} drivers cannot make {trips} trips in {days} days: ask for more drivers or days"
        )
    return counts
