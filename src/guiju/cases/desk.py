"""The desk: every verb by which a case goes on, within one transaction over cases and ledger.

Every call has a key of its own. The same call with the same key again writes nothing and returns the case as it was
left; another call with it is refused. `by` is who (an id), `role` as what (one of `steps.ROLES`), `why` the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select

from guiju.cases import steps as s
from guiju.cases import tables as t
from guiju.cases.attachments import Attachment
from guiju.cases.case import LAPSED, UNDECIDED, Case
from guiju.cases.groups import Groups
from guiju.cases.matter import HOLD, Matter
from guiju.cases.procedure import Stale
from guiju.cases.steps import MACHINE, OPERATOR, PARTLY, REVIEWER, UPHELD, Content
from guiju.ledger import Account, Conflict, Refused
from guiju.ledger.entries import moment
from guiju.rulebook import rules
from guiju.rulebook.redress import Terms, terms

Guard = Callable[[Sequence[Case]], Mapping[str, str]]  # of cases due to be imposed: those kept back, and why


class Desk(Groups):
    """The cases within one transaction; `books` is the ledger in it."""

    # The platform's side

    def flag(
        self, key: str, matter: Matter, *, by: str, role: str = MACHINE, why: str = "", of_day: Terms | None = None
    ) -> Case:
        """Begin a case. The same matter again is the same case; another one under its id is refused.

        `of_day`: the terms of redress; else those of the rulebook for the matter's rule, on this day.
        """
        known = self.known(matter.id)
        if known is not None:
            if known.matter == matter:
                return self.case(matter.id)
            raise Conflict(
                f"case {matter.id} was flagged with other facts: what is recorded once stays",
                f"案件 {matter.id} 已按另外的事实立案：记录过的不再改变",
            )
        content = s.Flagged(matter=matter, terms=of_day or self._terms(matter))
        return self._one(key, matter.id, content, by=by, role=role, why=why or matter.says.en)

    def _terms(self, matter: Matter) -> Terms:
        rule = rules().get(matter.rule)
        if rule is None:
            raise Refused(
                f"the rulebook has no rule {matter.rule!r}: give the terms of the case with it",
                f"规则库里没有规则 {matter.rule!r}：请连同期限一起给出",
            )
        return terms(rule, matter.kind, moment(self.now).astimezone(ZoneInfo(matter.zone)).date())

    def impose(self, key: str, id: str, *, by: str, role: str, why: str) -> Case:
        """Let it take effect: money held in the ledger, work stopped, the measure taken; until the terms' last day."""

        def write() -> None:
            case = self.case(id)
            until = self.now + case.terms.lasting_days * 86_400_000_000
            sums: dict[str, int] = {}
            if case.matter.kind == HOLD and case.imposed_at is None and case.state in UNDECIDED:
                sums = self._aside(case, self._share(case, case.matter.amount), until, why, by)
            self._add(id, s.Imposed(until=until, **sums), by=by, role=role, why=why)

        return self._as_of(id, self._call(key, ["imposed", id, by, role, why], write))

    def hold_due(self, key: str, guard: Guard | None = None, *, by: str = "clock", most: int = 1000) -> list[Case]:
        """Impose the holds whose delay is over, `most` at most, but those that the guard keeps back; returns them."""
        c = t.cases.c
        asked = select(c.id).where((c.impose_at <= self.now) & (c.kind == HOLD)).order_by(c.impose_at, c.id)
        ids = list(self._connection.execute(asked.limit(most)).scalars())
        self.load(ids)
        due = [case for case in map(self.case, ids) if case.state in UNDECIDED and case.imposed_at is None]
        self.read_ahead(due)
        kept = guard(due) if guard and due else {}
        why = "the delay is over, and nothing was found that explains the flag otherwise"
        return [
            self.impose(f"{key} {case.id}", case.id, by=by, role=MACHINE, why=why)
            for case in due
            if case.id not in kept
        ]

    def notice(
        self, key: str, id: str, *, channel: str, by: str, role: str = MACHINE, why: str = "notice sent",
        about: int = 1, document: str = "", to: str = "",
    ) -> Case:  # fmt: skip
        """Record that a notice of a step went out."""
        content = s.Sent(about=about, channel=channel, document=document, to=to)
        return self._one(key, id, content, by=by, role=role, why=why)

    def delivered(
        self, key: str, id: str, *, channel: str, proof: str, by: str, role: str = MACHINE,
        why: str = "notice delivered", about: int = 1,
    ) -> Case:  # fmt: skip
        """Record that a notice of a step arrived. Of the first step, the time to appeal runs from now."""
        return self._one(key, id, s.Delivered(about=about, channel=channel, proof=proof), by=by, role=role, why=why)

    def withdraw(self, key: str, id: str, *, by: str, role: str, why: str, cause: str = "") -> Case:
        """The platform takes the flag back: all that was held goes back, nothing may be claimed."""

        def write() -> None:
            case = self.case(id)
            if case.state in UNDECIDED and not case.rounds:
                self._give_back(case, case.left, case.open_claim, why, by)
            content = s.Withdrawn(cause=cause, released=case.left, waived=case.open_claim)
            self._add(id, content, by=by, role=role, why=why)
            self._shift(case, case.left, case.open_claim, why)

        return self._as_of(id, self._call(key, ["withdrawn", id, by, role, why, cause], write))

    def lapse_due(self, most: int = 1000) -> int:
        """Let every case lapse whose time is up, `most` at most; returns how many did."""
        c = t.cases.c
        ids = list(
            self._connection.execute(
                select(c.id).where(c.lapses_at <= self.now).order_by(c.lapses_at, c.id).limit(most)
            ).scalars()
        )
        self.load(ids)
        self.read_ahead(case for case in map(self.known, ids) if case)
        before = len(self._added)
        for id in ids:
            self.case(id)
        return sum(step.kind == "lapsed" for step, _ in self._added[before:])

    # The party's side

    def mandate(self, key: str, id: str, to: str, *, by: str, role: str, why: str, proof: str = "") -> Case:
        """Let somebody speak for the party in a case; an operator records it with a proof."""
        return self._one(key, id, s.Mandated(to=to, proof=proof), by=by, role=role, why=why)

    def appeal(
        self, key: str, id: str, *, by: str, role: str, words: str, attachments: Sequence[Attachment] = ()
    ) -> Case:
        """Appeal, in words. Whoever speaks for the party: itself, its agency, or who holds its mandate."""
        content = s.Appealed(words=words, attachments=tuple(attachments))
        return self._one(key, id, content, by=by, role=role, why="appeal")

    def appeal_jointly(
        self, key: str, ids: Iterable[str], *, by: str, role: str, words: str, attachments: Sequence[Attachment] = ()
    ) -> list[Case]:
        """Appeal several cases by one word: all or none. Each keeps its own deadline and its own answer."""
        asked = sorted(set(ids))
        if not asked:
            raise Refused("a joint appeal names its cases", "共同申诉须写明有哪些案件")
        content = s.Appealed(words=words, attachments=tuple(attachments), jointly=key)

        def write() -> None:
            self.load(asked)
            for id in asked:
                self.case(id)
                self._add(id, content, by=by, role=role, why="joint appeal")

        steps = self._call(key, [asked, content, by, role], write)
        return [self._as_of(step.case, [step]) for step in steps]

    def retract(self, key: str, id: str, *, by: str, role: str, why: str) -> Case:
        """Take an appeal back."""
        return self._one(key, id, s.Retracted(), by=by, role=role, why=why)

    def state(
        self, key: str, id: str, *, by: str, role: str, words: str, attachments: Sequence[Attachment] = ()
    ) -> Case:
        """Add words or attachments of the party's."""
        content = s.Stated(words=words, attachments=tuple(attachments))
        return self._one(key, id, content, by=by, role=role, why="statement")

    def reopen(
        self, key: str, id: str, *, by: str, role: str, words: str, attachments: Sequence[Attachment] = ()
    ) -> Case:
        """Bring new facts after a decision, once: for the party, or a reviewer who has not decided it."""
        content = s.Reopened(words=words, attachments=tuple(attachments))
        return self._one(key, id, content, by=by, role=role, why="new facts")

    # The reviewer's side

    def decide(
        self, key: str, id: str, *, outcome: str, by: str, why: str, seen: int, upheld: int | None = None,
        role: str = REVIEWER,
    ) -> Case:  # fmt: skip
        """Decide a case, or propose to where two must agree; money moves in the same transaction.

        seen: the number of the newest step that the reviewer has read. upheld: of `partly`, how much is upheld, in
        minor units. Raises Stale where the case has gone on since, Refused where it may not be decided so.
        """

        def write() -> None:
            case = self.case(id)
            if case.steps != seen and case.state != LAPSED:
                raise Stale(
                    f"case {id} has gone on to step {case.steps} ({case.state}) since step {seen}: read it anew",
                    f"案件 {id} 在您阅读第 {seen} 步之后已到第 {case.steps} 步：请重新阅读",
                )
            self._judge(case, outcome, _upheld(case, outcome, upheld), by, role, why)

        return self._as_of(id, self._call(key, ["decided", id, outcome, upheld, by, role, why, seen], write))

    def _judge(self, case: Case, outcome: str, upheld: int, by: str, role: str, why: str, group: str = "") -> None:
        first, agreed = case.proposal, ""
        if case.terms.reviewers > 1:
            if first is None or first.by[0] == by or (first.outcome, first.upheld) != (outcome, upheld):
                self._add(case.id, s.Proposed(outcome=outcome, upheld=upheld), by=by, role=role, why=why)
                return
            agreed = first.by[0]
        self._settle(case, s.Decided(outcome=outcome, upheld=upheld, with_=agreed, group=group), by, role, why)

    def collect(self, key: str, id: str, *, by: str, role: str = OPERATOR, why: str = "claim allowed") -> Case:
        """Collect of what was allowed as much as the party has now. Refused where that is nothing."""

        def write() -> None:
            case = self.case(id)
            there = self.books.balance(Account(case.matter.party), case.matter.currency) if case.open_claim else 0
            amount = min(case.open_claim, max(there, 0))
            self._add(id, s.Collected(amount=amount), by=by, role=role, why=why)
            self._collect(case, amount, why, by)

        return self._as_of(id, self._call(key, ["collected", id, by, role, why], write))

    # How it is written

    def _one(self, key: str, id: str, content: Content, *, by: str, role: str, why: str) -> Case:
        """A step that moves no money."""

        def write() -> None:
            if not isinstance(content, s.Flagged):
                self.case(id)
            self._add(id, content, by=by, role=role, why=why)

        said: list[Any] = [type(content).__name__, id, msgspec.to_builtins(content), by, role, why]
        return self._as_of(id, self._call(key, said, write))


def _upheld(case: Case, outcome: str, upheld: int | None) -> int:
    if outcome == PARTLY:
        if upheld is None:
            raise Refused("partly names how much of the sum in dispute is upheld", "部分撤销须写明维持多少")
        return upheld
    whole = case.matter.amount if outcome == UPHELD else 0
    if upheld not in (None, whole):
        raise Refused(
            f"{outcome} is about the whole sum, {whole:,}: a part is `partly`",
            f"这种决定针对全部金额 {whole:,}：只维持一部分的请选部分撤销",
        )
    return whole
