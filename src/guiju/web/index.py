"""Where each event's decision stands in the journal, by the event's id: rebuilt from the journal when it is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from guiju.records.errors import BadInput
from guiju.web.seen import Seen

LAYOUT = 2
# Digests come in no order. By segment first, new ones go where the newest are, into few pages, and nothing else is
# written again however long the journal is; what it costs is that an id is looked for once in each segment.
TABLES = """
CREATE TABLE IF NOT EXISTS known (layout INTEGER, journal TEXT, sequence INTEGER);
CREATE TABLE IF NOT EXISTS places (segment INTEGER, id BLOB, place INTEGER, PRIMARY KEY (segment, id, place))
    WITHOUT ROWID;
"""


class Index:
    """Ids (as digests) and places. One thread adds, another may find.

    It is never the truth: after a power cut it may lack entries, or be unreadable, and is then made anew.
    """

    def __init__(self, path: Path, journal: str) -> None:
        self.path, self.journal = path, journal
        self.ending = False  # tells `learn` to stop
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
            connection.execute("PRAGMA cache_size = -32768")
        self._adding.executescript(TABLES)
        row = self._adding.execute("SELECT layout, journal, sequence FROM known").fetchone()
        if row is None:
            self._adding.execute("INSERT INTO known VALUES (?, ?, 0)", (LAYOUT, self.journal))
        elif row[:2] != (LAYOUT, self.journal):
            raise sqlite3.DatabaseError("of another journal")
        self.sequence: int = row[2] if row else 0
        self._seen = Seen()
        self._segments = tuple(_segments(self._adding))
        self._knows_all = not self._segments

    def clear(self) -> None:
        """Begin anew, empty."""
        with suppress(AttributeError, sqlite3.Error):
            self.close()
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.unlink()
        self._open()

    def learn(self) -> None:
        """Read which ids there are, so that new ones need not be looked for; on the thread that adds. Seconds for
        ten millions."""
        with suppress(sqlite3.Error):  # then all are looked for
            rows = self._adding.execute("SELECT id FROM places")
            while not self._knows_all and not self.ending:
                known = rows.fetchmany(5_000)
                for (id,) in known:
                    self._seen.add(id)
                self._knows_all = not known

    def add(self, rows: Iterable[tuple[str, int]], sequence: int) -> None:
        """Take up ids with their places, all of the journal up to `sequence`. Raises sqlite3.Error; then adds none."""
        self._adding.execute("BEGIN IMMEDIATE")
        try:
            cells = sorted((place >> 32, digest(id), place & 0xFFFF_FFFF) for id, place in rows)  # pages in turn
            for _, known, _ in cells:
                self._seen.add(known)
            self._adding.executemany("INSERT OR IGNORE INTO places (segment, id, place) VALUES (?, ?, ?)", cells)
            self._adding.execute("UPDATE known SET sequence = ?", (sequence,))
            self._adding.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._adding.execute("ROLLBACK")
            raise
        self._segments = tuple(sorted({*self._segments, *(segment for segment, _, _ in cells)}))
        self.sequence = sequence

    def find(self, ids: list[str]) -> dict[str, list[int]]:
        """The places of all events with these ids, of whatever platform; ids without one are left out."""
        found: dict[str, list[int]] = {}
        of = {digest(id): id for id in ids}
        if self._knows_all:
            of = {known: id for known, id in of.items() if known in self._seen}
            if not of:
                return found
        marks, segments = ",".join("?" * len(of)), ",".join(map(str, self._segments))
        sql = f"SELECT id, segment, place FROM places WHERE segment IN ({segments}) AND id IN ({marks})"
        for known, segment, place in self._finding.execute(sql, list(of)):
            found.setdefault(of[known], []).append(segment << 32 | place)
        return found

    def close(self) -> None:
        self._adding.close()
        self._finding.close()


def _segments(connection: sqlite3.Connection) -> Iterator[int]:
    """Those that have places, each found by one step into the table."""
    last = -1
    while True:
        (last,) = connection.execute("SELECT min(segment) FROM places WHERE segment > ?", (last,)).fetchone()
        if last is None:
            return
        yield last


def digest(id: str) -> bytes:
    return sha256(id.encode()).digest()[:16]
