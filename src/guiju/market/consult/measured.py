"""What a day came to: first replies over time, loads and how even they are, escalations, money, broken conditions."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from statistics import fmean

from guiju.estimators.waiting import Curve, kaplan_meier
from guiju.market.consult.drawn import Day
from guiju.market.consult.policy import Policy
from guiju.market.consult.roster import Inquiry, Roster
from guiju.records.schemas.inquiries import MEDICAL

FINE = 0.1  # minutes; finer no wait is told
BROKEN = ("unlicensed", "no_doctor", "other_specialty", "off_duty", "other_language", "other_way", "over_capacity")


@dataclass(frozen=True)
class Load:
    """One practitioner's day: inquiries sent, answered first; `room`: capacity x hours of duty; `rate`: sent of it."""

    id: str
    is_doctor: bool
    room: float
    taken: int
    replies: int
    missed: int
    rate: float


@dataclass(frozen=True)
class Measured:
    """One manner's day. Waits are in minutes and of those inquiries that somebody on the roster may answer that day.

    lawful: answered by who may; in_time: of those within the deadline. late_minutes: beyond the deadline, of those that
    came late, the median. broken: assignments by the condition that did not hold. even: Jain's index of rates, of
    doctors and of consultants.
    """

    manner: str
    inquiries: int
    nobodys: int
    replied: int
    lawful: int
    in_time: int
    unanswered: int
    late_minutes: float
    curve: Curve | None
    steps: dict[str, int]
    due: dict[str, int]
    not_chosen: dict[str, int]
    broken: dict[str, int]
    loads: list[Load]
    even: dict[bool, float]
    charged: Decimal
    refunded: Decimal
    unanswered_paid: Decimal


def measure(roster: Roster, by: Policy, asked: list[Inquiry], day: Day) -> Measured:
    """Count a day's steps; every number is made of them, whatever the routing thought."""
    answerable = [one for one in asked if roster.fit(one).who]
    of = {one.id: one for one in asked}
    broken = _broken(roster, by, of, day)
    bad = {(inquiry, to) for inquiry, to, _ in broken}
    waits, happened, late, lawful, in_time = [], [], [], 0, 0
    for one in answerable:
        at, who = day.replies.get(one.id, (roster.ends, ""))
        waits.append(round((at - one.asked_at) / timedelta(minutes=1) / FINE) * FINE)
        happened.append(bool(who))
        if who and (one.id, who) not in bad:
            lawful += 1
            over = (at - one.asked_at) - by.deadline(bool(one.chosen))
            in_time += over <= timedelta()
            late += [over / timedelta(minutes=1)] if over > timedelta() else []
    paid = _paid(day)
    loads = _loads(roster, day)
    return Measured(
        day.manner, len(asked), len(asked) - len(answerable), sum(happened), lawful, in_time,
        len(answerable) - sum(happened), sorted(late)[len(late) // 2] if late else 0.0,
        kaplan_meier(waits, happened) if waits else None, dict(Counter(s.what for s in day.steps)),
        dict(Counter(s.word for s in day.steps if s.what == "due")),
        dict(Counter(s.word for s in day.steps if s.what == "not_chosen")), dict(Counter(what for *_, what in broken)),
        loads, {kind: jain([one.rate for one in loads if one.is_doctor == kind]) for kind in (True, False)},
        sum((s.amount for s in day.steps if s.what == "charged"), Decimal()),
        sum((s.amount for s in day.steps if s.what == "refunded"), Decimal()),
        sum((amount for inquiry, amount in paid.items() if inquiry not in day.replies), Decimal()),
    )  # fmt: skip


def jain(rates: list[float]) -> float:
    """(sum x)^2 / (n sum x^2): 1 where all are equal, 1/n where one has everything; NaN of none.

    Source: Jain, Chiu and Hawe 1984, DEC-TR-301.
    """
    squares = sum(x * x for x in rates)
    return sum(rates) ** 2 / (len(rates) * squares) if squares else float("nan")


def _paid(day: Day) -> dict[str, Decimal]:
    """By inquiry, what was charged and not given back."""
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for s in day.steps:
        if s.what in ("charged", "refunded"):
            paid[s.inquiry] += s.amount if s.what == "charged" else -s.amount
    return paid


def _loads(roster: Roster, day: Day) -> list[Load]:
    """Of everybody who was on duty that day and may answer something."""
    taken, missed = Counter[str](), Counter[str]()
    for s in day.steps:
        if s.what == "assigned":
            taken[s.to] += 1
        elif s.what == "due" and s.to:
            missed[s.to] += 1
    replies = Counter(who for _, who in day.replies.values())
    found = []
    for p in roster.of.values():
        room = p.capacity * p.hours
        if room and (p.licensed & p.specialties or not p.is_doctor):
            found.append(Load(p.id, p.is_doctor, room, taken[p.id], replies[p.id], missed[p.id], taken[p.id] / room))
    return found


def _broken(roster: Roster, by: Policy, of: dict[str, Inquiry], day: Day) -> list[tuple[str, str, str]]:
    """Assignments whose conditions did not hold: the inquiry, who had it, which condition (`BROKEN`)."""
    found, holder, used = [], dict[str, str](), Counter[str]()
    for s in day.steps:
        if s.what in ("closed", "handed_over", "taken_back", "assigned") and holder.get(s.inquiry):
            used[holder.pop(s.inquiry)] -= by.units[of[s.inquiry].way]
        if s.what != "assigned":
            continue
        one, p = of[s.inquiry], roster.of[s.to]
        holder[s.inquiry] = s.to
        used[s.to] += by.units[one.way]
        holds = {
            "unlicensed": not p.is_doctor or one.specialty in p.licensed,
            "no_doctor": p.is_doctor or one.kind != MEDICAL, "other_specialty": one.specialty in p.specialties,
            "off_duty": p.on_duty(s.at), "other_language": one.language in p.languages,
            "other_way": one.way in p.ways, "over_capacity": used[s.to] <= p.capacity,
        }  # fmt: skip
        found += [(s.inquiry, s.to, name) for name, held in holds.items() if not held]
    return found


def spread(loads: list[Load]) -> tuple[float, float, float]:
    """The least, the mean and the greatest rate."""
    rates = [one.rate for one in loads]
    return (min(rates), fmean(rates), max(rates)) if rates else (0.0, 0.0, 0.0)
