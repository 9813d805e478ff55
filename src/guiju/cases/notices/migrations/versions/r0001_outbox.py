"""Notices and attempts that the database refuses to change, and what is still to be sent: as on the first day."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

revision = "0001"
down_revision = None

KEYS = {"notices": "{0}.step = NEW.step", "notice_attempts": "{0}.step = NEW.step AND {0}.number = NEW.number"}
SQLITE = """CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} are added and never altered'); END"""
REPLACING = """CREATE TRIGGER {table}_REPLACE BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
BEGIN SELECT RAISE(ABORT, '{table} are added and never altered'); END"""  # REPLACE INTO passes by the others
POSTGRESQL = """CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION never_altered()"""  # the function is the ledger's


def upgrade() -> None:
    _tables().create_all(op.get_bind())
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, same in KEYS.items():
        for verb in ("UPDATE", "DELETE") if sqlite else ("UPDATE", "DELETE", "TRUNCATE"):
            op.execute((SQLITE if sqlite else POSTGRESQL).format(table=table, verb=verb))
        if sqlite:
            op.execute(REPLACING.format(table=table, same=same.format(table)))


def _text(*names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False) for name in names]


def _whole(*names: str) -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=False) for name in names]


def _step() -> Column[int]:
    return Column("step", BigInteger, primary_key=True, autoincrement=False)


def _tables() -> MetaData:
    made = MetaData()
    Table(
        "notices", made, _step(), *_whole("at"), *_text("kind", "platform", "case"),
        Column("number", Integer, nullable=False), *_text("party", "sender", "language", "text"),
        Column("document", String(64), nullable=False), Index("notices_of_case", "case", "step"),
    )  # fmt: skip
    Table(
        "notice_attempts", made, _step(), Column("number", Integer, primary_key=True, autoincrement=False),
        *_whole("at"), *_text("sender", "outcome"), Column("status", Integer, nullable=False),
        *_text("gateway_id", "why", "by"), Index("notice_attempts_known_as", "sender", "gateway_id"),
    )  # fmt: skip
    Table(
        "notice_states", made, _step(), *_text("party", "state"), Column("tries", Integer, nullable=False),
        *_whole("due_at", "taken_until"), Index("notice_states_due", "state", "due_at"),
        Index("notice_states_of", "party", "step"),
    )  # fmt: skip
    return made
