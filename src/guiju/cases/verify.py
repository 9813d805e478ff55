"""Are cases what was written: every link of the chain, every step lawful, everything held as the ledger has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, func, select

from guiju.cases import tables as t
from guiju.cases.case import UNDECIDED, Case
from guiju.cases.groups import Group, group_of
from guiju.cases.procedure import after
from guiju.cases.steps import CONTENTS, GENESIS, OF_CASES, OF_GROUPS, Step
from guiju.cases.store import Cases
from guiju.cases.writing import columns_of, step_of
from guiju.ledger import Anchor, Refused, database
from guiju.ledger import tables as l
from guiju.ledger.entries import microseconds
from guiju.ledger.verify import Verdict

MANY = 100  # faults told
Sums = dict[str, dict[str, int]]  # by case and what


def anchor(cases: Cases) -> Anchor:
    """The newest link of the chain of steps."""
    c = t.case_steps.c
    with database.reading(cases.engine) as connection:
        row = connection.execute(select(c.sequence, c.chain).order_by(c.sequence.desc()).limit(1)).first()
    sequence, chain = row or (0, GENESIS)
    return Anchor(sequence, chain, of="steps")


def verify(cases: Cases, anchors: list[Anchor] | None = None) -> Verdict:
    """Read every step from nothing, by the procedure of today, and compare. The writer waits meanwhile."""
    with database.writing(cases.engine) as connection:
        faults, last, chain = _chained(connection, {a.sequence: a.chain for a in anchors or [] if a.of == "steps"})
        groups = _groups(connection, faults)
        sums, now = _sums(connection), microseconds(cases.clock())
        kept = _rows(connection, select(t.cases).order_by(t.cases.c.id))
        row = next(kept, None)
        for id, steps in _by_case(connection):
            while row is not None and row["id"] < id:
                faults.append(f"case {row['id']} is in the projection, and no step made it")
                row = next(kept, None)
            case = _replayed(id, steps, groups, faults)
            if case is not None:
                if row is None or row["id"] != id or row != columns_of(case):
                    faults.append(f"case {id} says otherwise in the projection than its steps")
                faults += _money(case, sums.get(id, {}), now)
            if row is not None and row["id"] == id:
                row = next(kept, None)
            if len(faults) > MANY:
                return Verdict([*faults[:MANY], "and more; the first hundred are told"], last, chain)
        if row is not None:
            faults.append(f"case {row['id']} is in the projection, and no step made it")
    return Verdict(faults, last, chain)


def _chained(connection: Connection, told: dict[int, str]) -> tuple[list[str], int, str]:
    """The chain, link by link."""
    faults, chain, last, at = list[str](), GENESIS, 0, 0
    for row in _rows(connection, select(t.case_steps).order_by(t.case_steps.c.sequence)):
        written = row.pop("chain")
        step = Step(**row)
        faults += [f"steps {last + 1} to {step.sequence - 1} are missing"] if step.sequence != last + 1 else []
        faults += [f"step {step.sequence} is dated before the one it follows"] if step.recorded_at < at else []
        chain, last, at = step.chained(chain), step.sequence, step.recorded_at
        if chain != written:
            faults.append(f"step {last} is not what its chain says: it, or one before it, was changed")
            chain = written
        if told.get(last, chain) != chain:
            faults.append(f"anchor of step {last}: the chain up to there is not what it was")
        if len(faults) > MANY:
            break
    faults += [f"anchor of step {n}: the cases end at {last}; steps after it are gone" for n in told if n > last]
    return faults, last, chain


def _groups(connection: Connection, faults: list[str]) -> dict[str, Group]:
    c, found = t.case_steps.c, dict[str, Group]()
    asked = select(t.case_steps).where(c.kind.in_(OF_GROUPS)).order_by(c.case, c.number)
    rows = (step_of(row) for row in connection.execute(asked).all())
    for id, steps in groupby(rows, lambda step: step.case):
        try:
            group = group_of(steps)
        except (Refused, ValueError) as error:
            faults.append(f"group {id}: {error}")
            continue
        assert group is not None
        found[id] = group
    return found


def _by_case(connection: Connection) -> Iterator[tuple[str, Iterator[Step]]]:
    c = t.case_steps.c
    asked = select(t.case_steps).where(c.kind.notin_(OF_GROUPS)).order_by(c.case, c.number)
    rows = (Step(**{k: v for k, v in row.items() if k != "chain"}) for row in _rows(connection, asked))
    yield from groupby(rows, lambda step: step.case)


def _replayed(id: str, steps: Iterator[Step], groups: dict[str, Group], faults: list[str]) -> Case | None:
    case: Case | None = None
    for step in steps:
        try:
            if step.kind not in OF_CASES:
                raise Refused(f"there is no step {step.kind!r}; there are {', '.join(CONTENTS)}")
            case = after(case, step)
        except (Refused, ValueError) as error:
            faults.append(f"step {step.sequence} may not follow: {error}")
            return None
        if step.kind == "decided" and (name := step.says.group):
            group = groups.get(name)
            made = group and group.decided
            if not made or (made.by, made.says.outcome) != (step.by, step.says.outcome):
                faults.append(f"step {step.sequence}: no decision of group {name} says so")
    if case is not None and case.id != case.matter.id:
        faults.append(f"case {id} goes by another id than its matter's, {case.matter.id}")
    return case


def _sums(connection: Connection) -> Sums:
    """What the ledger says of every case: held, claimed and not decided or collected, taken."""
    found: Sums = defaultdict(lambda: defaultdict(int))
    e, h, k = l.entries.c, l.holds.c, l.claims.c
    for case, left in connection.execute(select(h.case, func.sum(h.left)).group_by(h.case)):
        found[case]["left"] = int(left)
    open_ = func.sum(func.coalesce(k.allowed, k.amount) - k.collected)
    for case, left in connection.execute(select(k.case, open_).group_by(k.case)):
        found[case]["claim"] = int(left)
    asked = select(e.case, e.kind, func.sum(e.amount)).where(e.case != "").group_by(e.case, e.kind)
    for case, kind, amount in connection.execute(asked):
        found[case]["taken"] += int(amount) * {"capture": 1, "collect": 1, "post": -1, "reverse": -1}.get(kind, 0)
    return found


def _money(case: Case, sums: dict[str, int], now: int) -> Iterator[str]:
    """Where the ledger disagrees; what lapsed by itself may not be recorded as a step yet."""
    over = case.state in UNDECIDED and not case.rounds and now >= case.lapses_at
    held, claim, taken = (sums.get(name, 0) for name in ("left", "claim", "taken"))
    told = (("held", case.left, held), ("claimed", case.open_claim, claim), ("taken", case.taken, taken))
    for what, says, does in told:
        if says != does and not (over and what == "held" and does == 0):
            yield f"case {case.id} says {says:,} is {what}, the ledger {does:,}"


def _rows(connection: Connection, asked: Any) -> Iterator[dict[str, Any]]:
    """Rows as they come, not all at once."""
    with connection.execute(asked.execution_options(yield_per=1000)) as result:
        for row in result:
            yield dict(row._mapping)
