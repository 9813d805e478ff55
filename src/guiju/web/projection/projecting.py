"""A projection written behind the journal: what it holds is always all decisions up to some entry, and no others."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from guiju.journal import Damaged, Entry, Following
from guiju.journal.following import acknowledged, identity
from guiju.journal.reading import entry_at
from guiju.journal.retention import dropped_from
from guiju.ledger.database import connect, writing
from guiju.ledger.entries import microseconds
from guiju.records.errors import BadInput
from guiju.web.decided import Decided, decided
from guiju.web.projection.tables import PROJECTION, decisions, projected

ROWS = 2_000  # in a transaction
IDLE_SECONDS = 0.1


class Standing(NamedTuple):
    """How far a projection has read its journal."""

    journal: str
    sequence: int
    place: int
    entry: str


def standing(connection: Connection) -> Standing | None:
    """None where nothing was read yet."""
    row = connection.execute(select(projected)).one_or_none()
    return None if row is None else Standing(*row)


class Projector:
    """Brings the projection at `where` (a file or a URL) up to a journal. One at a time writes; a second does no harm.

    Raises BadInput where the database is another journal's or another program's, Unavailable where it is not there.
    """

    def __init__(self, folder: Path, where: str) -> None:
        self.folder, self.engine = folder, connect(where, of=PROJECTION)
        self.id = identity(folder)
        with writing(self.engine) as connection:
            self.sequence = self._settle(connection)
        self._following = Following(folder, self.sequence)

    def _settle(self, connection: Connection) -> int:
        """Where to go on. What is of another life of this journal, or was dropped from it, is removed."""
        known = standing(connection)
        if known is None:
            connection.execute(insert(projected).values(journal=self.id, sequence=0, place=-1, entry=""))
            return 0
        if known.journal != self.id:
            raise BadInput(f"the projection is of another journal than {self.folder}: name another database")
        if not self._holds(known):
            connection.execute(delete(decisions))
            connection.execute(update(projected).values(sequence=0, place=-1, entry=""))
            return 0
        if dropped := dropped_from(self.folder):
            connection.execute(delete(decisions).where(decisions.c.sequence <= dropped[-1].last))
        return known.sequence

    def _holds(self, known: Standing) -> bool:
        """Whether the journal still has the entry that was read last, or dropped it."""
        if known.place < 0:
            return True
        if (dropped := dropped_from(self.folder)) and known.sequence <= dropped[-1].last:
            return True
        try:
            entry = entry_at(self.folder, known.place)
        except (Damaged, BadInput):
            return False
        return (entry.sequence, sha256(entry.payload).hexdigest()) == (known.sequence, known.entry)

    def step(self) -> int:
        """Read on, in one transaction; returns how many entries there were. Raises Damaged, Unavailable."""
        entries = self._following.take(ROWS, acknowledged(self.folder))
        if not entries:
            return 0
        rows = [self._row(entry, of) for entry in entries if (of := decided(entry)) is not None]
        last = entries[-1]
        with writing(self.engine) as connection:
            known = standing(connection)
            if known is None or known.sequence != self.sequence:  # another process was here
                self.sequence = self._settle(connection)
                self._following = Following(self.folder, self.sequence)
                return 1
            if rows:
                connection.execute(insert(decisions), rows)
            said = {"sequence": last.sequence, "place": last.place, "entry": sha256(last.payload).hexdigest()}
            connection.execute(update(projected).values(said))
        self.sequence = last.sequence
        return len(entries)

    @staticmethod
    def _row(entry: Entry, of: Decided) -> dict[str, Any]:
        return {
            "sequence": entry.sequence,
            "place": entry.place,
            "platform": storable(of.platform),
            "id": storable(of.id),
            "subject": storable(of.subject),
            "decision_at": microseconds(of.decision_at),
            "action": of.action,
            "triggers": ",".join([reason.trigger for reason in of.reasons]),
            "digest": of.set.digest,
        }

    def catch_up(self) -> int:
        """Read on until the journal's end; returns up to which entry."""
        while self.step():
            pass
        return self.sequence

    def follow(self, goes_on: Callable[[], bool]) -> None:
        """Read on as long as it goes on."""
        while goes_on():
            if not self.step():
                time.sleep(IDLE_SECONDS)


def storable(text: str) -> str:
    """A text as PostgreSQL takes it: without the letter 0."""
    return text.replace("\0", "\ufffd")


def follow(goes_on: Callable[[], bool], folder: Path, where: str) -> None:
    """Bring a projection up to a journal, and keep it there as long as it goes on. Raises as `Projector`."""
    Projector(folder, where).follow(goes_on)
