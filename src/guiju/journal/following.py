"""A journal read while it is written: entries in order from the first that is kept, as far as was acknowledged."""

from __future__ import annotations

import time
from pathlib import Path

from guiju.journal.frames import (
    BYTES,
    HEADER,
    JOURNAL,
    JSON,
    OPENED,
    PREAMBLE,
    Damaged,
    Entry,
    Fault,
    check_preamble,
    record_at,
)
from guiju.journal.reading import SUFFIX, durable, segments
from guiju.records.errors import BadInput

READ_BYTES = 1 << 18  # at once; a longer entry is read whole


def acknowledged(folder: Path) -> int:
    """Up to which entry a journal may be followed now. Raises Damaged, BadInput."""
    try:
        return durable(folder)
    except Damaged:  # looked at while it was written
        time.sleep(0.05)
        return durable(folder)


def identity(folder: Path) -> str:
    """A journal's id, in hexadecimal. Raises BadInput where there is none, Damaged where it cannot be read."""
    for path in segments(folder)[:1]:
        try:
            with path.open("rb") as file:
                check_preamble(data := file.read(PREAMBLE.size + HEADER.size + OPENED.size), JOURNAL, path)
            return str(OPENED.unpack(record_at(data, PREAMBLE.size)[2])[0].hex())
        except Fault as fault:
            raise Damaged(f"{path}: {fault}; restore it from a copy", f"{path}：{fault.zh}；请从副本恢复") from None
    raise BadInput(
        f"{folder}: is no journal (it holds no *{SUFFIX} file)", f"{folder}：不是日志（其中没有 *{SUFFIX} 文件）"
    )


class Following:
    """Keeps its place, so that what comes later is read without reading anything again.

    Every record's checksum is looked at, the chain is not: `Reading` does that. Entries up to `after`, and those that
    were dropped, are passed over. Raises BadInput where there is no journal.
    """

    def __init__(self, folder: Path, after: int = 0) -> None:
        self.folder, self.after = folder, after
        kept = segments(folder)
        if not kept:
            raise BadInput(
                f"{folder}: is no journal (it holds no *{SUFFIX} file)",
                f"{folder}：不是日志（其中没有 *{SUFFIX} 文件）",
            )
        first = max((path for path in kept if int(path.stem) <= after + 1), default=kept[0])
        self.last = int(first.stem) - 1
        self._path, self._offset = first, 0
        self._data, self._at = b"", 0

    def take(self, most: int, upto: int) -> list[Entry]:
        """At most `most` entries after `last`, none after `upto`, which is acknowledged. Raises Damaged, BadInput."""
        found: list[Entry] = []
        while len(found) < most and self.last < upto:
            if self._offset == 0:
                self._open()
            place = int(self._path.stem) << 32 | self._offset
            record = self._record()
            if record is None:
                self._next()
                continue
            kind, sequence, payload = record
            if kind in (BYTES, JSON):
                if sequence != self.last + 1:
                    raise Damaged(
                        f"{self._path}: entry {self.last + 1:,} is not where it was; restore it from a copy",
                        f"{self._path}：第 {self.last + 1:,} 条不在原处；请从副本恢复",
                    )
                self.last = sequence
                if sequence > self.after:
                    found.append(Entry(sequence, kind, payload, place))
        return found

    def _open(self) -> None:
        try:
            with self._path.open("rb") as file:
                check_preamble(file.read(PREAMBLE.size), JOURNAL, self._path)
        except FileNotFoundError:
            raise BadInput(
                f"{self._path}: was dropped while it was read; read again",
                f"{self._path}：读的时候被清除了；请再读一次",
            ) from None
        except Fault as fault:
            raise Damaged(
                f"{self._path}: {fault}; restore it from a copy", f"{self._path}：{fault.zh}；请从副本恢复"
            ) from None
        self._offset, self._data, self._at = PREAMBLE.size, b"", 0

    def _record(self) -> tuple[int, int, bytes] | None:
        """The next record; None at the segment's end."""
        header = self._bytes(HEADER.size)
        if not header:
            return None
        size = HEADER.size + (HEADER.unpack(header)[1] if len(header) == HEADER.size else 0)
        try:
            kind, sequence, payload, _ = record_at(self._bytes(size), 0)
        except Fault as fault:
            raise Damaged(
                f"{self._path} at byte {self._offset:,}: {fault}; restore it from a copy",
                f"{self._path} 第 {self._offset:,} 字节处：{fault.zh}；请从副本恢复",
            ) from None
        self._offset += size
        self._at += size
        return kind, sequence, payload

    def _bytes(self, size: int) -> bytes:
        """The next bytes, as many as there are."""
        if len(self._data) - self._at < size:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                self._data, self._at = file.read(max(size, READ_BYTES)), 0
        return self._data[self._at : self._at + size]

    def _next(self) -> None:
        """Go on in the segment that follows. Raises Damaged where there is none."""
        later = [path for path in segments(self.folder) if int(path.stem) > int(self._path.stem)]
        if not later or int(later[0].stem) != self.last + 1:
            raise Damaged(
                f"{self._path}: entry {self.last + 1:,} is missing after it; restore it from a copy",
                f"{self._path}：它之后缺第 {self.last + 1:,} 条；请从副本恢复",
            )
        self._path, self._offset = later[0], 0
