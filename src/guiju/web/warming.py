"""A candidate's windows made from the journal, in steps between decisions, until it is in step with the current."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from guiju.gate import Decision, Engine, EventRefused
from guiju.gate.differences import Differences
from guiju.journal import Following
from guiju.journal.retention import dropped_from
from guiju.web.events import Events
from guiju.web.restoring import Entry
from guiju.web.versions import Clock, Sets, compare, go_along, microseconds, stamp

STEP_S = 0.001  # of the event loop's time at once: so much later may a decision come
PAUSE_S = 0.001  # between two steps, for decisions
READ = 500  # entries at once, by another thread
NEAR = 2_000  # entries behind at which what is decided meanwhile is kept in memory


class Warming:
    """One candidate's engine on its way through the journal; `engine` and `differences` are whole when `run` ends."""

    def __init__(
        self, folder: Path, engine: Engine, sets: Sets, events: Events, clock: Clock, proposed_after: int
    ) -> None:  # fmt: skip
        self.folder, self.engine, self.sets, self.events, self.clock = folder, engine, sets, events, clock
        self.proposed_after = proposed_after
        self.differences = Differences()
        dropped = dropped_from(folder)
        self.first = self.last = dropped[-1].last if dropped else 0
        self.meanwhile: deque[tuple[Any, bytes]] | None = None  # events that were decided on, with what was told

    async def run(self, durable: Callable[[], int], in_flight: Callable[[], list[tuple[Any, bytes]]]) -> None:
        """Returns, without letting anything happen in between, when the engine has taken every event so far.

        durable: the last entry that is acknowledged. in_flight: what was decided after it. Raises BadInput (Full,
        Damaged), OSError.
        """
        reading = Following(self.folder)
        with ThreadPoolExecutor(1, "warming") as reader:
            while durable() - self.last > NEAR:
                await self._through(reading, reader, durable())
            upto, self.meanwhile = durable(), deque(in_flight())
            await self._through(reading, reader, upto)
        begun = time.perf_counter()
        while self.meanwhile:
            self._go_along(*self.meanwhile.popleft(), compares=True)
            if time.perf_counter() - begun > STEP_S:
                await asyncio.sleep(PAUSE_S)
                begun = time.perf_counter()

    def decided(self, event: Any, body: bytes) -> None:
        """The current version has decided on an event."""
        if self.meanwhile is not None:
            self.meanwhile.append((event, body))

    async def _through(self, reading: Following, reader: ThreadPoolExecutor, upto: int) -> None:
        loop = asyncio.get_running_loop()
        while self.last < upto:
            entries = await loop.run_in_executor(reader, reading.take, READ, upto)
            begun = time.perf_counter()
            for entry in entries:
                if entry.payload.startswith(b'{"kind":"decision"'):
                    read = msgspec.json.decode(entry.payload, type=Entry[msgspec.Raw])
                    compares = entry.sequence > self.proposed_after
                    self._go_along(self.events.one(read.event), bytes(read.decision), compares)
                self.last = entry.sequence
                if time.perf_counter() - begun > STEP_S:
                    await asyncio.sleep(PAUSE_S)
                    begun = time.perf_counter()

    def _go_along(self, event: Any, decision: bytes, compares: bool) -> None:
        values, moment = self.events.values(event), microseconds(stamp(decision).decision_at)
        outcome: Decision | EventRefused = go_along(self.engine, self.clock, values, moment)
        if compares:
            compare(self.differences, self.sets, event, decision, outcome)
