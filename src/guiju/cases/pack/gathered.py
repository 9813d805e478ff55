"""What goes into a pack, read at one moment: steps and entries with their links, notices, and what was attached."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, Table, inspect, select

from guiju.cases import tables as c
from guiju.cases.attachments import Attachment
from guiju.cases.notices import tables as n
from guiju.cases.statement.stated import Statement, stated_in
from guiju.cases.steps import GENESIS as CASES_GENESIS
from guiju.cases.steps import Step
from guiju.cases.store import Cases
from guiju.cases.writing import step_of
from guiju.ledger import database
from guiju.ledger import tables as books
from guiju.ledger.entries import GENESIS as LEDGER_GENESIS
from guiju.ledger.entries import Entry
from guiju.ledger.writing import entry_of


class Link(msgspec.Struct, frozen=True):
    """One link of a chain: `chain` is the SHA-256 of `before`, a line feed and `said`."""

    before: str
    said: str
    chain: str


class Head(msgspec.Struct, frozen=True):
    """The newest link of all."""

    sequence: int
    chain: str


class Gathered(NamedTuple):
    """A case's whole record. attempts: of each notice, by the sequence of the step that it tells of."""

    statement: Statement
    steps: list[tuple[Step, Link]]
    entries: list[tuple[Entry, Link]]
    notices: list[Row[Any]]
    attempts: dict[int, list[Row[Any]]]
    heads: dict[str, Head]


def gather(cases: Cases, id: str) -> Gathered:
    """All of it. Raises Refused where there is no such case."""
    with database.reading(cases.engine) as connection:
        statement = stated_in(connection, cases, id)
        s, e = c.case_steps, books.entries
        steps = [
            (step_of(row), _link(connection, s, row, step_of(row), CASES_GENESIS))
            for row in connection.execute(select(s).where(s.c.case == id).order_by(s.c.sequence)).all()
        ]
        entries = [
            (entry_of(row), _link(connection, e, row, entry_of(row), LEDGER_GENESIS))
            for row in connection.execute(
                select(e).where((e.c.case == id) & _touches(e, statement.party)).order_by(e.c.sequence)
            ).all()
        ]
        notices: list[Row[Any]] = []
        attempts: dict[int, list[Row[Any]]] = {}
        if inspect(connection).has_table(n.notices.name):
            asked = select(n.notices).where(n.notices.c.case == id).order_by(n.notices.c.step)
            notices = list(connection.execute(asked).all())
            a = n.notice_attempts
            of = select(a).where(a.c.step.in_([row.step for row in notices])).order_by(a.c.step, a.c.number)
            for row in connection.execute(of).all():
                attempts.setdefault(row.step, []).append(row)
        heads = {"cases": _head(connection, s, CASES_GENESIS), "ledger": _head(connection, e, LEDGER_GENESIS)}
    return Gathered(statement, steps, entries, notices, attempts, heads)


def attachments(steps: list[tuple[Step, Link]]) -> list[Attachment]:
    """Everything attached, in the order it came; the same content under two names twice."""
    found: dict[tuple[str, str], Attachment] = {}
    for step, _ in steps:
        for one in getattr(step.says, "attachments", ()):
            found.setdefault((one.sha256, one.name), one)
    return list(found.values())


def _touches(entries: Table, party: str) -> Any:
    """The entries about a party or its money: by these they are found without reading the whole ledger."""
    e = entries.c
    return (e.party == party) | (e.out_of_party == party) | (e.into_party == party)


def _link(connection: Connection, table: Table, row: Row[Any], said: Step | Entry, genesis: str) -> Link:
    before = connection.execute(select(table.c.chain).where(table.c.sequence == row.sequence - 1)).scalar()
    return Link(str(before or genesis), msgspec.json.encode(said, order="deterministic").decode(), row.chain)


def _head(connection: Connection, table: Table, genesis: str) -> Head:
    t = table.c
    row = connection.execute(select(t.sequence, t.chain).order_by(t.sequence.desc()).limit(1)).first()
    return Head(*row) if row else Head(0, genesis)
