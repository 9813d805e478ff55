"""Webhooks: every hold and review is told to every endpoint that asks for it, in order, whoever is down meanwhile."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventually import eventually
from gate_service import SET, Service, event, stored
from listening import Listener, Posted, listening

pytest.importorskip("litestar", reason="the service needs the extra [web]")
pytest.importorskip("granian", reason="the service needs the extra [web]")

from guiju.cases.notices.signing import Forged, check, new_secret
from guiju.gate import load
from guiju.journal import Journal
from guiju.records.errors import BadInput
from guiju.web.webhooks.endpoints import Endpoint, load_endpoints
from guiju.web.webhooks.outbox import Outbox
from guiju.web.webhooks.sending import DAY_SECONDS, Sending, told
from shell import Shell
from test_gate_queries import decided

SECRET = new_secret()


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUIJU_WEBHOOK_SECRET", SECRET)


def endpoint(heard: Listener, **other: Any) -> Endpoint:
    return Endpoint(
        **{"name": "desk", "url": heard.url, "secrets": ("$GUIJU_WEBHOOK_SECRET",), "timeout_seconds": 60} | other
    )


def until(sending: Sending, done: Callable[[], bool]) -> None:
    eventually(lambda: done() or (sending.read() + sending.send() and False), pause_seconds=0.002)


def empty(sending: Sending, name: str = "desk") -> Callable[[], bool]:
    return lambda: not sending.outbox.counts(name).waiting


def held(journal: Path) -> dict[str, dict[str, Any]]:
    """The journal's decisions that are told, by the id of their message's end."""
    return {e["decision"]["id"]: e["decision"] for e in stored(journal) if e["decision"]["action"] != "allow"}


def data(posted: Posted) -> dict[str, Any]:
    check([SECRET], posted.headers, posted.body, time.time())
    body = json.loads(posted.body)
    assert body["type"] == f"decision.{body['data']['action']}"
    assert body["timestamp"] == body["data"]["decision_at"]
    return dict(body["data"])


def begun(journal: Path, *endpoints: Endpoint, clock: Callable[[], float] = time.time) -> Sending:
    """A sending on a journal that holds the set's text alone."""
    if not journal.is_dir():
        decided(journal, [])
    return Sending(journal, list(endpoints), clock)


def test_every_hold_is_told_signed_and_in_order(tmp_path: Path) -> None:
    with listening() as heard:
        sending = begun(tmp_path / "j", endpoint(heard))
        decided(tmp_path / "j", [event(n) for n in range(120)])
        until(sending, lambda: sending.outbox.read_up_to("desk") == 121)
        until(sending, empty(sending))
        expected, got = held(tmp_path / "j"), [data(posted) for posted in heard.posted]
        assert len(expected) > 50
        assert {one["id"]: one for one in got} == expected
        assert len(got) == len(expected), "nothing failed, so nothing was sent twice"
        for seller in ("s0", "s1", "s2"):
            of = [int(one["id"][1:]) for one in got if f"s{int(one['id'][1:]) % 3}" == seller]
            assert of == sorted(of)
        with pytest.raises(Forged):
            check([new_secret()], heard.posted[0].headers, heard.posted[0].body, time.time())
        sending.close()


def test_an_endpoint_that_fails_is_asked_again_and_holds_up_its_subject_alone(tmp_path: Path) -> None:
    clock = Clock()
    with listening() as heard:
        sending = begun(tmp_path / "j", endpoint(heard), clock=clock)
        decided(tmp_path / "j", [event(n) for n in range(60)])
        ids = [int(id[1:]) for id in held(tmp_path / "j")]
        first = min(n for n in ids if n % 3 == 1)
        heard.answer = lambda posted: (500, b"") if json.loads(posted.body)["data"]["id"] == f"o{first}" else (200, b"")
        others = sum(n % 3 != 1 for n in ids)
        until(sending, lambda: sending.outbox.counts("desk").sent == others)
        attempts = [n for n in (int(json.loads(p.body)["data"]["id"][1:]) for p in heard.posted) if n % 3 == 1]
        assert attempts == [first]
        for wait in (7.6, 15.1, 30.1):
            until(sending, lambda: not sending._on_their_way)
            clock.now += wait  # more than the longest pause before the next attempt
            seen = len(heard.posted)
            until(sending, lambda seen=seen: len(heard.posted) == seen + 1)
        heard.answer = lambda posted: None if len(heard.posted) % 5 == 0 else (204, b"")
        for _ in range(40):
            clock.now += 4_000
            sending.send()
            until(sending, lambda: not sending._on_their_way)
        until(sending, empty(sending))
        told_in_turn = list(dict.fromkeys(int(json.loads(p.body)["data"]["id"][1:]) for p in heard.posted))
        assert [n for n in told_in_turn if n % 3 == 1] == sorted(n for n in ids if n % 3 == 1)
        same = {posted.headers["webhook-id"] for posted in heard.posted if f'"o{first}"'.encode() in posted.body}
        assert len(same) == 1
        assert sending.outbox.counts("desk").sent == len(ids)
        sending.close()


def test_what_nobody_takes_is_given_up_listed_and_sent_again(tmp_path: Path, shell: Shell) -> None:
    clock = Clock()
    with listening() as heard:
        heard.answer = lambda _: (503, b"")
        sending = begun(tmp_path / "j", endpoint(heard, give_up_days=2), clock=clock)
        decided(tmp_path / "j", [event(n, seller="s") for n in range(40)])
        until(sending, lambda: sending.outbox.counts("desk").waiting > 20)
        number = sending.outbox.counts("desk").waiting
        clock.now += 2 * DAY_SECONDS + 1
        until(sending, lambda: sending.outbox.counts("desk").given_up == number)
        sending.close()
        said = shell("gate", "webhooks", tmp_path / "j").out
        assert f"desk: 0 sent, 0 waiting, {number} given up" in said
        assert said.count("127.0.0.1 answered 503") == number
        heard.answer = lambda _: (200, b"")
        heard.posted.clear()
        assert f"waiting anew: {number}" in shell("gate", "webhooks", tmp_path / "j", "--send-again").out
        clock.now = time.time()
        sending = begun(tmp_path / "j", endpoint(heard), clock=time.time)
        until(sending, empty(sending))
        order = [int(data(posted)["id"][1:]) for posted in heard.posted]
        assert (len(order), order) == (number, sorted(order))
        sending.close()


def test_each_endpoint_is_told_what_it_asks_for_from_when_it_is_named(tmp_path: Path) -> None:
    with listening() as heard, listening() as late:
        sending = begun(tmp_path / "j", endpoint(heard), endpoint(heard, name="reviews", actions=("review",)))
        decided(tmp_path / "j", [event(n) for n in range(60)])
        until(sending, lambda: sending.outbox.read_up_to("reviews") == 61)
        until(sending, empty(sending))
        assert sending.outbox.counts("reviews") == (0, 0, None, 0)
        sending.close()
        endpoints = [
            endpoint(heard),
            endpoint(late, name="late", triggers=("bursts",)),
            endpoint(late, name="no", triggers=("x",)),
        ]
        sending = begun(tmp_path / "j", *endpoints)
        assert sending.strange(load(SET)) == ["endpoint no names the trigger x, which gate_set does not have"]
        decided(tmp_path / "j", [event(n) for n in range(60, 90)])
        until(sending, lambda: sending.outbox.read_up_to("no") == 91)
        until(sending, empty(sending, "late"))
        until(sending, empty(sending))
        assert {data(p)["id"] for p in late.posted} == {id for id in held(tmp_path / "j") if int(id[1:]) >= 60}
        assert len(heard.posted) == len(held(tmp_path / "j"))
        sending.close()


def test_what_was_dropped_before_it_was_taken_is_given_up(tmp_path: Path) -> None:
    with listening() as heard:
        heard.answer = lambda _: (500, b"")
        clock = Clock()
        sending = begun(tmp_path / "j", endpoint(heard), clock=clock)
        for first in (0, 15, 30):
            of = [event(n, seller="s") for n in range(first, first + 15)]
            decided(tmp_path / "j", of, segment_bytes=5_000)
        until(sending, lambda: len(heard.posted) == 1)
        until(sending, lambda: not sending._on_their_way)
        before = held(tmp_path / "j")
        with Journal(tmp_path / "j", segment_bytes=5_000) as writer:
            writer.drop(32, "old")
            gone = writer.vouched
        heard.answer = lambda _: (200, b"")
        clock.now += 10
        until(sending, empty(sending))
        lost, left = sending.outbox.given_up(), held(tmp_path / "j")
        assert {one.why for one in lost} == {"its entry was dropped from the journal before it was taken"}
        assert max(one.sequence for one in lost) < gone
        assert [data(posted)["id"] for posted in heard.posted[1:]] == list(left)
        assert len(lost) + len(left) == len(before) > len(left)
        sending.close()


def test_an_older_copy_in_the_journals_place_is_told_from_where_it_ends(tmp_path: Path) -> None:
    with listening() as heard:
        sending = begun(tmp_path / "j", endpoint(heard))
        decided(tmp_path / "j", [event(n, seller="s", buyer="b") for n in range(10)])
        shutil.copytree(tmp_path / "j", tmp_path / "older")
        heard.answer = lambda _: (500, b"")
        decided(tmp_path / "j", [event(n, seller="s", buyer="b") for n in range(10, 40)])
        until(sending, lambda: sending.outbox.read_up_to("desk") == 41)
        until(sending, lambda: not sending._on_their_way)
        sending.close()
        shutil.copytree(tmp_path / "j" / "webhooks", tmp_path / "older" / "webhooks", dirs_exist_ok=True)
        heard.answer = lambda _: (200, b"")
        clock = Clock()
        clock.now += 60
        sending = begun(tmp_path / "older", endpoint(heard), clock=clock)
        decided(tmp_path / "older", [event(n, seller="s", buyer="b") for n in range(50, 60)])
        heard.posted.clear()
        until(sending, lambda: sending.outbox.read_up_to("desk") == 21)
        until(sending, empty(sending))
        assert [data(posted)["id"] for posted in heard.posted][-10:] == [f"o{n}" for n in range(50, 60)]
        assert {data(posted)["id"] for posted in heard.posted} <= set(held(tmp_path / "older"))
        sending.close()


REFUSED = {
    "a secret in the file": (f"[{{name: a, url: 'https://x', secrets: ['{SECRET}']}}]", "not written down"),
    "a secret that is not there": ("[{name: a, url: 'https://x', secrets: ['$NOT_THERE']}]", "environment's NOT_THERE"),
    "a file that is not there": ("[{name: a, url: 'https://x', secrets: ['/no/where']}]", "/no/where is not there"),
    "in the open": ("[{name: a, url: 'http://x', secrets: ['$GUIJU_WEBHOOK_SECRET']}]", "no https:// address"),
    "no secret": ("[{name: a, url: 'https://x', secrets: []}]", "length"),
    "an action": ("[{name: a, url: 'https://x', secrets: ['$A'], actions: [allow]}]", "allow"),
    "another word": ("[{name: a, uri: 'https://x'}]", "uri|missing"),
    "one name": (
        "[{name: a, url: 'https://x', secrets: ['$GUIJU_WEBHOOK_SECRET']},"
        " {name: a, url: 'https://y', secrets: ['$GUIJU_WEBHOOK_SECRET']}]", "one name"
    ),
    "no list": ("5", "docs/service.md"),
}  # fmt: skip


@pytest.mark.parametrize(("written", "why"), REFUSED.values(), ids=REFUSED)
def test_endpoints_that_cannot_be_used_are_refused(tmp_path: Path, written: str, why: str) -> None:
    (tmp_path / "endpoints.yaml").write_text(written)
    with pytest.raises(BadInput, match=why) as error:
        load_endpoints(tmp_path / "endpoints.yaml")
    assert SECRET not in str(error.value)


def test_an_outbox_is_of_one_journal(tmp_path: Path) -> None:
    Outbox(tmp_path, "aa").close()
    with pytest.raises(BadInput, match="is of another journal"):
        Outbox(tmp_path, "bb")
    assert told("hold", b'{"decision_at":"2026-06-10T00:00:00Z","x":"\xc3\xa9"}').endswith(b'"x":"\xc3\xa9"}}')


def test_a_service_that_is_killed_tells_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    with listening() as heard:
        file = tmp_path / "endpoints.yaml"
        file.write_text(f"[{{name: desk, url: '{heard.url}', secrets: ['{tmp_path}/secret']}}]")
        service = Service(tmp_path / "j", "--webhooks", str(file))
        service.decide([event(n) for n in range(90)])
        eventually(lambda: len(heard.posted) > 3)
        service.kill()
        logged = "".join(service.said)
        with Service(tmp_path / "j", "--webhooks", str(file)) as service:

            def told() -> str:
                metrics = service.ask("GET", "/metrics")[1].decode()
                waits = 'guiju_webhooks_waiting{endpoint="desk"} 0.0' not in metrics or len(heard.posted) <= 40
                return "" if waits else metrics

            assert 'guiju_webhooks_given_up{endpoint="desk"} 0.0' in eventually(told)
        got = {(one := data(posted))["id"]: one for posted in heard.posted}
        assert got == held(tmp_path / "j")
        logged += "".join(service.said)
        assert SECRET not in logged
        assert "o1" not in logged
