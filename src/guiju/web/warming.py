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

STEP_S, MOST_STEP_S = 0.001, 0.02  # of the event loop's time at once; more where more comes in than is taken
PAUSE_S, MOST_PAUSE_S = 0.001, 0.02  # between two steps; more where the loop comes late to it, for others wait, too
READ = 500  # entries at once, by another thread, while those before are decided on
AT_ONCE = 5_000  # entries between two looks at how much came in meanwhile
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
        self._step, self._pause = STEP_S, PAUSE_S
        self.meanwhile: deque[tuple[Any, bytes]] | None = None  # events that were decided on, with what was told

    async def run(self, durable: Callable[[], int], in_flight: Callable[[], list[tuple[Any, bytes]]]) -> None:
        """Returns, without letting anything happen in between, when the engine has taken every event so far.

        durable: the last entry that is acknowledged. in_flight: what was decided after it. Raises BadInput (Full,
        Damaged), OSError.
        """
        reading = Following(self.folder)
        with ThreadPoolExecutor(1, "warming") as reader:
            while durable() - self.last > NEAR:
                upto = durable()
                await self._through(reading, reader, min(upto, self.last + AT_ONCE))
                self._hurry(came=durable() - upto)
            upto, self.meanwhile = durable(), deque(in_flight())
            await self._through(reading, reader, upto)
        begun, taken, arrived = time.perf_counter(), 0, 0
        while self.meanwhile:
            self._go_along(*self.meanwhile.popleft(), compares=True)
            taken += 1
            if taken > 2 * arrived and time.perf_counter() - begun > STEP_S:
                left, taken = len(self.meanwhile), 0
                begun = await self._give_way()
                arrived = len(self.meanwhile) - left

    def decided(self, event: Any, body: bytes) -> None:
        """The current version has decided on an event."""
        if self.meanwhile is not None:
            self.meanwhile.append((event, body))

    async def _through(self, reading: Following, reader: ThreadPoolExecutor, upto: int) -> None:
        loop = asyncio.get_running_loop()
        coming = loop.run_in_executor(reader, reading.take, READ, upto)
        while self.last < upto:
            entries, begun = await coming, time.perf_counter()
            coming = loop.run_in_executor(reader, reading.take, READ, upto)
            for entry in entries:
                if entry.payload.startswith(b'{"kind":"decision"'):
                    read = msgspec.json.decode(entry.payload, type=Entry[msgspec.Raw])
                    compares = entry.sequence > self.proposed_after
                    self._go_along(self.events.one(read.event), bytes(read.decision), compares)
                self.last = entry.sequence
                if time.perf_counter() - begun > self._step:
                    begun = await self._give_way()

    async def _give_way(self) -> float:
        """Let decisions go first; returns when the next step begins."""
        asked = time.perf_counter()
        await asyncio.sleep(self._pause)
        now = time.perf_counter()
        late = now - asked - self._pause
        self._pause = min(PAUSE_S + 2 * late, MOST_PAUSE_S)
        return now

    def _hurry(self, came: int) -> None:
        """Longer steps where more than half as much came in as was taken: it must be warm one day."""
        loses = 2 * came > AT_ONCE
        self._step = min(2 * self._step, MOST_STEP_S) if loses else max(self._step * 0.9, STEP_S)

    def _go_along(self, event: Any, decision: bytes, compares: bool) -> None:
        values, moment = self.events.values(event), microseconds(stamp(decision).decision_at)
        outcome: Decision | EventRefused = go_along(self.engine, self.clock, values, moment)
        if compares:
            compare(self.differences, self.sets, event, decision, outcome)
