"""Groups: many cases with one cause, one to read and decide; each member keeps its own facts, words and deadlines.

A group decides `overturned` for all its members, or `upheld` for those that may be decided so and have said nothing of
their own: whoever appealed alone is answered alone. What is decided for a group is carried out in batches, each a
transaction of its own, and goes on where it stopped: a decision that was written is never forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from sqlalchemy import func, select

from guiju.cases import steps as s
from guiju.cases import tables as t
from guiju.cases.case import OPEN, UNDECIDED, Case
from guiju.cases.money import Money
from guiju.cases.procedure import Stale
from guiju.cases.steps import OVERTURNED, REVIEWER, UPHELD, Step
from guiju.cases.writing import CARRYING, step_of
from guiju.checks.words import Words
from guiju.ledger import Refused


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group after `steps` steps of its own; `proposal` and `decided` are those that proposed and decided it."""

    id: str
    cause: Words
    steps: int
    by: str
    proposal: Step | None = None
    decided: Step | None = None

    @property
    def outcome(self) -> str:
        return self.decided.says.outcome if self.decided else ""


class Carried(NamedTuple):
    """How many members a batch decided, how many are still to come, and those the group does not decide."""

    decided: int
    left: int
    alone: tuple[str, ...]


def group_of(steps: Iterable[Step]) -> Group | None:
    """A group as its steps make it."""
    group: Group | None = None
    for step in steps:
        group = after(group, step)
    return group


def after(group: Group | None, step: Step) -> Group:
    """The group after one step more. Raises Refused where the step may not follow."""
    if step.number != (group.steps if group else 0) + 1:
        raise Refused(
            f"step {step.number} of group {step.case} does not follow step {group.steps if group else 0}",
            f"并案 {step.case} 的第 {step.number} 步接不上",
        )
    if not step.why.strip() or not step.by.strip() or step.role not in s.ROLES:
        raise Refused(f"a step {step.kind} names who made it, as what, and why", "这一步须写明是谁、以什么身份、为什么")
    if group is None:
        if step.kind != "grouped":
            raise Refused(f"there is no group {step.case}", f"没有并案 {step.case}")
        cause: Words = step.says.cause
        if not cause.zh.strip() or not cause.en.strip():
            raise Refused("a group names its cause, in Chinese and English", "并案须用中英文写明原因")
        return Group(id=step.case, cause=cause, steps=1, by=step.by)
    if step.kind == "grouped":
        raise Refused(f"group {step.case} is there already", f"并案 {step.case} 已经存在")
    if step.role != REVIEWER:
        raise Refused(f"{step.kind} is no {step.role}'s to say: {REVIEWER}", "只有复核员可以这样做")
    if group.decided is not None:
        raise Refused(f"group {group.id} is decided already: {group.outcome}", f"并案 {group.id} 已经决定")
    if step.says.outcome not in (OVERTURNED, UPHELD):
        raise Refused(
            "a group is overturned or upheld as one; in part each case is decided by itself",
            "并案只能整体撤销或者维持；部分撤销须逐件决定",
        )
    if step.kind == "group_proposed":
        return msgspec.structs.replace(group, steps=step.number, proposal=step)
    first = group.proposal
    if step.says.with_ and (
        first is None
        or (first.by, first.says.outcome) != (step.says.with_, step.says.outcome)
        or step.says.with_ == step.by
    ):
        raise Refused(
            f"{step.says.with_} has not proposed this for group {group.id}",
            f"{step.says.with_} 没有为并案 {group.id} 提出过这样的决定",
        )
    return msgspec.structs.replace(group, steps=step.number, decided=step)


class Groups(Money):
    """The groups' side of the desk."""

    def group(self, id: str) -> Group:
        """A group. Raises Refused where there is none."""
        c = t.case_steps.c
        rows = self._connection.execute(select(t.case_steps).where(c.case == id).order_by(c.number)).all()
        steps = [*map(step_of, rows), *(step for step, _ in self._added if step.case == id)]
        found = group_of(step for step in steps if step.kind in s.OF_GROUPS)
        if found is None:
            raise Refused(f"there is no group {id}", f"没有并案 {id}")
        return found

    def make_group(self, key: str, id: str, cause: Words, *, by: str, role: str, why: str) -> Group:
        """Begin a group; `id` is its name, which is no case's."""

        def write() -> None:
            if self.known(id) is not None or self._is_group(id):
                raise Refused(f"{id} is taken: give the group a name of its own", f"{id} 已有人用：请给并案另起名字")
            self._add_to_group(None, id, s.Grouped(cause=cause), by=by, role=role, why=why)

        self._call(key, ["grouped", id, cause, by, role, why], write)
        return self.group(id)

    def join(self, key: str, group: str, ids: Iterable[str], *, by: str, role: str, why: str) -> list[Case]:
        """Put undecided cases into a group, all or none."""
        asked = sorted(set(ids))

        def write() -> None:
            if self.group(group).decided is not None:
                raise Refused(f"group {group} is decided already: make another", f"并案 {group} 已经决定：请另立一个")
            self.load(asked)
            for id in asked:
                self.case(id)
                self._add(id, s.Joined(group=group), by=by, role=role, why=why)

        steps = self._call(key, ["joined", group, asked, by, role, why], write)
        return [self._as_of(step.case, [step]) for step in steps if step.kind == "joined"]

    def leave(self, key: str, id: str, *, by: str, role: str, why: str) -> Case:
        """The party wants its case decided by itself."""
        return self._as_of(id, self._call(key, ["left", id, by, role, why], lambda: self._leave(id, by, role, why)))

    def _leave(self, id: str, by: str, role: str, why: str) -> None:
        group = self.case(id).group
        if group and self.group(group).decided is not None:
            raise Refused(
                f"group {group} is decided, and its members are being answered", f"并案 {group} 已经决定，正在逐件答复"
            )
        self._add(id, s.Left(group=group), by=by, role=role, why=why)

    def decide_group(
        self, key: str, group: str, *, outcome: str, by: str, why: str, seen: int, role: str = REVIEWER
    ) -> Group:
        """Decide a group, or propose to where the terms of a member ask for two. `carry_out` then does it.

        seen: the number of the newest step of the group that was read. Raises Stale where it has gone on since.
        """

        def write() -> None:
            of = self.group(group)
            if of.steps != seen:
                raise Stale(
                    f"group {group} has gone on to step {of.steps} since step {seen} was read: read it anew",
                    f"并案 {group} 在您阅读第 {seen} 步之后已到第 {of.steps} 步：请重新阅读",
                )
            first = of.proposal
            agreed = first is not None and first.by != by and first.says.outcome == outcome
            if self._needs_two(group) and not agreed:
                self._add_to_group(of, group, s.GroupProposed(outcome=outcome), by=by, role=role, why=why)
                return
            with_ = first.by if agreed and first else ""
            self._add_to_group(of, group, s.GroupDecided(outcome=outcome, with_=with_), by=by, role=role, why=why)

        self._call(key, ["group_decided", group, outcome, by, role, why, seen], write)
        return self.group(group)

    def carry_out(self, group: str, most: int = 1000) -> Carried:
        """Decide the next members of a decided group, `most` at most; call it, in new transactions, until none is left.

        A member that spoke for itself, that may not be decided so, or that its reviewer may not decide, stays alone.
        """
        of = self.group(group)
        if of.decided is None:
            raise Refused(f"group {group} is not decided", f"并案 {group} 还没有决定")
        members = self._members(group, most)
        self._key, alone, done = f"{CARRYING}{group}", [], 0
        for case in members:
            if case.state not in OPEN or case.rounds:
                continue
            why_not = self._why_alone(case, of.decided)
            if why_not:
                self._add(case.id, s.Left(group=group), by="clock", role=s.MACHINE, why=why_not)
                alone.append(case.id)
                continue
            upheld = case.matter.amount if of.outcome == UPHELD else 0
            said = s.Decided(outcome=of.outcome, upheld=upheld, with_=of.decided.says.with_, group=group)
            self._settle(case, said, of.decided.by, REVIEWER, of.decided.why)
            done += 1
        return Carried(done, max(0, self._count(group) - len(members)), tuple(alone))

    def _why_alone(self, case: Case, decided: Step) -> str:
        """Why a group does not decide a member; '' if it does."""
        made = {decided.by, decided.says.with_} - {""}
        own = [a for a in case.appeals if not a.retracted and not a.jointly]
        if made & {*case.barred, case.matter.party, case.matter.agency or "", *case.speakers}:
            return "who decided the group may not decide this case: it is decided by itself"
        if len(made) < case.terms.reviewers:
            return "two reviewers decide this case: it is decided by itself"
        if decided.says.outcome == OVERTURNED:
            return ""
        if own:
            return "the party appealed in words of its own: it is answered by itself"
        heard = case.hear_until is not None and self.now >= case.hear_until
        if case.imposed_at is None or not (heard or case.appeals):
            return "the party was not heard yet: it is decided by itself"
        return ""

    def _members(self, group: str, most: int) -> list[Case]:
        c = t.cases.c
        asked = select(c.id).where((c.group == group) & c.state.in_(UNDECIDED)).order_by(c.id).limit(most)
        ids = list(self._connection.execute(asked).scalars())
        self.load(ids)
        cases = [self.case(id) for id in ids]
        self.read_ahead(cases)
        return cases

    def _count(self, group: str) -> int:
        c = t.cases.c
        asked = select(func.count()).where((c.group == group) & c.state.in_(UNDECIDED))
        return int(self._connection.execute(asked).scalar() or 0)

    def _needs_two(self, group: str) -> bool:
        return any(case.terms.reviewers > 1 for case in self._members(group, 1000))

    def _is_group(self, id: str) -> bool:
        c = t.case_steps.c
        return self._connection.execute(select(c.sequence).where(c.case == id).limit(1)).first() is not None

    def _add_to_group(self, of: Group | None, id: str, content: s.Content, *, by: str, role: str, why: str) -> None:
        number = (of.steps if of else 0) + 1
        self._add(id, content, by=by, role=role, why=why, number=number)
        after(of, self._added[-1][0])
