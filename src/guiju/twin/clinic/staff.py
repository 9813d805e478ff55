"""Who is on the roster: doctors and consultants, their duty, their licences and those of their institutions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from guiju.twin.market import DAY, HOUR, Clock

Row = dict[str, object]
Spans = list[tuple[int, int | None]]  # of one licence: from, until; None: it does not end
PLATFORM = "yanyi"
SPECIALTIES = ("aesthetic_dermatology", "aesthetic_surgery", "aesthetic_dentistry", "aesthetic_tcm")
OF_SPECIALTY = (0.5, 0.25, 0.15, 0.1)
REGIONS = ("440100", "440600", "440300", "440400")
LANGUAGES = ("zh", "yue", "en")
MINUTE = HOUR // 60
# How somebody's licences stand on the last day; who comes first on the roster has the first of them, and so on.
ALIKE = ("renewed_under_extension", "ends_that_day", "known_late", "one_day_late", "consultant_only", "dubai_clock",
         "tokyo_clock")  # fmt: skip
AGAINST = ("never_licensed", "licence_expired", "licence_revoked", "before_the_licence", "gap_in_renewal",
           "out_of_scope", "out_of_scope")  # fmt: skip
HOUSES_ALIKE = ("house_renewed_under_extension",)
HOUSES_AGAINST = ("house_never_licensed", "house_expired", "house_out_of_subject")
CLOCKS = {"dubai_clock": ("Asia/Dubai", 4), "tokyo_clock": ("Asia/Tokyo", 9)}
SHIFTS = ((9, 18), (9, 18), (13, 22), (14, 23), (8, 16), (18, 24))
NIGHT = (0, 8)


@dataclass
class Person:
    """One of the roster. `licensed`: by subject the spans of their registration; `duty`: local hours of UTC+8."""

    name: str
    doctor: bool
    house: str
    specialties: list[str]
    pattern: str = ""
    languages: list[str] = field(default_factory=list)
    shifts: list[tuple[int, int]] = field(default_factory=list)
    off: int = 0  # the day of the week that is free, 1 to 7; 0: none
    clock: tuple[str, int] = ("Asia/Shanghai", 8)
    licensed: dict[str, Spans] = field(default_factory=dict)
    row: Row = field(default_factory=dict)


@dataclass
class Staff:
    """Everybody, and the institutions' licences: by institution and subject its spans; of each its pattern."""

    people: list[Person]
    houses: dict[str, dict[str, Spans]]
    patterns: dict[str, str]
    licences: list[Row]


def employ(count: int, clock: Clock, rng: np.random.Generator, plants: bool) -> Staff:
    """Draw a roster of `count`, three doctors in five; patterns are the first ones', everybody else is in order."""
    houses = [f"clinic-{n:02}" for n in range(max(count // 12, 6))]
    special = dict(zip(houses, (*HOUSES_ALIKE, *(HOUSES_AGAINST if plants else ())), strict=False))
    staff = Staff([], {}, dict(special), [])
    for house in houses:
        staff.houses[house] = _house(staff, house, special.get(house, ""), clock)
    patterns = [*ALIKE, *(AGAINST if plants else ())]
    sound = houses[len(HOUSES_ALIKE) + len(HOUSES_AGAINST) :]
    for number in range(count):
        pattern = patterns[number] if number < len(patterns) else ""
        doctor = pattern != "consultant_only" and (number < len(patterns) or number % 5 < 3)
        house = sound[number % len(sound)] if pattern else houses[(number + number // 5) % len(houses)]
        person = Person(f"d{number:04}" if doctor else f"c{number:04}", doctor, house, [], pattern)
        _draw(person, number, rng)
        if doctor:
            _register(staff, person, clock, rng)
        staff.people.append(person)
        if pattern:
            staff.patterns[person.name] = pattern
    for number, row in enumerate(staff.licences):
        row["id"] = f"l{number:05}"
    return staff


def _draw(person: Person, number: int, rng: np.random.Generator) -> None:
    """What somebody answers about, when and how; four of every hundred hardly ever answer what they are sent."""
    first = int(rng.choice(len(SPECIALTIES), p=OF_SPECIALTY))
    second = (first + 1 + int(rng.integers(len(SPECIALTIES) - 1))) % len(SPECIALTIES)
    both = [first, second] if person.pattern == "out_of_scope" or rng.random() < 0.3 else [first]
    person.specialties = [SPECIALTIES[s] for s in (both if person.doctor else range(len(SPECIALTIES)))]
    person.languages = ["zh", *(language for language, share in (("yue", 0.4), ("en", 0.1)) if rng.random() < share)]
    night = not person.pattern and number % 9 == 8
    person.shifts = [NIGHT] if night else [SHIFTS[int(rng.integers(len(SHIFTS)))]]
    person.off = int(rng.integers(1, 8))
    if person.pattern in CLOCKS:
        person.clock, person.shifts, person.off = CLOCKS[person.pattern], [(10, 19)], 0
    sleeper = not person.pattern and number % 25 == 13
    person.row = {
        "platform": PLATFORM, "id": person.name, "role": "doctor" if person.doctor else "consultant",
        "institution": person.house, "specialties": ", ".join(person.specialties),
        "languages": ", ".join(person.languages),
        "regions": None if rng.random() < 0.2 else REGIONS[int(rng.choice(4, p=(0.4, 0.3, 0.2, 0.1)))],
        "ways": "picture_text, video" if rng.random() < 0.6 else "picture_text",
        "capacity": int(rng.integers(2, 7)), "expert": "yes" if person.doctor and number % 6 == 3 else "no",
        "lead": "yes" if not person.pattern and number % 10 in (0, 5) else "no",
        "reply_seconds": int(rng.integers(60, 240)), "talk_seconds": int(rng.integers(180, 600)),
        "silent_pct": 60_00 if sleeper else 2_00,
    }  # fmt: skip
    if sleeper:
        person.pattern = "sleeper"


def _register(staff: Staff, person: Person, clock: Clock, rng: np.random.Generator) -> None:
    """A doctor's registrations, as the pattern has them."""
    begun, until = clock.start - 1500 * DAY, clock.until
    gone = int(rng.integers(6, 70)) * DAY
    whole: Row = {"valid_from": begun, "valid_to": until + 500 * DAY}
    rows: dict[str, list[Row]] = {
        "never_licensed": [],
        "licence_expired": [whole | {"valid_to": until - gone}],
        "licence_revoked": [whole | {"revoked_at": until - gone}],
        "before_the_licence": [whole | {"valid_from": until + DAY}],
        "gap_in_renewal": [whole | {"valid_to": until - gone - 20 * DAY}, whole | {"valid_from": until - gone}],
        "renewed_under_extension": [whole | {"valid_to": until - 60 * DAY, "extended_to": until - 40 * DAY},
                                    whole | {"valid_from": until - 40 * DAY}],
        "ends_that_day": [whole | {"valid_to": until - DAY + 11 * HOUR}],
        "known_late": [whole | {"known_at": until + 30 * DAY}],
        "one_day_late": [whole | {"valid_to": until - DAY}],
    }  # fmt: skip
    scopes = person.specialties[:1] if person.pattern == "out_of_scope" else person.specialties
    for scope in scopes:
        person.licensed[scope] = _keep(staff, "doctor", person.name, scope, rows.get(person.pattern, [whole]))


def _house(staff: Staff, house: str, pattern: str, clock: Clock) -> dict[str, Spans]:
    whole: Row = {"valid_from": clock.start - 2500 * DAY, "valid_to": clock.until + 800 * DAY}
    middle = clock.until - 30 * DAY
    rows: dict[str, list[Row]] = {
        "house_never_licensed": [], "house_expired": [whole | {"valid_to": middle}],
        "house_renewed_under_extension": [whole | {"valid_to": middle, "extended_to": middle + 10 * DAY},
                                          whole | {"valid_from": middle + 10 * DAY}],
    }  # fmt: skip
    scopes = SPECIALTIES[1:] if pattern == "house_out_of_subject" else SPECIALTIES
    return {scope: _keep(staff, "institution", house, scope, rows.get(pattern, [whole])) for scope in scopes}


def _keep(staff: Staff, kind: str, holder: str, scope: str, rows: list[Row]) -> Spans:
    """Write licences down; the spans they hold."""
    spans: Spans = []
    for row in rows:
        staff.licences.append({"platform": "register", "kind": kind, "holder": holder, "scope": scope} | row)
        ends = max(int(str(row["valid_to"])), int(str(row.get("extended_to") or 0)))
        spans.append((int(str(row["valid_from"])), min(ends, int(str(row.get("revoked_at") or ends)))))
    return spans


def holds(spans: Spans, first: int, last: int, *, throughout: bool) -> bool:
    """Whether one licence held at some moment of a span, or throughout it."""
    if throughout:
        return any(begun <= first and (end is None or end >= last) for begun, end in spans)
    return any(begun < last and (end is None or end > first) for begun, end in spans)


def duty_rows(staff: Staff) -> list[Row]:
    rows: list[Row] = []
    for person in staff.people:
        for begins, ends in person.shifts:
            for weekday in (d for d in range(1, 8) if d != person.off):
                rows.append({"platform": PLATFORM, "id": f"h{len(rows):05}", "practitioner": person.name,
                             "weekday": weekday, "begins": f"{begins:02}:00", "ends": f"{ends:02}:00",
                             "time_zone": person.clock[0]})  # fmt: skip
    return rows


def on_duty(person: Person, midnight: int, weekday: int) -> list[tuple[int, int]]:
    """The spans of a local day (UTC+8) in which somebody is on duty; `weekday` 1 is Monday."""
    shift = 8 - person.clock[1]
    if weekday == person.off:
        return []
    return [(midnight + (b + shift) * HOUR, midnight + (e + shift) * HOUR) for b, e in person.shifts]
