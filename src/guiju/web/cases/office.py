"""The cases at work behind the routes: one thread writes, a few read, and the event loop waits for neither."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from guiju.cases import Cases, Desk
from guiju.cases.attachments import Attachments
from guiju.cases.listing import platforms, unanswered_groups
from guiju.cases.notices.outbox import Outbox
from guiju.cases.statement.dsa import Publication
from guiju.ledger.database import Unavailable
from guiju.records.errors import BadInput
from guiju.web.cases.callers import Callers
from guiju.web.cases.gate import Gate

READERS = 4
MOST_WAITING = 200  # writes; whoever comes then is told to come again
MOST_UPLOADS = 50  # files of a case in a day
TOGETHER = 100  # members of a group that are answered in one transaction
AGAIN_SECONDS = 1
T = TypeVar("T")
log = logging.getLogger("guiju.web")


class Office:
    """Cases, attachments and callers of one service.

    publication: what all its statements in the DSA database say. gate: whose decisions become cases by their id.
    """

    def __init__(
        self, cases: Cases, callers: Callers, attachments: Attachments, publication: Publication | None = None,
        gate: Gate | None = None,
    ) -> None:  # fmt: skip
        self.cases, self.callers, self.attachments = cases, callers, attachments
        self.publication, self.gate = publication, gate
        self.outbox = Outbox(cases, {}, "", lambda _: "")  # to hear of notices, not to send them
        self.platforms: set[str] = set()  # whose cases are here, as far as it was seen
        self._writer = ThreadPoolExecutor(1, "desk")
        self._readers = ThreadPoolExecutor(READERS, "reading")
        self._waiting = 0
        self._uploads: tuple[int, dict[str, int]] = 0, {}  # of a day, by case
        self._groups: dict[str, asyncio.Task[None]] = {}  # that are being carried out

    async def read(self, ask: Callable[[Cases], T]) -> T:
        """What somebody asks of the cases."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, ask, self.cases)

    async def write(self, do: Callable[[Desk], T]) -> T:
        """One transaction, whole or not at all."""
        return await self.work(lambda: self._written(do))

    async def work(self, do: Callable[[], T]) -> T:
        """Something that writes, after what waits already; done also where whoever asked for it has hung up."""
        if self._waiting >= MOST_WAITING:
            raise Unavailable(f"{MOST_WAITING} calls wait to be written; make this one again in a moment")
        self._waiting += 1
        written = asyncio.get_running_loop().run_in_executor(self._writer, do)
        written.add_done_callback(self._done)
        return await asyncio.shield(written)

    def _written(self, do: Callable[[Desk], T]) -> T:
        with self.cases.writing() as desk:
            return do(desk)

    def _done(self, written: asyncio.Future[T]) -> None:
        self._waiting -= 1
        if not written.cancelled():
            written.exception()  # looked at, also where nobody waits any more

    def may_upload(self, case: str) -> bool:
        """Whether one more file is taken for a case today: whoever has a link shall not fill the disk."""
        today = int(self.callers.now() // 86_400)
        if self._uploads[0] != today:
            self._uploads = today, {}
        counts = self._uploads[1]
        counts[case] = counts.get(case, 0) + 1
        return counts[case] <= MOST_UPLOADS

    async def begin(self) -> None:
        """Go on with what a service before this one left unfinished."""
        self.platforms |= await self.read(platforms)
        for group in await self.read(unanswered_groups):
            self.carry_out(group)

    def carry_out(self, group: str) -> None:
        """Answer the members of a decided group in the background: nobody's call waits for all of them."""
        if group not in self._groups:
            task = asyncio.get_running_loop().create_task(self._carry_out(group))
            self._groups[group] = task
            task.add_done_callback(lambda _: self._groups.pop(group))

    async def _carry_out(self, group: str) -> None:
        while True:
            try:
                carried = await self.write(lambda desk: desk.carry_out(group, TOGETHER))
                if not carried.left or not (carried.decided or carried.alone):  # the rest has been answered before
                    return
            except Unavailable:
                await asyncio.sleep(AGAIN_SECONDS)
            except BadInput as error:
                log.error("a decided group is not carried out", extra={"said": str(error)})
                return

    async def end(self) -> None:
        """Leave the rest of a group's members to the next service."""
        for task in self._groups.values():
            task.cancel()

    def close(self) -> None:
        """After what was taken is written."""
        self._writer.shutdown()
        self._readers.shutdown()
        self.cases.close()
