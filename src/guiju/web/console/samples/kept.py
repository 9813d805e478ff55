"""Samples and what their auditors said, in the console's database: added, and never altered.

An event is its first auditor's. Who thinks better of it says so again, and both stand; another auditor is told whose
it is, so that nobody's judgement is written over.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from guiju.ledger.database import reading, writing
from guiju.ledger.entries import microseconds
from guiju.web.console import tables as t
from guiju.web.console.accounts import SECOND, NotDone
from guiju.web.console.samples.drawing import Sheet

YES, NO, UNCLEAR = LABELS = ("yes", "no", "unclear")
SHORTEST_WHY, LONGEST_WHY, MOST = 4, 2_000, 100


class Audited(msgspec.Struct, frozen=True):
    """What an auditor said of an event: whether it breaks the trigger's rule, and why. turn: 1, or more if revised."""

    place: int
    turn: int
    label: str
    why: str
    by: str
    at: datetime

    @property
    def breaks(self) -> bool | None:
        """None where it is unclear."""
        return None if self.label == UNCLEAR else self.label == YES


class Listed(msgspec.Struct, frozen=True):
    """A sample in a list; audited: of how many events."""

    id: str
    source: str
    seed: str
    events: int
    audited: int
    by: str
    at: datetime


class Samples:
    """The samples in a console's database. `clock` tells the time."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self.engine, self.clock = engine, clock

    def keep(self, sheet: Sheet, by: str) -> str:
        """Its id; a sample that is there already stays as it was drawn."""
        c, id = t.samples.c, sheet.id
        with writing(self.engine) as connection:
            if connection.execute(select(c.id).where(c.id == id)).first() is None:
                connection.execute(
                    insert(t.samples).values(
                        id=id, source=sheet.about.source, seed=sheet.about.seed, events=len(sheet.events),
                        sheet=msgspec.json.encode(sheet).decode(), drawn_by=by, drawn_at=microseconds(self.clock()),
                    )
                )  # fmt: skip
        return id

    def all(self) -> list[Listed]:
        """The newest first."""
        c, a = t.samples.c, t.sample_audits.c
        done = select(func.count(a.place.distinct())).where(a.sample == c.id).scalar_subquery()
        asked = select(c.id, c.source, c.seed, c.events, done.label("audited"), c.drawn_by, c.drawn_at)
        with reading(self.engine) as connection:
            rows = connection.execute(asked.order_by(c.drawn_at.desc(), c.id).limit(MOST)).all()
        return [Listed(*row[:6], _moment(row.drawn_at)) for row in rows]

    def of(self, id: str) -> tuple[Sheet, str, datetime] | None:
        """A sample, and by whom and when it was drawn."""
        with reading(self.engine) as connection:
            row = connection.execute(select(t.samples).where(t.samples.c.id == id)).one_or_none()
        return (msgspec.json.decode(row.sheet, type=Sheet), row.drawn_by, _moment(row.drawn_at)) if row else None

    def audits(self, id: str, place: int | None = None) -> list[Audited]:
        """All that was said of a sample's events, or of one, in the order in which it was said."""
        c = t.sample_audits.c
        asked = select(c.place, c.turn, c.label, c.why, c.account, c.made_at).where(c.sample == id)
        if place is not None:
            asked = asked.where(c.place == place)
        with reading(self.engine) as connection:
            rows = connection.execute(asked.order_by(c.turn, c.place)).all()
        return [Audited(*row[:5], _moment(row.made_at)) for row in rows]

    def audit(self, id: str, place: int, label: str, why: str, by: str, seen: int) -> None:
        """Say of an event whether it breaks the rule. seen: the newest turn that was read. Raises NotDone."""
        if label not in LABELS:
            raise NotDone("sample_no_label")
        if not SHORTEST_WHY <= len(why := why.strip()) <= LONGEST_WHY:
            raise NotDone("sample_why", longest=LONGEST_WHY)
        said = self.audits(id, place)
        if said and said[0].by != by:
            raise NotDone("sample_others_said", by=said[0].by)
        if len(said) != seen:
            raise NotDone("sample_stale")
        try:
            with writing(self.engine) as connection:
                connection.execute(
                    insert(t.sample_audits).values(
                        sample=id, place=place, turn=seen + 1, label=label, why=why, account=by,
                        made_at=microseconds(self.clock()),
                    )
                )  # fmt: skip
        except IntegrityError:  # of two at once one was first
            [first, *_] = self.audits(id, place)
            raise (NotDone("sample_stale") if first.by == by else NotDone("sample_others_said", by=first.by)) from None


def _moment(of: int) -> datetime:
    return datetime.fromtimestamp(of / SECOND, UTC)
