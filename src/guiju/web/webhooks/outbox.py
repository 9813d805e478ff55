"""What waits to be sent, in a file beside the journal: how far each endpoint has read, what it has not taken yet.

The messages themselves stand in the journal; here are their places, and no name of anybody. Of one subject only the
oldest message is due: the next follows when that one was taken, or was given up.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from guiju.records.errors import BadInput

LAYOUT = 1
TABLES = """
CREATE TABLE IF NOT EXISTS known (layout INTEGER, journal TEXT);
CREATE TABLE IF NOT EXISTS endpoints (name TEXT PRIMARY KEY, sequence INTEGER, sent INTEGER);
CREATE TABLE IF NOT EXISTS waiting (
    endpoint TEXT, sequence INTEGER, subject BLOB, place INTEGER, action TEXT, since REAL, attempts INTEGER,
    due_at REAL, why TEXT, PRIMARY KEY (endpoint, sequence)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS waiting_of_subject ON waiting (endpoint, subject, sequence);
CREATE INDEX IF NOT EXISTS waiting_due ON waiting (endpoint, due_at) WHERE due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS given_up (
    endpoint TEXT, sequence INTEGER, subject BLOB, place INTEGER, action TEXT, since REAL, attempts INTEGER,
    at REAL, why TEXT, PRIMARY KEY (endpoint, sequence)
) WITHOUT ROWID;
"""
COLUMNS = "endpoint, sequence, subject, place, action, since, attempts"
OLDEST = "(SELECT MIN(sequence) FROM waiting WHERE endpoint = :endpoint AND subject = :subject)"
WAIT_SECONDS = 30


class Message(NamedTuple):
    """A decision that an endpoint has not taken yet; `since` is when it was read from the journal."""

    endpoint: str
    sequence: int
    subject: bytes
    place: int
    action: str
    since: float
    attempts: int


class GivenUp(NamedTuple):
    """A decision that an endpoint never took, when that was given up, and what it said last."""

    endpoint: str
    sequence: int
    action: str
    since: float
    attempts: int
    at: float
    why: str


class Counts(NamedTuple):
    """How an endpoint stands."""

    sent: int
    waiting: int
    oldest: float | None  # since when the oldest of them waits
    given_up: int


class Outbox:
    """The outbox of a journal. Raises BadInput where it is another journal's, or cannot be written."""

    def __init__(self, folder: Path, journal: str) -> None:
        self.path = folder / "webhooks" / "outbox.sqlite"
        try:
            self.path.parent.mkdir(exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=WAIT_SECONDS, check_same_thread=False, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(TABLES)
            with self._writing():
                row = self._db.execute("SELECT layout, journal FROM known").fetchone()
                if row is None:
                    self._db.execute("INSERT INTO known VALUES (?, ?)", (LAYOUT, journal))
        except (OSError, sqlite3.Error) as error:
            raise BadInput(f"{self.path}: cannot be read or written ({error}); it says what was sent already") from None
        if row is not None and row != (LAYOUT, journal):
            raise BadInput(f"{self.path}: is of another journal or a newer version; remove it to begin with what comes")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def meet(self, names: list[str], sequence: int) -> None:
        """Endpoints that are new begin after this entry, the journal's last.

        What is said of later ones is of another life of the journal, in whose place an older copy was put: it goes.
        """
        with self._writing():
            rows = [(name, sequence) for name in names]
            self._db.executemany("INSERT OR IGNORE INTO endpoints VALUES (?, ?, 0)", rows)
            self._db.execute("UPDATE endpoints SET sequence = ?1 WHERE sequence > ?1", (sequence,))
            for table in ("waiting", "given_up"):
                self._db.execute(f"DELETE FROM {table} WHERE sequence > ?", (sequence,))

    def read_up_to(self, name: str) -> int:
        """Up to which entry the journal was read for an endpoint."""
        row = self._db.execute("SELECT sequence FROM endpoints WHERE name = ?", (name,)).fetchone()
        return int(row[0])

    def add(self, messages: list[Message], read: dict[str, int]) -> None:
        """Take up messages, and how far the journal was read for each endpoint: both or neither."""
        with self._writing():
            for message in messages:
                before = self._db.execute(
                    "SELECT 1 FROM waiting WHERE endpoint = ? AND subject = ? LIMIT 1",
                    (message.endpoint, message.subject),
                ).fetchone()
                due_at = None if before else message.since
                self._db.execute(
                    "INSERT OR IGNORE INTO waiting VALUES (?, ?, ?, ?, ?, ?, ?, ?, '')", (*message, due_at)
                )
            for name, sequence in read.items():
                self._db.execute("UPDATE endpoints SET sequence = MAX(sequence, ?) WHERE name = ?", (sequence, name))

    def due(self, name: str, now: float, most: int) -> list[Message]:
        """What may be sent to an endpoint now, the longest due first; of each subject one at most."""
        sql = f"SELECT {COLUMNS} FROM waiting WHERE endpoint = ? AND due_at <= ? ORDER BY due_at, sequence LIMIT ?"
        return [Message(*row) for row in self._db.execute(sql, (name, now, most))]

    def sent(self, message: Message, now: float) -> None:
        """It was taken."""
        with self._writing():
            self._db.execute("UPDATE endpoints SET sent = sent + 1 WHERE name = ?", (message.endpoint,))
            self._gone(message, now)

    def failed(self, message: Message, due_at: float, why: str) -> None:
        """It was not taken, and is due again."""
        with self._writing():
            self._db.execute(
                "UPDATE waiting SET attempts = attempts + 1, due_at = ?, why = ? WHERE endpoint = ? AND sequence = ?",
                (due_at, why, message.endpoint, message.sequence),
            )

    def give_up(self, message: Message, now: float, why: str) -> None:
        """It was not taken for too long."""
        with self._writing():
            row = (*message[:6], message.attempts + 1, now, why)
            self._db.execute("INSERT OR REPLACE INTO given_up VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            self._gone(message, now)

    def _gone(self, message: Message, now: float) -> None:
        """It waits no more; the next one of its subject is due."""
        of = {"now": now, "endpoint": message.endpoint, "sequence": message.sequence, "subject": message.subject}
        self._db.execute("DELETE FROM waiting WHERE endpoint = :endpoint AND sequence = :sequence", of)
        self._db.execute(
            f"UPDATE waiting SET due_at = :now WHERE endpoint = :endpoint AND sequence = {OLDEST}",
            of,
        )

    def given_up(self) -> list[GivenUp]:
        """All that no endpoint took in its time, the oldest first."""
        sql = "SELECT endpoint, sequence, action, since, attempts, at, why FROM given_up ORDER BY sequence, endpoint"
        return [GivenUp(*row) for row in self._db.execute(sql)]

    def send_again(self, now: float) -> int:
        """Let what was given up wait anew, before or among what waits of the same subjects; returns how many."""
        with self._writing():
            rows = [Message(*row) for row in self._db.execute(f"SELECT {COLUMNS} FROM given_up")]
            for row in rows:
                self._db.execute(
                    "INSERT OR IGNORE INTO waiting VALUES (?, ?, ?, ?, ?, ?, 0, NULL, '')", (*row[:5], now)
                )
            self._db.execute("DELETE FROM given_up")
            for endpoint, subject in {(row.endpoint, row.subject) for row in rows}:
                self._db.execute(
                    f"UPDATE waiting SET due_at = CASE WHEN sequence = {OLDEST} THEN :now END "
                    "WHERE endpoint = :endpoint AND subject = :subject",
                    {"now": now, "endpoint": endpoint, "subject": subject},
                )
        return len(rows)

    def counts(self, name: str) -> Counts:
        """How an endpoint stands."""
        sent = self._db.execute("SELECT sent FROM endpoints WHERE name = ?", (name,)).fetchone()
        waiting = self._db.execute("SELECT COUNT(*), MIN(since) FROM waiting WHERE endpoint = ?", (name,)).fetchone()
        given_up = self._db.execute("SELECT COUNT(*) FROM given_up WHERE endpoint = ?", (name,)).fetchone()
        return Counts(sent[0] if sent else 0, *waiting, *given_up)

    def names(self) -> list[str]:
        """The endpoints that were ever met."""
        return [name for (name,) in self._db.execute("SELECT name FROM endpoints ORDER BY name")]

    def close(self) -> None:
        self._db.close()


def subject_of(platform: str, subject: str) -> bytes:
    """A subject as the outbox knows it: enough to keep its messages in order, and no name."""
    return sha256(f"{platform}\0{subject}".encode()).digest()[:16]
