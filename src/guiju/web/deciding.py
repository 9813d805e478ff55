"""Decisions that are kept: each event is decided once, and nobody hears of it before it is on the disk.

One thread (that of the event loop) asks the engine; another writes to the journal, and further decisions gather
meanwhile for the next write. The journal is the truth: windows and index are made from it anew after a crash.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from guiju.gate import Engine, TriggerSet
from guiju.journal import Damaged, Journal
from guiju.journal.frames import JSON
from guiju.journal.writing import SEGMENT_BYTES
from guiju.records.errors import BadInput, is_full
from guiju.web.events import Events
from guiju.web.index import Index
from guiju.web.restoring import Entry, Restored, restore
from guiju.web.telling import Teller, encode, set_entry

ROOM = 1 << 20  # bytes that must be free before a disk that was full is trusted again
FLUSH = 5_000  # decisions that are found in memory before they are taken into the index


class Conflict(BadInput):
    """The id was decided on with another body."""


class Unavailable(BadInput):
    """No decision can be made durable now; the state is as it was."""


class Batch:
    """Decisions that go to the disk together; `done` ends when they are there, or fails with Unavailable."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.entries: list[tuple[int, bytes]] = []
        self.known: list[Known] = []
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
        start: Callable[[TriggerSet], Engine],
        *,
        snapshot_every: int = 1_000_000,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        self._open = partial(Journal, folder, segment_bytes=segment_bytes)
        self.set, self.folder, self.start, self.snapshot_every = of, folder, start, snapshot_every
        self.events, self.teller = Events(of), Teller(of)
        self.unavailable: str | None = None
        self.said: list[str] = []  # what a reader of the log should know
        self._recent: dict[str, list[Known]] = {}
        self._flushing: dict[str, list[Known]] = {}
        self._writer = ThreadPoolExecutor(1, "journal")
        self._indexer = ThreadPoolExecutor(1, "index")
        self._writing = self._indexing = False
        self._batch: Batch | None = None
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
        return restore(self.folder, self.journal.last, self.set, self.events, index, self.start)

    def _take_up(self, restored: Restored) -> None:
        if self._index is not None:
            self._index.close()
        self.engine, self._index, self._since_snapshot = restored.engine, restored.index, restored.replayed
        self._indexer.submit(restored.index.learn)
        self.said += restored.said
        if restored.set_digest != self.set.digest:
            self.journal.append(set_entry(self.set))
        self._recent, self._flushing, self._batch = {}, {}, None

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
        decision = self.engine.decide(self.events.values(event))
        body = self.teller(decision)
        if (batch := self._batch) is None:
            batch = self._batch = Batch(asyncio.get_running_loop())
        known = Known(event, body, batch, action=decision.action)
        batch.entries.append((JSON, encode(Entry("decision", event, msgspec.Raw(body)))))
        batch.known.append(known)
        self._recent.setdefault(event.id, []).append(known)
        return known

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
        self._writing = True
        state = None
        if self._since_snapshot >= self.snapshot_every:
            state, self._since_snapshot = self.engine.state(), 0
        loop = asyncio.get_running_loop()
        written = loop.run_in_executor(self._writer, self._commit, batch.entries, state)
        written.add_done_callback(partial(self._written, batch))

    def _commit(self, entries: list[tuple[int, bytes]], state: Any) -> Any:
        committed = self.journal.commit(entries)
        if state is not None:
            with suppress(OSError):  # the journal has it all; the next snapshot comes
                self.journal.snapshot(msgspec.msgpack.encode(state))
        return committed

    def _written(self, batch: Batch, written: asyncio.Future[Any]) -> None:
        self._writing = False
        if error := written.exception():
            self._fail(batch, error)
            return
        for known, place in zip(batch.known, written.result().places, strict=True):
            known.place, known.batch = place, None
            self.actions[known.action] = self.actions.get(known.action, 0) + 1
        self._since_snapshot += len(batch.known)
        batch.done.set_result(None)
        if len(self._recent) >= FLUSH and not self._indexing:
            self._flush()
        self._write()

    def _flush(self) -> None:
        """Take what is durable into the index; those that still wait stay where they are."""
        durable = {id: known for id, known in self._recent.items() if all(k.batch is None for k in known)}
        self._flushing, self._indexing = durable, True
        self._recent = {id: known for id, known in self._recent.items() if id not in durable}
        rows = [(id, k.place) for id, known in durable.items() for k in known]
        # Entries after the first that waits are read again after a crash; adding one twice changes nothing.
        waiting = [k for known in self._recent.values() for k in known if k.batch is None]
        assert self._index is not None
        upto = self._index.sequence if waiting else self.journal.last
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
                    self._recent[known.event.id].remove(known)
                lost.done.set_exception(Unavailable(self.unavailable))
                lost.done.exception()  # looked at, also where nobody waits any more
        self._batch = None
        task = asyncio.get_running_loop().create_task(self._recover())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

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
                self.journal.snapshot(msgspec.msgpack.encode(self.engine.state()))
        self._writer.shutdown()
        if self._index is not None:
            self._index.ending = True
        self._indexer.shutdown()
        if self._index is not None:
            self._index.close()
        self.journal.close()
