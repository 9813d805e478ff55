"""A job's own process: it does what was asked, says how far it is, and ends with a word on what came of it.

    python -m guiju.web.console.running.work FOLDER LOCK

LOCK: the open file by whose lock the console knows that this process lives.
"""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from guiju.audit.explaining import MEND, STOPPED, explain
from guiju.web.console.running.jobs import BROKEN_OFF, CANCELLED, DONE, FAILED, KINDS, REFUSED, Asked, End, Far, told

BEHIND = 5  # of `nice`: whoever reads a page comes first
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
log = logging.getLogger("guiju.web")


class Progress:
    """Says how far a job is; ends it where somebody wants that."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.begun = folder, time.monotonic()

    def __call__(self, what: str, share: float) -> None:
        """what: what is done now; share: how much of the whole is done, 0 to 1. Raises KeyboardInterrupt."""
        told(self.folder, Far(what, min(1.0, max(0.0, share)), self.seconds, os.getpid()))
        if self.is_cancelled:
            _stop()

    @property
    def seconds(self) -> float:
        """How long the job has been at work."""
        return time.monotonic() - self.begun

    @property
    def is_cancelled(self) -> bool:
        return (self.folder / "cancelled.json").exists()


def main(folder: Path, lock: int) -> None:
    os.set_inheritable(lock, False)  # a process that this one starts shall not live for it
    os.nice(BEHIND)
    for kind in STOPPING:
        signal.signal(kind, _stop)
    progress = Progress(folder)
    try:
        progress("", 0.0)
        asked = msgspec.json.decode((folder / "asked.json").read_bytes(), type=Asked)
        module, _, function = KINDS[asked.kind].partition(":")
        result = getattr(importlib.import_module(module), function)(asked.asked, folder, progress)
        end = End(DONE, result=result, seconds=progress.seconds)
    except BaseException as error:
        end = _ended(error, progress)
    told(folder, end)


def _ended(error: BaseException, progress: Progress) -> End:
    """What came of a job that did not come to its end by itself."""
    says, status = explain(error) or ("", None)
    zh, _ = explain(error, "zh") or ("", None)
    if status == STOPPED:  # by whoever cancelled it, or else with the machine
        return End(CANCELLED if progress.is_cancelled else BROKEN_OFF, seconds=progress.seconds)
    if not says:
        log.error("a job failed", exc_info=error)
    return End(REFUSED if status == MEND else FAILED, says, seconds=progress.seconds, zh=zh)


def _stop(*_: Any) -> NoReturn:
    """End with what an audit does at Ctrl-C; a second wish does not disturb it in that."""
    for kind in STOPPING:
        signal.signal(kind, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    logging.basicConfig()
    main(Path(sys.argv[1]), int(sys.argv[2]))
