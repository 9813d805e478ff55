"""Steps written: one transaction over cases and ledger, whole or not at all, each step lawful before it is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import asdict
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from guiju.cases import tables as t
from guiju.cases.case import UNDECIDED, Case
from guiju.cases.procedure import after
from guiju.cases.steps import GENESIS, KIND_OF, OF_CASES, Content, Step, written
from guiju.ledger.books import Refused
from guiju.ledger.writing import Conflict, Writing, parts

LAPSING, CARRYING = "lapse of case ", "carrying out of "  # how the keys of what goes on by itself begin
LEDGER_KEYS = "step of case "  # how the keys of a step's calls to the ledger begin


class Steps:
    """The steps of one transaction: read as they are asked for, added, kept at its end."""

    def __init__(self, connection: Connection, now: int) -> None:
        newest = connection.execute(
            select(t.case_steps.c.sequence, t.case_steps.c.recorded_at, t.case_steps.c.chain)
            .order_by(t.case_steps.c.sequence.desc())
            .limit(1)
        ).first()
        last, at, chain = newest or (0, now, GENESIS)
        self.books = Writing(connection, max(now, int(at)), LEDGER_KEYS)
        self.now = self.books.now  # a clock set back stands still, for cases and ledger alike
        self._connection = connection
        self._last, self._chain = int(last), str(chain)
        self._added: list[tuple[Step, str]] = []
        self._calls: dict[str, str] = {}
        self._known: dict[str, Case | None] = {}  # as they are now; None: there is none
        self._by_event: dict[str, set[str]] = defaultdict(set)  # of the known
        self._kept: dict[str, int] = {}  # steps of each as the database has it
        self._key, self._refused = "", False

    @property
    def connection(self) -> Connection:
        """The transaction, for tables that are written beside these."""
        return self._connection

    # What is read

    def load(self, ids: Iterable[str]) -> None:
        """Many cases in a few readings."""
        missing = sorted({id for id in ids if id not in self._known})
        for some in parts(missing):
            found = replayed(self._connection, some)
            for id in some:
                self._known[id] = found.get(id)
                if case := found.get(id):
                    self._kept[id] = case.steps
                    self._by_event[case.matter.event].add(id)

    def known(self, id: str) -> Case | None:
        """A case as it is, though its time be up; None where there is none."""
        self.load([id])
        return self._known[id]

    def _as_of(self, id: str, steps: list[Step]) -> Case:
        """A case after the last of some steps that is its own."""
        last = [step for step in steps if step.case == id][-1]
        now = self._known.get(last.case)
        if now is not None and now.steps == last.number:
            return now
        c = t.case_steps.c
        rows = self._connection.execute(
            select(t.case_steps).where((c.case == last.case) & (c.number <= last.number)).order_by(c.number)
        ).all()
        case: Case | None = None
        for step in [*map(step_of, rows), *(s for s, _ in self._added if s.case == last.case)]:
            if step.number <= last.number:
                case = after(case, step)
        assert case is not None
        return case

    # What is added

    def _call(self, key: str, said: Any, write: Callable[[], object]) -> list[Step]:
        """Write under a key, or return what was written under it before."""
        if not key.strip() or key.startswith((LAPSING, CARRYING)):
            raise Refused(
                f"{key!r} is no key of a call: give it one of its own, and the same when it is repeated",
                f"{key!r} 不能作调用的键：每次调用用自己的键，重复时用同一个",
            )
        digest = sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()
        known = (
            self._calls.get(key)
            or self._connection.execute(select(t.case_calls.c.digest).where(t.case_calls.c.key == key)).scalar()
        )
        if known not in (None, digest):
            raise Conflict(
                f"the key {key!r} was used for another call: use a new key for a new call",
                f"键 {key!r} 已用于另一次调用：新的调用请用新的键",
            )
        if known is not None:
            return self._under(key)
        begun = len(self._added)
        self._key, self._refused = key, True
        write()
        self._refused = False
        self._calls[key] = digest
        return [step for step, _ in self._added[begun:] if step.key == key]

    def _under(self, key: str) -> list[Step]:
        c = t.case_steps.c
        rows = self._connection.execute(select(t.case_steps).where(c.key == key).order_by(c.sequence)).all()
        return [step_of(row) for row in rows] or [step for step, _ in self._added if step.key == key]

    def _add(
        self, id: str, content: Content, *, by: str, role: str, why: str, key: str = "", number: int | None = None
    ) -> Case | None:
        """Add a step to a case (or to a group, which gives its number); returns the case after it."""
        kind = KIND_OF[type(content)]
        case = self.known(id) if kind in OF_CASES else None
        step = Step(
            sequence=self._last + 1, case=id, number=number or (case.steps if case else 0) + 1, key=key or self._key,
            kind=kind, recorded_at=self.now, by=by, role=role, why=why, content=written(content),
        )  # fmt: skip
        if kind in OF_CASES:
            case = self._known[id] = after(case, step)
            self._by_event[case.matter.event].add(id)
        self._last += 1
        self._chain = step.chained(self._chain)
        self._added.append((step, self._chain))
        return case

    def keep(self) -> None:
        """Write what was added, and what it comes to, in the transaction that the caller commits."""
        if self._refused:
            raise Refused(
                "a call of this transaction was refused, so nothing of it is kept: make the others anew",
                "这一批里有一项被拒绝，整批没有执行：其他的请重新提交",
            )
        if self._calls:
            rows = [{"key": key, "digest": digest} for key, digest in self._calls.items()]
            self._connection.execute(insert(t.case_calls), rows)
        if self._added:
            rows = [asdict(step) | {"chain": chain} for step, chain in self._added]
            self._connection.execute(insert(t.case_steps), rows)
        changed = [c for id, c in self._known.items() if c is not None and c.steps != self._kept.get(id, 0)]
        if new := [columns_of(case) for case in changed if case.id not in self._kept]:
            self._connection.execute(insert(t.cases), new)
        if old := [{f"c_{k}": v for k, v in columns_of(c).items()} for c in changed if c.id in self._kept]:
            names = [column.name for column in t.cases.c if column.name != "id"]
            values: dict[str, Any] = {name: bindparam(f"c_{name}") for name in names}
            self._connection.execute(update(t.cases).where(t.cases.c.id == bindparam("c_id")).values(values), old)
        self.books.keep()


def replayed(connection: Connection, ids: list[str]) -> dict[str, Case]:
    """Cases as their recorded steps make them."""
    c, found = t.case_steps.c, defaultdict[str, Case | None](lambda: None)
    rows = connection.execute(select(t.case_steps).where(c.case.in_(ids)).order_by(c.case, c.number)).all()
    for row in rows:
        if row.kind in OF_CASES:
            found[row.case] = after(found[row.case], step_of(row))
    return {id: case for id, case in found.items() if case is not None}


def step_of(row: Row[Any]) -> Step:
    """A row as the step that it was written from."""
    fields = dict(row._mapping)
    fields.pop("chain", None)
    return Step(**fields)


def columns_of(case: Case) -> dict[str, Any]:
    """A case as its projection's row."""
    m, undecided = case.matter, case.state in UNDECIDED and not case.rounds
    stands = next((a for a in case.appeals if not a.retracted), None)
    answered = next((r.at for r in case.rounds if stands and r.number > stands.number), None)
    return {
        "id": case.id, "kind": m.kind, "state": case.state, "platform": m.platform, "party": m.party,
        "agency": m.agency, "rule": m.rule, "trigger": m.trigger, "event": m.event, "group": case.group,
        "currency": m.currency, "amount": m.amount, "steps": case.steps, "flagged_at": case.flagged_at,
        "impose_at": case.impose_at if undecided and case.imposed_at is None else None,
        "lapses_at": case.lapses_at if undecided else None, "appeal_until": case.appeal_until,
        "appealed_at": stands and stands.at, "due_at": case.due_at, "answered_at": answered,
        "answer_due_at": stands and stands.due_at, "outcome": case.outcome,
    }  # fmt: skip
