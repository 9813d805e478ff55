"""What may follow what in a case, by whom and by when: pure, one step after the other.

`after` is the one way on. Writing takes a step before it is kept; verifying takes all of them from nothing.

    flagged → noticed → appealed → decided → remedied; besides withdrawn, lapsed, and reopened after remedied
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from msgspec.structs import replace

from guiju.cases import steps as s
from guiju.cases.case import (
    APPEALED,
    DECIDED,
    FLAGGED,
    HOUR,
    LAPSED,
    NOTICED,
    OPEN,
    REMEDIED,
    REOPENED,
    UNDECIDED,
    WITHDRAWN,
    Appeal,
    Case,
    Round,
)
from guiju.cases.matter import HOLD, KINDS, STOP
from guiju.cases.permission import (
    about,
    end_of_day,
    impartial,
    is_appealed,
    may_decide,
    persons,
    role,
    speaks,
    state,
    told,
)
from guiju.cases.steps import (
    MACHINE,
    OPERATOR,
    OVERTURNED,
    PARTY,
    REVIEWER,
    Step,
)
from guiju.ledger.books import Refused


class Stale(Refused):
    """The case has gone on since whoever decides has read it."""


def after(case: Case | None, step: Step) -> Case:
    """The case after one step more. Raises Refused where the step may not follow."""
    if not step.why.strip():
        raise Refused(
            f"a step {step.kind} has no reason: say why, as whoever is affected will read it",
            "这一步没有写明理由：请写明，当事人会读到",
        )
    if not step.by.strip() or step.role not in s.ROLES:
        raise Refused(
            f"a step {step.kind} names who made it, and as what: {', '.join(s.ROLES)}",
            "这一步须写明是谁、以什么身份作出",
        )
    if step.number != (case.steps if case else 0) + 1:
        raise Refused(f"step {step.number} of case {step.case} does not follow step {case.steps if case else 0}")
    if step.kind not in s.OF_CASES:
        raise Refused(f"there is no step {step.kind!r} of a case")
    if case is None:
        if step.kind != "flagged":
            raise Refused(f"there is no case {step.case}", f"没有案件 {step.case}")
        return _flagged(step, step.says)
    if step.recorded_at < case.changed_at:
        raise Refused(f"step {step.number} of case {step.case} is dated before the one it follows")
    then: Case = globals()[f"_{step.kind}"](case, step, step.says)
    return replace(then, steps=step.number, changed_at=step.recorded_at)


# One function a kind: first all that may refuse it, then the change.


def _flagged(step: Step, said: s.Flagged) -> Case:
    matter, terms = said.matter, said.terms
    role(step, MACHINE, OPERATOR, REVIEWER)
    if matter.kind not in KINDS:
        raise Refused(f"there is no kind of case {matter.kind!r}; there are {', '.join(KINDS)}")
    if not matter.party or not matter.decision or not matter.says.zh.strip() or not matter.says.en.strip():
        raise Refused("a case names its party, the decision it rests on, and its reason in Chinese and English")
    if matter.kind == STOP and step.role == MACHINE:
        raise Refused(
            "a machine stops nobody's work: a person decides it, as a case of its own with its own reason",
            "程序不能停任何人的工作：须由人决定，单独立案并写明理由",
        )
    if matter.amount < 0 or ((matter.kind == HOLD) != (matter.amount > 0) and matter.kind != "measure"):
        raise Refused(f"a {matter.kind} of {matter.amount:,}: a hold has a sum in dispute above 0, a stop has none")
    if matter.amount and len(matter.currency) != 3:
        raise Refused("a sum in dispute has a currency of three letters, as CNY")
    impose_at = step.recorded_at + terms.delay_hours * HOUR
    return Case(
        id=step.case, matter=matter, terms=terms, state=FLAGGED, steps=1, flagged_at=step.recorded_at,
        flagged_by=step.by, flagged_role=step.role, impose_at=impose_at, changed_at=step.recorded_at,
        lapses_at=impose_at + terms.lasting_days * 24 * HOUR, barred=persons(step),
    )  # fmt: skip


def _imposed(case: Case, step: Step, said: s.Imposed) -> Case:
    role(step, MACHINE, OPERATOR, REVIEWER)
    state(case, step, *UNDECIDED)
    if case.imposed_at is not None:
        raise Refused(f"case {case.id} took effect already", f"案件 {case.id} 已经生效")
    if step.recorded_at < case.impose_at:
        raise Refused(
            f"case {case.id} takes effect at {told(case.impose_at, case)} at the earliest",
            f"案件 {case.id} 最早于 {told(case.impose_at, case)} 生效",
        )
    if case.matter.kind == STOP and step.role == MACHINE:
        raise Refused("a machine stops nobody's work: a person imposes it", "程序不能停任何人的工作：须由人使其生效")
    if case.matter.kind == STOP and case.terms.reviewers > 1 and step.by == case.flagged_by:
        raise Refused(
            f"two must agree to stop somebody's work: somebody other than {step.by} imposes it",
            f"停止他人工作须两人一致：请 {step.by} 以外的人使其生效",
        )
    if not step.recorded_at < said.until <= step.recorded_at + case.terms.lasting_days * 24 * HOUR:
        raise Refused(
            f"what is imposed undecided lasts {case.terms.lasting_days} days at most",
            f"未经决定的措施至多持续 {case.terms.lasting_days} 天",
        )
    if said.held + said.claimed > (case.matter.amount if case.matter.kind == HOLD else 0):
        raise Refused("no more is held and claimed than is in dispute", "扣留与待收之和不得超过争议金额")
    return replace(
        _with(case, said), imposed_at=step.recorded_at, imposed_number=step.number, lapses_at=said.until,
        barred=(*case.barred, *persons(step)),
    )  # fmt: skip


def _shifted(case: Case, step: Step, said: s.Shifted) -> Case:
    role(step, MACHINE, OPERATOR, REVIEWER)
    state(case, step, *UNDECIDED)
    if case.imposed_at is None or case.rounds:
        raise Refused(
            f"case {case.id} has not taken effect, or is decided: nothing is held in it now",
            f"案件 {case.id} 尚未生效或者已经决定：其中没有扣留",
        )
    if case.left + case.open_claim + said.held + said.claimed > case.matter.amount:
        raise Refused("no more is held and claimed than is in dispute", "扣留与待收之和不得超过争议金额")
    return _with(case, said)


def _ceded(case: Case, step: Step, said: s.Ceded) -> Case:
    role(step, REVIEWER)
    state(case, step, *UNDECIDED)
    if said.released > case.left or said.waived > case.open_claim:
        raise Refused(f"case {case.id} cedes no more than is held and claimed in it")
    return replace(case, left=case.left - said.released, open_claim=case.open_claim - said.waived)


def _sent(case: Case, step: Step, said: s.Sent) -> Case:
    role(step, MACHINE, OPERATOR, REVIEWER)
    about(case, said.about)
    return case


def _delivered(case: Case, step: Step, said: s.Delivered) -> Case:
    role(step, MACHINE, OPERATOR, REVIEWER)
    about(case, said.about)
    if not said.proof.strip():
        raise Refused(
            "a delivery without proof is none: give what the channel gave, a receipt or its digest",
            "送达须有凭证：请填渠道给出的回执或者摘要",
        )
    if said.about not in (1, case.imposed_number) or case.delivered_at is not None:
        return case
    at, zone, terms = step.recorded_at, ZoneInfo(case.matter.zone), case.terms
    return replace(
        case, delivered_at=at, appeal_until=end_of_day(at, terms.appeal_days, zone),
        hear_until=end_of_day(at, terms.hearing_days, zone), state=NOTICED if case.state == FLAGGED else case.state,
    )  # fmt: skip


def _mandated(case: Case, step: Step, said: s.Mandated) -> Case:
    if step.role == OPERATOR and not said.proof.strip():
        raise Refused(
            "an operator records a mandate with its proof: the digest of what the party signed",
            "平台登记委托须附凭证：当事人签署文件的摘要",
        )
    if step.role != OPERATOR and (step.role, step.by) != (PARTY, case.matter.party):
        raise Refused(
            f"a mandate in case {case.id} is {case.matter.party}'s to give",
            f"案件 {case.id} 的委托只能由 {case.matter.party} 作出",
        )
    if not said.to.strip() or said.to == case.matter.party:
        raise Refused(
            "a mandate names somebody else, who is to speak for the party", "委托须写明另一个人，由其代当事人说话"
        )
    return replace(case, speakers=tuple(sorted({*case.speakers, said.to})))


def _appealed(case: Case, step: Step, said: s.Appealed) -> Case:
    speaks(case, step)
    standing = case.state == REMEDIED and case.outcome != OVERTURNED and not is_appealed(case)
    if case.state == APPEALED:
        raise Refused(
            f"case {case.id} is appealed already: add what is to be said as a statement",
            f"案件 {case.id} 已经申诉：要补充的请作为陈述提交",
        )
    if not standing:
        state(case, step, FLAGGED, NOTICED)
    if case.appeal_until is not None and step.recorded_at >= case.appeal_until:
        raise Refused(
            f"the time to appeal in case {case.id} ended at {told(case.appeal_until, case)}; "
            "with new facts it can be reopened once it is decided",
            f"案件 {case.id} 的申诉期已于 {told(case.appeal_until, case)} 届满；决定作出以后，有新事实的可以重新审查",
        )
    if not said.words.strip():
        raise Refused("an appeal says in words what is wrong", "申诉须写明哪里不对")
    due_at = step.recorded_at + case.terms.answer_hours * HOUR
    appeal = Appeal(step.number, step.recorded_at, step.by, step.role, due_at, said.jointly)
    return replace(
        case, state=APPEALED, resumes=case.state, due_at=due_at, proposal=None, appeals=(*case.appeals, appeal)
    )


def _retracted(case: Case, step: Step, _: s.Retracted) -> Case:
    state(case, step, APPEALED)
    last = case.appeals[-1]
    if (step.by, step.role) not in ((last.by, last.role), (case.matter.party, PARTY)):
        raise Refused(
            f"the appeal in case {case.id} is {last.by}'s, or the party's, to take back",
            f"案件 {case.id} 的申诉只能由 {last.by} 或者当事人撤回",
        )
    back = NOTICED if case.resumes == FLAGGED and case.delivered_at is not None else case.resumes
    return replace(
        case, state=back, due_at=None, proposal=None, appeals=(*case.appeals[:-1], replace(last, retracted=True))
    )


def _stated(case: Case, step: Step, said: s.Stated) -> Case:
    speaks(case, step)
    state(case, step, *OPEN)
    if not said.words.strip() and not said.attachments:
        raise Refused("a statement has words or attachments", "陈述须有文字或者附件")
    return case


def _proposed(case: Case, step: Step, said: s.Proposed) -> Case:
    may_decide(case, step, said)
    if case.terms.reviewers < 2:
        raise Refused(
            f"one reviewer decides case {case.id}: decide it", f"案件 {case.id} 由一名复核员决定：请直接作出决定"
        )
    made = Round(step.number, step.recorded_at, (step.by,), said.outcome, said.upheld, step.why)
    return replace(case, proposal=made)


def _decided(case: Case, step: Step, said: s.Decided) -> Case:
    may_decide(case, step, said)
    made = (step.by, *((said.with_,) if said.with_ else ()))
    if case.terms.reviewers > 1 and not said.group:
        proposal = case.proposal
        if proposal is None or proposal.by[0] in (step.by,) or proposal.by[0] != said.with_:
            raise Refused(
                f"two reviewers decide case {case.id}: another one proposes it first",
                f"案件 {case.id} 由两名复核员决定：须先由另一名提出",
            )
        if (proposal.outcome, proposal.upheld) != (said.outcome, said.upheld):
            raise Refused(
                f"{said.with_} proposed {proposal.outcome} of {proposal.upheld:,}: agree, or propose anew",
                f"{said.with_} 提出的是另一种决定：请表示同意，或者重新提出",
            )
    if case.terms.reviewers > 1 and len(set(made)) < 2:
        raise Refused(f"two reviewers decide case {case.id}", f"案件 {case.id} 由两名复核员决定")
    if said.with_ in case.barred:
        raise Refused(
            f"{said.with_} has flagged or decided case {case.id} before", f"{said.with_} 曾记录或者决定过案件 {case.id}"
        )
    round_ = Round(step.number, step.recorded_at, made, said.outcome, said.upheld, step.why, said.group)
    return replace(
        case, state=DECIDED, rounds=(*case.rounds, round_), due_at=None, proposal=None,
        barred=tuple(dict.fromkeys((*case.barred, *made))),
    )  # fmt: skip


def _remedied(case: Case, step: Step, said: s.Remedied) -> Case:
    role(step, REVIEWER)
    state(case, step, DECIDED)
    if said.released + said.captured != case.left or said.allowed + said.waived > case.open_claim:
        raise Refused(f"what is remedied in case {case.id} is not what was held and claimed")
    taken = case.taken + said.captured - said.refunded
    first = len(case.rounds) == 1
    claim = said.allowed if first else case.open_claim - said.waived
    if taken < 0 or claim < 0 or taken + claim > case.rounds[-1].upheld:
        raise Refused(f"more is taken in case {case.id} than was upheld")
    return replace(case, state=REMEDIED, left=0, taken=taken, open_claim=claim)


def _collected(case: Case, step: Step, said: s.Collected) -> Case:
    role(step, MACHINE, OPERATOR)
    state(case, step, REMEDIED)
    if not 0 < said.amount <= case.open_claim:
        raise Refused(
            f"{case.open_claim:,} may still be collected in case {case.id}, not {said.amount:,}",
            f"案件 {case.id} 还可以收取 {case.open_claim:,}，不是 {said.amount:,}",
        )
    return replace(case, taken=case.taken + said.amount, open_claim=case.open_claim - said.amount)


def _withdrawn(case: Case, step: Step, said: s.Withdrawn) -> Case:
    role(step, MACHINE, OPERATOR, REVIEWER)
    state(case, step, *UNDECIDED)
    return _ended(case, WITHDRAWN, said.released, said.waived)


def _lapsed(case: Case, step: Step, said: s.Lapsed) -> Case:
    role(step, MACHINE)
    state(case, step, *UNDECIDED)
    if case.rounds:
        raise Refused(f"case {case.id} was decided: it does not lapse", f"案件 {case.id} 已经决定，不会到期失效")
    if said.until != case.lapses_at or step.recorded_at < case.lapses_at:
        raise Refused(
            f"case {case.id} lapses at {told(case.lapses_at, case)}",
            f"案件 {case.id} 于 {told(case.lapses_at, case)} 到期失效",
        )
    return _ended(case, LAPSED, said.released, said.waived)


def _ended(case: Case, state: str, released: int, waived: int) -> Case:
    if case.rounds:
        raise Refused(
            f"case {case.id} was decided already: what follows is a decision, too",
            f"案件 {case.id} 已经决定：以后也只能再作决定",
        )
    if (released, waived) != (case.left, case.open_claim):
        raise Refused(
            f"what was held and claimed in case {case.id} goes back whole", f"案件 {case.id} 的扣留与待收须全部退回"
        )
    return replace(case, state=state, left=0, open_claim=0, due_at=None, proposal=None)


def _reopened(case: Case, step: Step, said: s.Reopened) -> Case:
    state(case, step, REMEDIED)
    if step.role == REVIEWER:
        impartial(case, step.by)
    else:
        speaks(case, step)
    if case.reopened or case.outcome == OVERTURNED:
        why = "was reopened before" if case.reopened else "was decided for the party, which stays"
        zh = "已经重新审查过一次" if case.reopened else "的决定有利于当事人，不再改变"
        raise Refused(f"case {case.id} {why}", f"案件 {case.id} {zh}")
    if not said.words.strip():
        raise Refused("a case is reopened for new facts: say which", "重新审查须有新的事实：请写明")
    return replace(
        case, state=REOPENED, reopened=True, proposal=None, due_at=step.recorded_at + case.terms.answer_hours * HOUR
    )


def _joined(case: Case, step: Step, said: s.Joined) -> Case:
    role(step, MACHINE, OPERATOR, REVIEWER)
    state(case, step, *UNDECIDED)
    if case.group or case.left_group:
        raise Refused(
            f"case {case.id} {'is in a group already' if case.group else 'left its group and stays alone'}",
            f"案件 {case.id} {'已经并案' if case.group else '已退出并案，单独处理'}",
        )
    return replace(case, group=said.group)


def _left(case: Case, step: Step, said: s.Left) -> Case:
    if step.role != MACHINE:  # which carries a group out, and leaves to themselves those that it does not decide
        speaks(case, step)
    if not case.group or case.group != said.group:
        raise Refused(f"case {case.id} is in no such group", f"案件 {case.id} 不在这个并案里")
    return replace(case, group="", left_group=True)


def _with(case: Case, said: s.Imposed | s.Shifted) -> Case:
    """The case with what is held and claimed in it besides."""
    return replace(
        case, held=case.held + said.held, left=case.left + said.held, claimed=case.claimed + said.claimed,
        open_claim=case.open_claim + said.claimed, holds=(*case.holds, *_these(said.hold)),
        claims=(*case.claims, *_these(said.claim)),
    )  # fmt: skip


def _these(sequence: int | None) -> tuple[int, ...]:
    return () if sequence is None else (sequence,)
