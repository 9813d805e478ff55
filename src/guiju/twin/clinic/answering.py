"""Who answered on the days before, and which of it nobody was licensed for; truth is counted from the rows."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from guiju.twin.clinic.staff import PLATFORM, Person, Row, Spans, Staff, holds
from guiju.twin.market import DAY, HOUR, Clock
from guiju.twin.settling import Truth

CHECK, RULE = "unlicensed_practitioners", "no_practice_without_licence"
LEAST_DAYS = 2
FEE = 5_00


def answer(staff: Staff, clock: Clock, rng: np.random.Generator) -> list[Row]:
    """A few answers of everybody on the days they were on duty, the last included; in the order of time."""
    rows: list[Row] = []
    for person in staff.people:
        for day in range(clock.days):
            if person.off == (clock.first.weekday() + day) % 7 + 1:
                continue
            begins = clock.start + day * DAY + 10 * HOUR
            for n in range(int(rng.integers(1, 4))):
                rows.append(_row(person, begins + n * HOUR + int(rng.integers(0, 3000)) * 1_000_000, rng))
    rows.sort(key=lambda row: (int(str(row["occurred_at"])), str(row["practitioner"])))
    for number, row in enumerate(rows):
        row["id"] = f"a{number:06}"
    return rows


def _row(person: Person, at: int, rng: np.random.Generator) -> Row:
    """One answer: doctors answer as doctors; of experts' answers two in five were paid for."""
    about = person.specialties[int(rng.integers(len(person.specialties)))]
    paid = FEE if person.row["expert"] == "yes" and rng.random() < 0.4 else 0
    return {
        "platform": PLATFORM, "occurred_at": at, "asked_at": at - int(rng.exponential(300)) * 1_000_000,
        "practitioner": person.name, "acted_as": "doctor" if person.doctor else "consultant",
        "institution": person.house, "specialty": about, "way": "picture_text", "currency": "CNY", "amount": paid,
    }  # fmt: skip


def settle(staff: Staff, rows: list[Row], clock: Clock) -> list[Truth]:
    """The rule's definition asked of the rows: by who and fault the days on which it was so, two at the least."""
    people = {person.name: person for person in staff.people}
    bad: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in rows:
        if row["acted_as"] != "doctor":
            continue
        at, about, who = int(str(row["occurred_at"])), str(row["specialty"]), people[str(row["practitioner"])]
        for holder, licensed, none, narrow in (
            (who.name, who.licensed, "no_licence", "out_of_scope"),
            (who.house, staff.houses[who.house], "institution_without_licence", "institution_out_of_scope"),
        ):
            fault = _fault(licensed, about, at, clock)
            if fault:
                bad[holder, none if fault == "none" else narrow].append(at)
    true: list[Truth] = []
    found: set[str] = set()
    for (holder, fault), moments in sorted(bad.items()):
        days = {(moment - clock.start) // DAY for moment in moments}
        if len(days) >= LEAST_DAYS:
            found.add(holder)
            true.append(Truth(CHECK, "violation", staff.patterns.get(holder, "by_chance"), PLATFORM, holder, fault,
                              min(moments), max(moments), float(len(days)), RULE))  # fmt: skip
    for holder, pattern in sorted(staff.patterns.items()):
        if holder not in found:
            true.append(Truth(CHECK, "lookalike", pattern, PLATFORM, holder, "", clock.start, clock.until, 0.0, RULE))
    return true


def _fault(licensed: dict[str, Spans], about: str, at: int, clock: Clock) -> str:
    """Whether no licence at all held on that local day ('none'), or none of the subject ('narrow')."""
    first = clock.start + (at - clock.start) // DAY * DAY
    if about in licensed and holds(licensed[about], first, first + DAY, throughout=False):
        return ""
    held = any(holds(spans, first, first + DAY, throughout=False) for spans in licensed.values())
    return "narrow" if held else "none"
