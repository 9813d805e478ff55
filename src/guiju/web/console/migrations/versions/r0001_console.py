"""The console's tables as they were on the first day; who saw identifiers in full is added and never altered."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Index, MetaData, String, Table, Text

revision = "0001"
down_revision = None

LOG = "console_unmaskings"
SQLITE = """CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} are added and never altered'); END"""
REPLACING = """CREATE TRIGGER {table}_REPLACE BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, '{table} are added and never altered'); END"""  # REPLACE INTO passes by the others
FUNCTION = """CREATE OR REPLACE FUNCTION console_never_altered() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% are added and never altered', TG_TABLE_NAME; END $$"""
POSTGRESQL = """CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION console_never_altered()"""


def upgrade() -> None:
    _tables().create_all(op.get_bind())
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(FUNCTION)
    for verb in ("UPDATE", "DELETE") if sqlite else ("UPDATE", "DELETE", "TRUNCATE"):
        op.execute((SQLITE if sqlite else POSTGRESQL).format(table=LOG, verb=verb))
    if sqlite:
        op.execute(REPLACING.format(table=LOG))


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _whole(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _tables() -> MetaData:
    made = MetaData()
    Table(
        "console_accounts", made, Column("name", Text, primary_key=True), _text("roles"), _text("password"),
        Column("must_change", Boolean, nullable=False), Column("closed", Boolean, nullable=False), _whole("made_at"),
    )  # fmt: skip
    Table(
        "console_sessions", made, Column("digest", String(64), primary_key=True), _text("account"), _whole("begun_at"),
        _whole("seen_at"), Index("console_sessions_of", "account"),
    )  # fmt: skip
    Table(
        "console_attempts", made, Column("number", BigInteger, primary_key=True, autoincrement=False),
        _text("account"), _whole("made_at"), Index("console_attempts_at", "account", "made_at"),
    )  # fmt: skip
    Table(
        "console_views", made, Column("id", String(16), primary_key=True), _text("account"), _text("page"),
        _text("name"), _text("query"), Index("console_views_of", "account", "page"),
    )  # fmt: skip
    Table(
        LOG, made, Column("number", BigInteger, primary_key=True, autoincrement=False), _whole("made_at"),
        _text("account"), Column("session", String(64), nullable=False), _text("run"), _text("finding"), _text("why"),
    )  # fmt: skip
    return made
