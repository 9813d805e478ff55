"""Whom an inquiry goes to: among those who may answer it and have room, the one with the fewest points, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from guiju.market.consult.policy import LEAD, Policy
from guiju.market.consult.roster import Inquiry, Practitioner, Roster
from guiju.records.schemas.inquiries import SERVICE

FAIR, NAMES = "fair", "round_robin_lawful"
BLIND = ("round_robin", "first_free")
MANNERS = (FAIR, NAMES, *BLIND)


class Points(NamedTuple):
    """What somebody's points are made of; the fewest come first."""

    load: float
    day: float
    missed: float
    elsewhere: float
    doctor_for_service: float

    @property
    def all(self) -> float:
        return round(sum(self), 9)


class Why(NamedTuple):
    """Why an inquiry went where it went: how many were left after each condition, and how the choice fell.

    to: who it goes to, '' for nobody; used, capacity, taken: theirs at that moment, before it; next: who would have had
    it otherwise. by: the manner, or 'chosen' for an expert who was asked for.
    """

    to: str
    by: str
    of: int
    about: int
    licensed: int
    speaking: int
    on_duty: int
    free: int
    used: int = 0
    capacity: int = 0
    taken: int = 0
    points: Points | None = None
    next: str = ""
    next_points: float = 0.0


@dataclass(frozen=True)
class Loads:
    """What everybody has on them: capacity used, units taken that day, deadlines missed; `turn` is of round robin."""

    used: Mapping[str, int]
    taken: Mapping[str, int]
    missed: Mapping[str, int]
    turn: int = 0


def points(p: Practitioner, asked: Inquiry, loads: Loads, by: Policy) -> Points:
    """Load now; units taken that day for each hour of duty and unit of capacity; missed of what they took; the rest."""
    taken, w = loads.taken.get(p.id, 0), by.weights
    room = p.capacity * max(p.hours, 1.0)
    here = not p.regions or asked.region in p.regions
    return Points(
        w["load"] * loads.used.get(p.id, 0) / p.capacity, w["day"] * taken / room,
        w["missed"] * loads.missed.get(p.id, 0) / max(taken, 1), 0.0 if here else w["elsewhere"],
        w["doctor_for_service"] if p.is_doctor and asked.kind == SERVICE else 0.0,
    )  # fmt: skip


def room(p: Practitioner, asked: Inquiry, loads: Loads, by: Policy, step: str) -> bool:
    """Whether they have capacity for it; leads keep some for what was escalated to them."""
    kept = by.kept if p.is_lead and step != LEAD and p.capacity > by.kept else 0
    return loads.used.get(p.id, 0) + by.units[asked.way] <= p.capacity - kept


def choose(
    roster: Roster, by: Policy, loads: Loads, asked: Inquiry, at: datetime, had: frozenset[str] = frozenset(),
    step: str = "",
) -> Why:  # fmt: skip
    """Whom it goes to of those who have not `had` it; after the step `lead`, to one who leads, if one can."""
    fit = roster.fit(asked)
    on = [p for p in fit.who if p.on_duty(at, by.last)]
    free = [p for p in on if p.id not in had and room(p, asked, loads, by, step)]
    leading = [p for p in free if p.is_lead] if step == LEAD else []
    ranked = sorted(
        ((points(p, asked, loads, by), p) for p in leading or free),
        key=lambda one: (one[0].all, loads.taken.get(one[1].id, 0), one[1].id),
    )
    counts = (fit.of, fit.about, fit.licensed, fit.speaking, len(on), len(free))
    if not ranked:
        return Why("", FAIR, *counts)
    (its, p), *rest = ranked
    second = (rest[0][1].id, rest[0][0].all) if rest else ("", 0.0)
    return Why(
        p.id, FAIR, *counts, loads.used.get(p.id, 0), p.capacity, loads.taken.get(p.id, 0), its, *second
    )  # fmt: skip


def chosen(roster: Roster, by: Policy, loads: Loads, asked: Inquiry, at: datetime) -> tuple[Why | None, str]:
    """Whether the expert who was asked for can have it: why it goes to them, or in a word why not."""
    p = roster.of.get(asked.chosen)
    if p is None:
        return None, "unknown"
    if not p.is_expert:
        return None, "no_expert"
    if asked.specialty not in p.specialties:
        return None, "other_specialty"
    if not p.is_doctor and asked.kind != SERVICE:
        return None, "no_doctor"
    if p.is_doctor and asked.specialty not in p.licensed:
        return None, "unlicensed"
    if asked.language not in p.languages:
        return None, "other_language"
    if asked.way not in p.ways:
        return None, "other_way"
    if not p.on_duty(at, by.last):
        return None, "off_duty"
    if not room(p, asked, loads, by, ""):
        return None, "full"
    fit = roster.fit(asked)
    return Why(
        p.id, "chosen", fit.of, fit.about, fit.licensed, fit.speaking, 0, 0, loads.used.get(p.id, 0), p.capacity,
        loads.taken.get(p.id, 0),
    ), ""  # fmt: skip


def naively(roster: Roster, by: Policy, loads: Loads, asked: Inquiry, at: datetime, manner: str) -> Why:
    """The manners it is compared with: in turn, or the first who is free.

    round_robin and first_free look at the specialty and the duty alone; an expert who was asked for gets it whatever
    holds. round_robin_lawful takes turns among those who may have it and have room.
    """
    fit = roster.fit(asked)
    counts = (fit.of, fit.about, fit.licensed, fit.speaking)
    if manner in BLIND and asked.chosen in roster.of:
        return Why(asked.chosen, "chosen", *counts, 0, 0)
    if manner == NAMES:
        on = [p for p in fit.who if p.on_duty(at, by.last)]
        free = [p for p in on if room(p, asked, loads, by, "")]
    else:
        on = [p for p in roster.of.values() if asked.specialty in p.specialties and p.on_duty(at)]
        free = on if manner == "round_robin" else [p for p in on if loads.used.get(p.id, 0) < p.capacity]
    if not free:
        return Why("", manner, *counts, len(on), 0)
    p = free[0 if manner == "first_free" else loads.turn % len(free)]
    return Why(p.id, manner, *counts, len(on), len(free), loads.used.get(p.id, 0), p.capacity, loads.taken.get(p.id, 0))
