"""Entries that the database refuses to change, and the projections beside them: as they were on the first day."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

revision = "0001"
down_revision = None

SQLITE = """CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} are added and never altered'); END"""
REPLACING = """CREATE TRIGGER {table}_REPLACE BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})
BEGIN SELECT RAISE(ABORT, '{table} are added and never altered'); END"""  # REPLACE INTO passes by the others
FUNCTION = """CREATE FUNCTION never_altered() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% are added and never altered', TG_TABLE_NAME; END $$"""
POSTGRESQL = """CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION never_altered()"""


def upgrade() -> None:
    _tables().create_all(op.get_bind())
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(FUNCTION)
    for table in ("entries", "calls"):
        for verb in ("UPDATE", "DELETE") if sqlite else ("UPDATE", "DELETE", "TRUNCATE"):
            op.execute((SQLITE if sqlite else POSTGRESQL).format(table=table, verb=verb))
        if sqlite:
            op.execute(REPLACING.format(table=table, key="key" if table == "calls" else "sequence"))


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _whole(name: str, *more: CheckConstraint) -> Column[int]:
    return Column(name, BigInteger, *more, nullable=False)


def _sequence(*more: ForeignKey) -> Column[int]:
    return Column("sequence", BigInteger, *more, primary_key=True, autoincrement=False)


def _currency() -> Column[str]:
    return Column("currency", String(3), nullable=False)


def _tables() -> MetaData:
    made = MetaData()
    Table(
        "entries", made, _sequence(), _text("key"), Column("part", Integer, nullable=False), _text("kind"),
        _whole("recorded_at"), _currency(), _whole("amount", CheckConstraint("amount > 0")),
        *(Column(name, Text) for name in ("out_of_party", "out_of_kind", "into_party", "into_kind")),
        _text("party"), _text("case"), Column("refers", BigInteger, ForeignKey("entries.sequence")), _text("reason"),
        Column("expires_at", BigInteger), _text("decision"), _text("by"), Column("chain", String(64), nullable=False),
        Index("entries_by_call", "key", "part", unique=True), Index("entries_out_of", "out_of_party", "sequence"),
        Index("entries_into", "into_party", "sequence"), Index("entries_of", "party", "sequence"),
        Index("entries_referring", "refers"),
    )  # fmt: skip
    Table("calls", made, Column("key", Text, primary_key=True), Column("digest", String(64), nullable=False))
    Table(
        "accounts", made, Column("party", Text, primary_key=True), Column("kind", Text, primary_key=True),
        Column("currency", String(3), primary_key=True), _whole("balance"),
        CheckConstraint("balance >= 0 OR kind = 'outside'", name="never_below_zero"),
    )  # fmt: skip
    Table(
        "holds", made, _sequence(), _text("case"), _text("party"), _currency(), _whole("amount"), _whole("left"),
        _whole("expires_at"), CheckConstraint('"left" >= 0 AND "left" <= amount', name="never_more_than_held"),
        Index("holds_open", "party", "currency", "left"), Index("holds_due", "expires_at", "left"),
    )  # fmt: skip
    Table(
        "disputes", made, Column("case", Text, primary_key=True), Column("party", Text, primary_key=True),
        Column("currency", String(3), primary_key=True), _whole("amount"), _whole("used"),
        CheckConstraint("used >= 0 AND used <= amount", name="never_beyond_dispute"),
    )  # fmt: skip
    Table(
        "claims", made, _sequence(), _text("case"), _text("party"), _currency(), _whole("amount"),
        Column("allowed", BigInteger), _whole("collected"),
        CheckConstraint("collected = 0 OR collected <= allowed", name="never_before_a_decision"),
        Index("claims_of", "party", "currency"),
    )  # fmt: skip
    Table("reversals", made, _sequence(ForeignKey("entries.sequence")))
    return made
