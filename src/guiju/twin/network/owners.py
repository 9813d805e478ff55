"""Who is in the network: regions, owners small and large, their stores, and what each store's customers like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guiju.twin.market import DAY, Clock, Flags, Ints, Reals

PLATFORM = "xiangdian"  # invented
CHANNELS = ("mini_programme", "app", "community")
CHANNEL_SHARE = (0.7, 0.2, 0.1)
PROVINCES = (  # GB/T 2260, and how many people live there, in millions, about
    ("11", 22), ("12", 14), ("13", 75), ("14", 35), ("15", 24), ("21", 43), ("22", 24), ("23", 32), ("31", 25),
    ("32", 85), ("33", 65), ("34", 61), ("35", 42), ("36", 45), ("37", 102), ("41", 99), ("42", 58), ("43", 66),
    ("44", 126), ("45", 50), ("46", 10), ("50", 32), ("51", 84), ("52", 39), ("53", 47), ("54", 4), ("61", 40),
    ("62", 25), ("63", 6), ("64", 7), ("65", 26),
)  # fmt: skip
CITIES_OF = 3  # cities of each province in which stores are: 3301, 3302, 3303
TASTES = 6
LARGE_SHARE = 0.05  # of owners
SMALL_A_DAY, LARGE_A_DAY = 0.02, 0.3  # orders of a store a day: means
NEW_SHARE, NEW_DAYS = 0.1, 14


@dataclass(frozen=True)
class Network:
    """Stores as arrays; `activity` is the true number of orders a store has a day of the goods that are not new."""

    clock: Clock
    owner: Ints
    large: Flags  # of a store: whether its owner is large
    province: Ints
    city: Ints
    channel: Ints
    taste: Ints
    activity: Reals
    opened: Ints
    listings: Ints  # how many goods it can show at once

    @property
    def size(self) -> int:
        return len(self.owner)

    @property
    def days(self) -> Reals:
        """For how many days of the records each store was open."""
        return np.minimum(self.clock.days, (self.clock.until - self.opened) / DAY)


def settle(stores: int, clock: Clock, rng: np.random.Generator) -> Network:
    """Owners in turn: one in twenty is large and has two to five stores, all others have one."""
    large_owner = rng.random(stores) < LARGE_SHARE
    held = np.where(large_owner, rng.integers(2, 6, stores), 1)
    owner = np.repeat(np.arange(stores), held)[:stores]
    large = large_owner[owner]
    people = np.array([n for _, n in PROVINCES], float)
    mean = np.where(large, LARGE_A_DAY, SMALL_A_DAY)
    activity = mean * rng.lognormal(-0.5, 1.0, stores)  # the mean of what is multiplied is 1
    age = rng.integers(NEW_DAYS, 900, stores)
    age = np.where(rng.random(stores) < NEW_SHARE, rng.integers(1, NEW_DAYS, stores), age)
    return Network(
        clock=clock,
        owner=owner,
        large=large,
        province=rng.choice(len(PROVINCES), stores, p=people / people.sum()),
        city=rng.integers(1, CITIES_OF + 1, stores),
        channel=rng.choice(len(CHANNELS), stores, p=CHANNEL_SHARE),
        taste=rng.integers(0, TASTES, stores),
        activity=activity,
        opened=clock.until - age * DAY,
        listings=np.where(large, 8, 5),
    )
