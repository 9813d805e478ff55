"""The cases in a ledger's database: the desk's transactions, and what anybody may read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace
from sqlalchemy import func, select

from guiju.cases import tables as t
from guiju.cases.case import APPEALED, LAPSED, REOPENED, UNDECIDED, Case
from guiju.cases.desk import Desk
from guiju.cases.groups import Group, group_of
from guiju.cases.steps import OF_GROUPS, Step
from guiju.cases.tables import CASES
from guiju.cases.writing import replayed, step_of
from guiju.ledger import Ledger, Refused, database
from guiju.ledger.entries import microseconds
from guiju.ledger.writing import parts


def has_cases(ledger: Ledger) -> bool:
    """Whether cases were ever kept beside a ledger."""
    with ledger.engine.connect() as connection:
        return database.revision(connection, CASES) is not None


class Waiting(NamedTuple):
    """A case that somebody has yet to decide. `until`: by when an answer is due, or else when it lapses; UTC."""

    until: int
    case: str
    state: str
    kind: str
    platform: str
    party: str
    rule: str
    group: str
    currency: str
    amount: int
    steps: int


class Cases:
    """Cases and the `ledger` they live in, in SQLite (a file's path) or PostgreSQL (a URL), made there if `make`.

    `clock` tells the time. Raises what a Ledger does, and Stale where a case has gone on since it was read.
    """

    def __init__(
        self, where: str | Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC), *, make: bool = True
    ) -> None:
        self.ledger = Ledger(where, clock, make=make, beside=(CASES,))
        self.engine, self.clock = self.ledger.engine, clock

    @contextmanager
    def writing(self) -> Iterator[Desk]:
        """One transaction over cases and ledger: kept whole when the block ends, or not at all if it raises."""
        with database.writing(self.engine) as connection:
            desk = Desk(connection, microseconds(self.clock()))
            yield desk
            desk.keep()

    def case(self, id: str) -> Case:
        """A case now; one whose time is up shows as lapsed, recorded or not. Raises Refused where there is none."""
        with database.reading(self.engine) as connection:
            found = replayed(connection, [id]).get(id)
        if found is None:
            raise Refused(f"there is no case {id}", f"没有案件 {id}")
        return self.as_of(found, microseconds(self.clock()))

    @staticmethod
    def as_of(case: Case, now: int) -> Case:
        """A recorded case as it is at a moment, if nothing was recorded since: lapsed where its time is up."""
        if case.state in UNDECIDED and not case.rounds and now >= case.lapses_at:
            return replace(case, state=LAPSED, left=0, open_claim=0, due_at=None, proposal=None)
        return case

    def of_party(self, party: str, platform: str | None = None) -> list[Case]:
        """Every case of a party, newest first."""
        return self._where(t.cases.c.party == party, *([t.cases.c.platform == platform] if platform else []))

    def of_group(self, group: str) -> list[Case]:
        """The cases of a group."""
        return self._where(t.cases.c.group == group)

    def _where(self, *conditions: Any) -> list[Case]:
        c = t.cases.c
        with database.reading(self.engine) as connection:
            rows = connection.execute(select(c.id).where(*conditions).order_by(c.flagged_at.desc(), c.id)).scalars()
            ids = list(rows)
            found = {id: case for some in parts(ids) for id, case in replayed(connection, some).items()}
        now = microseconds(self.clock())
        return [self.as_of(found[id], now) for id in ids]

    def group(self, id: str) -> Group:
        """A group. Raises Refused where there is none."""
        found = group_of(step for step in self.history(id) if step.kind in OF_GROUPS)
        if found is None:
            raise Refused(f"there is no group {id}", f"没有并案 {id}")
        return found

    def is_group(self, id: str) -> bool:
        """Whether it is a group's name."""
        return any(step.kind in OF_GROUPS for step in self.history(id)[:1])

    def carry_out(self, group: str, batch: int = 1000) -> int:
        """Decide every member of a decided group, a transaction a batch; begun again it goes on. Returns how many."""
        done, left = 0, 1
        while left:
            with self.writing() as desk:
                carried = desk.carry_out(group, batch)
            done, left = done + carried.decided, carried.left
            if not carried.decided and not carried.alone:  # those left were answered before, each by itself
                break
        return done

    def history(self, id: str) -> list[Step]:
        """Every step of a case, or of a group, oldest first."""
        c = t.case_steps.c
        with database.reading(self.engine) as connection:
            rows = connection.execute(select(t.case_steps).where(c.case == id).order_by(c.number)).all()
        return [step_of(row) for row in rows]

    def queue(self, *, platform: str | None = None, owed: bool = False, most: int = 1000) -> list[Waiting]:
        """What waits for a decision, the nearest deadline first; `owed`: only appeals and reopenings."""
        c, now = t.cases.c, microseconds(self.clock())
        until = func.coalesce(c.due_at, c.lapses_at)
        states = (APPEALED, REOPENED) if owed else (*UNDECIDED, REOPENED)
        asked: list[Any] = [c.state.in_(states), (c.lapses_at.is_(None)) | (c.lapses_at > now)]
        asked += [c.platform == platform] if platform else []
        columns = [until, c.id, c.state, c.kind, c.platform, c.party, c.rule, c.group, c.currency, c.amount, c.steps]
        with database.reading(self.engine) as connection:
            rows = connection.execute(select(*columns).where(*asked).order_by(until, c.id).limit(most)).all()
        return [Waiting(*row) for row in rows]

    def close(self) -> None:
        self.ledger.close()
