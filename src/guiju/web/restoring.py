"""A service's state made anew from its journal: windows from the last snapshot on, the index from where it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from guiju.gate import Decision, Engine, EventRefused, Full, TriggerSet
from guiju.gate.differences import Differences
from guiju.gate.rollout import Change, Rollout, SetEntry
from guiju.gate.versions import Version
from guiju.journal import Entry as JournalEntry
from guiju.journal import Reading, snapshots
from guiju.journal.retention import dropped_from
from guiju.records.errors import BadInput
from guiju.web.events import Events
from guiju.web.index import Index
from guiju.web.versions import LAYOUT, Clock, Kept, Sets, Versions, compare, go_along, microseconds, stamp

T = TypeVar("T")
ROWS = 50_000  # that go to the index together
Start = Callable[[TriggerSet], Engine]


class Entry(msgspec.Struct, Generic[T]):
    """A journal's entry of one decision."""

    kind: str
    event: T
    decision: msgspec.Raw


class Named(msgspec.Struct):
    id: str


class EventNamed(msgspec.Struct):
    """A journal's entry of one decision, of which only the event's id is read: half as long as reading all."""

    event: Named


NAMED = msgspec.json.Decoder(EventNamed)


class OtherStream(BadInput):
    """The journal is of another stream than the set."""


@dataclass
class Restored:
    """Versions as if nothing had happened, and what else the journal says."""

    versions: Versions
    index: Index
    cold: Engine | None  # of a candidate whose windows are not warm yet
    replayed: int
    begun: SetEntry | None  # to be journalled: the text that the service begins with, where it is a new one
    said: list[str]


@dataclass
class Service:
    """What a restoring needs of the service: the set it was begun with, and how an engine begins."""

    given: TriggerSet
    version: Version  # of the same
    events: Events
    start: Start
    clock: Clock


def restore(folder: Path, last: int, of: Service, index: Index) -> Restored:
    """Read the journal, which ends with entry `last`, from the last usable snapshot on. Raises BadInput, Damaged."""
    if index.sequence > last:
        index.clear()
    said: list[str] = []
    way, begin, head = _from_snapshot(folder, of, said)
    dropped = dropped_from(folder)
    gone = dropped[-1].last if dropped else 0
    if begin < gone:
        said.append(f"entries up to {gone:,} were dropped: windows begin after them")
        head = ""
    after = min(begin, index.sequence)
    reading = Reading(folder, after if after >= gone else 0, noting=frozenset([begin]))
    with _adding(index, reading) as add:
        for entry in reading:
            id = way.take(entry, entry.sequence > begin)
            if id is not None:
                add(id, entry)
    if head and reading.chain.heads.get(begin) != head:
        raise BadInput(f"{folder}/snapshots: the snapshot after entry {begin:,} is not of this journal; remove it")
    begun = way.settle(said)
    way = _with_engines(folder, way)
    if way.differing:
        said.append(f"{way.differing:,} events would be decided otherwise now; the decisions given stand")
    if way.strange:
        said.append(f"{way.strange:,} events are none for the current version; its windows are without them")
    rollout = way.rollout
    versions = Versions(rollout, way.sets, way.engines, way.differences, of.clock)
    cold = None
    if rollout.candidate is not None and versions.beside is None:
        try:
            cold = way.begin(rollout.candidate)
        except BadInput as error:  # nothing rests on it
            versions.failed = str(error)
    return Restored(versions, index, cold, way.replayed, begun, said)


@contextmanager
def _adding(index: Index, reading: Reading) -> Iterator[Callable[[str, JournalEntry], None]]:
    """Takes ids and places into the index, many at once, all that come after what it holds."""
    rows: list[tuple[str, int]] = []

    def add(id: str, entry: JournalEntry) -> None:
        if entry.sequence > index.sequence:
            rows.append((id, entry.place))
            if len(rows) >= ROWS:
                index.add(rows, entry.sequence)
                rows.clear()

    yield add
    index.add(rows, reading.chain.last)


def _from_snapshot(folder: Path, of: Service, said: list[str]) -> tuple[_Way, int, str]:
    """The newest usable snapshot taken up: the entry it stands after, and the head there; 0 where there is none."""
    for found in snapshots.load(folder):
        if isinstance(found, str):
            said.append(found)
            continue
        anchor, state = found
        try:
            kept = msgspec.msgpack.decode(state, type=Kept)
            way = _taken_up(kept, of)
        except OtherStream:
            raise
        except (BadInput, msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
            said.append(f"the snapshot after entry {anchor.sequence:,} is not used ({error})")
            continue
        return way, anchor.sequence, anchor.head
    way = _Way(of)
    way.begin(of.version)  # most likely it is this one that decided
    return way, 0, ""


def _taken_up(kept: Kept, of: Service) -> _Way:
    if kept.layout != LAYOUT:
        raise BadInput(f"is of layout {kept.layout}, and this version of Guiju reads {LAYOUT}")
    way = _Way(of, kept.rollout, Differences(kept.compared))
    assert kept.rollout.current is not None
    _check_stream(kept.rollout.current.stream, of.given)
    for version in (kept.rollout.current, kept.rollout.candidate):
        if version is not None and version.digest in kept.engines:
            way.begin(version).restore(kept.engines[version.digest])
    return way


def _check_stream(stream: str, given: TriggerSet) -> None:
    if stream != given.stream:
        raise OtherStream(f"the journal holds decisions on {stream}, and {given.name} decides on {given.stream}")


def _with_engines(folder: Path, way: _Way) -> _Way:
    """The way with every engine that must decide now: where one is missing, all of the journal is gone through."""
    rollout = way.rollout
    assert rollout.current is not None
    needed = [rollout.current]
    if rollout.candidate is not None and (rollout.decided or rollout.candidate.digest in way.engines):
        needed.append(rollout.candidate)
    if all(version.digest in way.engines for version in needed):
        return way
    again = _Way(way.of, rollout, Differences(), settled=True, sets=way.sets)
    for version in needed:
        again.begin(version)
    for entry in Reading(folder):
        again.take(entry, True)
    return again


@dataclass
class _Way:
    """One way through the journal: how the versions stand, and engines that decide on every event anew."""

    of: Service
    rollout: Rollout = field(default_factory=Rollout)
    differences: Differences = field(default_factory=Differences)
    settled: bool = False  # whether `rollout` is that of the end, from the beginning on
    sets: Sets = field(default_factory=Sets)
    engines: dict[str, Engine] = field(default_factory=dict)
    replayed: int = 0
    differing: int = 0
    strange: int = 0

    def begin(self, version: Version) -> Engine:
        """An engine of a version, without history. Raises BadInput where its text means something else now."""
        given = self.of.version
        same = (version.digest, version.name) == (given.digest, given.name)
        of = self.sets.get(version.digest) or (self.of.given if same else version.load())
        if of.digest != version.digest:
            raise BadInput(
                f"the rulebook has changed since {version.digest} was proposed: go on with the Guiju of then"
            )
        self.sets.add(of)
        engine = self.engines[version.digest] = self.of.start(of)
        return engine

    def take(self, entry: JournalEntry, decides: bool) -> str | None:
        """One entry; returns the id of the event that was decided on, None where the entry is another."""
        payload = entry.payload
        if payload.startswith(b'{"kind":"decision"'):
            return self._decision(entry) if decides else NAMED.decode(payload).event.id
        if decides and not self.settled:
            if payload.startswith(b'{"kind":"set"'):
                self._begun(msgspec.json.decode(payload, type=SetEntry))
            elif payload.startswith(b'{"kind":"rollout"'):
                self._turn(self.rollout.after(msgspec.json.decode(payload, type=Change), entry.sequence))
        return None

    def _begun(self, entry: SetEntry) -> None:
        _check_stream(entry.stream, self.of.given)
        self._turn(self.rollout.begun(entry))

    def _turn(self, rollout: Rollout) -> None:
        if rollout.candidate != self.rollout.candidate:
            self.differences = Differences()
        self.rollout = rollout

    def _decision(self, entry: JournalEntry) -> str:
        read = msgspec.json.decode(entry.payload, type=Entry[msgspec.Raw])
        event = self.of.events.one(read.event)
        self._decide(event, bytes(read.decision), entry.sequence)
        self.replayed += 1
        return str(event.id)

    def _decide(self, event: Any, decision: bytes, sequence: int) -> None:
        values, stamped = self.of.events.values(event), stamp(decision)
        moment = microseconds(stamped.decision_at)
        outcomes: dict[str, Decision | EventRefused] = {}
        for digest, engine in list(self.engines.items()):
            try:
                outcomes[digest] = outcome = go_along(engine, self.of.clock, values, moment)
            except Full:
                if self.rollout.candidate is None or digest != self.rollout.candidate.digest or self.rollout.decided:
                    raise
                del self.engines[digest]  # it only goes along; nothing rests on it
                continue
            if digest == stamped.set.digest:
                same = isinstance(outcome, Decision) and self.sets.told(outcome) == decision
                self.differing += not same
        current, candidate = self.rollout.current, self.rollout.candidate
        if current and isinstance(outcomes.get(current.digest), EventRefused):
            self.strange += 1
        if current and candidate and sequence > self.rollout.proposed_after:
            ours, theirs = outcomes.get(current.digest), outcomes.get(candidate.digest)
            if ours is not None and theirs is not None:
                compare(self.differences, self.sets, event, ours, theirs)

    def settle(self, said: list[str]) -> SetEntry | None:
        """Which version is current now: the journal's, unless the service is begun with a text as never before."""
        mine, current = self.of.version, self.rollout.current
        if current is None or mine.of_texts == current.of_texts:
            same = current is not None and (mine.digest, mine.name) == (current.digest, current.name)
            if same and (self.rollout.given == mine.of_texts or self.rollout.candidate is not None):
                return None
            version, given = mine, mine.of_texts
        elif mine.of_texts == self.rollout.given:
            said.append(
                f"{current.digest} decides, by the roll-out in the journal; the service was begun with {mine.digest}"
            )
            now = current.load()
            if now.digest == current.digest:
                return None
            version, given = msgspec.structs.replace(current, digest=now.digest), self.rollout.given
        else:
            version, given = mine, mine.of_texts
        if self.rollout.candidate is not None:
            raise BadInput(
                f"the candidate {self.rollout.candidate.digest} is beside the current version, and the service cannot "
                "begin with another text or rulebook: begin as before, then withdraw it or conclude its roll-out"
            )
        entry = SetEntry(
            name=version.name, stream=version.stream, digest=version.digest, texts=version.texts, given=given,
            at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )  # fmt: skip
        if version is mine:
            self.sets.add(self.of.given)
        self._turn(self.rollout.begun(entry))
        return entry
