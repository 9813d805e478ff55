"""Positions sent during trips, and what the app sums from them when a trip ends."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from guiju.twin.driving import PATTERNS
from guiju.twin.fleet import degrees
from guiju.twin.market import Flags, Ints, Reals, Small
from guiju.twin.rides import Chunk, is_any

EVERY = 200  # of the trips that are no instance of anything, every so many-th has its positions written
NEAR_M = 100  # a position farther from the last one is not there yet
EARTH_M = 6_371_008.8


class Track(NamedTuple):
    """Positions of some trips, one trip after another: `trip` is a place in the chunk."""

    trip: Ints
    at: Ints  # UTC seconds
    latitude: Small  # millionths of a degree
    longitude: Small
    accuracy: Ints


def written(c: Chunk, first: int) -> Flags:
    """Whose positions are written: every cheat's, and every 200th trip's, of all numbered from `first`."""
    cheat = np.array([pattern.kind == "violation" for pattern in PATTERNS])[c["pattern"]]
    return np.asarray(cheat | ((first + np.arange(cheat.size)) % EVERY == 0))


def guess(c: Chunk, rng: np.random.Generator) -> None:
    """The sums of trips whose positions are not written, drawn as the positions would have it."""
    n = c["driver"].size
    c["interval"] = rng.integers(8, 31, n)
    c["lost"] = np.where(is_any(c["pattern"], "positions_lost"), (c["duration"] * rng.uniform(0.5, 1.0, n)), 0).astype(
        np.int64
    )
    kept = c["duration"] - c["lost"]
    c["pings"] = kept // c["interval"] + 2
    c["max_gap"] = np.minimum(np.maximum(c["interval"], c["lost"] + c["interval"]), c["duration"])
    everything = c["lost"] + c["interval"] >= c["duration"]
    c["pings"] = np.where(everything, 2, c["pings"])
    c["displacement"] = np.abs(c["far"] * 1000 + rng.standard_normal(n) * 8).astype(np.int64)
    last = c["drive"] * np.minimum(1.0, NEAR_M / np.maximum(c["far"] * 1000, 1.0))
    stayed = np.minimum(c["stay"] + last.astype(np.int64), c["duration"])
    c["stayed"] = np.where(everything, 0, stayed // c["interval"] * c["interval"])
    # A phone that loses its positions says where it was: the trip seems to stand still.
    stale = is_any(c["pattern"], "positions_lost") & (rng.random(n) < 0.5)
    c["displacement"] = np.where(stale, rng.integers(0, 60, n), c["displacement"])


def follow(c: Chunk, which: Ints, rng: np.random.Generator) -> Track:
    """The positions of the trips `which`; the chunk's sums for these are counted from them."""
    every, duration = c["interval"][which], c["duration"][which]
    many = duration // every + 2
    starts = np.concatenate([[0], np.cumsum(many)[:-1]]).astype(np.int64)
    of = np.repeat(np.arange(which.size), many)
    step = np.arange(of.size) - starts[of]
    final = step == many[of] - 1
    after = np.where(final, duration[of], step * every[of])
    lost_from = (duration - c["lost"][which]) // 2
    dark = (after > lost_from[of]) & (after < (lost_from + c["lost"][which])[of]) & (step > 0) & ~final
    of, after, final = of[~dark], after[~dark], final[~dark]
    place = which[of]
    share = np.minimum(after / np.maximum(c["drive"][place], 1), 1.0)
    way = c["end"][place] - c["begin"][place]
    bend = np.sin(np.pi * share)[:, None] * np.column_stack([-way[:, 1], way[:, 0]]) * 0.15
    circles = is_any(c["pattern"][place], "standing_still", "small_circles")
    swing = np.where(circles, np.minimum(c["far"][place], 0.25), 0.0) * np.sin(2 * np.pi * share)
    noise = rng.standard_normal((of.size, 2)) * 0.004
    km = c["begin"][place] + way * share[:, None] + bend + noise
    km[:, 0] += swing * 0.3
    latitude, longitude = degrees(c["town"][place], km)
    track = Track(place, c["started"][place] + after, latitude, longitude, rng.integers(4, 15, of.size))
    if which.size:
        _sum(c, which, track)
    return track


def _sum(c: Chunk, which: Ints, track: Track) -> None:
    """As the app would: how many, the longest gap, the farthest from the first, how long near the last."""
    first = np.flatnonzero(np.diff(track.trip, prepend=-1))
    many = np.diff(np.append(first, track.trip.size))
    of = np.repeat(np.arange(which.size), many)
    end = first + many - 1
    from_first = apart(track.latitude, track.longitude, track.latitude[first][of], track.longitude[first][of])
    from_last = apart(track.latitude, track.longitude, track.latitude[end][of], track.longitude[end][of])
    gap = np.diff(track.at, prepend=track.at[0])
    gap[first] = 0
    here = np.arange(track.trip.size)
    arrived = np.maximum.reduceat(np.where(from_last > NEAR_M, here, first[of] - 1), first) + 1
    c["pings"][which] = many
    c["max_gap"][which] = np.maximum.reduceat(gap, first)
    c["displacement"][which] = np.maximum.reduceat(from_first, first).astype(np.int64)
    c["stayed"][which] = track.at[end] - track.at[arrived]


def apart(north: Small, east: Small, other_north: Small, other_east: Small) -> Reals:
    """Metres between positions in millionths of a degree (haversine, mean radius of the earth)."""
    a, b = np.radians(north / 1e6), np.radians(other_north / 1e6)
    across = np.radians((east.astype(np.int64) - other_east) / 1e6)
    chord = np.sin((a - b) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(across / 2) ** 2
    return np.asarray(2 * EARTH_M * np.arcsin(np.sqrt(np.minimum(chord, 1.0))))
