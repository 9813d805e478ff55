"""The bytes of a journal: every file is a preamble and records, every record has its checksum.

All numbers are little-endian. What the kinds of record hold, and what a seal chains, is told in `docs/journal.md`.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from guiju.records.errors import BadInput

FORMAT = 1
JOURNAL, SNAPSHOT, KEPT = b"GUIJUJNL", b"GUIJUSNP", b"GUIJUKPT"  # how segments, snapshots and `kept` begin
PREAMBLE = Struct("<8sII")  # what the file is, format, checksum of the twelve bytes before
HEADER = Struct("<IIQI")  # checksum of all that follows, bytes of the payload, sequence, kind
TAIL = Struct("<IQI")  # a header without its checksum
OPENING, BYTES, JSON, SEAL, MARK = range(5)
OPENED = Struct("<16s32s")  # the journal's id, the head before the segment
SEALED = Struct("<32s32sQQq")  # the head before, digest of the batch, its first and last entry, microseconds since 1970
MOST_BYTES = 1 << 28  # of one payload


class Damaged(BadInput):
    """Bytes that were acknowledged are not what was written; nothing is cut, and nothing is written after them."""


class Fault(Exception):
    """A record cannot be read; `offset` says where it begins, `zh` why, in Chinese."""

    def __init__(self, offset: int, why: str, zh: str) -> None:
        super().__init__(why)
        self.offset, self.zh = offset, zh


class Entry(NamedTuple):
    """One entry; `place` finds it again (`Journal.entry_at`)."""

    sequence: int
    kind: int
    payload: bytes
    place: int

    @property
    def value(self) -> Any:
        """What was appended: the bytes, or the value that was written as JSON."""
        return msgspec.json.decode(self.payload) if self.kind == JSON else self.payload


class Seal(NamedTuple):
    """What closes a batch; `head` is the digest of its payload."""

    before: bytes
    batch: bytes
    first: int
    last: int
    sealed_at: int
    head: bytes

    @classmethod
    def of(cls, payload: bytes) -> Seal:
        before, batch, first, last, sealed_at = SEALED.unpack(payload)
        return cls(before, batch, first, last, sealed_at, sha256(payload).digest())


def encoded(value: Any) -> tuple[int, bytes]:
    """A value as kind and payload. Raises BadInput if it is too long or cannot be written as JSON."""
    try:
        kind, payload = (BYTES, bytes(value)) if isinstance(value, bytes | bytearray) else (JSON, to_json(value))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise BadInput(
            f"an entry cannot be written as JSON ({error}); give bytes or a plain value",
            f"条目不能写成 JSON（{error}）；请给出字节或者普通的值",
        ) from None
    if len(payload) > MOST_BYTES:
        raise BadInput(
            f"an entry of {len(payload):,} bytes is too long: a journal takes at most {MOST_BYTES:,}",
            f"条目有 {len(payload):,} 字节，太长：日志至多收 {MOST_BYTES:,} 字节",
        )
    return kind, payload


to_json = msgspec.json.Encoder(decimal_format="string").encode


def record(kind: int, sequence: int, payload: bytes) -> bytes:
    tail = TAIL.pack(len(payload), sequence, kind)
    return crc32(payload, crc32(tail)).to_bytes(4, "little") + tail + payload


def preamble(what: bytes) -> bytes:
    begun = PREAMBLE.pack(what, FORMAT, 0)[:12]
    return begun + crc32(begun).to_bytes(4, "little")


def check_preamble(data: bytes, what: bytes, path: Path) -> None:
    """Raises BadInput if a newer version wrote the file, Fault if it is not whole."""
    if len(data) < PREAMBLE.size:
        raise Fault(0, "the file is shorter than its preamble", "文件比它的开头还短")
    name, format, checksum = PREAMBLE.unpack_from(data)
    if checksum != crc32(data[:12]) or name != what:
        raise Fault(0, "the preamble is not whole", "文件的开头不完整")
    if format != FORMAT:
        raise BadInput(
            f"{path}: is of format {format}, and this version of Guiju reads {FORMAT}: update Guiju",
            f"{path}：格式为 {format}，这一版的规矩只能读 {FORMAT}：请更新",
        )


def record_at(data: bytes | memoryview, offset: int) -> tuple[int, int, bytes, int]:
    """Kind, sequence, payload and the end of the record at `offset`. Raises Fault."""
    begin = offset + HEADER.size
    if begin > len(data):
        raise Fault(offset, "a record is cut short", "有一条记录不完整")
    checksum, length, sequence, kind = HEADER.unpack_from(data, offset)
    end = begin + length
    if length > MOST_BYTES or end > len(data):
        raise Fault(offset, "a record is cut short", "有一条记录不完整")
    view = memoryview(data)
    if crc32(view[offset + 4 : end]) != checksum:
        raise Fault(offset, "a record is not what its checksum says", "有一条记录与校验和不符")
    return kind, sequence, bytes(view[begin:end]), end


def genesis(journal: bytes) -> bytes:
    """The head of a journal without entries."""
    return sha256(b"guiju journal " + journal).digest()
