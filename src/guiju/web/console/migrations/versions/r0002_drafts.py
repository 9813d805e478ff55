"""Drafts, and whose session a form was made in: what is sent when a session has ended is kept for its account."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Index, MetaData, String, Table, Text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _tables().create_all(op.get_bind())


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _whole(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _tables() -> MetaData:
    made = MetaData()
    Table(
        "console_forms", made, Column("digest", String(64), primary_key=True), _text("account"), _whole("begun_at"),
        Index("console_forms_at", "begun_at"),
    )  # fmt: skip
    Table(
        "console_drafts", made, Column("id", String(16), primary_key=True), _text("account"), _text("name"),
        _text("page"), _text("fields"), _whole("made_at"), Index("console_drafts_of", "account", "made_at"),
    )  # fmt: skip
    return made
