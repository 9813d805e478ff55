"""The ledger's tables. `entries` and `calls` are the journal: the database itself refuses to change them.

The others are projections: what the entries come to, so that a guard needs no second reading of the past.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

from guiju.ledger.entries import OUTSIDE

metadata = MetaData()
NEVER_CHANGED = ("entries", "calls")


def _account(prefix: str) -> tuple[Column[str], Column[str]]:
    return Column(f"{prefix}_party", Text), Column(f"{prefix}_kind", Text)


def _of() -> tuple[Column[str], ...]:
    return Column("case", Text, nullable=False), Column("party", Text, nullable=False), _currency()


def _currency() -> Column[str]:
    return Column("currency", String(3), nullable=False)


entries = Table(
    "entries",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False),
    Column("part", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    _currency(),
    Column("amount", BigInteger, CheckConstraint("amount > 0"), nullable=False),
    *_account("out_of"),
    *_account("into"),
    Column("party", Text, nullable=False),
    Column("case", Text, nullable=False),
    Column("refers", BigInteger, ForeignKey("entries.sequence")),
    Column("reason", Text, nullable=False),
    Column("expires_at", BigInteger),
    Column("decision", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("chain", String(64), nullable=False),
    Index("entries_by_call", "key", "part", unique=True),
    Index("entries_out_of", "out_of_party", "sequence"),
    Index("entries_into", "into_party", "sequence"),
    Index("entries_of", "party", "sequence"),
    Index("entries_referring", "refers"),
)

calls = Table(
    "calls",
    metadata,
    Column("key", Text, primary_key=True),
    Column("digest", String(64), nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("party", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("balance", BigInteger, nullable=False),
    CheckConstraint(f"balance >= 0 OR kind = '{OUTSIDE}'", name="never_below_zero"),
)

holds = Table(
    "holds",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    *_of(),
    Column("amount", BigInteger, nullable=False),
    Column("left", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    CheckConstraint('"left" >= 0 AND "left" <= amount', name="never_more_than_held"),
    Index("holds_open", "party", "currency", "left"),
    Index("holds_due", "expires_at", "left"),
)

disputes = Table(
    "disputes",
    metadata,
    Column("case", Text, primary_key=True),
    Column("party", Text, primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("used", BigInteger, nullable=False),
    CheckConstraint("used >= 0 AND used <= amount", name="never_beyond_dispute"),
)

claims = Table(
    "claims",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    *_of(),
    Column("amount", BigInteger, nullable=False),
    Column("allowed", BigInteger),
    Column("collected", BigInteger, nullable=False),
    CheckConstraint("collected = 0 OR collected <= allowed", name="never_before_a_decision"),
    Index("claims_of", "party", "currency"),
)

reversals = Table(
    "reversals",
    metadata,
    Column("sequence", BigInteger, ForeignKey("entries.sequence"), primary_key=True, autoincrement=False),
)
