"""The tables of a projection: a row a decision, and how far the journal was read."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import BigInteger, Column, Index, MetaData, String, Table, Text

from guiju.ledger.database import Tables

PROJECTION = Tables(Path(__file__).parent / "migrations", "decisions_version", "decisions", "projection")

metadata = MetaData()

decisions = Table(
    "decisions",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),  # of the journal's entry
    Column("place", BigInteger, nullable=False),  # where the entry stands: the decision itself is read from there
    Column("platform", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("decision_at", BigInteger, nullable=False),  # microseconds since 1970 UTC
    Column("action", Text, nullable=False),
    Column("triggers", Text, nullable=False),  # the names of those that held, with commas between
    Column("digest", String(16), nullable=False),  # of the set that decided
    Index("decisions_of_subject", "subject", "decision_at", "sequence"),
    Index("decisions_by_action", "action", "decision_at", "sequence"),
    Index("decisions_in_time", "decision_at", "sequence"),
)

projected = Table(
    "projected",
    metadata,
    Column("journal", String(32), primary_key=True),
    Column("sequence", BigInteger, nullable=False),  # all entries up to this one were read
    Column("place", BigInteger, nullable=False),  # of that entry, -1 where none was read
    Column("entry", String(64), nullable=False),  # its SHA-256, so that another life of the journal is noticed
)
