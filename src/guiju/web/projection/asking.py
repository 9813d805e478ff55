"""Decisions asked by subject, time and action: the projection says which, the journal says what was decided."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Engine, literal, select, tuple_

from guiju.journal import Damaged
from guiju.journal.reading import entry_at
from guiju.ledger.database import connect, reading
from guiju.ledger.entries import microseconds
from guiju.records.errors import BadInput
from guiju.web.decided import whole
from guiju.web.projection.projecting import standing, storable
from guiju.web.projection.tables import PROJECTION, decisions

Zoned = Annotated[datetime, msgspec.Meta(tz=True)]
Cursor = Annotated[str, msgspec.Meta(pattern=r"^\d{1,18}-\d{1,18}$")]


class Asked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename={"since": "from", "before": "to"}):
    """What is asked: every condition that is given must hold. `from` is inclusive, `to` is not."""

    subject: str | UnsetType = UNSET
    platform: str | UnsetType = UNSET
    action: Literal["allow", "review", "hold"] | UnsetType = UNSET
    since: Zoned | UnsetType = UNSET
    before: Zoned | UnsetType = UNSET
    cursor: Cursor | UnsetType = UNSET
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class NotAsked(BadInput):
    """The question cannot be read; says which part of it."""


class Queries:
    """The projection of a journal, asked. It connects when it is first asked, and again where that failed."""

    def __init__(self, folder: Path, where: str) -> None:
        self.folder, self.where = folder, where

    @cached_property
    def engine(self) -> Engine:
        """Raises BadInput where the database is another program's, Unavailable where it is away."""
        return connect(self.where, of=PROJECTION)

    def page(self, parameters: dict[str, str]) -> bytes:
        """A page as JSON: decisions, the newest first; `next`, where the next page begins; `upto`, the entry of the
        journal up to which it was read.

        What is decided meanwhile comes before the first page, and moves no other. Decisions whose entries were dropped
        are left out. Raises NotAsked, Unavailable, Damaged.
        """
        try:
            of = msgspec.convert(parameters, Asked, strict=False)
        except msgspec.ValidationError as error:
            hint = "; a time carries a zone, and its + is written %2B in a URL"
            of_time = any(f"$.{name}" in str(error) for name in ("from", "to"))
            raise NotAsked(f"{error}{hint if of_time else ''}") from None
        with reading(self.engine) as connection:
            rows = connection.execute(_query(of)).all()
            known = standing(connection)
        more = len(rows) > of.limit
        rows = rows[: of.limit]
        bodies = [body for row in rows if (body := _decision(self.folder, row.place, row.sequence)) is not None]
        following = b'"%d-%d"' % (rows[-1].decision_at, rows[-1].sequence) if more else b"null"
        upto = known.sequence if known else 0
        return b'{"decisions":[%b],"next":%b,"upto":%d}' % (b",".join(bodies), following, upto)

    def upto(self) -> int:
        """The entry of the journal up to which the projection was written. Raises Unavailable."""
        with reading(self.engine) as connection:
            known = standing(connection)
        return known.sequence if known else 0


def _query(of: Asked) -> Any:
    c = decisions.c
    query = select(c.sequence, c.place, c.decision_at).order_by(c.decision_at.desc(), c.sequence.desc())
    for column, value in ((c.subject, of.subject), (c.platform, of.platform), (c.action, of.action)):
        if value is not UNSET:
            query = query.where(column == storable(value))
    if of.since is not UNSET:
        query = query.where(c.decision_at >= microseconds(of.since))
    if of.before is not UNSET:
        query = query.where(c.decision_at < microseconds(of.before))
    if of.cursor is not UNSET:
        at, sequence = (literal(int(part)) for part in of.cursor.split("-"))
        query = query.where(tuple_(c.decision_at, c.sequence) < tuple_(at, sequence))
    return query.limit(of.limit + 1)


def _decision(folder: Path, place: int, sequence: int) -> bytes | None:
    """The decision as it was journalled; None where it was dropped."""
    try:
        entry = entry_at(folder, place)
    except Damaged:
        raise
    except BadInput:
        return None
    if entry.sequence != sequence:
        raise Damaged(f"entry {sequence:,} is not where the projection says; make it anew with guiju gate project")
    return whole(entry)
