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
        raise Refused(f"{step.kind} is no {step.role}'s to say: {' or '.join(roles)}", "以您的身份不能作这一步")


def state(case: Case, step: Step, *states: str) -> None:
    if case.state in states:
        return
    why, zh = {
        LAPSED: (
            f"nobody decided by {told(case.lapses_at, case)}, and what was imposed ended by itself",
            f"{told(case.lapses_at, case)} 以前没有人决定，措施已经自行终止",
        ),
        WITHDRAWN: ("the platform took it back", "平台已经撤回"),
    }.get(case.state, (f"it is {case.state}", "它现在的状态不允许"))
    raise Refused(f"case {case.id} cannot be {step.kind}: {why}", f"案件 {case.id} 不能这样做：{zh}")


def about(case: Case, number: int) -> None:
    if not 1 <= number <= case.steps:
        raise Refused(
            f"a notice tells of a step: case {case.id} has 1 to {case.steps}, not {number}",
            f"通知须说明某一步：案件 {case.id} 有第 1 至 {case.steps} 步，没有第 {number} 步",
        )


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
    raise Refused(
        f"{step.by} ({step.role}) may not speak in case {case.id}: a mandate of the party must be recorded",
        f"{step.by} 不能在案件 {case.id} 中代为陈述：须先登记当事人的委托",
    )


def impartial(case: Case, by: str) -> None:
    if by in case.barred:
        raise Refused(
            f"{by} has flagged, imposed or decided case {case.id} before: somebody else decides it now",
            f"{by} 曾记录、执行或者决定过案件 {case.id}：须由别人决定",
        )
    if by in (case.matter.party, case.matter.agency, *case.speakers):
        raise Refused(
            f"{by} has a side in case {case.id}: somebody else decides it", f"{by} 与案件 {case.id} 有关：须由别人决定"
        )


def may_decide(case: Case, step: Step, said: Any) -> None:
    role(step, REVIEWER)
    state(case, step, *OPEN)
    impartial(case, step.by)
    amount = case.matter.amount
    right = {OVERTURNED: said.upheld == 0, UPHELD: said.upheld == amount, PARTLY: 0 < said.upheld < amount}
    if not right.get(said.outcome, False):
        raise Refused(
            f"{said.outcome} of {said.upheld:,}: overturned upholds 0, upheld {amount:,}, partly something between",
            f"{said.upheld:,}：撤销时维持 0，维持时为 {amount:,}，部分撤销在两者之间",
        )
    if case.rounds and said.upheld > case.rounds[-1].upheld:
        raise Refused(
            f"no more is upheld than before, {case.rounds[-1].upheld:,}: an appeal makes nothing worse",
            f"维持的不得多于上次的 {case.rounds[-1].upheld:,}：申诉不加重后果",
        )
    if not case.rounds and step.recorded_at >= case.lapses_at:
        raise Refused(
            f"case {case.id} lapsed at {told(case.lapses_at, case)}, and what was imposed ended by itself",
            f"案件 {case.id} 已于 {told(case.lapses_at, case)} 到期失效，措施自行终止",
        )
    if said.outcome == OVERTURNED:
        return
    if case.imposed_at is None:
        raise Refused(
            f"case {case.id} has not taken effect: there is nothing to uphold yet",
            f"案件 {case.id} 还没有生效：没有可以维持的",
        )
    if case.state in (APPEALED, REOPENED):
        return
    if case.hear_until is None or step.recorded_at < case.hear_until:
        until, zh = "until a notice is delivered", "通知送达以前"
        if case.hear_until is not None:
            until, zh = f"before {told(case.hear_until, case)}", f"{told(case.hear_until, case)} 以前"
        raise Refused(
            f"nobody decides case {case.id} against a party that was not heard, {until}",
            f"当事人还没有得到陈述的机会：{zh}，案件 {case.id} 不能作不利于当事人的决定",
        )
