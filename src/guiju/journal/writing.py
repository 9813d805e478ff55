"""A journal written: entries of several threads go to the disk together, and a seal closes each batch."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Self

from guiju.journal import retention, snapshots
from guiju.journal.frames import (
    JOURNAL,
    MARK,
    OPENED,
    OPENING,
    SEAL,
    SEALED,
    Damaged,
    Entry,
    Seal,
    encoded,
    genesis,
    preamble,
    record,
)
from guiju.journal.placing import HALF, place, sync_folder
from guiju.journal.reading import DURABLE, Anchor, Reading, Torn, durable, entry_at, segment_name, segments
from guiju.records.errors import BadInput

LOCK = "lock"
SEGMENT_BYTES = 64 << 20
MOST_SEGMENT_BYTES = 1 << 31  # a place has 32 bits for the offset


class Broken(OSError):
    """The disk did not say whether entries are durable; nobody can append until the journal is opened anew."""


class Committed(NamedTuple):
    """Where a call's entries stand: the first sequence, and a place for each."""

    first: int
    places: list[int]

    @property
    def last(self) -> int:
        return self.first + len(self.places) - 1


class Batch:
    """Entries that go to the disk together."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, bytes]] = []
        self.settled = False
        self.error: OSError | None = None
        self.first, self.places = 0, [0]


class Journal:
    """The one writer of a journal; makes the folder if it is not there.

    An append returns when its entries are on the disk (`fdatasync`); with `sync=False` when the system has them,
    which a killed process survives and a power cut does not. What a crash left at the end is cut: `torn` says what.
    Raises BadInput where another writer is at work or a newer version wrote, Damaged where bytes were changed.
    """

    def __init__(self, folder: Path | str, *, segment_bytes: int = SEGMENT_BYTES, sync: bool = True) -> None:
        self.folder, self.sync = Path(folder), sync
        self.segment_bytes = min(segment_bytes, MOST_SEGMENT_BYTES)
        self._staging, self._committing, self._staged = Lock(), Lock(), Batch()
        self._broken: OSError | None = None
        self._file = self._mark = -1
        self.torn: Torn | None = None
        _make(self.folder)
        self._lock = _lock(self.folder)
        try:
            self._recover()
        except BaseException:
            self._release()
            raise

    def _recover(self) -> None:
        for half in self.folder.glob(f"**/*{HALF}"):
            half.unlink()
        if not segments(self.folder):
            _found(self.folder)
        for path in segments(self.folder):  # dropped, but a crash came before they were removed
            if int(path.stem) <= max((d.last for d in retention.dropped_from(self.folder)), default=0):
                path.unlink()
        newest = segments(self.folder)[-1]
        reading = Reading(self.folder, after=int(newest.stem) - 1)
        for _ in reading:
            pass
        chain, self.torn = reading.chain, reading.torn
        assert chain.journal is not None
        assert chain.head is not None
        self.id, self.head, self.last, self.sealed = chain.journal, chain.head, chain.last, chain.sealed
        self._file, self._first, self._end = os.open(newest, os.O_RDWR), int(newest.stem), chain.end
        self._mark = os.open(self.folder / DURABLE, os.O_RDWR)
        self._unsealed = os.pread(self._file, chain.end - chain.batch, chain.batch)
        os.ftruncate(self._file, self._end)
        os.lseek(self._file, self._end, os.SEEK_SET)
        os.fsync(self._file)  # what a killed writer left may be read from now on, so it must stay
        if self._unsealed:
            with suppress(OSError):  # no room: the next batch's seal covers it
                self._close_batch()
        if self._broken:
            raise self._broken
        self._acknowledge()

    def append(self, value: Any) -> int:
        """Add bytes or a plain value; returns its sequence once it is durable. Raises as `extend`."""
        return self.extend([value]).first

    def extend(self, values: Iterable[Any]) -> Committed:
        """Add entries one after another, durable together; other threads' entries may share their way to the disk.

        Raises OSError where the disk takes no more (none of them is added; try again), Broken where it failed,
        BadInput where a value cannot be written.
        """
        return self.commit([encoded(value) for value in values])

    def commit(self, entries: list[tuple[int, bytes]]) -> Committed:
        """As `extend`, of kinds and payloads that are encoded already."""
        with self._staging:
            batch, begin = self._staged, len(self._staged.entries)
            batch.entries += entries
        with self._committing:
            if not batch.settled:
                self._settle()
        if batch.error:
            raise type(batch.error)(batch.error.errno, batch.error.strerror, batch.error.filename)
        return Committed(batch.first + begin, batch.places[begin : begin + len(entries)])

    def _settle(self) -> None:
        with self._staging:
            batch, self._staged = self._staged, Batch()
        try:
            if self._broken:
                raise self._broken
            if batch.entries:
                self._write(batch)
        except OSError as error:
            batch.error = error
        except BaseException as error:  # stopped half-way: what is on the disk only a new reading tells
            self._broken = batch.error = Broken(errno.EINTR, f"stopped while writing ({error!r})", str(self._path))
            raise
        finally:
            batch.settled = True

    def _write(self, batch: Batch) -> None:
        """One write and one sync. Nothing of this object changes before both are done."""
        if self._end >= self.segment_bytes and not self._unsealed:
            self._roll()
        first, base, offset = self.last + 1, self._first << 32, self._end
        records, places = [], []
        for sequence, (kind, payload) in enumerate(batch.entries, first):
            records.append(record(kind, sequence, payload))
            places.append(base | offset)
            offset += len(records[-1])
        last, body = first + len(places) - 1, b"".join(records)
        seal, head = self._seal(self._unsealed + body, last)
        self._put(body + seal)
        self._end += len(body) + len(seal)
        self.last = self.sealed = last
        self.head, self._unsealed = head, b""
        batch.first, batch.places = first, places
        self._acknowledge()

    def _seal(self, body: bytes, last: int) -> tuple[bytes, bytes]:
        now = time.time_ns() // 1000
        payload = SEALED.pack(self.head, sha256(body).digest(), self.sealed + 1, last, now)
        return record(SEAL, last, payload), Seal.of(payload).head

    def _put(self, data: bytes) -> None:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            self._take_back()
            raise OSError(error.errno, error.strerror, str(self._path)) from None
        if self.sync:
            try:
                os.fdatasync(self._file)
            except OSError as error:  # the system may have thrown the bytes away: only a new reading tells
                self._broken = Broken(error.errno, error.strerror, str(self._path))
                raise self._broken from None

    def _take_back(self) -> None:
        try:
            os.ftruncate(self._file, self._end)
            os.lseek(self._file, self._end, os.SEEK_SET)
        except OSError as error:
            self._broken = Broken(error.errno, error.strerror, str(self._path))

    def _acknowledge(self) -> None:
        if self.sync:
            self._say_durable()

    def _say_durable(self) -> None:
        with suppress(OSError):  # then it says less than it could, never more
            os.pwrite(self._mark, record(MARK, self.sealed, b""), 0)

    def _roll(self) -> None:
        """Begin a new segment: only a sealed one is left behind."""
        first = self.last + 1
        _begin(self.folder, first, self.id, self.head)
        os.fsync(self._file)
        os.fsync(self._mark)
        os.close(self._file)
        self._file, self._first = os.open(self.folder / segment_name(first), os.O_RDWR), first
        self._end = os.lseek(self._file, 0, os.SEEK_END)

    @property
    def is_broken(self) -> bool:
        """Whether it must be opened anew before anything is appended."""
        return self._broken is not None

    @property
    def _path(self) -> Path:
        return self.folder / segment_name(self._first)

    def has_room(self, bytes: int) -> bool:
        """Whether the disk takes so many bytes more; tries it, and leaves nothing behind."""
        with self._committing:
            if self._broken:
                return False
            try:
                view = memoryview(b"\0" * bytes)
                while view:
                    view = view[os.write(self._file, view) :]
            except OSError:
                return False
            finally:
                self._take_back()
        return not self._broken

    def anchor(self) -> Anchor:
        """The head of the last sealed entry, to be kept elsewhere."""
        with self._committing:
            return Anchor(self.id.hex(), self.sealed, self.head.hex())

    def entry_at(self, place: int) -> Entry:
        """One entry by the place that `extend` or a reading gave. Raises Damaged, BadInput."""
        return entry_at(self.folder, place)

    def snapshot(self, state: bytes) -> int:
        """Keep what the caller made of all entries so far; returns the sequence of the last. Raises OSError."""
        with self._committing:
            if self._unsealed:
                self._close_batch()
            snapshots.save(self.folder, Anchor(self.id.hex(), self.last, self.head.hex()), state)
            return self.last

    def drop(self, before: int, because: str) -> list[int]:
        """Remove whole segments of entries before `before`, never the newest, and keep their heads.

        Returns the first sequence of each. Raises Damaged if one of them is not what was written: it stays.
        """
        with self._committing:
            paths = segments(self.folder)
            old = [path for path, following in pairwise(paths) if int(following.stem) <= before]
            if old:
                lasts = [int(p.stem) - 1 for p in paths[1 : len(old) + 1]]
                reading = Reading(self.folder, noting=frozenset(lasts))
                for _ in reading:
                    pass
                heads = {
                    p: (last, bytes.fromhex(reading.chain.heads[last])) for p, last in zip(old, lasts, strict=True)
                }
                retention.drop(self.folder, old, self.id, heads, because)
            return [int(path.stem) for path in old]

    @property
    def vouched(self) -> int:
        """The first entry that was not dropped."""
        return int(segments(self.folder)[0].stem)

    def _close_batch(self) -> None:
        """Seal what a killed writer left unsealed."""
        seal, head = self._seal(self._unsealed, self.last)
        self._put(seal)
        self._end, self.head, self.sealed, self._unsealed = self._end + len(seal), head, self.last, b""

    def close(self) -> None:
        """Seal what is unsealed, and let another writer in."""
        with self._committing:
            if self._file < 0:
                return
            with suppress(OSError):  # the next writer seals it
                if self._unsealed and not self._broken:
                    self._close_batch()
                if not self._broken:
                    os.fsync(self._file)
                    self._say_durable()
                os.fsync(self._mark)
            self._broken = self._broken or Broken(errno.EBADF, "the journal is closed", str(self.folder))
            self._release()

    def _release(self) -> None:
        for handle in (self._file, self._mark, self._lock):
            if handle >= 0:
                os.close(handle)
        self._file = self._mark = self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _make(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder}: is no folder; name one for the journal", f"{folder}：不是文件夹；请为日志指明一个")
    foreign = folder.is_dir() and not segments(folder) and any(p.name not in (LOCK, DURABLE) for p in folder.iterdir())
    if foreign and not any(folder.glob(f"*{HALF}")):
        raise BadInput(
            f"{folder}: holds other things and no journal; name an empty folder or a new one",
            f"{folder}：里面是别的内容，没有日志；请指明一个空的或者新的文件夹",
        )
    if not folder.is_dir():
        folder.mkdir(parents=True)
        sync_folder(folder.parent)


def _lock(folder: Path) -> int:
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(handle, 20).decode(errors="replace").strip()
        os.close(handle)
        who = f"process {holder}" if holder else "another process"
        who_zh = f"进程 {holder}" if holder else "另一个进程"
        raise BadInput(
            f"{folder}: {who} is writing this journal; end it first, or name another journal",
            f"{folder}：{who_zh}正在写这本日志；请先结束它，或者指明另一本",
        ) from None
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode())
    return handle


def _found(folder: Path) -> None:
    """A new journal: first the mark, so that no segment is ever without one."""
    if (folder / DURABLE).exists() and durable(folder):
        raise Damaged(
            f"{folder}: its segments are missing; restore them from a copy", f"{folder}：各段文件不见了；请从副本恢复"
        )
    id = os.urandom(16)
    place(folder / DURABLE, record(MARK, 0, b""))
    _begin(folder, 1, id, genesis(id))


def _begin(folder: Path, first: int, id: bytes, head: bytes) -> None:
    place(folder / segment_name(first), preamble(JOURNAL) + record(OPENING, first, OPENED.pack(id, head)))
