"""Routing, event by event: a pure function of what stands and what happens, with no clock and no chance inside.

`step(roster, policy, standing, event)` gives the standing after the event and what is done because of it. The same
events in the same order give the same steps. Whoever runs it keeps the time: it sends `Due` at the moments that
`due_at` names, and `Shift` whenever somebody's duty begins or ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from guiju.market.consult.choosing import FAIR, Loads, Why, choose, chosen, naively
from guiju.market.consult.policy import LEAD, TOLD, Policy
from guiju.market.consult.roster import Inquiry, Roster
from guiju.records.errors import BadInput


class Asked(NamedTuple):
    """An inquiry comes in."""

    at: datetime
    inquiry: Inquiry


class Replied(NamedTuple):
    """Somebody gives an inquiry its first reply."""

    at: datetime
    inquiry: str
    by: str


class Closed(NamedTuple):
    """A consultation is over."""

    at: datetime
    inquiry: str


class Due(NamedTuple):
    """The moment of an escalation's next step has come."""

    at: datetime
    inquiry: str


class Shift(NamedTuple):
    """Somebody's duty begins or ends."""

    at: datetime


Event = Asked | Replied | Closed | Due | Shift


class Step(NamedTuple):
    """What is done: assigned, waits, nobody, not_chosen, charged, refunded, due, told, taken_back, handed_over, replied
    or closed.

    `word`: of not_chosen why; of due which step of the escalation. `amount`: of charged and refunded, yuan.
    """

    at: datetime
    inquiry: str
    what: str
    to: str = ""
    why: Why | None = None
    word: str = ""
    amount: Decimal = Decimal()


class Open(NamedTuple):
    """An inquiry that is not over: who has it ('' nobody yet), who had it, how far it was escalated."""

    inquiry: Inquiry
    to: str = ""
    had: frozenset[str] = frozenset()
    level: int = 0
    replied: bool = False
    paid: Decimal = Decimal()


@dataclass(frozen=True)
class Standing:
    """What stands between two events: inquiries that are not over, everybody's loads, the moment of the last event."""

    open: Mapping[str, Open] = field(default_factory=dict)
    loads: Loads = field(default_factory=lambda: Loads({}, {}, {}))
    waiting: frozenset[str] = frozenset()
    last: datetime = datetime.min


def due_at(policy: Policy, inquiry: Inquiry) -> list[datetime]:
    """The moments of an inquiry's escalation."""
    deadline = policy.deadline(bool(inquiry.chosen))
    return [inquiry.asked_at + deadline * float(times) for _, times in policy.steps]


def step(
    roster: Roster, policy: Policy, standing: Standing, event: Event, manner: str = FAIR
) -> tuple[Standing, tuple[Step, ...]]:
    """What stands after an event, and what is done. Raises BadInput for an event that cannot be."""
    if event.at < standing.last:
        raise BadInput(f"an event of {event.at} comes after one of {standing.last}: give events in the order of time")
    if not roster.begins <= event.at <= roster.ends:
        raise BadInput(f"an event of {event.at} is not of the roster's day: give a roster of that day")
    at_work = _Work(roster, policy, standing, event.at, manner)
    at_work.take(event)
    return at_work.standing(), tuple(at_work.done)


class _Work:
    """One event being worked on: copies of what stands, which only this event changes."""

    def __init__(self, roster: Roster, policy: Policy, before: Standing, at: datetime, manner: str) -> None:
        self.roster, self.policy, self.at, self.manner = roster, policy, at, manner
        self.open, self.waiting, self.turn = dict(before.open), set(before.waiting), before.loads.turn
        self.used, self.taken, self.missed = map(dict, (before.loads.used, before.loads.taken, before.loads.missed))
        self.done: list[Step] = []

    def standing(self) -> Standing:
        return Standing(self.open, self.loads, frozenset(self.waiting), self.at)

    @property
    def loads(self) -> Loads:
        return Loads(self.used, self.taken, self.missed, self.turn)

    def take(self, event: Event) -> None:
        if isinstance(event, Asked):
            self._ask(event.inquiry)
        elif isinstance(event, Replied):
            self._reply(event)
        elif isinstance(event, Closed):
            self._close(self._known(event.inquiry))
        elif isinstance(event, Due):
            self._due(event.inquiry)
        else:
            self._shift()

    def _known(self, name: str) -> Open:
        if name not in self.open:
            raise BadInput(f"inquiry {name!r} is not open: it was not asked yet, or is over; ask it first")
        return self.open[name]

    def _say(self, of: Open, what: str, to: str = "", **more: object) -> None:
        self.done.append(Step(self.at, of.inquiry.id, what, to, **more))  # type: ignore[arg-type]

    def _ask(self, inquiry: Inquiry) -> None:
        if inquiry.id in self.open:
            raise BadInput(f"inquiry {inquiry.id!r} was asked already: give each an id of its own")
        of = Open(inquiry)
        if self.manner == FAIR and not self.roster.fit(inquiry).who:
            self._say(of, "nobody", why=choose(self.roster, self.policy, self.loads, inquiry, self.at))
            return
        self.open[inquiry.id] = of
        if self.manner == FAIR and inquiry.chosen:
            why, word = chosen(self.roster, self.policy, self.loads, inquiry, self.at)
            if why is not None:
                self._assign(of, why)
                return
            self._say(of, "not_chosen", inquiry.chosen, word=word)
        self._place(of)

    def _reply(self, event: Replied) -> None:
        of = self._known(event.inquiry)
        if event.by != of.to:
            whose = f"{of.to!r} has it" if of.to else "nobody has it yet"
            raise BadInput(f"inquiry {event.inquiry!r} was not sent to {event.by!r}: {whose}")
        if of.replied:
            raise BadInput(f"inquiry {event.inquiry!r} had its first reply already: give one")
        self.open[event.inquiry] = of._replace(replied=True)
        self._say(of, "replied", of.to)

    def _close(self, of: Open) -> None:
        self._release(of)
        del self.open[of.inquiry.id]
        self.waiting.discard(of.inquiry.id)
        self._say(of, "closed", of.to)
        self._place_waiting()

    def _due(self, name: str) -> None:
        """The next step of the escalation, if nobody has replied yet; over, or answered, it is nothing."""
        of = self.open.get(name)
        if of is None or of.replied or of.level >= len(self.policy.steps):
            return
        word = self.policy.steps[of.level][0]
        of = self.open[name] = of._replace(level=of.level + 1)
        self._say(of, "due", of.to, word=word)
        if of.to and word != TOLD:
            self.missed[of.to] = self.missed.get(of.to, 0) + 1
        if of.paid and self.policy.refunded:
            of = self._refund(of)
        if word == TOLD:
            self._say(of, "told", of.to)
            if of.to:  # whoever was silent for so long no longer holds it, and has room for others
                self._say(of, "taken_back", of.to)
                self._release(of)
                self._place(of._replace(had=of.had | {of.to}, to=""), last=of.to)
        else:
            self._move(of, word)

    def _move(self, of: Open, word: str) -> None:
        """To somebody else, if there is one; else it stays where it is."""
        had = of.had | ({of.to} if of.to else set())
        why = choose(self.roster, self.policy, self.loads, of.inquiry, self.at, had, word)
        if why.to:
            self._release(of)
            self._assign(of._replace(had=had, to=""), why)

    def _shift(self) -> None:
        """What nobody answered before their duty ended goes to others; then whoever waits is tried."""
        for name in [n for n, of in self.open.items() if of.to and not of.replied] if self.manner == FAIR else []:
            of = self.open[name]
            if not self.roster.of[of.to].on_duty(self.at):
                self._say(of, "handed_over", of.to)
                if of.paid and self.policy.refunded:
                    of = self._refund(of)
                self._release(of)
                self._place(of._replace(had=of.had | {of.to}, to=""))
        self._place_waiting()

    def _place_waiting(self) -> None:
        """The farthest escalated first, then the oldest; of those alike, one that finds nobody speaks for all."""
        full: set[tuple[str, ...]] = set()
        for name in sorted(self.waiting, key=lambda n: (-self.open[n].level, self.open[n].inquiry.asked_at, n)):
            of = self.open[name]
            asked = of.inquiry
            key = (asked.specialty, asked.kind, asked.language, asked.way, *sorted(of.had), str(of.level >= 2))
            if key not in full and not self._place(of, again=True):
                full.add(key)

    def _place(self, of: Open, again: bool = False, last: str = "") -> bool:
        """Send it to whoever comes first, or let it wait; rather to one who had it than to nobody, but `last`."""
        word = LEAD if of.level >= 2 else ""
        if self.manner == FAIR:
            why = choose(self.roster, self.policy, self.loads, of.inquiry, self.at, of.had, word)
            if not why.to and of.had:
                why = choose(self.roster, self.policy, self.loads, of.inquiry, self.at, frozenset({last}), word)
        else:
            why = naively(self.roster, self.policy, self.loads, of.inquiry, self.at, self.manner)
            self.turn += 1
        if why.to:
            self._assign(of, why)
            return True
        self.open[of.inquiry.id] = of
        self.waiting.add(of.inquiry.id)
        if not again:
            self._say(of, "waits", why=why)
        return False

    def _assign(self, of: Open, why: Why) -> None:
        if why.by == "chosen":
            of = of._replace(paid=self.policy.fee)
            self._say(of, "charged", why.to, amount=of.paid)
        units = self.policy.units[of.inquiry.way]
        self.used[why.to] = self.used.get(why.to, 0) + units
        self.taken[why.to] = self.taken.get(why.to, 0) + units
        self.open[of.inquiry.id] = of._replace(to=why.to)
        self.waiting.discard(of.inquiry.id)
        self._say(of, "assigned", why.to, why=why)

    def _release(self, of: Open) -> None:
        if of.to:
            self.used[of.to] -= self.policy.units[of.inquiry.way]

    def _refund(self, of: Open) -> Open:
        self._say(of, "refunded", of.to, amount=of.paid)
        of = self.open[of.inquiry.id] = of._replace(paid=Decimal())
        return of
