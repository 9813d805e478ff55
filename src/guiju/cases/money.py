"""What a case does to somebody's money, in the same transaction: set aside, given back, taken, to the cent.

What several triggers hold on at one event is in dispute once: together they never hold and take more than the largest
of their sums. What one case gives back moves to another that still disputes it; what one takes, another cedes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

from msgspec.structs import replace
from sqlalchemy import Connection, select

from guiju.cases import steps as s
from guiju.cases import tables as t
from guiju.cases.case import UNDECIDED, Case
from guiju.cases.matter import HOLD
from guiju.cases.steps import MACHINE, OVERTURNED
from guiju.cases.writing import LAPSING, LEDGER_KEYS, Steps
from guiju.ledger import Account, Refused, Transfer
from guiju.ledger.ahead import read_ahead
from guiju.ledger.books import Of
from guiju.ledger.entries import moment
from guiju.ledger.writing import parts


class Money(Steps):
    """The ledger's side of every step."""

    def __init__(self, connection: Connection, now: int) -> None:
        super().__init__(connection, now)
        self._whole: set[str] = set()  # events of which every case is known

    def _of(self, case: Case) -> Of:
        return Of(case.id, case.matter.party, case.matter.currency)

    def _income(self, case: Case) -> Account:
        """Where what is taken goes."""
        return Account(case.matter.platform, "income")

    def case(self, id: str) -> Case:
        """A case now; if its time is up, it lapses first. Raises Refused where there is none."""
        case = self.known(id)
        if case is None:
            raise Refused(f"there is no case {id}", f"没有案件 {id}")
        if case.state in UNDECIDED and not case.rounds and self.now >= case.lapses_at:
            return self._lapse(case)
        return case

    def _lapse(self, case: Case) -> Case:
        self._lapse_in_ledger(case)
        content = s.Lapsed(until=case.lapses_at, released=case.left, waived=case.open_claim)
        why = f"nobody decided by {moment(case.lapses_at).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        then = self._add(case.id, content, by="clock", role=MACHINE, why=why, key=f"{LAPSING}{case.id}")
        assert then is not None
        self._shift(case, case.left, case.open_claim, why)
        return then

    def load_events(self, cases: Iterable[Case]) -> None:
        """All cases of the same events, in a few readings."""
        missing = sorted({case.matter.event for case in cases} - self._whole)
        for some in parts(missing):
            self.load(self._connection.execute(select(t.cases.c.id).where(t.cases.c.event.in_(some))).scalars())
        self._whole.update(missing)

    def read_ahead(self, cases: Iterable[Case]) -> None:
        """What deciding, imposing or ending these cases will ask of the ledger."""
        these = [case for case in cases if case.matter.amount]
        read_ahead(
            self.books, parties={case.matter.party for case in these}, matters=map(self._of, these),
            holds=(n for case in these for n in case.holds), claims=(n for case in these for n in case.claims),
        )  # fmt: skip
        self.load_events(these)

    def _siblings(self, case: Case) -> list[Case]:
        """The other cases of the same event, that have money in it."""
        if case.matter.kind != HOLD:
            return []
        self.load_events([case])
        found = (self._known[id] for id in sorted(self._by_event[case.matter.event] - {case.id}))
        return [k for k in found if k is not None and k.matter.kind == HOLD and k.imposed_at is not None]

    def _aside(self, case: Case, amount: int, until: int, why: str, by: str, most: int | None = None) -> dict[str, int]:
        """Put an amount in dispute in a case and hold what is there; returns what `imposed` and `shifted` say of it."""
        if amount <= 0:
            return {}
        key, of = _key(case), self._of(case)
        self.books.put_in_dispute(f"{key} dispute", of, self.books.dispute(of).used + amount, why, by=by)
        held = self.books.set_aside(f"{key} hold", of, amount, moment(until), why, by=by, most=most)
        sums = {
            "held": held.hold and held.hold.amount, "hold": held.hold and held.hold.sequence,
            "claimed": held.claim and held.claim.amount, "claim": held.claim and held.claim.sequence,
        }  # fmt: skip
        return {name: value for name, value in sums.items() if value}

    def _share(self, case: Case, amount: int) -> int:
        """How much of an amount the other cases of the event neither hold, claim nor took."""
        return max(0, amount - sum(k.left + k.open_claim + k.taken for k in self._siblings(case)))

    def _give_back(self, case: Case, held: int, claimed: int, why: str, by: str, decision: str = "") -> None:
        """Release so much of what is held, and waive so much of what is claimed."""
        key = _key(case)
        for sequence in case.holds:
            part = min(self.books.hold(sequence).left, held)
            if part:
                self.books.release(f"{key} release {sequence}", sequence, why, part, decision=decision, by=by)
                held -= part
        for sequence in case.claims:
            claim = self.books.claim(sequence)
            part = min((claim.amount if claim.allowed is None else claim.allowed) - claim.collected, claimed)
            if part:
                self.books.waive(f"{key} waive {sequence}", sequence, part, why, decision=decision, by=by)
                claimed -= part
        assert held == claimed == 0, "what is given back was held and claimed"

    def _take(self, case: Case, amount: int, decision: str, why: str, by: str) -> None:
        """Capture so much of what is held."""
        key = _key(case)
        for sequence in case.holds:
            part = min(self.books.hold(sequence).left, amount)
            if part:
                self.books.capture(
                    f"{key} capture {sequence}", sequence, self._income(case), decision, why, part, by=by
                )  # fmt: skip
                amount -= part
        assert not amount, "what is taken was held"

    def _allow(self, case: Case, amount: int, decision: str, why: str, by: str) -> None:
        """Allow so much of what is claimed, and waive what is claimed beyond."""
        key = _key(case)
        for sequence in case.claims:
            claim = self.books.claim(sequence)
            part = min(claim.amount, amount)
            if claim.amount > part:
                self.books.waive(
                    f"{key} waive {sequence}", sequence, claim.amount - part, why, decision=decision, by=by
                )  # fmt: skip
            if part:
                self.books.allow(f"{key} allow {sequence}", sequence, part, decision, why, by=by)
            amount -= part
        assert not amount, "what is allowed was claimed"

    def _refund(self, case: Case, amount: int, why: str, by: str) -> None:
        if not amount:
            return
        income = self._income(case)
        there = self.books.balance(income, case.matter.currency)
        if there < amount:
            raise Refused(
                f"{income} has {there:,} {case.matter.currency}, and {amount:,} is to be paid back in case {case.id}: "
                "post what is missing to it first",
                f"{income} 里有 {there:,} {case.matter.currency}，而案件 {case.id} 要退回 {amount:,}：请先补足",
            )
        back = Transfer(income, Account(case.matter.party), amount, case.matter.currency, why, case.id, by)
        self.books.post(f"{_key(case)} refund", [back])

    def _lapse_in_ledger(self, case: Case) -> None:
        """Let the ledger give back what is due, and waive what was claimed."""
        if case.matter.amount and case.imposed_at is not None:
            self.books.balance(Account(case.matter.party), case.matter.currency)
            self._give_back(replace(case, holds=()), 0, case.open_claim, "nobody decided in time", "clock")

    def _shift(self, ended: Case, held: int, claimed: int, why: str) -> None:
        """What a case has just given back, another undecided one of the event may still dispute: it holds it now."""
        open_ = [k for k in self._siblings(ended) if k.state in UNDECIDED and not k.rounds and k.lapses_at > self.now]
        for case in sorted(open_, key=lambda k: (-k.matter.amount, k.id)):
            need = min(self._share(case, case.matter.amount) - case.left - case.open_claim, held + claimed)
            if need > 0:
                sums = self._aside(case, need, case.lapses_at, why, "clock", most=min(held, need))
                self._add(case.id, s.Shifted(of=ended.id, **sums), by="clock", role=s.MACHINE, why=why)
                held, claimed = held - sums.get("held", 0), claimed - sums.get("claimed", 0)

    def _gather(self, case: Case, upheld: int, by: str, why: str) -> Case:
        """What is to be upheld here, and undecided cases of the event hold, they cede: it is taken once."""
        siblings = self._siblings(case)
        settled = sum(k.left + k.open_claim + k.taken for k in siblings if k.rounds or k.state not in UNDECIDED)
        need = max(0, upheld - settled) - case.left - case.open_claim
        if need <= 0 or case.imposed_at is None:
            return case
        held = claimed = 0
        for giver in (k for k in siblings if k.state in UNDECIDED and not k.rounds):
            given = min(giver.left, need - held - claimed)
            waived = min(giver.open_claim, need - held - claimed - given)
            if given or waived:
                self._give_back(giver, given, waived, why, by)
                self._add(
                    giver.id, s.Ceded(to=case.id, released=given, waived=waived), by=by, role=s.REVIEWER, why=why
                )  # fmt: skip
                held, claimed = held + given, claimed + waived
        if not held + claimed:
            return case
        sums = self._aside(case, held + claimed, case.lapses_at, why, by, most=held)
        then = self._add(case.id, s.Shifted(of=giver.id, **sums), by=by, role=s.REVIEWER, why=why)
        assert then is not None
        return then

    def _remedy(self, case: Case, by: str, role: str, why: str) -> None:
        """Do what the newest decision says: what is not upheld goes back to the cent, what is upheld is taken."""
        made = case.rounds[-1]
        decision = f"{case.id}/{made.number}"
        room = max(0, made.upheld - sum(k.left + k.open_claim + k.taken for k in self._siblings(case)))
        if len(case.rounds) > 1:
            refunded = max(0, case.taken - made.upheld)
            waived = case.open_claim - min(case.open_claim, made.upheld - case.taken + refunded)
            self._refund(case, refunded, why, by)
            self._give_back(case, 0, waived, why, by, decision)
            self._add(case.id, s.Remedied(refunded=refunded, waived=waived), by=by, role=role, why=why)
            return
        captured = min(case.left, room)
        allowed = min(case.open_claim, room - captured)
        released, waived = case.left - captured, case.open_claim - allowed
        self._take(case, captured, decision, why, by)
        self._give_back(case, released, 0, why, by, decision)
        self._allow(case, allowed, decision, why, by)
        content = s.Remedied(released=released, captured=captured, allowed=allowed, waived=waived)
        self._add(case.id, content, by=by, role=role, why=why)
        self._shift(case, released, waived, why)

    def _collect(self, case: Case, amount: int, why: str, by: str) -> None:
        key = _key(case)
        for sequence in case.claims:
            claim = self.books.claim(sequence)
            part = min((claim.allowed or 0) - claim.collected, amount)
            if part:
                self.books.collect(f"{key} collect {sequence}", sequence, self._income(case), part, why, by=by)
                amount -= part
        assert not amount, "what is collected was allowed"

    def _settle(self, case: Case, said: s.Decided, by: str, role: str, why: str) -> None:
        """Decide, and do what was decided."""
        if not case.rounds and said.outcome != OVERTURNED:
            case = self._gather(case, said.upheld, by, why)
        decided = self._add(case.id, said, by=by, role=role, why=why)
        assert decided is not None
        self._remedy(decided, by, role, why)


def _key(case: Case) -> str:
    """How the ledger's keys of a case's next step begin; no other call has them."""
    return f"{LEDGER_KEYS}{case.id}/{case.steps + 1}"
