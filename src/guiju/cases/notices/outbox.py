"""The outbox: every step that somebody must hear of leaves at least once, in order, and it is proved that it arrived.

A notice lies in the ledger's database from the transaction in which `queue_new` finds its step. `send_due` takes one,
sends it outside of any transaction, and records what came of it; a process that is killed in between sends it again,
under the same id. Of one party the next notice waits until the one before arrived, or was given up and lies before a
person. Only a delivery begins the time to appeal; what cannot be delivered never does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Row, func, insert, select, update

from guiju.cases import tables as c
from guiju.cases.desk import Desk
from guiju.cases.links import Opens
from guiju.cases.notices import tables as t
from guiju.cases.notices.posting import NotSent
from guiju.cases.notices.senders import Message, Receipt, Sender
from guiju.cases.notices.telling import text_of, told_kinds
from guiju.cases.statement.stated import stated_in
from guiju.cases.steps import MACHINE, OPERATOR
from guiju.cases.store import Cases
from guiju.ledger import Refused, database
from guiju.ledger.entries import microseconds

WAITING, ACCEPTED, DELIVERED, UNDELIVERABLE = "waiting", "accepted", "delivered", "undeliverable"
ALWAYS = ("imposed", "appealed", "remedied", "reopened")  # steps that are told of in any case
FAILED = "failed"  # an attempt's outcome, beside ACCEPTED and DELIVERED
SECOND = 1_000_000
AGAIN_SECONDS = (60, 300, 1_800, 7_200, 28_800, 86_400, 86_400)  # after each attempt but the last
MAX_TRIES = len(AGAIN_SECONDS) + 1
RECEIPT_SECONDS = 86_400  # how long a gateway may take to say that a phone has it
LEASE_SECONDS = 120  # how long a sender may take before another one sends it
LINK_DAYS = 90


class Contact(NamedTuple):
    """Where a party is reached, in which language, and by which of the senders ('' the outbox's own)."""

    address: str = ""
    language: str = "zh"
    sender: str = ""


class Sent(NamedTuple):
    """What one round of sending came to."""

    delivered: int = 0
    accepted: int = 0
    failed: int = 0
    given_up: int = 0


class Undelivered(NamedTuple):
    """A notice that a person must see to."""

    step: int
    case: str
    party: str
    kind: str
    text: str
    tries: int
    why: str


class Outbox:
    """The notices of the cases in a database; its tables are made where they are not.

    `sender` names the one of `senders` that is used where a contact names none. `link` makes the address that opens a
    case; `contact` tells where a party is reached.
    """

    def __init__(
        self, cases: Cases, senders: Mapping[str, Sender], sender: str,
        link: Callable[[Opens], str], contact: Callable[[str], Contact] = lambda _: Contact(),
    ) -> None:  # fmt: skip
        self.cases, self._senders, self._sender, self._link, self._contact = cases, senders, sender, link, contact
        database.migrate(cases.engine, t.NOTICES, make=True)

    # What is to be sent

    def queue_new(self, most: int = 1000, since: datetime | None = None) -> int:
        """Put into the outbox what has happened: a notice for each step that a party must hear of, `most` at most.

        Steps before `since` are left out, as when they were told by another channel before there was an outbox.
        """
        with self.cases.writing() as desk:
            return self._queue_new(desk, most, microseconds(since) if since else 0)

    def _queue_new(self, desk: Desk, most: int, since: int) -> int:
        s, began = c.case_steps.c, c.case_steps.alias("began").c
        newest = desk.connection.execute(select(func.max(t.notices.c.step))).scalar() or 0
        # Of a case that never took effect nobody was told that it began; nor is that it ended.
        took_effect = select(began.number).where((began.case == s.case) & (began.kind == "imposed")).exists()
        rows = desk.connection.execute(
            select(s.sequence, s.case, s.number, s.kind)
            .where((s.sequence > newest) & (s.recorded_at >= since) & s.kind.in_(told_kinds()))
            .where(s.kind.in_(ALWAYS) | took_effect)
            .order_by(s.sequence)
            .limit(most)
        ).all()
        for row in rows:
            self._queue(desk, row)
        return len(rows)

    def _queue(self, desk: Desk, row: Any) -> None:
        said = stated_in(desk.connection, self.cases, row.case, up_to=row.number)
        contact = self._contact(said.party)
        text = text_of(row.kind, said, contact.language)
        desk.connection.execute(
            insert(t.notices).values(
                step=row.sequence, at=desk.now, kind=row.kind, platform=said.platform, case=row.case,
                number=row.number, party=said.party, sender=contact.sender or self._sender,
                language=contact.language, text=text, document=sha256(text.encode()).hexdigest(),
            )
        )  # fmt: skip
        state = {"step": row.sequence, "party": said.party, "state": WAITING, "tries": 0, "due_at": desk.now}
        desk.connection.execute(insert(t.notice_states).values(**state, taken_until=0))

    # Sending

    def send_due(self, most: int = 1000) -> Sent:
        """Send what is due, `most` at most."""
        sent = Sent()
        for _ in range(most):
            notice = self._take()
            if notice is None:
                break
            got, why = self._send(notice)
            sent = self._record(notice, got, why, sent)
        return sent

    def _take(self) -> Row[Any] | None:
        """The next notice that is due, for this sender alone for a while."""
        mine, before = t.notice_states.c, t.notice_states.alias("before").c
        waits = select(before.step).where(
            (before.party == mine.party) & (before.step < mine.step) & before.state.in_((WAITING, ACCEPTED))
        )
        with self.cases.writing() as desk:
            step = desk.connection.execute(
                select(mine.step)
                .where(mine.state.in_((WAITING, ACCEPTED)) & (mine.due_at <= desk.now) & (mine.taken_until <= desk.now))
                .where(~waits.exists())
                .order_by(mine.due_at, mine.step)
                .limit(1)
            ).scalar()
            if step is None:
                return None
            until = desk.now + LEASE_SECONDS * SECOND
            desk.connection.execute(update(t.notice_states).where(mine.step == step).values(taken_until=until))
            return desk.connection.execute(select(t.notices).where(t.notices.c.step == step)).one()

    def _send(self, notice: Row[Any]) -> tuple[Receipt | None, NotSent]:
        """What a sender got, or why it could not."""
        sender = self._senders.get(notice.sender)
        if sender is None:
            return None, NotSent(0, f"there is no sender {notice.sender} now")
        opens = Opens(notice.case, notice.party, notice.at // SECOND + LINK_DAYS * 86_400)
        message = Message(
            id=f"notice-{notice.step}", kind=notice.kind, platform=notice.platform, case=notice.case,
            party=notice.party, address=self._contact(notice.party).address, language=notice.language,
            text=notice.text, link=self._link(opens),
        )  # fmt: skip
        try:
            return sender.send(message), NotSent(0, "")
        except NotSent as error:
            return None, error

    def _record(self, notice: Row[Any], got: Receipt | None, why: NotSent, sent: Sent) -> Sent:
        with self.cases.writing() as desk:
            state = self._state(desk, notice.step)
            outcome = FAILED if got is None else DELIVERED if got.is_delivered else ACCEPTED
            status, known_as = (why.status, "") if got is None else (got.status, got.gateway_id)
            number = self._attempt(desk, notice, outcome, status, known_as, why.why, notice.sender)
            if state.state == DELIVERED:  # another sender was quicker, when this one was slower than its lease
                return sent
            if outcome != FAILED:
                self._left(desk, notice)
            if outcome == DELIVERED:
                proof = f"attempt {number}: {status} {known_as}".rstrip()
                self._arrived(desk, notice, proof, notice.sender, MACHINE)
                return sent._replace(delivered=sent.delivered + 1)
            if outcome == ACCEPTED:
                self._wait(desk, notice.step, ACCEPTED, state.tries + 1, RECEIPT_SECONDS)
                return sent._replace(accepted=sent.accepted + 1)
            if why.is_final or state.tries + 1 >= MAX_TRIES:
                self._wait(desk, notice.step, UNDELIVERABLE, state.tries + 1, 0)
                return sent._replace(given_up=sent.given_up + 1)
            self._wait(desk, notice.step, WAITING, state.tries + 1, AGAIN_SECONDS[state.tries])
            return sent._replace(failed=sent.failed + 1)

    # What is heard later

    def receipt(self, sender: str, gateway_id: str, *, is_delivered: bool, why: str = "") -> None:
        """What a gateway says of a message that it had accepted; said again, it changes nothing. Raises Refused."""
        a = t.notice_attempts.c
        with self.cases.writing() as desk:
            known = (a.sender == sender) & (a.gateway_id == gateway_id) & (a.gateway_id != "")
            step = desk.connection.execute(select(a.step).where(known).order_by(a.at.desc()).limit(1)).scalar()
            if step is None:
                raise Refused(
                    f"{sender} knows of no message {gateway_id!r} that was sent",
                    f"{sender} 没有发过消息 {gateway_id!r}",
                )
            state = self._state(desk, step)
            if state.state in (DELIVERED, UNDELIVERABLE) or (state.state == WAITING and not is_delivered):
                return
            notice = desk.connection.execute(select(t.notices).where(t.notices.c.step == step)).one()
            self._attempt(desk, notice, DELIVERED if is_delivered else FAILED, 0, gateway_id, why, sender)
            if is_delivered:
                self._arrived(desk, notice, f"receipt of {gateway_id}", sender, MACHINE)
            elif state.tries >= MAX_TRIES:
                self._wait(desk, step, UNDELIVERABLE, state.tries, 0)
            else:
                self._wait(desk, step, WAITING, state.tries, AGAIN_SECONDS[state.tries - 1])

    def undelivered(self) -> list[Undelivered]:
        """What no sender could deliver: a person calls, writes or visits, oldest first."""
        n, a, s = t.notices.c, t.notice_attempts.c, t.notice_states.c
        last = select(a.why).where(a.step == n.step).order_by(a.number.desc()).limit(1).scalar_subquery()
        with database.reading(self.cases.engine) as connection:
            rows = connection.execute(
                select(n.step, n.case, n.party, n.kind, n.text, s.tries, func.coalesce(last, ""))
                .where((s.step == n.step) & (s.state == UNDELIVERABLE))
                .order_by(n.step)
            ).all()
        return [Undelivered(*row) for row in rows]

    def delivered_by_hand(self, step: int, *, by: str, proof: str) -> None:
        """A person told the party, and says how: the time to appeal runs from now. Raises Refused."""
        with self.cases.writing() as desk:
            notice = desk.connection.execute(select(t.notices).where(t.notices.c.step == step)).first()
            if notice is None or self._state(desk, step).state == DELIVERED:
                raise Refused(
                    f"there is no notice of step {step} that waits to be delivered", f"第 {step} 步没有等待送达的通知"
                )
            self._attempt(desk, notice, DELIVERED, 0, "", proof, by)
            self._arrived(desk, notice, proof, by, OPERATOR)

    def again(self, step: int) -> None:
        """Send once more what was given up, as when an address was corrected. Raises Refused."""
        with self.cases.writing() as desk:
            if self._state(desk, step).state != UNDELIVERABLE:
                raise Refused(f"the notice of step {step} was not given up", f"第 {step} 步的通知没有被放弃")
            self._wait(desk, step, WAITING, 0, 0)

    # How it is written

    @staticmethod
    def _state(desk: Desk, step: int) -> Row[Any]:
        found = desk.connection.execute(select(t.notice_states).where(t.notice_states.c.step == step)).first()
        if found is None:
            raise Refused(f"there is no notice of step {step}", f"第 {step} 步没有通知")
        return found

    @staticmethod
    def _attempt(
        desk: Desk, notice: Row[Any], outcome: str, status: int, gateway_id: str, why: str, by: str
    ) -> int:  # fmt: skip
        a = t.notice_attempts.c
        last = desk.connection.execute(select(func.max(a.number)).where(a.step == notice.step)).scalar() or 0
        desk.connection.execute(
            insert(t.notice_attempts).values(
                step=notice.step, number=last + 1, at=desk.now, sender=notice.sender, outcome=outcome, status=status,
                gateway_id=gateway_id, why=why, by=by,
            )
        )  # fmt: skip
        return int(last) + 1

    @staticmethod
    def _wait(desk: Desk, step: int, state: str, tries: int, seconds: int) -> None:
        values = {"state": state, "tries": tries, "due_at": desk.now + seconds * SECOND, "taken_until": 0}
        desk.connection.execute(update(t.notice_states).where(t.notice_states.c.step == step).values(values))

    @staticmethod
    def _left(desk: Desk, notice: Row[Any]) -> None:
        desk.notice(
            f"notice {notice.step} sent", notice.case, channel=notice.sender, by=notice.sender, about=notice.number,
            document=notice.document,
        )  # fmt: skip

    def _arrived(self, desk: Desk, notice: Row[Any], proof: str, by: str, role: str) -> None:
        tries = self._state(desk, notice.step).tries + 1
        self._wait(desk, notice.step, DELIVERED, tries, 0)
        desk.delivered(
            f"notice {notice.step} delivered", notice.case, channel=notice.sender, proof=proof, by=by, role=role,
            about=notice.number,
        )  # fmt: skip
