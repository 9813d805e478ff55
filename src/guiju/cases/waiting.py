"""What of the cases waits for somebody today: deadlines, appeals, and proposals that another reviewer has to see."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import case as either
from sqlalchemy import func, select

from guiju.cases import tables as t
from guiju.cases.case import APPEALED, OPEN, REOPENED
from guiju.cases.listing import NEVER
from guiju.cases.store import Cases
from guiju.ledger import database
from guiju.ledger.entries import microseconds


class Due(NamedTuple):
    """So many undecided cases. overdue: an answer was owed by now; until: it is, or they lapse, by the moment asked.

    appealed, reopened: an answer is owed, whenever.
    """

    overdue: int
    until: int
    appealed: int
    reopened: int


class Proposed(NamedTuple):
    """A case, or a group, that one reviewer proposed to decide and another has to."""

    id: str
    is_group: bool
    by: str


def due(cases: Cases, until: int) -> Due:
    """How many cases are due by a moment, in microseconds UTC."""
    c, now = t.cases.c, microseconds(cases.clock())
    ends = func.coalesce(c.due_at, c.lapses_at, NEVER)
    state = either((c.lapses_at <= now, "lapsed"), else_=c.state)  # its time is up, recorded or not
    counted = [
        func.coalesce(func.sum(either((condition, 1), else_=0)), 0)
        for condition in (ends <= now, (ends > now) & (ends <= until), state == APPEALED, state == REOPENED)
    ]
    with database.reading(cases.engine) as connection:
        return Due(*map(int, connection.execute(select(*counted).where(state.in_(OPEN))).one()))


def proposed(cases: Cases) -> list[Proposed]:
    """What waits for a second reviewer, groups first."""
    c, s = t.cases.c, t.case_steps.c
    decided = select(s.case).where(s.kind == "group_decided")
    groups = select(s.case).where(s.kind == "group_proposed", s.case.not_in(decided)).distinct().order_by(s.case)
    single = select(c.id).where(c.state.in_(OPEN), c.id.in_(select(s.case).where(s.kind == "proposed"))).order_by(c.id)
    with database.reading(cases.engine) as connection:
        of_groups = list(connection.execute(groups).scalars())
        alone = list(connection.execute(single).scalars())
    found = [Proposed(id, True, step.by) for id in of_groups if (step := cases.group(id).proposal)]
    return found + [Proposed(id, False, of.by[0]) for id in alone if (of := cases.case(id).proposal)]
