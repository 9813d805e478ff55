"""Work behind the journal in a process of its own: decisions do not wait for it, and it ends with the service."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from typing import Any

from guiju.records.errors import BadInput

log = logging.getLogger("guiju.web")
LEAST_SECONDS, MOST_SECONDS = 1.0, 30.0  # before it is begun anew
NICER = 5  # decisions come first


class Behind:
    """Keeps one process at `work(goes_on, *given)`: it is begun anew, with growing pauses, where it ends.

    The work's BadInput is logged as a warning: what it says must name no person.
    """

    def __init__(self, name: str, work: Callable[..., None], *given: Any) -> None:
        self.name, self._work, self._given = name, work, given
        self._process: BaseProcess | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin, on the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._keep())

    async def _keep(self) -> None:
        pause, context = LEAST_SECONDS, get_context("spawn")
        while True:
            told, telling = context.Pipe(duplex=False)
            self._process = context.Process(target=_run, args=(self._work, self._given, telling), daemon=True)
            self._process.start()
            telling.close()
            begun = asyncio.get_running_loop().time()
            while self._process.is_alive():
                await asyncio.sleep(0.2)
            why = f"status {self._process.exitcode}"
            with suppress(EOFError):
                why = told.recv()
            told.close()
            log.warning("ended", extra={"said": f"{self.name}: {why}"})
            if asyncio.get_running_loop().time() - begun > MOST_SECONDS:
                pause = LEAST_SECONDS
            await asyncio.sleep(pause)
            pause = min(2 * pause, MOST_SECONDS)

    async def end(self) -> None:
        """End the process; whatever transaction it is in is as if it had not begun."""
        if self._task is not None:
            self._task.cancel()
        process = self._process
        if process is not None and process.is_alive():
            process.terminate()
            while process.is_alive():
                await asyncio.sleep(0.01)


def _run(work: Callable[..., None], given: tuple[Any, ...], telling: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the service's; it ends this in its turn
    os.nice(NICER)
    service = parent_process()
    assert service is not None
    try:
        work(service.is_alive, *given)
    except BadInput as error:
        telling.send(str(error))
        raise SystemExit(1) from None
