"""A service's state made anew from its journal: windows from the last snapshot on, the index from where it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from guiju.gate import Engine, TriggerSet
from guiju.journal import Reading, snapshots
from guiju.journal.retention import dropped_from
from guiju.records.errors import BadInput
from guiju.web.events import Events
from guiju.web.index import Index
from guiju.web.telling import Teller

T = TypeVar("T")
ROWS = 50_000  # that go to the index together


class Entry(msgspec.Struct, Generic[T]):
    """A journal's entry of one decision."""

    kind: str
    event: T
    decision: msgspec.Raw


class SetEntry(msgspec.Struct):
    """A journal's entry of the text of a set, from here on in force."""

    kind: str
    stream: str
    digest: str


@dataclass
class Restored:
    """An engine as if nothing had happened, and what else the journal says."""

    engine: Engine
    index: Index
    replayed: int = 0
    set_digest: str = ""  # of the set that decided last
    said: list[str] = field(default_factory=list)


def restore(
    folder: Path, last: int, of: TriggerSet, events: Events, index: Index, start: Callable[[TriggerSet], Engine]
) -> Restored:
    """Read the journal, which ends with entry `last`, from the last usable snapshot on. Raises BadInput, Damaged."""
    if index.sequence > last:
        index.clear()
    restored = Restored(start(of), index)
    begin, head = _snapshot(folder, of, restored)
    dropped = dropped_from(folder)
    gone = dropped[-1].last if dropped else 0
    if begin < gone:
        restored.said.append(f"entries up to {gone:,} were dropped: windows begin after them")
        head = ""
    after = min(begin, index.sequence)
    reading = Reading(folder, after if after >= gone else 0, noting=frozenset([begin]))
    teller = Teller(of)
    rows: list[tuple[str, int]] = []
    differing = 0
    for entry in reading:
        if entry.payload.startswith(b'{"kind":"set"'):
            made = msgspec.json.decode(entry.payload, type=SetEntry)
            if made.stream != of.stream:
                raise BadInput(f"{folder}: holds decisions on {made.stream}, and {of.name} decides on {of.stream}")
            restored.set_digest = made.digest
            continue
        read = msgspec.json.decode(entry.payload, type=Entry[msgspec.Raw])
        event = events.one(read.event)
        if entry.sequence > begin:
            decision = restored.engine.decide(events.values(event))
            differing += restored.set_digest == of.digest and teller(decision) != bytes(read.decision)
            restored.replayed += 1
        if entry.sequence > index.sequence:
            rows.append((event.id, entry.place))
            if len(rows) >= ROWS:
                index.add(rows, entry.sequence)
                rows.clear()
    index.add(rows, reading.chain.last)
    if head and reading.chain.heads.get(begin) != head:
        raise BadInput(f"{folder}/snapshots: the snapshot after entry {begin:,} is not of this journal; remove it")
    if differing:
        restored.said.append(f"{differing:,} events would be decided otherwise now; the decisions given stand")
    return restored


def _snapshot(folder: Path, of: TriggerSet, restored: Restored) -> tuple[int, str]:
    """Take up the newest usable snapshot: the entry it stands after, and the head there; 0 where there is none."""
    for found in snapshots.load(folder):
        if isinstance(found, str):
            restored.said.append(found)
            continue
        anchor, state = found
        try:
            restored.engine.restore(msgspec.msgpack.decode(state))
        except (BadInput, msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
            restored.said.append(f"the snapshot after entry {anchor.sequence:,} is not used ({error})")
            continue
        restored.set_digest = of.digest
        return anchor.sequence, anchor.head
    return 0, ""
