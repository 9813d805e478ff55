"""The outbox on SQLite and PostgreSQL, against a server on loopback: at least once, in order, and proved."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from guiju.cases import Case, Cases
from guiju.cases.links import Opens, new_keys, open_link, token
from guiju.cases.notices.outbox import (
    AGAIN_SECONDS,
    LEASE_SECONDS,
    MAX_TRIES,
    RECEIPT_SECONDS,
    Contact,
    Outbox,
    Sent,
)
from guiju.cases.notices.senders import Gateway, GatewayTerms, Webhook, WebhookTerms
from guiju.cases.notices.signing import check, new_secret
from guiju.ledger import Refused, database, verify
from listening import Listener, listening
from made_cases import TERMS, Clock, earn, matter

SECRET, KEYS = new_secret(), new_keys("k1")


@pytest.fixture
def heard() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cases(books_at: str, clock: Clock) -> Iterator[Cases]:
    made = Cases(books_at, clock)
    yield made
    assert not verify(made.ledger).faults
    made.close()


@pytest.fixture
def outbox(cases: Cases, clock: Clock, heard: Listener) -> Outbox:
    senders = {
        "platform": Webhook("platform", WebhookTerms(heard.url, (SECRET,)), lambda: clock.now.timestamp()),
        "sms": Gateway("sms", GatewayTerms(heard.url, {"to": "{address}"}, id="id", delivered="receipt")),
    }
    return Outbox(cases, senders, "platform", lambda opens: f"https://x/c/{token(KEYS, opens)}", contact)


def contact(party: str) -> Contact:
    return Contact("+86 130", "en", "sms") if party == "by-sms" else Contact()


def imposed(cases: Cases, clock: Clock, party: str = "driver", decision: str = "trip-1") -> Case:
    with cases.writing() as desk:
        earn(desk, party)
        case = desk.flag(f"flag {party} {decision}", matter(party=party, decision=decision), by="gate", of_day=TERMS)
    clock.wait(hours=6)
    with cases.writing() as desk:
        return desk.impose(f"impose {case.id}", case.id, by="clock", role="machine", why="the delay is over")


def attempts(cases: Cases) -> list[tuple[int, str]]:
    with database.reading(cases.engine) as connection:
        rows = connection.execute(text("SELECT number, outcome FROM notice_attempts ORDER BY step, number")).all()
    return [(row.number, row.outcome) for row in rows]


def messages(heard: Listener) -> list[dict[str, str]]:
    return [msgspec.json.decode(posted.body)["data"] for posted in heard.posted]


def test_a_notice_arrives_and_the_time_to_appeal_begins(
    cases: Cases, clock: Clock, outbox: Outbox, heard: Listener
) -> None:
    case = imposed(cases, clock)
    assert outbox.queue_new() == 1
    assert outbox.queue_new() == 0
    assert cases.case(case.id).appeal_until is None
    heard.answer = lambda _: (200, b'{"id": "inbox-5"}')
    assert outbox.send_due() == Sent(delivered=1)
    assert outbox.send_due() == Sent()
    [posted] = heard.posted
    assert check([SECRET], posted.headers, posted.body, clock.now.timestamp()) == messages(heard)[0]["id"]
    said = messages(heard)[0]
    assert "暂扣 80.00 元。不同意可以申诉：收到本通知的次日起 15 天内" in said["text"]
    opened = open_link(KEYS, said["link"].rpartition("/")[2], clock.now.timestamp())
    assert opened[:2] == (case.id, "driver")
    now = cases.case(case.id)
    assert (now.state, now.delivered_at is not None) == ("noticed", True)
    sent, delivered = cases.history(case.id)[-2:]
    assert (sent.kind, sent.says.about, len(sent.says.document)) == ("sent", case.imposed_number, 64)
    assert (delivered.kind, delivered.says.proof) == ("delivered", "attempt 1: 200 inbox-5")


def test_what_fails_is_tried_again_later_and_then_lies_before_a_person(
    cases: Cases, clock: Clock, outbox: Outbox, heard: Listener
) -> None:
    case = imposed(cases, clock)
    heard.answer = lambda _: (503, b"")
    outbox.queue_new()
    for seconds in AGAIN_SECONDS:
        assert outbox.send_due() == Sent(failed=1)
        clock.wait(seconds=seconds - 1)
        assert outbox.send_due() == Sent(), "too early"
        clock.wait(seconds=1)
    assert outbox.send_due() == Sent(given_up=1)
    assert len({m["id"] for m in messages(heard)}) == 1, "the same id at every attempt"
    assert len(heard.posted) == MAX_TRIES
    [lies] = outbox.undelivered()
    assert (lies.case, lies.tries, lies.why) == (case.id, MAX_TRIES, "127.0.0.1 answered 503")
    now = cases.case(case.id)
    assert (now.state, now.appeal_until) == ("flagged", None), "no time runs that nobody knows of"
    with pytest.raises(Refused, match="delivery without proof"):
        outbox.delivered_by_hand(lies.step, by="lena", proof=" ")
    outbox.delivered_by_hand(lies.step, by="lena", proof="read to him over the telephone, 10:15")
    assert cases.case(case.id).state == "noticed"
    assert not outbox.undelivered()
    with pytest.raises(Refused, match="no notice"):
        outbox.delivered_by_hand(lies.step, by="lena", proof="again")


def test_what_will_never_be_taken_is_not_tried_again(
    cases: Cases, clock: Clock, outbox: Outbox, heard: Listener
) -> None:
    imposed(cases, clock)
    heard.answer = lambda _: (410, b"")
    outbox.queue_new()
    assert outbox.send_due() == Sent(given_up=1)
    [lies] = outbox.undelivered()
    heard.answer = lambda _: (200, b"")
    outbox.again(lies.step)
    assert outbox.send_due() == Sent(delivered=1)


class Killed(BaseException):
    """The process is gone."""


def test_killed_between_sending_and_recording_it_is_sent_once_more(
    cases: Cases, clock: Clock, outbox: Outbox, heard: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = imposed(cases, clock)
    outbox.queue_new()

    def gone(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_record", gone)
        with pytest.raises(Killed):
            outbox.send_due()
    assert cases.case(case.id).state == "flagged"
    assert outbox.send_due() == Sent(), "another one might still be sending it"
    clock.wait(seconds=LEASE_SECONDS)
    assert outbox.send_due() == Sent(delivered=1)
    first, second = messages(heard)
    assert first == second, "the receiver knows it by its id"
    assert [step.kind for step in cases.history(case.id)] == ["flagged", "imposed", "sent", "delivered"]


SENDING = """
import sys
from datetime import datetime
from guiju.cases import Cases
from guiju.cases.notices.outbox import Outbox
from guiju.cases.notices.senders import Webhook, WebhookTerms
where, now, url, secret = sys.argv[1:]
cases = Cases(where, lambda: datetime.fromisoformat(now))
Outbox(cases, {"platform": Webhook("platform", WebhookTerms(url, (secret,)))}, "platform", lambda _: "").send_due()
"""


def test_a_process_killed_while_the_receiver_has_the_message(
    tmp_path: Path, clock: Clock, heard: Listener
) -> None:  # fmt: skip
    """SIGKILL, by the receiver, before it answers."""
    cases = Cases(tmp_path / "books.db", clock)
    case = imposed(cases, clock)
    senders = {"platform": Webhook("platform", WebhookTerms(heard.url, (SECRET,)))}
    outbox = Outbox(cases, senders, "platform", lambda _: "")
    outbox.queue_new()
    words = [sys.executable, "-c", SENDING, str(tmp_path / "books.db"), clock.now.isoformat(), heard.url, SECRET]
    with subprocess.Popen(words, stderr=subprocess.PIPE) as sending:
        heard.answer = lambda _: sending.kill()
        assert sending.wait(60) == -9, sending.stderr and sending.stderr.read()
    assert attempts(cases) == []
    heard.answer = lambda _: (200, b"")
    clock.wait(seconds=LEASE_SECONDS)
    assert outbox.send_due() == Sent(delivered=1)
    assert [m["id"] for m in messages(heard)] == ["notice-2"] * 2
    assert cases.case(case.id).state == "noticed"
    assert not verify(cases.ledger).faults
    cases.close()


def test_killed_within_recording_nothing_of_it_is_kept(
    cases: Cases, clock: Clock, outbox: Outbox, heard: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = imposed(cases, clock)
    outbox.queue_new()

    def gone(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_arrived", gone)
        with pytest.raises(Killed):
            outbox.send_due()
    assert attempts(cases) == []
    assert cases.case(case.id).steps == 2
    clock.wait(seconds=LEASE_SECONDS)
    assert outbox.send_due() == Sent(delivered=1)
    assert attempts(cases) == [(1, "delivered")]


def test_two_senders_that_both_sent_it_record_one_delivery(
    cases: Cases, clock: Clock, outbox: Outbox, heard: Listener
) -> None:
    """One was slower than its lease."""
    case = imposed(cases, clock)
    outbox.queue_new()
    slow = outbox._take()
    assert slow is not None
    got, why = outbox._send(slow)
    clock.wait(seconds=LEASE_SECONDS)
    assert outbox.send_due() == Sent(delivered=1)
    assert outbox._record(slow, got, why, Sent()) == Sent()
    assert attempts(cases) == [(1, "delivered"), (2, "delivered")]
    assert [step.kind for step in cases.history(case.id)].count("delivered") == 1


def test_notices_of_one_party_arrive_in_order_and_hold_up_nobody_else(
    cases: Cases, clock: Clock, outbox: Outbox, heard: Listener
) -> None:
    case = imposed(cases, clock)
    with cases.writing() as desk:
        desk.appeal("a", case.id, by="driver", role="party", words="No.")
    imposed(cases, clock, "another")
    assert outbox.queue_new() == 3
    heard.answer = lambda p: (503, b"") if msgspec.json.decode(p.body)["data"]["party"] == "driver" else (200, b"")
    assert outbox.send_due() == Sent(failed=1, delivered=1)
    assert [(m["party"], m["kind"]) for m in messages(heard)] == [("driver", "imposed"), ("another", "imposed")]
    heard.answer = lambda _: (200, b"")
    clock.wait(seconds=AGAIN_SECONDS[0])
    assert outbox.send_due() == Sent(delivered=2)
    assert [m["kind"] for m in messages(heard)[2:]] == ["imposed", "appealed"]
    assert "最迟 2025年12月16日 02:00 由人答复" in messages(heard)[3]["text"]


def test_a_receipt_that_comes_later_is_the_delivery(
    cases: Cases, clock: Clock, outbox: Outbox, heard: Listener
) -> None:
    case = imposed(cases, clock, "by-sms")
    heard.answer = lambda _: (200, b'{"id": "m-1"}')
    outbox.queue_new()
    assert outbox.send_due() == Sent(accepted=1)
    assert cases.case(case.id).delivered_at is None, "the gateway has it, the phone has not"
    with pytest.raises(Refused, match="knows of no message 'm-2'"):
        outbox.receipt("sms", "m-2", is_delivered=True)
    clock.wait(minutes=5)
    outbox.receipt("sms", "m-1", is_delivered=True)
    outbox.receipt("sms", "m-1", is_delivered=True)
    now = cases.case(case.id)
    assert now.delivered_at == int(clock.now.timestamp()) * 1_000_000
    assert [step.kind for step in cases.history(case.id)] == ["flagged", "imposed", "sent", "delivered"]
    assert cases.history(case.id)[-1].says.proof == "receipt of m-1"


def test_a_receipt_that_says_no_or_never_comes_is_a_failure(
    cases: Cases, clock: Clock, outbox: Outbox, heard: Listener
) -> None:
    imposed(cases, clock, "by-sms")
    heard.answer = lambda _: (200, b'{"id": "m-1"}')
    outbox.queue_new()
    outbox.send_due()
    outbox.receipt("sms", "m-1", is_delivered=False, why="switched off")
    outbox.receipt("sms", "m-1", is_delivered=False, why="switched off")
    assert outbox.send_due() == Sent()
    clock.wait(seconds=AGAIN_SECONDS[0])
    assert outbox.send_due() == Sent(accepted=1)
    clock.wait(seconds=RECEIPT_SECONDS)
    assert outbox.send_due() == Sent(accepted=1), "no receipt within a day"
    assert attempts(cases) == [(1, "accepted"), (2, "failed"), (3, "accepted"), (4, "accepted")]


def test_what_became_of_it_is_told_to_the_cent(cases: Cases, clock: Clock, outbox: Outbox, heard: Listener) -> None:
    case = imposed(cases, clock)
    outbox.queue_new()
    outbox.send_due()
    with cases.writing() as desk:
        desk.appeal("a", case.id, by="driver", role="party", words="No.")
        desk.decide("d", case.id, outcome="overturned", by="ruth", why="an error", seen=case.steps + 3)
    other = imposed(cases, clock, decision="trip-2")
    clock.wait(days=22)
    with cases.writing() as desk:
        desk.lapse_due()
    never = matter(decision="trip-3")
    with cases.writing() as desk:
        desk.flag("f3", never, by="gate", of_day=TERMS)
        desk.withdraw("w3", never.id, by="lena", role="reviewer", why="a campaign")
    assert outbox.queue_new() == 4
    outbox.send_due()
    told = [(m["kind"], m["text"]) for m in messages(heard)]
    assert [kind for kind, _ in told] == ["imposed", "appealed", "remedied", "imposed", "lapsed"]
    assert "人工复核决定：撤销。退回 80.00 元，已经在您的账上。理由见" in told[2][1]
    assert "期限内没有人作出决定，原决定自动失效。退回 80.00 元，已经在您的账上。" in told[4][1]
    assert other.id not in {m["case"] for m in messages(heard)[:3]}


def test_what_nobody_is_told_of_holds_up_nothing(cases: Cases, clock: Clock, outbox: Outbox, heard: Listener) -> None:
    """Flags that were withdrawn before they took effect, more than one round reads."""
    for n in range(5):
        flag = matter(decision=f"never-{n}")
        with cases.writing() as desk:
            desk.flag(f"f{n}", flag, by="gate", of_day=TERMS)
            desk.withdraw(f"w{n}", flag.id, by="lena", role="reviewer", why="a campaign")
    imposed(cases, clock)
    assert outbox.queue_new(most=2, since=clock.now + timedelta(seconds=1)) == 0, "told by another channel"
    assert outbox.queue_new(most=2) == 1
    assert outbox.queue_new(most=2) == 0


def test_notices_are_added_and_never_altered(cases: Cases, clock: Clock, outbox: Outbox, heard: Listener) -> None:
    imposed(cases, clock)
    outbox.queue_new()
    outbox.send_due()
    for table in ("notices", "notice_attempts"):
        for statement in (f"UPDATE {table} SET at = 0", f"DELETE FROM {table}"):
            with (
                pytest.raises((DBAPIError, database.Unavailable), match="never altered"),
                database.writing(cases.engine) as connection,
            ):
                connection.execute(text(statement))


def test_a_link_ends_with_its_time(cases: Cases, clock: Clock, outbox: Outbox, heard: Listener) -> None:
    case = imposed(cases, clock)
    outbox.queue_new()
    clock.wait(hours=1)
    outbox.send_due()
    link = messages(heard)[0]["link"].rpartition("/")[2]
    began = (clock.now - timedelta(hours=1)).timestamp()
    assert open_link(KEYS, link, began) == Opens(case.id, "driver", int(began) + 90 * 86_400)
