"""Is a journal what was written: every record, every link of the chain, and every head that was kept elsewhere."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from guiju.journal import snapshots
from guiju.journal.frames import Damaged
from guiju.journal.reading import Anchor, Reading
from guiju.records.errors import BadInput


@dataclass
class Verdict:
    """What a journal is; it is whole if there are no faults."""

    faults: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    first: int = 1  # the first entry that can be vouched for
    last: int = 0
    sealed: int = 0
    head: str = ""
    entries: int = 0


def load_anchor(path: Path) -> Anchor:
    """An anchor from a file. Raises BadInput."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Anchor)
    except FileNotFoundError:
        raise BadInput(
            f"{path}: is not there; guiju journal head JOURNAL writes an anchor",
            f"{path}：不在那里；guiju journal head 日志 会写出锚点",
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path}: is no anchor ({error}); guiju journal head JOURNAL writes one",
            f"{path}：不是锚点（{error}）；guiju journal head 日志 会写出一个",
        ) from None


def verify(folder: Path | str, anchors: list[Anchor] | None = None) -> Verdict:
    """Read all of a journal and say what is wrong with it. Raises BadInput if it is none, or a newer version's.

    A journal at work may be asked, too: what its writer is about to acknowledge is not looked at.
    """
    folder, verdict = Path(folder), Verdict()
    kept = list(snapshots.load(folder))
    verdict.faults += [s for s in kept if isinstance(s, str)]
    told = [*(anchors or []), *(s[0] for s in kept if not isinstance(s, str))]
    reading = None
    try:
        reading = Reading(folder, noting=frozenset(a.sequence for a in told))
        for _ in reading:
            verdict.entries += 1
    except Damaged as error:
        verdict.faults.append(str(error))
    if reading is None:
        return verdict
    chain = reading.chain
    verdict.first = reading.dropped[-1].last + 1 if reading.dropped else 1
    verdict.last, verdict.sealed, verdict.head = chain.last, chain.sealed, (chain.head or b"").hex()
    verdict.faults += [f for a in told if (f := _unlike(a, reading))]
    verdict.said = _told(verdict, reading, at_work(folder))
    return verdict


def _unlike(anchor: Anchor, reading: Reading) -> str | None:
    """How an anchor differs from the journal."""
    chain, n = reading.chain, anchor.sequence
    if chain.journal is not None and anchor.journal != chain.journal.hex():
        return f"anchor of entry {n:,}: is another journal's ({anchor.journal}, not {chain.journal.hex()})"
    kept = {d.last: d.head for d in reading.dropped}
    head = chain.heads.get(n) or kept.get(n)
    if head is not None:
        return None if head == anchor.head else f"anchor of entry {n:,}: the chain up to there is not what it was"
    if n > chain.last:
        return f"anchor of entry {n:,}: the journal ends at {chain.last:,}; entries after it are gone"
    if kept and n < max(kept):
        return f"anchor of entry {n:,}: cannot be compared, for it lies within a dropped segment"
    return f"anchor of entry {n:,}: no batch ends there any more"


def _told(verdict: Verdict, reading: Reading, working: bool) -> list[str]:
    chain = reading.chain
    since = datetime.fromtimestamp(chain.sealed_at / 1e6, UTC) if chain.sealed_at is not None else None
    said = [f"{verdict.entries:,} entries in {len(reading.segments):,} segments can be vouched for"]
    if since:
        said.append(f"head {verdict.head} after entry {chain.sealed:,}, sealed {since:%Y-%m-%d %H:%M:%S} UTC")
    if reading.dropped:
        last = reading.dropped[-1]
        said.append(
            f"entries 1 to {last.last:,} were dropped ({last.because}); it vouches from {last.last + 1:,} on, and that "
            f"they ended with head {last.head}"
        )
    if working:
        said.append("a writer is at work; what it is about to acknowledge was not looked at")
    elif chain.last > chain.sealed and not verdict.faults:
        said.append(
            f"entries {chain.sealed + 1:,} to {chain.last:,} are whole but not sealed: their writer was stopped before "
            "anyone was told of them; the next writer seals them"
        )
    if reading.torn and not working:
        said.append(f"{reading.torn}; nobody was told of them, and the next writer cuts them")
    return said


def at_work(folder: Path) -> bool:
    """Whether a writer holds the journal now."""
    try:
        handle = os.open(folder / "lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except OSError:
        return True
    finally:
        os.close(handle)
