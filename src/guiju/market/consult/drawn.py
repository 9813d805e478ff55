"""A day drawn: the inquiries as they came, routed; how long each reply and consultation takes, by chance with a seed.

Everybody answers what they were sent in turn, one first reply at a time, while on duty; consultations go on beside. How
long a reply takes is drawn for the pair of inquiry and practitioner, so that two manners of routing that send it to the
same one get the same; so is whether they never answer it. The routing sees nothing of it but replies, and silence.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from heapq import heappop, heappush
from math import log

from guiju.market.consult.choosing import FAIR
from guiju.market.consult.policy import Policy
from guiju.market.consult.roster import Inquiry, Practitioner, Roster
from guiju.market.consult.routing import (
    Asked,
    Closed,
    Due,
    Event,
    Replied,
    Shift,
    Standing,
    Step,
    due_at,
    step,
)


@dataclass
class Day:
    """What became of a day in one manner: every step, and by inquiry the moment of the first reply and who gave it."""

    manner: str
    steps: list[Step] = field(default_factory=list)
    replies: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    events: int = 0


def live(roster: Roster, by: Policy, asked: list[Inquiry], seed: int, manner: str = FAIR,
         watch: Callable[[float], None] = lambda share: None) -> Day:  # fmt: skip
    """Live through a day, until it ends; inquiries in the order of time."""
    return _Living(roster, by, seed, manner, watch).through(asked)


class _Living:
    """The events that are to come, what everybody has before them, and what stands."""

    def __init__(self, roster: Roster, by: Policy, seed: int, manner: str, watch: Callable[[float], None]) -> None:
        self.roster, self.by, self.seed, self.watch = roster, by, seed, watch
        self.day, self.standing = Day(manner), Standing()
        self.coming: list[tuple[datetime, int, int, str, Event | None]] = []
        self.before: dict[str, deque[str]] = {name: deque() for name in roster.of}
        self.busy: dict[str, str] = {}  # what they are answering

    def through(self, asked: list[Inquiry]) -> Day:
        for one in asked:
            self._add(one.asked_at, Asked(one.asked_at, one))
            if self.day.manner == FAIR:
                for at in due_at(self.by, one):
                    self._add(at, Due(at, one.id))
        for at in sorted({at for p in self.roster.of.values() for span in p.duty for at in span}):
            self._add(at, Shift(at))
        number, whole = 0, max(len(self.coming), 1)
        while self.coming and self.coming[0][0] < self.roster.ends:
            at, _, _, answered_by, event = heappop(self.coming)
            if event is None:
                self._answered(at, answered_by)
            else:
                self._happen(event)
            number += 1
            if number % 2000 == 0:
                self.watch(min(number / whole / 2, 1.0))
        return self.day

    def _add(self, at: datetime, event: Event | None, by: str = "") -> None:
        rank = 0 if event is None else 1 if isinstance(event, (Replied, Closed)) else 2
        heappush(self.coming, (at, rank, self.day.events, by, event))
        self.day.events += 1

    def _happen(self, event: Event) -> None:
        self.standing, done = step(self.roster, self.by, self.standing, event, self.day.manner)
        self.day.steps += done
        for one in done:
            if one.what == "assigned":
                self.before[one.to].append(one.inquiry)
                self._begin(one.to, event.at)
        if isinstance(event, Shift):
            for name in self.roster.of:
                self._begin(name, event.at)

    def _begin(self, name: str, at: datetime) -> None:
        """The next of what they have, if they are on duty and at nothing; what they never answer is passed over."""
        p = self.roster.of[name]
        while name not in self.busy and self.before[name] and p.on_duty(at):
            inquiry = self.before[name].popleft()
            seconds = self._has(name, inquiry) and self._reply_seconds(p, inquiry)
            if seconds:
                self.busy[name] = inquiry
                self._add(at + timedelta(seconds=seconds), None, name)

    def _has(self, name: str, inquiry: str) -> bool:
        of = self.standing.open.get(inquiry)
        return of is not None and of.to == name and not of.replied

    def _answered(self, at: datetime, name: str) -> None:
        inquiry = self.busy.pop(name)
        if self._has(name, inquiry):
            self.day.replies[inquiry] = (at, name)
            self._happen(Replied(at, inquiry, name))
            p = self.roster.of[name]
            long = _of(p, "talk_seconds", self.by) * -log(1 - self._chance(inquiry, name, 2))
            closed = at + timedelta(seconds=round(long))
            self._add(closed, Closed(closed, inquiry))
        self._begin(name, at)

    def _reply_seconds(self, p: Practitioner, inquiry: str) -> float:
        """How long the reply takes; 0: it never comes."""
        if self._chance(inquiry, p.id, 0) * 100 < _of(p, "silent_pct", self.by):
            return 0.0
        return 1.0 + round(_of(p, "reply_seconds", self.by) * -log(1 - self._chance(inquiry, p.id, 1)))

    def _chance(self, inquiry: str, name: str, part: int) -> float:
        """A number from 0 up to 1, the same for the same pair, part and seed."""
        said = f"{self.seed}\0{inquiry}\0{name}".encode()
        return int.from_bytes(blake2b(said, digest_size=24).digest()[part * 8 : part * 8 + 6], "big") / 2**48


def _of(p: Practitioner, name: str, by: Policy) -> float:
    known = p.pace.get(name)
    return by.pace[name] if known is None else known
