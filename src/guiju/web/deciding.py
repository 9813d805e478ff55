"""Decisions that are kept: each event is decided once, and nobody hears of it before it is on the disk.

One thread (that of the event loop) asks the engine; another writes to the journal, and further decisions gather
meanwhile for the next write. The journal is the truth: windows and index are made from it anew after a crash.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from guiju.gate import Engine, TriggerSet
from guiju.gate.rollout import Change, Rollout
from guiju.gate.versions import version_of
from guiju.journal import Damaged, Journal
from guiju.journal.frames import JSON
from guiju.journal.writing import SEGMENT_BYTES
from guiju.records.errors import BadInput, is_full
from guiju.web.events import Events
from guiju.web.index import Index
from guiju.web.restoring import Entry, Restored, Service, restore
from guiju.web.telling import encode
from guiju.web.versions import Clock, Kept
from guiju.web.warming import Warming

ROOM = 1 << 20  # bytes that must be free before a disk that was full is trusted again
FLUSH = 2_000  # decisions that are found in memory before they are taken into the index; it halts others for a ms


class Conflict(BadInput):
    """The id was decided on with another body."""


class Unavailable(BadInput):
    """No decision can be made durable now; the state is as it was."""


class Batch:
    """Decisions that go to the disk together; `done` ends when they are there, or fails with Unavailable."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.entries: list[tuple[int, bytes]] = []
        self.known: list[Known | None] = []  # of each entry; None for a change of the roll-out
        self.done: asyncio.Future[None] = loop.create_future()


class Known:
    """A decision on an event: its text, and the batch it waits for, None once it is durable."""

    __slots__ = ("action", "batch", "body", "event", "place")

    def __init__(self, event: Any, body: bytes, batch: Batch | None, place: int = -1, action: str = "") -> None:
        self.event, self.body, self.batch, self.place, self.action = event, body, batch, place, action


class Deciding:
    """A set of triggers at work on a journal. `start` makes an engine; use it on one event loop.

    Raises BadInput where the journal is another writer's, a newer version's, damaged, or of another stream.
    """

    def __init__(
        self,
        of: TriggerSet,
        folder: Path,
        start: Callable[..., Engine],
        *,
        snapshot_every: int = 1_000_000,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        self._open = partial(Journal, folder, segment_bytes=segment_bytes)
        self.folder, self.snapshot_every = folder, snapshot_every
        self.events, self.clock = Events(of), Clock()
        self.start = partial(start, clock=self.clock)
        self._service = Service(of, version_of(of), self.events, self.start, self.clock)
        self.unavailable: str | None = None
        self.said: list[str] = []  # what a reader of the log should know
        self._recent: dict[str, list[Known]] = {}
        self._flushing: dict[str, list[Known]] = {}
        self._writer = ThreadPoolExecutor(1, "journal")
        self._indexer = ThreadPoolExecutor(1, "index")
        self._writing = self._indexing = False
        self._batch: Batch | None = None
        self._in_flight: Batch | None = None  # being written
        self.warming: Warming | None = None
        self._warming: asyncio.Task[None] | None = None
        self._index: Index | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.actions: dict[str, int] = {}
        self.repeated = 0
        self.journal = self._open()
        try:
            self._take_up(self._restored())
        except BaseException:
            self.journal.close()
            raise

    def _restored(self) -> Restored:
        """What the journal says, from the last snapshot on. The index is brought up to it."""
        if self.journal.torn:
            self.said.append(str(self.journal.torn))
        index = Index(self.folder / "index" / "decisions.sqlite", self.journal.id.hex())
        return restore(self.folder, self.journal.last, self._service, index)

    def _take_up(self, restored: Restored) -> None:
        if self._index is not None:
            self._index.close()
        self.versions, self._index, self._since_snapshot = restored.versions, restored.index, restored.replayed
        self._indexer.submit(restored.index.learn)
        self.said += restored.said
        if restored.begun:
            self.journal.append(restored.begun)
        self._durable = self.journal.last
        self._recent, self._flushing, self._batch, self._in_flight = {}, {}, None, None
        if restored.cold is not None:
            self._warm(restored.cold)

    @property
    def set(self) -> TriggerSet:
        """The current version."""
        return self.versions.set

    @property
    def engine(self) -> Engine:
        """That of the current version."""
        return self.versions.engine

    async def decide(self, events: list[Any]) -> list[Known | Exception]:
        """A decision, or why there is none, for each event, in order; all of them durable."""
        outcomes: list[Known | Exception] = []
        places = self._places([event.id for event in events if not isinstance(event, Exception)])
        try:
            for event in events:
                try:
                    outcomes.append(event if isinstance(event, Exception) else self._take(event, places))
                except BadInput as error:
                    outcomes.append(error)
        finally:
            if not self._writing:
                self._write()
        for n, outcome in enumerate(outcomes):
            if isinstance(outcome, Known) and outcome.batch is not None:
                try:
                    await asyncio.shield(outcome.batch.done)
                except Unavailable as error:
                    outcomes[n] = error
        return outcomes

    def _take(self, event: Any, places: dict[str, list[int]]) -> Known:
        if known := self._decided(event, places):
            self.repeated += 1
            return known
        if self.unavailable:
            raise Unavailable(self.unavailable)
        decision = self.versions.decide(event, self.events.values(event))
        body, batch = self.versions.sets.told(decision), self._gathering()
        known = Known(event, body, batch, action=decision.action)
        batch.entries.append((JSON, encode(Entry("decision", event, msgspec.Raw(body)))))
        batch.known.append(known)
        self._recent.setdefault(event.id, []).append(known)
        if self.warming is not None:
            self.warming.decided(event, body)
        return known

    def _gathering(self) -> Batch:
        if self._batch is None:
            self._batch = Batch(asyncio.get_running_loop())
        return self._batch

    async def change(self, make: Callable[[Rollout], Change], proposed: Engine | None = None) -> None:
        """Change the roll-out: in force for every event from now on, and durable when this returns.

        make: the change, of the roll-out as it stands. proposed: the engine of a candidate. Raises BadInput.
        """
        if self.unavailable:
            raise Unavailable(self.unavailable)
        before = self.versions.rollout
        change, batch = make(before), self._gathering()
        if proposed is not None:
            self.versions.sets.add(proposed.set)
        batch.entries.append((JSON, encode(change)))
        batch.known.append(None)
        sequence = self._durable + len(self._in_flight.entries if self._in_flight else ()) + len(batch.entries)
        self.versions.turn(before.after(change, sequence))
        if self.versions.rollout.candidate is None:
            self._stop_warming()
        elif self.versions.rollout.decided and not before.decided:
            self._since_snapshot = self.snapshot_every  # or a restart would go through all of the journal
        if not self._writing:
            self._write()
        await asyncio.shield(batch.done)
        candidate = self.versions.rollout.candidate
        if proposed is not None and candidate is not None and candidate.digest == proposed.set.digest:
            self._warm(proposed)

    def _warm(self, engine: Engine) -> None:
        """Begin to make a candidate's windows. What was proposed is durable."""
        self._stop_warming()
        versions = self.versions
        warming = Warming(
            self.folder, engine, versions.sets, self.events, self.clock, versions.rollout.proposed_after
        )  # fmt: skip

        async def run() -> None:
            try:
                await warming.run(lambda: self._durable, self._waiting)
                versions.beside, versions.differences = engine, warming.differences
            except (BadInput, OSError) as error:
                versions.failed = str(error)
                engine.forget()
            finally:
                if self.warming is warming:
                    self.warming = None

        self.warming, self._warming = warming, self._task(run())

    def _stop_warming(self) -> None:
        if self._warming is not None and self.warming is not None:
            self._warming.cancel()
            self.warming.engine.forget()
        self.warming = self._warming = None

    def _waiting(self) -> list[tuple[Any, bytes]]:
        """What was decided and is not durable yet."""
        batches = [batch for batch in (self._in_flight, self._batch) if batch is not None]
        return [(known.event, known.body) for batch in batches for known in batch.known if known is not None]

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _decided(self, event: Any, places: dict[str, list[int]]) -> Known | None:
        """The decision that was made on this event. Raises Conflict where it was made on another body."""
        if event.id not in self._recent and event.id not in self._flushing and event.id not in places:
            return None
        for known in self._found(event.id, places):
            if known.event.platform == event.platform:
                if known.event != event:
                    raise Conflict(f"{event.id!r} was decided on with another body; give a new event a new id")
                return known
        return None

    def _places(self, ids: list[str]) -> dict[str, list[int]]:
        """Where those stand that are no longer in memory."""
        assert self._index is not None
        old = [id for id in ids if id not in self._recent and id not in self._flushing]
        return self._index.find(old) if old else {}

    def _found(self, id: str, places: dict[str, list[int]]) -> list[Known]:
        for near in (self._recent, self._flushing):
            if found := near.get(id):
                return found
        return [known for place in places.get(id, ()) if (known := self._read(place)) and known.event.id == id]

    def _read(self, place: int) -> Known | None:
        try:
            payload = self.journal.entry_at(place).payload
        except Damaged as error:
            raise Unavailable(str(error)) from None
        except BadInput:  # old, and dropped
            return None
        entry = msgspec.json.decode(payload, type=Entry[msgspec.Raw])
        return Known(self.events.one(entry.event), bytes(entry.decision), None, place)

    def decision(self, id: str, platform: str | None) -> list[bytes]:
        """The durable decisions on events with this id: one, unless platforms share it."""
        found = [
            k for k in self._found(id, self._places([id])) if k.batch is None and platform in (None, k.event.platform)
        ]
        return [known.body for known in found]

    def _write(self) -> None:
        batch, self._batch = self._batch, None
        if batch is None:
            return
        self._writing, self._in_flight, state = True, batch, None
        if self._since_snapshot >= self.snapshot_every:
            state, self._since_snapshot = self.versions.kept(), 0
        loop = asyncio.get_running_loop()
        written = loop.run_in_executor(self._writer, self._commit, batch.entries, state)
        written.add_done_callback(partial(self._written, batch))

    def _commit(self, entries: list[tuple[int, bytes]], state: Kept | None) -> Any:
        committed = self.journal.commit(entries)
        if state is not None:
            with suppress(OSError):  # the journal has it all; the next snapshot comes
                self.journal.snapshot(msgspec.msgpack.encode(state))
        return committed

    def _written(self, batch: Batch, written: asyncio.Future[Any]) -> None:
        self._writing, self._in_flight = False, None
        if error := written.exception():
            self._fail(batch, error)
            return
        committed = written.result()
        self._durable = committed.last
        for known, place in zip(batch.known, committed.places, strict=True):
            if known is None:
                continue
            known.place, known.batch = place, None
            self.actions[known.action] = self.actions.get(known.action, 0) + 1
        self._since_snapshot += len(batch.known)
        batch.done.set_result(None)
        if len(self._recent) >= FLUSH and not self._indexing:
            self._flush()
        self._write()

    def _flush(self) -> None:
        """Take what is durable into the index; those that still wait stay where they are."""
        # What became known of an id comes later to the disk than what was known before, so the last of it tells.
        waiting = {id: known for id, known in self._recent.items() if known and known[-1].batch is not None}
        durable = {id: known for id, known in self._recent.items() if id not in waiting} if waiting else self._recent
        self._recent, self._flushing, self._indexing = waiting, durable, True
        rows = [(id, k.place) for id, known in durable.items() for k in known]
        # Entries after the first that waits are read again after a crash; adding one twice changes nothing.
        mixed = any(k.batch is None for known in waiting.values() for k in known)
        assert self._index is not None
        upto = self._index.sequence if mixed else self.journal.last
        done = asyncio.get_running_loop().run_in_executor(self._indexer, self._index.add, rows, upto)
        done.add_done_callback(self._indexed)

    def _indexed(self, done: asyncio.Future[None]) -> None:
        self._indexing = False
        if done.exception():  # a full disk, say: they stay in memory, and the index is brought up later
            for id, known in self._flushing.items():
                self._recent[id] = [*known, *self._recent.get(id, [])]
        self._flushing = {}

    def _fail(self, batch: Batch, error: BaseException) -> None:
        """What was decided but not kept is forgotten, and the windows are made anew before anything is decided."""
        full = isinstance(error, OSError) and is_full(error)
        self.unavailable = "the disk is full: make room" if full else f"the journal cannot be written ({error})"
        for lost in (batch, self._batch):
            if lost is not None:
                for known in lost.known:
                    if known is None:
                        continue
                    self._recent[known.event.id].remove(known)
                lost.done.set_exception(Unavailable(self.unavailable))
                lost.done.exception()  # looked at, also where nobody waits any more
        self._batch = None
        self._stop_warming()
        self._task(self._recover())

    async def _recover(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(0.2)
            try:
                restored = await loop.run_in_executor(self._writer, self._reopened)
            except (OSError, BadInput, sqlite3.Error) as error:
                self.unavailable = f"the journal cannot be opened ({error})"
                continue
            if restored is not None:
                self.versions.forget()
                self._take_up(restored)
                self.unavailable = None
                return

    def _reopened(self) -> Restored | None:
        if not self.journal.has_room(ROOM) and not self.journal.is_broken:
            return None
        self.journal.close()
        self.journal = self._open()
        return self._restored()

    async def close(self) -> None:
        """Write what waits, keep a snapshot, and let another service in."""
        for task in self._tasks:
            task.cancel()
        while self._writing or self._batch is not None or self._indexing:
            await asyncio.sleep(0.005)
        if not self.unavailable:
            with suppress(OSError):
                self.journal.snapshot(msgspec.msgpack.encode(self.versions.kept()))
        self._writer.shutdown()
        if self._index is not None:
            self._index.ending = True
        self._indexer.shutdown()
        if self._index is not None:
            self._index.close()
        self.journal.close()
