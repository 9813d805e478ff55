"""What is left of segments that were dropped: their heads, so that the rest still hangs on a chain."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec

from guiju.journal.frames import JSON, KEPT, PREAMBLE, Damaged, Fault, check_preamble, preamble, record, record_at
from guiju.journal.placing import place

NAME = "kept"


class Dropped(msgspec.Struct, frozen=True):
    """A segment that was dropped, and why."""

    journal: str
    first: int
    last: int
    head: str  # of the last entry's seal
    bytes: int
    sha256: str  # of the file
    because: str


def dropped_from(folder: Path) -> list[Dropped]:
    """The segments that were dropped from a journal, in order. Raises Damaged."""
    path = folder / NAME
    try:
        check_preamble(data := path.read_bytes(), KEPT, path)
        kind, _, payload, end = record_at(data, PREAMBLE.size)
        if kind != JSON or end != len(data):
            raise Fault(0, "it holds something else", "里面是别的内容")
    except FileNotFoundError:
        return []
    except Fault as fault:
        raise Damaged(f"{path}: {fault}; restore it from a copy", f"{path}：{fault.zh}；请从副本恢复") from None
    return msgspec.json.decode(payload, type=list[Dropped])


def drop(folder: Path, paths: list[Path], journal: bytes, heads: dict[Path, tuple[int, bytes]], because: str) -> None:
    """Keep the heads of whole segments (last entry and head of each), then remove them: in this order."""
    kept = dropped_from(folder)
    for path in paths:
        (last, head), data = heads[path], path.read_bytes()
        digest = sha256(data).hexdigest()
        kept.append(Dropped(journal.hex(), int(path.stem), last, head.hex(), len(data), digest, because))
    text = record(JSON, kept[-1].last, msgspec.json.encode(kept))
    place(folder / NAME, preamble(KEPT) + text)
    for path in paths:
        path.unlink()
