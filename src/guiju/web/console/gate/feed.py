"""The gate's journal, followed once for everybody who looks: the newest decisions, and how often each trigger held.

One thread reads; readers are woken and look at what it holds. Nothing is kept for a reader, so that many of them, or
slow ones, cost no memory; and the journal is never written.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Lock, Thread
from typing import NamedTuple

import msgspec

from guiju.findings import mask
from guiju.gate.rollout import Change, SetEntry
from guiju.gate.versions import Version
from guiju.journal import Entry, Following
from guiju.journal.following import acknowledged, identity
from guiju.records.errors import BadInput, both
from guiju.web.decided import decided

KEPT = 200  # newest decisions of each kind that can be asked for
BACK = 100_000  # decisions before its beginning that are counted, too
AT_ONCE, IDLE_S, AGAIN_S = 1_000, 0.2, 2.0
NOT_YET, BROKEN = "gate_journal_none", "gate_journal_broken"  # of the console's words


class Line(msgspec.Struct, frozen=True):
    """A decision in a list: its entry of the journal and its place there, about whom (masked), what held."""

    sequence: int
    place: int
    at: datetime
    platform: str
    id: str
    subject: str
    action: str
    digest: str
    triggers: list[tuple[str, str]]  # name, mode


@dataclass
class Counted:
    """Decisions of one version that were seen: from when to when they were made, and at how many each trigger held."""

    since: datetime
    until: datetime
    decisions: int = 0
    hits: dict[str, int] = field(default_factory=dict)


class Look(NamedTuple):
    """What there is of one kind of decision: the newest, and how many were seen in all."""

    lines: list[Line]
    seen: int


class _Kind:
    """Decisions of one outcome, trigger, or both."""

    def __init__(self) -> None:
        self.lines: deque[Line] = deque(maxlen=KEPT)
        self.seen = 0


class Feed:
    """Follows the journal in `folder` until it is closed. `said` names what is wrong, where something is."""

    def __init__(self, folder: Path, back: int = BACK) -> None:
        self.folder, self._back = folder, back
        self.versions: dict[str, Version] = {}
        self.said, self.detail = NOT_YET, ("", "")
        self.sequence = 0  # of the last entry that was read
        self.changed = 0  # how often a version was named or moved
        self._lock, self._stop = Lock(), Event()
        self._waking: dict[object, Callable[[], None]] = {}
        self._forget()
        self._thread = Thread(target=self._run, name="the gate's journal", daemon=True)
        self._thread.start()

    def _forget(self) -> None:
        self._kinds: dict[tuple[str, str], _Kind] = {("", ""): _Kind()}
        self.counted: dict[str, Counted] = {}
        self._identity = ""

    # -- what readers ask --

    def look(self, action: str = "", trigger: str = "") -> Look:
        """The newest decisions of that outcome and trigger ('' for any), the newest first."""
        with self._lock:
            kind = self._kinds.get((action, trigger))
            return Look(list(kind.lines)[::-1], kind.seen) if kind else Look([], 0)

    def counts(self, digest: str) -> Counted | None:
        """A copy, which does not change any more."""
        with self._lock:
            of = self.counted.get(digest)
            return Counted(of.since, of.until, of.decisions, dict(of.hits)) if of else None

    def kinds(self) -> list[str]:
        """The triggers that held at least once."""
        with self._lock:
            return sorted({trigger for _, trigger in self._kinds if trigger})

    def deciding(self) -> list[str]:
        """The versions whose decisions were seen, the one that decided last first."""
        with self._lock:
            return sorted(self.counted, key=lambda digest: self.counted[digest].until, reverse=True)

    def place_of(self, sequence: int) -> int | None:
        """Where a decision's entry stands, if it is among the newest."""
        with self._lock:
            return next((line.place for kind in self._kinds.values() for line in kind.lines
                         if line.sequence == sequence), None)  # fmt: skip

    @property
    def readers(self) -> int:
        return len(self._waking)

    @property
    def closing(self) -> bool:
        return self._stop.is_set()

    def join(self) -> tuple[object, asyncio.Event]:
        """An event of the running loop that is set when there is something new, until `leave`."""
        loop, event, reader = asyncio.get_running_loop(), asyncio.Event(), object()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(event.set)

        with self._lock:
            self._waking[reader] = wake
        return reader, event

    def leave(self, reader: object) -> None:
        with self._lock:
            self._waking.pop(reader, None)

    def end(self) -> None:
        """Readers are woken, and see that it is closing."""
        self._stop.set()
        self._wake()

    def close(self) -> None:
        self.end()
        self._thread.join(5)

    # -- the one who follows --

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except BadInput as error:  # no journal yet, damaged, or dropped while it was read
                with self._lock:
                    said = NOT_YET if not self.folder.is_dir() or not any(self.folder.glob("*.segment")) else BROKEN
                    self.said, self.detail = said, both(error)
                self._wake()
                self._stop.wait(AGAIN_S)
            except OSError as error:
                with self._lock:
                    self.said, self.detail = BROKEN, (f"错误 {error.errno}", error.strerror or str(error))
                self._stop.wait(AGAIN_S)

    def _follow(self) -> None:
        """Read on until it is closed. Raises BadInput (Damaged), OSError."""
        upto, which = acknowledged(self.folder), identity(self.folder)
        with self._lock:
            if which != self._identity or upto < self.sequence:  # another journal, or an older copy of this one
                self._forget()
                self._identity, self.sequence = which, max(0, upto - self._back)
        following = Following(self.folder, self.sequence)
        while not self._stop.is_set():
            entries = following.take(AT_ONCE, upto)
            self._take(entries)
            if not entries:
                self._stop.wait(IDLE_S)
                if (upto := acknowledged(self.folder)) < self.sequence:
                    return

    def _take(self, entries: list[Entry]) -> None:
        if not entries and not self.said:
            return
        with self._lock:
            for entry in entries:
                self._one(entry)
                self.sequence = entry.sequence
            self.said, self.detail = "", ("", "")
        self._wake()

    def _one(self, entry: Entry) -> None:
        of = decided(entry)
        if of is None:
            self._version(entry)
            return
        held = [(reason.trigger, reason.mode) for reason in of.reasons]
        line = Line(entry.sequence, entry.place, of.decision_at, of.platform, mask(of.id), mask(of.subject), of.action,
                    of.set.digest, held)  # fmt: skip
        for action in ("", of.action):
            for trigger in ("", *(name for name, _ in held)):
                kind = self._kinds.setdefault((action, trigger), _Kind())
                kind.lines.append(line)
                kind.seen += 1
        counted = self.counted.setdefault(of.set.digest, Counted(of.decision_at, of.decision_at))
        counted.until = of.decision_at
        counted.decisions += 1
        for name, _ in held:
            counted.hits[name] = counted.hits.get(name, 0) + 1

    def _version(self, entry: Entry) -> None:
        """What an entry says of the versions."""
        self.changed += 1
        with suppress(msgspec.ValidationError):
            of = msgspec.json.decode(entry.payload, type=SetEntry)
            if of.kind == "set":
                self.versions[of.digest] = Version(of.name, of.stream, of.digest, of.texts)
                return
        with suppress(msgspec.ValidationError):
            change = msgspec.json.decode(entry.payload, type=Change)
            if change.texts is not None:
                self.versions[change.version] = Version(change.name, "", change.version, change.texts)

    def _wake(self) -> None:
        with self._lock:
            waking = list(self._waking.values())
        for wake in waking:
            wake()
