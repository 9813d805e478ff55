"""A journal read: its entries in order, every checksum and every link of the chain looked at on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import msgspec

from guiju.journal.frames import (
    BYTES,
    HEADER,
    JOURNAL,
    JSON,
    MARK,
    OPENED,
    OPENING,
    PREAMBLE,
    SEAL,
    SEALED,
    Damaged,
    Entry,
    Fault,
    Seal,
    check_preamble,
    genesis,
    record_at,
)
from guiju.journal.retention import Dropped, dropped_from
from guiju.records.errors import BadInput

DURABLE = "durable"  # the file that says up to which entry was acknowledged
SUFFIX = ".segment"
A_SEAL = re.compile(rb"(?s)(?=%b.{8}%b)" % (SEALED.size.to_bytes(4, "little"), SEAL.to_bytes(4, "little")))


class Anchor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A head to be kept elsewhere: whoever has it sees every later change of what lies before it."""

    journal: str
    sequence: int
    head: str


@dataclass(frozen=True)
class Torn:
    """Bytes after the last whole record that a crash left; nobody was told that they are durable."""

    segment: Path
    offset: int
    bytes: int
    after: int  # the last whole entry

    def __str__(self) -> str:
        return f"{self.segment.name}: {self.bytes:,} bytes after entry {self.after:,} were torn by a crash"


@dataclass
class Chain:
    """How far a journal was read."""

    journal: bytes | None = None
    head: bytes | None = None  # of the last seal; None where the reading began in the middle
    last: int = 0
    sealed: int = 0
    sealed_at: int | None = None
    end: int = 0  # where the last whole record of the segment ends
    batch: int = 0  # where the first record that no seal covers begins
    heads: dict[int, str] = field(default_factory=dict)  # seen, of those that `Reading.noting` asks for


def segments(folder: Path) -> list[Path]:
    """The journal's segments in order."""
    return sorted(p for p in folder.glob(f"*{SUFFIX}") if p.stem.isdigit())


def is_journal(folder: Path) -> bool:
    """Whether a folder is one, whole or not."""
    return folder.is_dir() and (bool(segments(folder)) or (folder / DURABLE).is_file())


def durable(folder: Path) -> int:
    """The last entry that surely was acknowledged: exact while the machine ran on, else no more than that."""
    path, fault = folder / DURABLE, ("", "")
    try:
        kind, sequence, _, end = record_at(data := path.read_bytes(), 0)
        fault = ("it holds something else", "里面是别的内容") if kind != MARK or end != len(data) else fault
    except FileNotFoundError:
        fault = "it is missing", "文件不见了"
    except Fault as error:
        fault = str(error), error.zh
    if fault[0]:
        raise Damaged(
            f"{path}: {fault[0]}, so nobody knows which entries were acknowledged; restore it from a copy",
            f"{path}：{fault[1]}，因此没有人知道哪些条目已经确认；请从副本恢复",
        )
    return sequence


class Reading:
    """The entries after `after`, in order; afterwards `chain` and `torn` say how far they went.

    Raises Damaged where bytes that were acknowledged cannot be read, after all entries before them;
    BadInput if the folder is no journal, a newer version wrote it, or the entries were dropped.
    """

    def __init__(self, folder: Path | str, after: int = 0, noting: frozenset[int] = frozenset()) -> None:
        self.folder, self.after, self.noting = Path(folder), after, noting
        self.chain = Chain()
        self.torn: Torn | None = None
        self._mark = durable(self.folder) if is_journal(self.folder) else 0  # first: a writer at work only adds
        self.dropped: list[Dropped] = dropped_from(self.folder)
        self._gone = self.dropped[-1].last if self.dropped else 0
        self.segments = [p for p in segments(self.folder) if int(p.stem) > self._gone]
        if not self.segments and self._mark:
            raise Damaged(
                f"{self.folder}: its *{SUFFIX} files are missing; restore them from a copy",
                f"{self.folder}：*{SUFFIX} 文件不见了；请从副本恢复",
            )
        if not self.segments:
            raise BadInput(
                f"{self.folder}: is no journal (it holds no *{SUFFIX} file)",
                f"{self.folder}：不是日志（其中没有 *{SUFFIX} 文件）",
            )
        if 0 < after < self._gone:
            raise BadInput(
                f"{self.folder}: entries up to {self._gone:,} were dropped; only later ones can be read",
                f"{self.folder}：第 {self._gone:,} 条以前的已经清除，只能读以后的",
            )

    def __iter__(self) -> Iterator[Entry]:
        begin = max((i for i, p in enumerate(self.segments) if int(p.stem) <= self.after + 1), default=0)
        chosen = self.segments[begin:]
        self.chain = chain = Chain(last=int(chosen[0].stem) - 1)
        chain.sealed = chain.last
        if begin == 0 and self.dropped:
            chain.head, chain.journal = bytes.fromhex(self.dropped[-1].head), bytes.fromhex(self.dropped[-1].journal)
        elif begin == 0 and chain.last:
            raise Damaged(
                f"{chosen[0]}: entries before {chain.last + 1:,} are missing; restore them from a copy",
                f"{chosen[0]}：缺第 {chain.last + 1:,} 条以前的条目；请从副本恢复",
            )
        for path in chosen:
            data = b""
            try:
                data = path.read_bytes()
                for entry in walk(data, path, chain, self.noting):
                    if entry.sequence > self.after:
                        yield entry
                if path is not chosen[-1] and chain.sealed != chain.last:
                    raise Fault(chain.end, "the segment ends without a seal", "这一段没有封记就结束了")
            except Fault as fault:
                self.torn = self._torn(path, data, fault)
            except FileNotFoundError:
                raise BadInput(
                    f"{path}: was dropped while it was read; read again", f"{path}：读的时候被清除了；请再读一次"
                ) from None
        if chain.sealed < self._mark:
            raise Damaged(
                f"{self.folder}: entries up to {self._mark:,} were acknowledged, and their seals end with "
                f"{chain.sealed:,}; restore it from a copy",
                f"{self.folder}：第 {self._mark:,} 条以前的都已确认，封记却只到第 {chain.sealed:,} 条；请从副本恢复",
            )

    def _torn(self, path: Path, data: bytes, fault: Fault) -> Torn:
        """What a crash leaves at the very end may be cut; anything else is damage."""
        chain = self.chain
        whole = fault.offset > PREAMBLE.size  # a segment gets its name with its opening in it
        if path is self.segments[-1] and whole and chain.sealed >= self._mark and not _goes_on(data, fault, chain):
            return Torn(path, chain.end, len(data) - chain.end, chain.last)
        raise Damaged(
            f"{path} at byte {fault.offset:,}, after entry {chain.last:,}: {fault}; restore it from a copy",
            f"{path} 第 {fault.offset:,} 字节处，第 {chain.last:,} 条之后：{fault.zh}；请从副本恢复",
        )


def _goes_on(data: bytes, fault: Fault, chain: Chain) -> bool:
    """Whether a later batch was begun: that is done only when the one with the fault is durable."""
    for found in A_SEAL.finditer(data, fault.offset):
        try:
            kind, _, payload, _ = record_at(data, found.start() - 4)
        except Fault:
            continue
        if kind == SEAL and Seal.of(payload).first > chain.sealed + 1:
            return True
    return False


def walk(data: bytes, path: Path, chain: Chain, noting: frozenset[int] = frozenset()) -> Iterator[Entry]:
    """The entries of a segment; `chain` goes along. Raises Fault, with `chain` at the last whole record."""
    check_preamble(data, JOURNAL, path)
    first = int(path.stem)
    kind, sequence, payload, end = record_at(data, PREAMBLE.size)
    if kind != OPENING or len(payload) != OPENED.size or sequence != first:
        raise Fault(PREAMBLE.size, "the segment does not open as its name says", "这一段的开头与它的名称不符")
    journal, before = OPENED.unpack(payload)
    if first == 1:
        chain.head = genesis(journal)
    if (chain.journal or journal, chain.head or before, chain.last + 1) != (journal, before, first):
        raise Fault(PREAMBLE.size, "the segment does not follow the one before it", "这一段接不上前一段，链断了")
    chain.journal, chain.head = journal, before
    _note(chain, noting)
    chain.end = chain.batch = end
    base, view, size = first << 32, memoryview(data), len(data)
    while (offset := chain.end) < size:
        kind, sequence, payload, end = record_at(view, offset)
        if kind == SEAL:
            _seal(chain, Seal.of(payload), sequence, view, offset)
            _note(chain, noting)
            chain.end = chain.batch = end
        elif kind in (BYTES, JSON) and sequence == chain.last + 1:
            chain.last, chain.end = sequence, end
            yield Entry(sequence, kind, payload, base | offset)
        else:
            raise Fault(offset, "a record is out of its order", "有一条记录次序不对")


def _seal(chain: Chain, seal: Seal, sequence: int, view: memoryview, offset: int) -> None:
    if (seal.before, seal.first, seal.last, sequence) != (chain.head, chain.sealed + 1, chain.last, chain.last):
        raise Fault(offset, "a seal does not follow the one before it", "有一个封记接不上前一个，链断了")
    if sha256(view[chain.batch : offset]).digest() != seal.batch:
        raise Fault(offset, "a seal is not that of the entries before it", "有一个封记与它前面的条目不符，内容被改动过")
    chain.head, chain.sealed, chain.sealed_at = seal.head, seal.last, seal.sealed_at


def _note(chain: Chain, noting: frozenset[int]) -> None:
    if chain.sealed in noting and chain.head:
        chain.heads[chain.sealed] = chain.head.hex()


def entry_at(folder: Path, place: int) -> Entry:
    """One entry by its place. Raises Damaged if it cannot be read, BadInput if its segment was dropped."""
    path, offset = folder / segment_name(place >> 32), place & 0xFFFF_FFFF
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(4096)
            if len(data) >= HEADER.size and (more := HEADER.unpack_from(data)[1] + HEADER.size - len(data)) > 0:
                data += file.read(more)
        kind, sequence, payload, _ = record_at(data, 0)
    except FileNotFoundError:
        raise BadInput(
            f"{path}: is not there; entries may be dropped when they are old", f"{path}：不在那里；旧的条目可能已经清除"
        ) from None
    except Fault as fault:
        raise Damaged(
            f"{path} at byte {offset:,}: {fault}; restore it from a copy",
            f"{path} 第 {offset:,} 字节处：{fault.zh}；请从副本恢复",
        ) from None
    return Entry(sequence, kind, payload, place)


def segment_name(first: int) -> str:
    return f"{first:020d}{SUFFIX}"
