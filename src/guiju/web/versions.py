"""The versions of a set at work on one journal: both decide on every event, in one order, and one is answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from guiju.gate import Decision, Engine, EventRefused, Full, TriggerSet
from guiju.gate.differences import Differences, Seen, refusing, seen
from guiju.gate.differences import State as Compared
from guiju.gate.engine import FOREVER, system_clock
from guiju.gate.rollout import Rollout
from guiju.web.telling import Teller

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """The engines' clock. It is asked for the version that decides; one that only goes along takes what was taken."""

    def __init__(self) -> None:
        self.is_asked = True

    def __call__(self) -> int:
        return system_clock() if self.is_asked else FOREVER


class Kept(msgspec.Struct):
    """A snapshot of the service after some entry of its journal."""

    layout: int
    rollout: Rollout
    engines: dict[str, Any]
    compared: Compared


LAYOUT = 1


class _Set(msgspec.Struct):
    digest: str


class Stamp(msgspec.Struct):
    """What a journalled decision says of itself."""

    set: _Set
    decision_at: datetime


stamp = msgspec.json.Decoder(Stamp).decode


def go_along(engine: Engine, clock: Clock, values: Mapping[str, Any], moment: int) -> Decision | EventRefused:
    """What an engine makes of an event that was decided on at that moment; its own refusal is returned. Raises Full."""
    clock.is_asked = False
    try:
        return engine.decide(values)
    except EventRefused as error:
        engine.pass_over(moment)
        return error
    finally:
        clock.is_asked = True


def microseconds(of: datetime) -> int:
    span = of - EPOCH
    return (span.days * 86400 + span.seconds) * 1_000_000 + span.microseconds


Outcome = Decision | EventRefused | bytes


class Sets:
    """The sets that decide or did, by digest, and how the decisions of each are told."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[TriggerSet, Teller]] = {}

    def add(self, of: TriggerSet) -> TriggerSet:
        self._of[of.digest] = of, Teller(of)
        return of

    def get(self, digest: str) -> TriggerSet | None:
        return self._of[digest][0] if digest in self._of else None

    def __getitem__(self, digest: str) -> TriggerSet:
        return self._of[digest][0]

    def told(self, decision: Decision) -> bytes:
        return self._of[decision.layout.digest][1](decision)


def view(outcome: Outcome, sets: Sets) -> Seen:
    """One version's outcome, to be compared with another's."""
    if isinstance(outcome, bytes):
        return seen(outcome)
    if isinstance(outcome, EventRefused):
        return refusing(str(outcome))
    triggers = outcome.layout.triggers
    held = frozenset(triggers[place].name for place, _ in outcome.held)
    return Seen(outcome.action, held, lambda: sets.told(outcome))


def compare(differences: Differences, sets: Sets, event: Any, current: Outcome, candidate: Outcome) -> None:
    """Count what both versions make of an event."""
    if isinstance(current, Decision) and isinstance(candidate, Decision) and not (current.held or candidate.held):
        differences.same()
    else:
        differences.compare(event.platform, event.id, view(current, sets), view(candidate, sets))


class Versions:
    """The engines in step: `engine` is the current version's, `beside` the candidate's once it is warm."""

    def __init__(
        self, rollout: Rollout, sets: Sets, engines: dict[str, Engine], compared: Differences, clock: Clock
    ) -> None:  # fmt: skip
        assert rollout.current is not None
        self.rollout, self.sets, self.differences, self.clock = rollout, sets, compared, clock
        self.set, self.engine = sets[rollout.current.digest], engines[rollout.current.digest]
        self.beside = engines.get(rollout.candidate.digest) if rollout.candidate else None
        self.failed = ""  # why the candidate goes along no more

    def decide(self, event: Any, values: Mapping[str, Any]) -> Decision:
        """The decision that is answered. Raises EventRefused or Full; every state is then as it was."""
        beside = self.beside
        if beside is None:
            return self.engine.decide(values)
        if not self.rollout.share_pct:
            decision = self.engine.decide(values)
            self._beside(beside, event, values, decision)
            return decision
        occurred = microseconds(event.occurred_at)
        for engine in (self.engine, beside):
            engine.make_room(occurred)
        subject = getattr(event, self.rollout.subject)
        if self.rollout.is_candidates(event.platform, subject):
            decision = beside.decide(values)
            compare(
                self.differences, self.sets, event, go_along(self.engine, self.clock, values, decision.moment), decision
            )
        else:
            decision = self.engine.decide(values)
            compare(self.differences, self.sets, event, decision, go_along(beside, self.clock, values, decision.moment))
        return decision

    def _beside(self, engine: Engine, event: Any, values: Mapping[str, Any], decision: Decision) -> None:
        """The candidate goes along; whatever befalls it, the decision stands."""
        try:
            outcome = go_along(engine, self.clock, values, decision.moment)
        except Full as error:
            self.failed, self.beside = str(error), None
            engine.forget()
            return
        compare(self.differences, self.sets, event, decision, outcome)

    def turn(self, rollout: Rollout) -> None:
        """Take up the roll-out as it stands after a change."""
        before, self.rollout = self.rollout, rollout
        assert rollout.current is not None
        if rollout.candidate is None:
            gone = self.beside
            if before.current != rollout.current:
                assert self.beside is not None
                gone, self.engine, self.set = self.engine, self.beside, self.sets[rollout.current.digest]
            if gone is not None:
                gone.forget()
            self.beside, self.failed, self.differences = None, "", Differences()

    def forget(self) -> None:
        """Let go of every engine: others have taken up their work."""
        for engine in (self.engine, self.beside):
            if engine is not None:
                engine.forget()

    def kept(self) -> Kept:
        """A snapshot of now."""
        engines = {self.set.digest: self.engine.state()}
        if self.beside is not None:
            engines[self.beside.set.digest] = self.beside.state()
        return Kept(LAYOUT, self.rollout, engines, self.differences.state())
