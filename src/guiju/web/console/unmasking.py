"""Identifiers in full: for whose work needs it, for one finding, with a reason, for half an hour, and written down."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from sqlalchemy import Engine, func, insert, select

from guiju.ledger.database import reading, writing
from guiju.ledger.entries import microseconds
from guiju.web.console import tables as t
from guiju.web.console.accounts import SECOND
from guiju.web.console.sessions import Session

LASTS_SECONDS = 30 * 60
LONGEST_WHY = 500
PAGE = 50
OF_GATE = "@gate "  # and a journal's id: the run of what is no finding but a decision of the gate (no run is called so)


class Unmasked(msgspec.Struct, frozen=True):
    """That somebody asked to see a finding's identifiers in full, or a decision's of the gate, and why."""

    number: int
    at: datetime
    account: str
    run: str
    finding: str
    why: str

    @property
    def of_gate(self) -> bool:
        """Whether it is a decision: `finding` is then its entry of the journal."""
        return self.run.startswith(OF_GATE)


def unmask(engine: Engine, now: datetime, session: Session, run: str, finding: str, why: str) -> None:
    """Write it down; from now on `is_unmasked` for this session."""
    c = t.unmaskings.c
    with writing(engine) as connection:
        number = (connection.execute(select(func.max(c.number))).scalar() or 0) + 1
        connection.execute(
            insert(t.unmaskings).values(
                number=number, made_at=microseconds(now), account=session.account, session=session.digest, run=run,
                finding=finding, why=why[:LONGEST_WHY],
            )
        )  # fmt: skip


def is_unmasked(engine: Engine, now: datetime, session: Session, run: str, finding: str) -> bool:
    """Whether this session asked for a finding's identifiers within LASTS_SECONDS."""
    c, since = t.unmaskings.c, microseconds(now) - LASTS_SECONDS * SECOND
    its = (c.session == session.digest, c.run == run, c.finding == finding, c.made_at >= since)
    with reading(engine) as connection:
        return connection.execute(select(c.number).where(*its).limit(1)).first() is not None


def log(engine: Engine, before: int | None) -> tuple[list[Unmasked], int | None]:
    """A page of the log, the newest first, and the number before which the next one begins."""
    c = t.unmaskings.c
    columns = select(c.number, c.made_at, c.account, c.run, c.finding, c.why)
    asked = columns if before is None else columns.where(c.number < before)
    with reading(engine) as connection:
        rows = connection.execute(asked.order_by(c.number.desc()).limit(PAGE + 1)).all()
    entries = [Unmasked(row.number, _moment(row.made_at), *row[2:]) for row in rows[:PAGE]]
    return entries, entries[-1].number if len(rows) > PAGE else None


def _moment(of: int) -> datetime:
    return datetime.fromtimestamp(of / SECOND, UTC)
