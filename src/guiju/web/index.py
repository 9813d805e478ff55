"""Where each event's decision stands in the journal, by the event's id: rebuilt from the journal when it is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from guiju.records.errors import BadInput

LAYOUT = 1
TABLES = """
CREATE TABLE IF NOT EXISTS known (layout INTEGER, journal TEXT, sequence INTEGER);
CREATE TABLE IF NOT EXISTS places (id BLOB, segment INTEGER, place INTEGER, PRIMARY KEY (id, segment, place))
    WITHOUT ROWID;
"""


class Index:
    """Ids (as digests) and places. One thread adds, another may find.

    It is never the truth: after a power cut it may lack entries, or be unreadable, and is then made anew.
    """

    def __init__(self, path: Path, journal: str) -> None:
        self.path, self.journal = path, journal
        try:
            self._open()
        except sqlite3.DatabaseError:
            try:
                self.clear()
            except sqlite3.Error as error:
                raise BadInput(f"{path}: cannot be written ({error}); make room, or change its permissions") from None

    def _open(self) -> None:
        self.path.parent.mkdir(exist_ok=True)
        self._adding, self._finding = (
            sqlite3.connect(self.path, check_same_thread=False, isolation_level=None) for _ in range(2)
        )
        for connection in (self._adding, self._finding):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        self._adding.executescript(TABLES)
        row = self._adding.execute("SELECT layout, journal, sequence FROM known").fetchone()
        if row is None:
            self._adding.execute("INSERT INTO known VALUES (?, ?, 0)", (LAYOUT, self.journal))
        elif row[:2] != (LAYOUT, self.journal):
            raise sqlite3.DatabaseError("of another journal")
        self.sequence: int = row[2] if row else 0

    def clear(self) -> None:
        """Begin anew, empty."""
        with suppress(AttributeError, sqlite3.Error):
            self.close()
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.unlink()
        self._open()

    def add(self, rows: Iterable[tuple[str, int]], sequence: int) -> None:
        """Take up ids with their places, all of the journal up to `sequence`. Raises sqlite3.Error; then adds none."""
        self._adding.execute("BEGIN IMMEDIATE")
        try:
            cells = ((digest(id), place & 0xFFFF_FFFF, place >> 32) for id, place in rows)
            self._adding.executemany("INSERT OR IGNORE INTO places (id, place, segment) VALUES (?, ?, ?)", cells)
            self._adding.execute("UPDATE known SET sequence = ?", (sequence,))
            self._adding.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._adding.execute("ROLLBACK")
            raise
        self.sequence = sequence

    def find(self, ids: list[str]) -> dict[str, list[int]]:
        """The places of all events with these ids, of whatever platform; ids without one are left out."""
        found: dict[str, list[int]] = {}
        of = {digest(id): id for id in ids}
        marks = ",".join("?" * len(of))
        sql = f"SELECT id, segment, place FROM places WHERE id IN ({marks})"
        for known, segment, place in self._finding.execute(sql, list(of)):
            found.setdefault(of[known], []).append(segment << 32 | place)
        return found

    def close(self) -> None:
        self._adding.close()
        self._finding.close()


def digest(id: str) -> bytes:
    return sha256(id.encode()).digest()[:16]
