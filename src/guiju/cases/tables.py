"""The tables of cases, in the ledger's database.

`case_steps` and `case_calls` are the journal: the database itself refuses to change them. `cases` is a projection: what
the steps come to, for queues and reports.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

from guiju.ledger.database import Tables

metadata = MetaData()
CASES = Tables(Path(__file__).parent / "migrations", "cases_version", "case_steps", "case in this ledger")

case_steps = Table(
    "case_steps",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("case", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("chain", String(64), nullable=False),
    Index("case_steps_of", "case", "number", unique=True),
    Index("case_steps_by_call", "key"),
)

case_calls = Table(
    "case_calls",
    metadata,
    Column("key", Text, primary_key=True),
    Column("digest", String(64), nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("agency", Text),
    Column("rule", Text, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("group", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("flagged_at", BigInteger, nullable=False),
    Column("impose_at", BigInteger),  # until it takes effect
    Column("lapses_at", BigInteger),  # while it is undecided
    Column("appeal_until", BigInteger),
    Column("appealed_at", BigInteger),  # the first appeal that stands
    Column("due_at", BigInteger),  # while an answer is owed
    Column("answered_at", BigInteger),  # the first decision after that appeal
    Column("answer_due_at", BigInteger),  # by when it was owed
    Column("outcome", Text, nullable=False),
    Index("cases_waiting", "state", "due_at"),
    Index("cases_lapsing", "lapses_at"),
    Index("cases_to_impose", "impose_at"),
    Index("cases_of_party", "party"),
    Index("cases_of_event", "event"),
    Index("cases_of_group", "group"),
)
