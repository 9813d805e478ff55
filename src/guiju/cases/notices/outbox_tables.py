"""The outbox's tables: notices and what came of each attempt are never changed; what waits is made from them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, Table, Text

metadata = MetaData()
NEVER_CHANGED = ("notices", "attempts")

notices = Table(
    "notices",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False, unique=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("case", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("notices_of", "case", "sequence"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("notice", BigInteger, ForeignKey("notices.sequence"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("gateway_id", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("by", Text, nullable=False),
    Index("attempts_known_as", "gateway_id"),
)

waiting = Table(
    "waiting",
    metadata,
    Column("notice", BigInteger, ForeignKey("notices.sequence"), primary_key=True, autoincrement=False),
    Column("party", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("taken_until", BigInteger, nullable=False),
    Index("waiting_due", "state", "due"),
    Index("waiting_of", "party", "notice"),
)
