"""Cases listed: by what is asked of them, the nearest deadline first, page after page."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import case as either
from sqlalchemy import func, select, tuple_

from guiju.cases import tables as t
from guiju.cases.case import UNDECIDED
from guiju.cases.store import Cases
from guiju.cases.writing import CARRYING
from guiju.ledger import database
from guiju.ledger.entries import microseconds

NEVER = 2**62  # microseconds: the deadline of what has none


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of cases: each that is given must hold; `due_before` in microseconds UTC.

    left: a decided group, of whose members those that its decision left to be answered by themselves are asked for.
    """

    states: tuple[str, ...] = ()
    kind: str | None = None
    platform: str | None = None
    party: str | None = None
    agency: str | None = None
    rule: str | None = None
    trigger: str | None = None
    group: str | None = None
    due_before: int | None = None
    left: str | None = None


class Listed(NamedTuple):
    """A case in a list. until: when an answer is due, or else when it lapses undecided; NEVER where neither is so."""

    until: int
    id: str
    state: str
    kind: str
    platform: str
    party: str
    agency: str | None
    rule: str
    trigger: str
    group: str
    currency: str
    amount: int
    steps: int
    flagged_at: int
    outcome: str


def listed(cases: Cases, asked: Asked, *, after: tuple[int, str] | None = None, most: int = 100) -> list[Listed]:
    """At most `most` cases that come after `after`, the `until` and `id` of the last one seen."""
    c, state, until = t.cases.c, _state(cases), _until()
    where = _where(asked, state)
    if after is not None:
        where.append(tuple_(until, c.id) > tuple_(*after))
    columns = [until, c.id, state, *(c[name] for name in Listed._fields[3:])]
    with database.reading(cases.engine) as connection:
        rows = connection.execute(select(*columns).where(*where).order_by(until, c.id).limit(most)).all()
    return [Listed(*row) for row in rows]


def counted(cases: Cases, asked: Asked) -> dict[str, int]:
    """How many cases there are of what is asked, by their state."""
    state = _state(cases)
    with database.reading(cases.engine) as connection:
        rows = connection.execute(select(state, func.count()).where(*_where(asked, state)).group_by(state)).all()
    return {row[0]: row[1] for row in rows}


def _until() -> Any:
    return func.coalesce(t.cases.c.due_at, t.cases.c.lapses_at, NEVER)


def _state(cases: Cases) -> Any:
    """As it is now: one whose time is up has lapsed, recorded or not."""
    c = t.cases.c
    return either((c.lapses_at <= microseconds(cases.clock()), "lapsed"), else_=c.state)


def _where(asked: Asked, state: Any) -> list[Any]:
    c, s = t.cases.c, t.case_steps.c
    where: list[Any] = [
        c[name] == value
        for name in ("kind", "platform", "party", "agency", "rule", "trigger", "group")
        if (value := getattr(asked, name)) is not None
    ]
    if asked.states:
        where.append(state.in_(asked.states))
    if asked.due_before is not None:
        where.append(_until() < asked.due_before)
    if asked.left is not None:
        where.append(c.id.in_(select(s.case).where((s.key == f"{CARRYING}{asked.left}") & (s.kind == "left"))))
    return where


def unanswered_groups(cases: Cases) -> list[str]:
    """The groups that are decided and have members that were not answered yet."""
    c, s = t.cases.c, t.case_steps.c
    decided = select(s.case).where(s.kind == "group_decided")
    asked = select(c.group).where(c.state.in_(UNDECIDED) & c.group.in_(decided)).distinct().order_by(c.group)
    with database.reading(cases.engine) as connection:
        return list(connection.execute(asked).scalars())


def platforms(cases: Cases) -> set[str]:
    """The platforms that have a case."""
    with database.reading(cases.engine) as connection:
        return set(connection.execute(select(t.cases.c.platform).distinct()).scalars())
