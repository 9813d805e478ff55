"""What people found who looked at a random sample of a slice's flags: the part that is true, with its bounds.

A sample is drawn by a digest of each flag's id, so that the same flags give the same sample and nobody chooses it.
Flags of one person depend on each other: the part true is bounded by flags and by people (any of whose sampled flags
was true), and the wider bound counts. Of ten people nobody can show that less than a fifth cheat.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from math import ceil

import msgspec

from guiju.estimators.against_chance import wilson


class Audited(msgspec.Struct, frozen=True):
    """A flag of a sample that a person looked at, and whether it was true."""

    platform: str
    id: str
    is_violation: bool


@dataclass(frozen=True)
class Precision:
    """k of n sampled flags were true, `people` of `subjects`; shares from 0 to 1, low and high the wider bounds."""

    k: int
    n: int
    people: int
    subjects: int
    low: float
    high: float


def drawn(ids: Iterable[str], many: int, salt: str) -> list[str]:
    """So many ids, by their digests."""
    return sorted(ids, key=lambda one: sha256(f"{salt}\0{one}".encode()).digest())[:many]


def weekly(flags: Iterable[tuple[str, date]], pct: float, salt: str) -> set[str]:
    """Of each local week's flags (id, day) so many in a hundred, at least one."""
    weeks: dict[date, list[str]] = {}
    for one, day in flags:
        weeks.setdefault(day - timedelta(days=day.weekday()), []).append(one)
    return {one for ids in weeks.values() for one in drawn(ids, ceil(len(ids) * pct / 100), salt)}


def precision(sample: Sequence[tuple[str, bool]]) -> Precision | None:
    """Of the flags looked at (who was flagged, whether it was true); None of none."""
    if not sample:
        return None
    people = {subject: False for subject, _ in sample}
    for subject, true in sample:
        people[subject] |= true
    k, n, cheats = sum(true for _, true in sample), len(sample), sum(people.values())
    low, high = wilson([k, cheats], [n, len(people)])
    return Precision(k, n, cheats, len(people), float(low.min()), float(high.max()))
