"""Steps that the database refuses to change, and the projection beside them: as they were on the first day."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

revision = "0001"
down_revision = None

KEYS = {"case_steps": "sequence", "case_calls": "key"}
SQLITE = """CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} are added and never altered'); END"""
REPLACING = """CREATE TRIGGER {table}_REPLACE BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})
BEGIN SELECT RAISE(ABORT, '{table} are added and never altered'); END"""  # REPLACE INTO passes by the others
FUNCTION = """CREATE OR REPLACE FUNCTION never_altered() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% are added and never altered', TG_TABLE_NAME; END $$"""
POSTGRESQL = """CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION never_altered()"""


def upgrade() -> None:
    _tables().create_all(op.get_bind())
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(FUNCTION)
    for table, key in KEYS.items():
        for verb in ("UPDATE", "DELETE") if sqlite else ("UPDATE", "DELETE", "TRUNCATE"):
            op.execute((SQLITE if sqlite else POSTGRESQL).format(table=table, verb=verb))
        if sqlite:
            op.execute(REPLACING.format(table=table, key=key))


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _whole(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _moment(name: str) -> Column[int]:
    return Column(name, BigInteger)


def _tables() -> MetaData:
    made = MetaData()
    Table(
        "case_steps", made, Column("sequence", BigInteger, primary_key=True, autoincrement=False), _text("case"),
        Column("number", Integer, nullable=False), _text("key"), _text("kind"), _whole("recorded_at"), _text("by"),
        _text("role"), _text("why"), _text("content"), Column("chain", String(64), nullable=False),
        Index("case_steps_of", "case", "number", unique=True), Index("case_steps_by_call", "key"),
    )  # fmt: skip
    Table("case_calls", made, Column("key", Text, primary_key=True), Column("digest", String(64), nullable=False))
    Table(
        "cases", made, Column("id", Text, primary_key=True), _text("kind"), _text("state"), _text("platform"),
        _text("party"), Column("agency", Text), _text("rule"), _text("trigger"), _text("event"), _text("group"),
        Column("currency", String(3), nullable=False), _whole("amount"), Column("steps", Integer, nullable=False),
        _whole("flagged_at"), _moment("impose_at"), _moment("lapses_at"), _moment("appeal_until"),
        _moment("appealed_at"), _moment("due_at"), _moment("answered_at"), _moment("answer_due_at"), _text("outcome"),
        Index("cases_waiting", "state", "due_at"), Index("cases_lapsing", "lapses_at"),
        Index("cases_to_impose", "impose_at"), Index("cases_of_party", "party"), Index("cases_of_event", "event"),
        Index("cases_of_group", "group"),
    )  # fmt: skip
    return made
