"""The cases at work behind the routes: one thread writes, a few read, and the event loop waits for neither."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from guiju.cases import Cases, Desk
from guiju.cases.attachments import Attachments
from guiju.cases.statement.dsa import Publication
from guiju.ledger.database import Unavailable
from guiju.web.cases.callers import Callers

READERS = 4
MOST_WAITING = 200  # writes; whoever comes then is told to come again
T = TypeVar("T")


class Office:
    """Cases, attachments and callers of one service. `publication`: what all its statements in the DSA database say."""

    def __init__(
        self, cases: Cases, callers: Callers, attachments: Attachments, publication: Publication | None = None
    ) -> None:
        self.cases, self.callers, self.attachments, self.publication = cases, callers, attachments, publication
        self._writer = ThreadPoolExecutor(1, "desk")
        self._readers = ThreadPoolExecutor(READERS, "reading")
        self._waiting = 0

    async def read(self, ask: Callable[[Cases], T]) -> T:
        """What somebody asks of the cases."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, ask, self.cases)

    async def write(self, do: Callable[[Desk], T]) -> T:
        """One transaction, whole or not at all, also where whoever asked for it has hung up meanwhile."""
        if self._waiting >= MOST_WAITING:
            raise Unavailable(f"{MOST_WAITING} calls wait to be written; make this one again in a moment")
        self._waiting += 1
        written = asyncio.get_running_loop().run_in_executor(self._writer, self._written, do)
        written.add_done_callback(self._done)
        return await asyncio.shield(written)

    def _written(self, do: Callable[[Desk], T]) -> T:
        with self.cases.writing() as desk:
            return do(desk)

    def _done(self, written: asyncio.Future[T]) -> None:
        self._waiting -= 1
        if not written.cancelled():
            written.exception()  # looked at, also where nobody waits any more

    def close(self) -> None:
        """After what was taken is written."""
        self._writer.shutdown()
        self._readers.shutdown()
        self.cases.close()
