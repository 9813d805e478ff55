"""Notices that a person hands over: what a party is to be told of a case, how far it got, and the letter for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from jinja2 import ChoiceLoader, Environment, PackageLoader
from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy import case as either

from guiju.audit.report.templates import environment
from guiju.cases import tables as c
from guiju.cases.desk import Desk
from guiju.cases.links import Opens
from guiju.cases.notices import tables as t
from guiju.cases.notices.outbox import ALWAYS, DELIVERED, LINK_DAYS, SECOND, UNDELIVERABLE, Outbox
from guiju.cases.notices.telling import text_of, told_kinds
from guiju.cases.statement.page import Phrases, fields
from guiju.cases.statement.stated import stated_in
from guiju.cases.steps import OPERATOR, Step
from guiju.cases.store import Cases
from guiju.cases.writing import step_of
from guiju.ledger import Refused, database
from guiju.ledger.entries import moment

LETTER = "letter"  # the channel
WORDS = Path(__file__).with_name("letter.yaml")


class Went(msgspec.Struct, frozen=True):
    """That a notice left, or arrived: when, by which channel, by whom; of an arrival, the proof."""

    at: datetime
    channel: str
    by: str
    proof: str = ""


class Notice(msgspec.Struct, frozen=True):
    """A step that the party must hear of, and how it was told.

    step: its number in the case. state, tries, why: of the outbox, '' where it has none of it.
    """

    step: int
    kind: str
    at: datetime
    left: tuple[Went, ...] = ()
    arrived: Went | None = None
    state: str = ""
    tries: int = 0
    why: str = ""


def notices(cases: Cases, id: str) -> list[Notice]:
    """What the party of a case must be told, oldest first, in the time of its zone."""
    steps = cases.history(id)
    zone = ZoneInfo(cases.case(id).matter.zone)
    outbox = _outbox(cases, id)
    return [_notice(step, steps, outbox.get(step.number, ("", 0, "")), zone) for step in _told(steps)]


def to_hand_over(cases: Cases) -> dict[str, int]:
    """By case how many notices a person has to hand over: letters that were made, and what no sender could deliver."""
    s, found = c.case_steps.c, Counter[str]()
    lettered = select(s.case).where(s.kind == "sent", s.content.contains('"channel":"letter"'))
    asked = select(c.case_steps).where(s.kind.in_(("imposed", "sent", "delivered")), s.case.in_(lettered))
    given_up = select(t.notices.c.case, t.notices.c.number).where(
        t.notices.c.step == t.notice_states.c.step, t.notice_states.c.state == UNDELIVERABLE
    )
    waiting: set[tuple[str, int]] = set()
    with database.reading(cases.engine) as connection:
        rows = [step_of(row) for row in connection.execute(asked.order_by(s.case, s.number)).all()]
        if database.revision(connection, t.NOTICES) is not None:
            waiting = {(case, number) for case, number in connection.execute(given_up).all()}
    for id, its in groupby(rows, key=lambda step: step.case):
        steps = list(its)
        made = {_about(x, steps) for x in steps if x.kind == "sent" and x.says.channel == LETTER}
        waiting |= {(id, step) for step in made - {_about(x, steps) for x in steps if x.kind == "delivered"}}
    found.update(id for id, _ in waiting)
    return dict(sorted(found.items()))


def untold(cases: Cases, since: int) -> list[str]:
    """The cases with a step since a moment (microseconds UTC) that the party must be told, and no notice after it."""
    s, kinds = c.case_steps.c, (*told_kinds(), *ALWAYS)

    def newest(of: Iterable[str]) -> ColumnElement[int]:
        return func.max(either((s.kind.in_(of), s.number), else_=0))

    lately = select(s.case).where(s.recorded_at >= since, s.kind.in_(kinds))
    owed = either((newest(["imposed"]) > 0, newest(kinds)), else_=newest(ALWAYS))
    asked = select(s.case).where(s.case.in_(lately)).group_by(s.case).having(owed > newest(["sent", "delivered"]))
    with database.reading(cases.engine) as connection:
        return list(connection.execute(asked.order_by(s.case)).scalars())


def _told(steps: list[Step]) -> list[Step]:
    """Of a case that never took effect nobody was told that it began; nor is that it ended."""
    kinds, began = told_kinds(), next((x.number for x in steps if x.kind == "imposed"), None)
    return [x for x in steps if x.kind in kinds and (x.kind in ALWAYS or (began is not None and began < x.number))]


def _notice(step: Step, steps: list[Step], outbox: tuple[str, int, str], zone: ZoneInfo) -> Notice:
    about = [x for x in steps if x.kind in ("sent", "delivered") and _about(x, steps) == step.number]
    left = tuple(_went(x, zone) for x in about if x.kind == "sent")
    arrived = next((_went(x, zone) for x in about if x.kind == "delivered"), None)
    return Notice(step.number, step.kind, moment(step.recorded_at).astimezone(zone), left, arrived, *outbox)


def _about(step: Step, steps: list[Step]) -> int:
    """A notice of the first step is one of that by which it took effect: it begins the time to appeal, too."""
    about: int = step.says.about
    began = next((x.number for x in steps if x.kind == "imposed"), None)
    return began if about == 1 and began is not None else about


def _went(step: Step, zone: ZoneInfo) -> Went:
    at = moment(step.recorded_at).astimezone(zone)
    return Went(at, step.says.channel, step.by, getattr(step.says, "proof", ""))


def _outbox(cases: Cases, id: str) -> dict[int, tuple[str, int, str]]:
    """What the outbox knows, by step; nothing where there never was one."""
    n, s, a = t.notices.c, t.notice_states.c, t.notice_attempts.c
    last = select(a.why).where(a.step == n.step).order_by(a.number.desc()).limit(1).scalar_subquery()
    asked = select(n.number, s.state, s.tries, func.coalesce(last, "")).where((s.step == n.step) & (n.case == id))
    with database.reading(cases.engine) as connection:
        if database.revision(connection, t.NOTICES) is None:
            return {}
        return {row[0]: (row[1], row[2], row[3]) for row in connection.execute(asked)}


def make_letter(desk: Desk, cases: Cases, id: str, step: int, *, by: str, key: str) -> None:
    """Write down that a letter of a step was made, and by whom. Raises Refused where nobody is told of that step."""
    if step not in {x.number for x in _told(cases.history(id))}:
        raise Refused(
            f"step {step} of case {id} is none that the party is told of", f"案件 {id} 的第 {step} 步不须告知当事人"
        )
    said = _text(desk.connection, cases, id, step, "zh")
    document = sha256(said.encode()).hexdigest()
    desk.notice(key, id, channel=LETTER, by=by, role=OPERATOR, why="a letter was made", about=step, document=document)


def letter(cases: Cases, id: str, step: int, language: str, link: Callable[[Opens], str]) -> str | None:
    """The letter of a step as one page to print, with the link that opens the case; None where none was made.

    It tells the case as it was at that step, so it says the same whenever it is printed; the link opens for 90 days
    from when it was made last.
    """
    steps = cases.history(id)
    made = [x for x in steps if x.kind == "sent" and x.says.channel == LETTER and x.says.about == step]
    if not made:
        return None
    until = made[-1].recorded_at // SECOND + LINK_DAYS * 86_400
    with database.reading(cases.engine) as connection:
        said = stated_in(connection, cases, id, up_to=step)
        text = _text(connection, cases, id, step, language)
    w = Phrases(language, WORDS)
    last = (datetime.fromtimestamp(until, UTC) - timedelta(days=1)).astimezone(ZoneInfo(said.zone))
    told = fields(said, w) | {
        "notice": text, "link": link(Opens(id, said.party, until)), "last_day": w.day(last.date()),
        "made_at": w.at(moment(made[-1].recorded_at).astimezone(ZoneInfo(said.zone))), "step": step,
    }  # fmt: skip
    return _letters().get_template("letter.html.j2").render(told)


def hand_over(cases: Cases, id: str, step: int, *, by: str, proof: str, key: str) -> None:
    """A person told the party of a step, and says how: the time to appeal runs from now. Raises Refused.

    What waits in the outbox waits no more.
    """
    notice = next((x for x in notices(cases, id) if x.step == step), None)
    if notice is None or notice.arrived is not None:
        raise Refused(
            f"there is no notice of step {step} of case {id} that waits to be delivered",
            f"案件 {id} 第 {step} 步没有等待送达的通知",
        )
    if notice.state and notice.state != DELIVERED:
        sequence = next(x.sequence for x in cases.history(id) if x.number == step)
        Outbox(cases, {}, "", lambda _: "").delivered_by_hand(sequence, by=by, proof=proof)
        return
    with cases.writing() as desk:
        desk.delivered(key, id, channel=LETTER, proof=proof, by=by, role=OPERATOR, about=step)


def _text(connection: Connection, cases: Cases, id: str, step: int, language: str) -> str:
    kind = next(x.kind for x in cases.history(id) if x.number == step)
    return text_of(kind, stated_in(connection, cases, id, up_to=step), language)


@cache
def _letters() -> Environment:
    made: Any = environment("guiju.cases.statement").overlay(
        loader=ChoiceLoader([PackageLoader("guiju.cases.notices", "."), PackageLoader("guiju.cases.statement", ".")])
    )
    return made  # type: ignore[no-any-return]
