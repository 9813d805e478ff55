"""Jobs: work in a process of its own beside the console, in line, with all that is known of it on the disk.

A job is a folder, `.jobs/NUMBER/` beside the runs, and whoever writes into it writes whole files:

`asked.json`      what is to be done, who asked for it and when; the folder appears with it in it
`begun.json`      it left the line (written before its process is started, so that none is started twice)
`alive`           locked by its process for as long as that lives; the system frees the lock however it ends
`progress.json`   how far it is, as its process says
`cancelled.json`  who wants it to end
`end.json`        what came of it, as its process says last

A job that has ended can be deleted: its folder goes, a line in `.jobs/removed` says who did it, and its number, kept in
`.jobs/newest.json`, is given to no other.

So a console that is started anew finds every job as it is: at work, ended, or broken off (begun, without an end, and
nobody holds the lock). The process does not end with the console.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Event, Thread
from typing import Any, TypeVar

import msgspec

log = logging.getLogger("guiju.web")
PLACE, GONE, AT_ONCE = ".jobs", ".gone-", 2  # of the machine there is one: the others wait in line
EVERY_SECONDS, IDLE_SECONDS = 0.5, 30.0  # how often the line is looked at: where a job is open, and where none is
GRACE = timedelta(seconds=20)  # from the wish that a job ends to its end by force
# What a job of a kind does: `module:function`, called with what was asked, the job's folder and a `Progress`. The
# function returns what the job came to (of plain values), and raises BadInput for what whoever asked can mend.
KINDS = {
    "audit": "guiju.web.console.running.audits:work",
    "verify": "guiju.web.console.running.verifying:work",
    "backtest": "guiju.web.console.gate.backtesting:work",
}
WAITING, RUNNING, DONE, REFUSED = "waiting", "running", "done", "refused"
CANCELLED, FAILED, BROKEN_OFF = "cancelled", "failed", "broken_off"
OPEN = (WAITING, RUNNING)
T = TypeVar("T")


class Asked(msgspec.Struct, frozen=True):
    """What is to be done. asked: of plain values, as the kind's function takes it."""

    kind: str
    asked: dict[str, Any]
    who: str
    at: datetime


class Begun(msgspec.Struct, frozen=True):
    """When a job left the line."""

    at: datetime


class Wish(msgspec.Struct, frozen=True):
    """That somebody wants a job to end."""

    who: str
    at: datetime


class Removed(msgspec.Struct, frozen=True):
    """That somebody deleted a job; run: the run it had made, where that was deleted with it."""

    number: int
    kind: str
    asked_by: str
    who: str
    at: datetime
    run: str = ""


class Far(msgspec.Struct, frozen=True):
    """How far a job is: what it does now, the share that is done, how long it took so far, and its process."""

    what: str = ""
    share: float = 0.0
    seconds: float = 0.0
    process: int = 0


class End(msgspec.Struct, frozen=True):
    """What came of a job. says: the sentence where it was refused or failed; zh: the same in Chinese."""

    state: str
    says: str = ""
    result: dict[str, Any] = {}
    seconds: float = 0.0
    zh: str = ""

    def in_(self, language: str) -> str:
        """The sentence in `zh` or `en`."""
        return self.zh if language == "zh" and self.zh else self.says


class Job(msgspec.Struct, frozen=True):
    """A job as it stands."""

    number: int
    state: str
    kind: str
    asked: dict[str, Any]
    who: str
    asked_at: datetime
    begun_at: datetime | None
    far: Far
    end: End
    cancelled: Wish | None

    @property
    def is_open(self) -> bool:
        """Whether more is to come of it."""
        return self.state in OPEN

    @property
    def ended_at(self) -> datetime | None:
        """None while it is open, and where it was broken off nobody knows when."""
        if self.is_open or self.begun_at is None or self.state == BROKEN_OFF:
            return None
        return self.begun_at + timedelta(seconds=self.end.seconds)


class Jobs:
    """The jobs kept in a folder, `.jobs` inside it. `clock` tells the time. Several consoles may share a folder."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self.folder, self.clock = folder.absolute() / PLACE, clock
        self._ended, self._children = dict[int, Job](), list[subprocess.Popen[bytes]]()
        self._wake, self._closed, self._line = Event(), Event(), Thread(target=self._keep, name="jobs", daemon=True)

    def begin(self) -> None:
        """Keep the line from now on: what was left waiting goes on, and what was being deleted goes."""
        for gone in self.folder.glob(f"{GONE}*"):
            rmtree(gone, ignore_errors=True)
        if not self._line.is_alive() and not self._closed.is_set():
            self._line.start()

    def close(self) -> None:
        """Keep the line no more; jobs at work go on."""
        self._closed.set()
        self._wake.set()
        if self._line.is_alive():
            self._line.join()

    def add(self, kind: str, asked: dict[str, Any], who: str) -> Job:
        """A job at the end of the line. who: the account that asks for it. Raises OSError where none can be kept."""
        assert kind in KINDS, f"no job is of the kind {kind}"
        made = Asked(kind, asked, who, self.clock())
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            number = self._newest() + 1
            new = Path(mkdtemp(prefix=".new-", dir=self.folder))
            _write(new / "asked.json", made)
            (new / "alive").touch()
            new.rename(self.folder / str(number))
        self._wake.set()
        job = self.of(number)
        assert job is not None
        return job

    def of(self, number: int) -> Job | None:
        """A job by its number; None where there is none, or what it was asked cannot be read."""
        folder = self.folder / str(number)
        if (ended := self._ended.get(number)) is not None:
            return ended if folder.is_dir() else None  # it may have been deleted, from another console too
        try:
            if (asked := _read(folder / "asked.json", Asked)) is None:
                return None
        except (OSError, msgspec.DecodeError) as error:
            log.error("a job cannot be read", extra={"job": number, "said": str(error)})
            return None
        wish, begun = _whole(folder / "cancelled.json", Wish), _whole(folder / "begun.json", Begun)
        alive = begun is not None and _is_locked(folder / "alive")  # before the end is looked for: it may come between
        end, far = _whole(folder / "end.json", End), _whole(folder / "progress.json", Far) or Far()
        if end is not None:
            state = end.state
        elif alive:
            state = RUNNING
        elif wish is not None:
            state = CANCELLED
        else:
            state = WAITING if begun is None else BROKEN_OFF
        job = Job(
            number, state, asked.kind, asked.asked, asked.who, asked.at, begun.at if begun else None, far,
            end or End(state, seconds=far.seconds), wish,
        )  # fmt: skip
        if not job.is_open:
            self._ended[number] = job
        return job

    def place(self, number: int) -> Path:
        """A job's folder: whatever a job makes beside a run is kept there."""
        return self.folder / str(number)

    def all(self, kinds: tuple[str, ...] = (), most: int = 20) -> list[Job]:
        """The open ones and the ones asked for last, of some kinds (none: of every kind), the newest first."""
        found, numbers = list[Job](), sorted(self.numbers(), reverse=True)
        for number in numbers:
            if number in self._ended and len(found) >= most:
                continue
            if (job := self.of(number)) and job.kind in (kinds or KINDS) and (job.is_open or len(found) < most):
                found.append(job)
        return found

    def numbers(self) -> list[int]:
        """Those of every job there is."""
        try:
            found = [int(name) for name in os.listdir(self.folder) if name.isdecimal()]
        except FileNotFoundError:
            found = []
        for gone in self._ended.keys() - set(found):
            self._ended.pop(gone, None)
        return found

    def _newest(self) -> int:
        """The largest number that a job ever had."""
        return max([*self.numbers(), _whole(self.folder / "newest.json", int) or 0])

    def before(self, job: Job) -> int:
        """How many wait in line before a job that waits."""
        opened = (self.of(n) for n in self.numbers() if n < job.number and n not in self._ended)
        return sum(one is not None and one.state == WAITING for one in opened)

    def cancel(self, number: int, who: str) -> Job | None:
        """Wish that a job ends: one that waits never begins, one at work is told and then ended; None: no such job."""
        if self.of(number) is None:
            return None
        with self._alone():
            job = self.of(number)
            if job is not None and job.is_open and job.cancelled is None:
                _write(self.place(number) / "cancelled.json", Wish(who, self.clock()))
        self._tell(
            self.of(number), signal.SIGINT
        )  # read anew: a process that begins just now looks for the wish itself
        self._wake.set()
        return self.of(number)

    def remove(self, number: int, who: str, run: str = "") -> bool:
        """Delete a job that has ended, with its folder. run: that it made, and that goes with it.

        Whether it was done: nothing is where there is no such job, or more is to come of it.
        """
        with self._alone():
            job = self.of(number)
            if job is None or job.is_open or _is_locked(self.place(number) / "alive"):
                return False
            _write(self.folder / "newest.json", self._newest())
            said = Removed(number, job.kind, job.who, who, self.clock(), run)
            with (self.folder / "removed").open("ab") as file:
                file.write(msgspec.json.encode(said) + b"\n")
            gone = Path(mkdtemp(prefix=GONE, dir=self.folder))
            self.place(number).rename(gone / str(number))
            self._ended.pop(number, None)
        rmtree(gone, ignore_errors=True)
        return True

    def removed(self, most: int = 20) -> list[Removed]:
        """The jobs deleted last, the newest first."""
        try:
            lines = (self.folder / "removed").read_bytes().splitlines()[-most:]
        except FileNotFoundError:
            return []
        return [msgspec.json.decode(line, type=Removed) for line in lines][::-1]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One console at a time, of those that share the folder."""
        with (self.folder / "line").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _keep(self) -> None:
        while not self._closed.is_set():
            self._wake.clear()
            try:
                self._look()
            except OSError as error:  # a full disk, say; the line waits for better times
                log.error("the line of jobs is not kept", extra={"said": str(error)})
            self._wake.wait(EVERY_SECONDS if len(self._ended) < len(self.numbers()) else IDLE_SECONDS)

    def _look(self) -> None:
        """Start whoever is next, and end who was told to and did not."""
        self._children = [child for child in self._children if child.poll() is None]
        opened = [n for n in sorted(self.numbers()) if n not in self._ended]
        if not opened:
            return
        with self._alone():
            jobs = [job for number in opened if (job := self.of(number))]
            running = [job for job in jobs if job.state == RUNNING]
            for job in running:
                if job.cancelled and self.clock() - job.cancelled.at > GRACE:
                    self._tell(job, signal.SIGKILL)
            for job in [job for job in jobs if job.state == WAITING][: max(0, AT_ONCE - len(running))]:
                self._start(job)

    def _start(self, job: Job) -> None:
        folder = self.place(job.number)
        with (folder / "alive").open("r+b") as lock, (folder / "log").open("ab") as said:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _write(folder / "begun.json", Begun(self.clock()))
            command = [sys.executable, "-m", "guiju.web.console.running.work", str(folder), str(lock.fileno())]
            self._children.append(
                subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, pass_fds=[lock.fileno()],
                    start_new_session=True,
                )
            )  # fmt: skip

    def _tell(self, job: Job | None, kind: signal.Signals) -> None:
        """Signal a job's process, which lives for as long as its lock is held."""
        if job is not None and job.state == RUNNING and job.far.process:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(job.far.process, kind)


def _is_locked(path: Path) -> bool:
    """Whether a process holds the lock. Looked at with a shared one: lookers are not in each other's way."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _write(path: Path, content: msgspec.Struct | int) -> None:
    """A whole file, on the disk, or none; how far a job is may be lost with the machine."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    with new.open("wb") as file:
        file.write(msgspec.json.encode(content))
        if not isinstance(content, Far):
            file.flush()
            os.fsync(file.fileno())
    new.rename(path)


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None


def _whole(path: Path, kind: type[T]) -> T | None:
    """What a file says; None where there is none, or it is damaged: then it is as if that had not been said."""
    try:
        return _read(path, kind)
    except (OSError, msgspec.DecodeError) as error:
        log.error("a job's file cannot be read", extra={"file": path.name, "said": str(error)})
        return None


def told(folder: Path, content: Far | End) -> None:
    """Whatever a job's process says of itself."""
    _write(folder / ("end.json" if isinstance(content, End) else "progress.json"), content)
