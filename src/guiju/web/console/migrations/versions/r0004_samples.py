"""Samples of decisions, and what their auditors said: which is added and never altered."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Index, MetaData, String, Table, Text

revision = "0004"
down_revision = "0003"

LOG = "console_sample_audits"
SQLITE = """CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} are added and never altered'); END"""
REPLACING = """CREATE TRIGGER {table}_REPLACE BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE (sample, place, turn) = (NEW.sample, NEW.place, NEW.turn))
BEGIN SELECT RAISE(ABORT, '{table} are added and never altered'); END"""  # REPLACE INTO passes by the others
POSTGRESQL = """CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION console_never_altered()"""  # of the first version


def upgrade() -> None:
    _tables().create_all(op.get_bind())
    sqlite = op.get_bind().dialect.name == "sqlite"
    for verb in ("UPDATE", "DELETE") if sqlite else ("UPDATE", "DELETE", "TRUNCATE"):
        op.execute((SQLITE if sqlite else POSTGRESQL).format(table=LOG, verb=verb))
    if sqlite:
        op.execute(REPLACING.format(table=LOG))


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _whole(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _key(name: str) -> Column[int]:
    return Column(name, BigInteger, primary_key=True, autoincrement=False)


def _tables() -> MetaData:
    made = MetaData()
    Table(
        "console_samples", made, Column("id", String(16), primary_key=True), _text("source"), _text("seed"),
        _whole("events"), _text("sheet"), _text("drawn_by"), _whole("drawn_at"),
        Index("console_samples_at", "drawn_at"),
    )  # fmt: skip
    Table(
        LOG, made, Column("sample", String(16), primary_key=True), _key("place"), _key("turn"), _text("label"),
        _text("why"), _text("account"), _whole("made_at"),
    )  # fmt: skip
    return made
