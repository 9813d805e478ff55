"""The outbox's tables, in the ledger's database.

`notices` and `notice_attempts` are added to and never changed; `notice_states` is a projection: what is yet to be sent.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

from guiju.ledger.database import Tables

metadata = MetaData()
NOTICES = Tables(Path(__file__).parent / "migrations", "notices_version", "notices", "notices in this ledger")

notices = Table(
    "notices",
    metadata,
    Column("step", BigInteger, primary_key=True, autoincrement=False),  # of the case, that it tells of: its sequence
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("case", Text, nullable=False),
    Column("number", Integer, nullable=False),  # of the step within its case
    Column("party", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("document", String(64), nullable=False),  # digest of the text
    Index("notices_of_case", "case", "step"),
)

notice_attempts = Table(
    "notice_attempts",
    metadata,
    Column("step", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("sender", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("gateway_id", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("by", Text, nullable=False),
    Index("notice_attempts_known_as", "sender", "gateway_id"),
)

notice_states = Table(
    "notice_states",
    metadata,
    Column("step", BigInteger, primary_key=True, autoincrement=False),
    Column("party", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("taken_until", BigInteger, nullable=False),
    Index("notice_states_due", "state", "due_at"),
    Index("notice_states_of", "party", "step"),
)
