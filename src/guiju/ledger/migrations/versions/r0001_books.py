"""Entries that the database refuses to change, and the projections beside them."""

from __future__ import annotations

from alembic import op

from guiju.ledger.tables import NEVER_CHANGED, metadata

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
    metadata.create_all(op.get_bind())
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(FUNCTION)
    for table in NEVER_CHANGED:
        for verb in ("UPDATE", "DELETE") if sqlite else ("UPDATE", "DELETE", "TRUNCATE"):
            op.execute((SQLITE if sqlite else POSTGRESQL).format(table=table, verb=verb))
        if sqlite:
            op.execute(REPLACING.format(table=table, key="key" if table == "calls" else "sequence"))
