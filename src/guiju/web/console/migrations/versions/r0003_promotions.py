"""What operators propose to do with a gate's candidate, and what became of it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Float, Index, MetaData, String, Table, Text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    made = MetaData()
    Table(
        "console_promotions", made, Column("id", String(16), primary_key=True), _text("gate"), _text("step"),
        Column("share_pct", Float, nullable=False), _text("why"), _text("version"), _text("current"),
        Column("share_before_pct", Float, nullable=False), _text("proposed_by"), _whole("proposed_at"),
        _text("state"), Column("decided_by", Text), Column("decided_at", BigInteger), _text("said"),
        Index("console_promotions_at", "gate", "proposed_at"),
    )  # fmt: skip
    made.create_all(op.get_bind())


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _whole(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)
