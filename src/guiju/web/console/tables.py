"""The tables of the console: accounts, sessions, attempts, saved views, drafts, samples, and who saw identifiers."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, MetaData, String, Table, Text

from guiju.ledger.database import Tables

CONSOLE = Tables(Path(__file__).parent / "migrations", "console_version", "console_accounts", "console")

metadata = MetaData()

accounts = Table(
    "console_accounts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("roles", Text, nullable=False),  # with commas between
    Column("password", Text, nullable=False),  # Argon2's hash, never the password
    Column("must_change", Boolean, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("made_at", BigInteger, nullable=False),  # microseconds since 1970 UTC, as everywhere here
)

sessions = Table(
    "console_sessions",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of the token, which only the browser has
    Column("account", Text, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Index("console_sessions_of", "account"),
)

attempts = Table(
    "console_attempts",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("account", Text, nullable=False),  # as it was typed, whether there is one of that name or not
    Column("made_at", BigInteger, nullable=False),
    Index("console_attempts_at", "account", "made_at"),
)

views = Table(
    "console_views",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("account", Text, nullable=False),
    Column("page", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    Index("console_views_of", "account", "page"),
)

forms = Table(
    "console_forms",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of what the forms of a session carry
    Column("account", Text, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Index("console_forms_at", "begun_at"),
)

drafts = Table(
    "console_drafts",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("account", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("page", Text, nullable=False),  # the page that its form stands on
    Column("fields", Text, nullable=False),  # JSON
    Column("made_at", BigInteger, nullable=False),
    Index("console_drafts_of", "account", "made_at"),
)

promotions = Table(
    "console_promotions",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("gate", Text, nullable=False),  # the service's address
    Column("step", Text, nullable=False),  # promote or rollback
    Column("share_pct", Float, nullable=False),  # 0 of a rollback
    Column("why", Text, nullable=False),
    Column("version", Text, nullable=False),  # the candidate, the current version and the share when it was proposed
    Column("current", Text, nullable=False),
    Column("share_before_pct", Float, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # open, confirming, done, declined, lapsed, refused
    Column("decided_by", Text),
    Column("decided_at", BigInteger),
    Column("said", Text, nullable=False),  # the service's own sentence where it refused; why it was declined
    Index("console_promotions_at", "gate", "proposed_at"),
)

samples = Table(
    "console_samples",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("source", Text, nullable=False),  # the gate's journal, or a backtest's number
    Column("seed", Text, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("sheet", Text, nullable=False),  # JSON: what was drawn, and what its auditors are shown
    Column("drawn_by", Text, nullable=False),
    Column("drawn_at", BigInteger, nullable=False),
    Index("console_samples_at", "drawn_at"),
)

sample_audits = Table(
    "console_sample_audits",
    metadata,
    Column("sample", String(16), primary_key=True),
    Column("place", BigInteger, primary_key=True, autoincrement=False),  # of the event in the sheet, from 0
    Column("turn", BigInteger, primary_key=True, autoincrement=False),  # 1, or more where somebody thought better of it
    Column("label", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)

unmaskings = Table(
    "console_unmaskings",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("made_at", BigInteger, nullable=False),
    Column("account", Text, nullable=False),
    Column("session", String(64), nullable=False),  # the session's digest
    Column("run", Text, nullable=False),
    Column("finding", Text, nullable=False),
    Column("why", Text, nullable=False),
)
