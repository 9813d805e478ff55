"""Alembic at work on the connection that `database.connect` hands it."""

from alembic import context

from guiju.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
