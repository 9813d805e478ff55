"""What cases come to: what is open and late, how long answers took, what was overturned, how precise triggers are."""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import median, quantiles
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, select

from guiju.cases import tables as t
from guiju.cases.case import APPEALED, LAPSED, REOPENED, UNDECIDED, WITHDRAWN
from guiju.cases.steps import OVERTURNED, PARTLY, UPHELD
from guiju.cases.store import Cases
from guiju.ledger import database
from guiju.ledger.entries import microseconds

HOUR = 3_600_000_000


class Share(NamedTuple):
    """So many of so many, with the 95 % interval of the share (Wilson); None where there are none."""

    found: int
    of: int
    low: float | None
    high: float | None


class Service(msgspec.Struct, frozen=True):
    """How a platform's cases are answered, now.

    open: undecided; owed: appealed or reopened, and not answered; overdue: of those, past their deadline. late:
    answered after it. Hours are from the appeal to the first decision. overturned, partly: of the appeals decided.
    """

    open: int
    owed: int
    overdue: int
    answered: int
    late: int
    median_hours: float | None
    p90_hours: float | None
    most_hours: float | None
    lapsed: int
    withdrawn: int
    overturned: Share
    partly: Share


class Precision(msgspec.Struct, frozen=True):
    """How often a trigger (or a rule, of findings) was right, of the cases that were decided or taken back.

    right: upheld, in whole or in part, of all decided or withdrawn. What lapsed was judged by nobody, and is not among
    them. Only what was held, appealed or reviewed is here: a random sample (`sampling.py`) says what the rest was.
    rule: that of its newest case.
    """

    trigger: str
    rule: str
    decided: int
    upheld: int
    partly: int
    overturned: int
    withdrawn: int
    lapsed: int
    right: Share


def share(found: int, of: int) -> Share:
    """A share with its interval."""
    from guiju.estimators.against_chance import wilson

    low, high = (float(end) for end in wilson(found, of)) if of else (None, None)
    return Share(found, of, low, high)


def service(cases: Cases, platform: str | None = None) -> Service:
    """The state of the work, of all cases or of one platform's."""
    c, now = t.cases.c, microseconds(cases.clock())
    rows = _rows(
        cases, platform, c.state, c.outcome, c.lapses_at, c.due_at, c.appealed_at, c.answered_at, c.answer_due_at
    )
    lapsed = sum(r.state == LAPSED or _over(r, now) for r in rows)
    open_ = [r for r in rows if r.state in (*UNDECIDED, REOPENED) and not _over(r, now)]
    owed = [r for r in open_ if r.state in (APPEALED, REOPENED)]
    answered = [r for r in rows if r.answered_at is not None and r.appealed_at is not None]
    hours = sorted((r.answered_at - r.appealed_at) / HOUR for r in answered)
    outcomes = Counter(r.outcome for r in answered)
    return Service(
        open=len(open_), owed=len(owed), overdue=sum(r.due_at <= now for r in owed), answered=len(answered),
        late=sum(r.answered_at > r.answer_due_at for r in answered),
        median_hours=median(hours) if hours else None,
        p90_hours=quantiles(hours, n=10, method="inclusive")[-1] if len(hours) > 1 else (hours[0] if hours else None),
        most_hours=hours[-1] if hours else None, lapsed=lapsed,
        withdrawn=sum(r.state == WITHDRAWN for r in rows), overturned=share(outcomes[OVERTURNED], len(answered)),
        partly=share(outcomes[PARTLY], len(answered)),
    )  # fmt: skip


def precision(cases: Cases, platform: str | None = None) -> list[Precision]:
    """Every trigger's measured precision, in the order of their names; of findings, by rule."""
    c, now, found = t.cases.c, microseconds(cases.clock()), defaultdict[str, Counter[str]](Counter)
    rules: dict[str, tuple[int, str]] = {}
    for row in _rows(cases, platform, c.trigger, c.rule, c.state, c.outcome, c.lapses_at, c.flagged_at):
        name = row.trigger or row.rule
        rules[name] = max(rules.get(name, (0, "")), (row.flagged_at, row.rule))
        ended = LAPSED if _over(row, now) else row.state
        found[name][row.outcome or (ended if ended in (LAPSED, WITHDRAWN) else "")] += 1
    told = []
    for name, n in sorted(found.items()):
        decided = n[UPHELD] + n[PARTLY] + n[OVERTURNED]
        right = share(n[UPHELD] + n[PARTLY], decided + n[WITHDRAWN])
        told.append(
            Precision(
                name, rules[name][1], decided, n[UPHELD], n[PARTLY], n[OVERTURNED], n[WITHDRAWN], n[LAPSED], right
            )
        )  # fmt: skip
    return told


def _over(row: Any, now: int) -> bool:
    """Whether a case has lapsed, though nobody has recorded it."""
    return row.lapses_at is not None and row.lapses_at <= now


def _rows(cases: Cases, platform: str | None, *columns: ColumnElement[Any]) -> list[Any]:
    asked = select(*columns)
    if platform:
        asked = asked.where(t.cases.c.platform == platform)
    with database.reading(cases.engine) as connection:
        return list(connection.execute(asked).all())
