"""Who may do what in a case, and until when: asked by every step that asks the same."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from guiju.cases.case import APPEALED, LAPSED, OPEN, REOPENED, WITHDRAWN, Case
from guiju.cases.steps import AGENCY, MACHINE, OVERTURNED, PARTLY, PARTY, REPRESENTATIVE, REVIEWER, UPHELD, Step
from guiju.ledger.books import Refused
from guiju.ledger.entries import microseconds, moment


def end_of_day(at: int, days: int, zone: ZoneInfo) -> int:
    """The end of the local day that is `days` after that of a moment: the first moment too late."""
    day = moment(at).astimezone(zone).date() + timedelta(days=days + 1)
    return microseconds(datetime.combine(day, time(), zone))


def told(at: int, case: Case) -> str:
    return f"{moment(at).astimezone(ZoneInfo(case.matter.zone)):%Y-%m-%d %H:%M:%S} {case.matter.zone}"


def persons(step: Step) -> tuple[str, ...]:
    return () if step.role == MACHINE else (step.by,)


def role(step: Step, *roles: str) -> None:
    if step.role not in roles:
        raise Refused(f"{step.kind} is no {step.role}'s to say: {' or '.join(roles)}")


def state(case: Case, step: Step, *states: str) -> None:
    if case.state in states:
        return
    why = {
        LAPSED: f"nobody decided by {told(case.lapses_at, case)}, and what was imposed ended by itself",
        WITHDRAWN: "the platform took it back",
    }.get(case.state, f"it is {case.state}")
    raise Refused(f"case {case.id} cannot be {step.kind}: {why}")


def about(case: Case, number: int) -> None:
    if not 1 <= number <= case.steps:
        raise Refused(f"a notice tells of a step: case {case.id} has 1 to {case.steps}, not {number}")


def is_appealed(case: Case) -> bool:
    return any(not appeal.retracted for appeal in case.appeals)


def speaks(case: Case, step: Step) -> None:
    """The party; its own agency where the records say that it may speak; or who holds a mandate."""
    matter = case.matter
    if step.role == PARTY and step.by == matter.party:
        return
    if step.role == AGENCY and step.by == matter.agency and (matter.agency_speaks or step.by in case.speakers):
        return
    if step.role == REPRESENTATIVE and step.by in case.speakers:
        return
    raise Refused(f"{step.by} ({step.role}) may not speak in case {case.id}: a mandate of the party must be recorded")


def impartial(case: Case, by: str) -> None:
    if by in case.barred:
        raise Refused(f"{by} has flagged, imposed or decided case {case.id} before: somebody else decides it now")
    if by in (case.matter.party, case.matter.agency, *case.speakers):
        raise Refused(f"{by} has a side in case {case.id}: somebody else decides it")


def may_decide(case: Case, step: Step, said: Any) -> None:
    role(step, REVIEWER)
    state(case, step, *OPEN)
    impartial(case, step.by)
    amount = case.matter.amount
    right = {OVERTURNED: said.upheld == 0, UPHELD: said.upheld == amount, PARTLY: 0 < said.upheld < amount}
    if not right.get(said.outcome, False):
        raise Refused(
            f"{said.outcome} of {said.upheld:,}: overturned upholds 0, upheld {amount:,}, partly something between"
        )
    if case.rounds and said.upheld > case.rounds[-1].upheld:
        raise Refused(f"no more is upheld than before, {case.rounds[-1].upheld:,}: an appeal makes nothing worse")
    if not case.rounds and step.recorded_at >= case.lapses_at:
        raise Refused(f"case {case.id} lapsed at {told(case.lapses_at, case)}, and what was imposed ended by itself")
    if said.outcome == OVERTURNED:
        return
    if case.imposed_at is None:
        raise Refused(f"case {case.id} has not taken effect: there is nothing to uphold yet")
    if case.state in (APPEALED, REOPENED):
        return
    if case.hear_until is None or step.recorded_at < case.hear_until:
        until = "until a notice is delivered" if case.hear_until is None else f"before {told(case.hear_until, case)}"
        raise Refused(f"nobody decides case {case.id} against a party that was not heard, {until}")
