"""Snapshots: what a caller made of all entries up to one, so that a restart reads only those after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from guiju.journal.frames import BYTES, PREAMBLE, SNAPSHOT, Fault, check_preamble, preamble, record, record_at
from guiju.journal.placing import place
from guiju.journal.reading import Anchor
from guiju.records.errors import BadInput

FOLDER, SUFFIX, KEPT = "snapshots", ".snapshot", 2


def save(folder: Path, at: Anchor, state: bytes) -> None:
    """Write a snapshot as it stands after the anchor's entry; the two newest are kept. Raises OSError."""
    (folder / FOLDER).mkdir(exist_ok=True)
    body = bytes.fromhex(at.journal) + bytes.fromhex(at.head) + state
    place(_path(folder, at.sequence), preamble(SNAPSHOT) + record(BYTES, at.sequence, body))
    for old in _paths(folder)[KEPT:]:
        old.unlink()


def load(folder: Path) -> Iterator[tuple[Anchor, bytes] | str]:
    """Snapshots, the newest first; a sentence in place of each that cannot be used. Read entries from there on,
    and compare the head: a snapshot whose head is not the journal's is of another journal's life."""
    for path in _paths(folder):
        try:
            check_preamble(data := path.read_bytes(), SNAPSHOT, path)
            kind, sequence, body, end = record_at(data, PREAMBLE.size)
            if kind != BYTES or end != len(data) or _path(folder, sequence) != path or len(body) < 48:
                raise Fault(0, "it holds something else", "里面是别的内容")
            yield Anchor(body[:16].hex(), sequence, body[16:48].hex()), body[48:]
        except Fault as fault:
            yield f"{path}: {fault}; an older snapshot or the whole journal is read instead"
        except BadInput as error:
            yield str(error)


def _path(folder: Path, sequence: int) -> Path:
    return folder / FOLDER / f"{sequence:020d}{SUFFIX}"


def _paths(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob(f"*{SUFFIX}"), reverse=True)
