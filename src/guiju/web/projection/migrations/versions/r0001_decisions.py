"""The rows of decisions, and how far the journal was read.

A later revision drops the tables and makes them anew: nothing in them is the truth, and all is read again.
"""

from __future__ import annotations

from alembic import op

from guiju.web.projection.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())
