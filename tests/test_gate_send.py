"""`guiju gate send`: records become decisions, once; what passes by itself is waited for, and what does not is said."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("litestar", reason="the service needs the extra [web]")

from gate_service import SET, Service, event, stored
from guiju.records.errors import BadInput
from guiju.web.calling import Action, Calling, Outcome, Stopped
from guiju.web.keys import new_key
from guiju.web.sending import Pace, Sent, deliver
from ports import free_port
from shell import Shell


def records(folder: Path, events: list[dict[str, Any]]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "orders.jsonl").write_text("".join(json.dumps(one) + "\n" for one in events))
    return folder


def test_a_platform_sends_its_day_and_sends_it_again(shell: Shell, tmp_path: Path):
    """The counts are the backtest's, whatever order the file has, and nothing is decided twice."""
    day = [event(n, buyer=f"b{n % 3}") for n in range(200)]
    folder, (secret, line) = records(tmp_path / "day", day[::-1]), new_key("feeder", ["decide"])
    (tmp_path / "keys.yaml").write_text(line)
    (tmp_path / "feeder.key").write_text(secret + "\n")
    with Service(tmp_path / "journal", "--keys", str(tmp_path / "keys.yaml")) as service:
        to = ("--url", f"http://127.0.0.1:{service.port}", "--key-file", tmp_path / "feeder.key", "--batch", 64)
        told = shell.done("gate", "send", folder, *to)
        before = [one["decision"] for one in stored(tmp_path / "journal")]
        assert shell.done("gate", "send", folder, *to) == told
        assert [one["decision"] for one in stored(tmp_path / "journal")] == before
        assert "the key is not known" in shell.refused("gate", "send", folder, *to[:2])
        assert "the key is not known" in shell.refused("gate", "send", folder, *to[:2], "--key", "guiju_other")
    assert [one["id"] for one in before] == [
        one["id"] for one in sorted(day, key=lambda e: (e["occurred_at"], e["id"]))
    ]
    tested = shell.done("gate", "backtest", SET, "--records", folder, "--out", tmp_path / "tested")
    for action, word in (("allow", "allowed"), ("hold", "held")):
        n = sum(one["action"] == action for one in before)
        assert n > 0
        assert f"{n} {action}" in told
        assert f"{word} {n}" in " ".join(tested.split())


def test_what_is_no_event_and_what_was_decided_otherwise_is_told(shell: Shell, tmp_path: Path):
    good, bad = [event(n) for n in range(3)], event(7) | {"occurred_at": "yesterday"}
    folder = records(tmp_path / "day", [*good, bad])
    with Service(tmp_path / "journal") as service:
        to = ("--url", f"http://127.0.0.1:{service.port}")
        said = shell("gate", "send", folder, *to)
        assert said.status == 1
        assert "3 events answered" in said.out
        assert "1 row set aside and not sent; the first is orders.jsonl line 4" in said.err
        records(folder, [good[0] | {"gross_amount": "99.00"}, *good[1:]])
        said = shell("gate", "send", folder, *to)
        assert said.status == 1
        assert "refused 1: " in said.err
        assert "not one of 1 rows in orders is good" in shell.refused(
            "gate", "send", records(tmp_path / "none", [bad]), *to
        )


def test_who_is_not_there_is_said_at_once(shell: Shell, tmp_path: Path):
    folder = records(tmp_path / "day", [event(1)])
    told = shell.refused("gate", "send", folder, "--url", f"http://127.0.0.1:{free_port()}")
    assert "it does not answer" in told
    assert "begin guiju gate serve" in told
    assert "is no address" in shell.refused("gate", "send", folder, "--url", "gate.example")
    key = tmp_path / "key"
    key.write_text("guiju_x")
    assert "by https" in shell.refused("gate", "send", folder, "--url", "http://gate.example", "--key-file", key)
    assert "name a file" in shell.refused("gate", "send", folder, "--key-file", tmp_path / "none")
    key.write_text("\n")
    assert "holds no key" in shell.refused("gate", "send", folder, "--key-file", key)
    assert "two paces" in shell.refused("gate", "send", folder, "--rate", 1, "--speed", 2)
    with gate(lambda events: (404, b"<html>")) as url:
        assert "as no gate does" in shell.refused("gate", "send", folder, "--url", url)


Answer = Callable[[list[dict[str, Any]]], tuple[int, bytes]]


@contextmanager
def gate(answer: Answer, described: bool = False) -> Iterator[str]:
    """A service that answers what a test says."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            of = {"openapi": "3.1.0", "x-guiju": {"set": "s", "stream": "orders"}}
            self._send(*((200, json.dumps(of).encode()) if described else answer([])))

        def do_POST(self) -> None:
            self._send(*answer(json.loads(self.rfile.read(int(self.headers["content-length"])))))

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def problem(status: int, detail: str) -> bytes:
    return json.dumps({"type": "t", "title": "t", "status": status, "detail": detail}).encode()


BUSY = {"status": 503, "problem": {"type": "t", "title": "t", "status": 503, "detail": "the disk is full"}}


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.booleans(), max_size=4), max_size=3), st.booleans())
def test_what_cannot_be_decided_now_is_sent_again_and_nothing_else(without_pauses, busy, whole):
    """Whichever events of a batch are put off, and however often: each gets one decision, in its place."""
    left, decided = [[*one] for one in busy], list[str]()
    away = [whole]

    def answer(events: list[dict[str, Any]]) -> tuple[int, bytes]:
        if away.pop() if away else False:
            return 503, problem(503, "the disk is full")
        put_off = left.pop(0) if left else []
        outcomes = []
        for place, one in enumerate(events):
            if place < len(put_off) and put_off[place]:
                outcomes.append(BUSY)
            else:
                decided.append(one["id"])
                outcomes.append({"status": 200, "decision": {"id": one["id"], "action": f"a{one['id']}"}})
        return 200, json.dumps(outcomes).encode()

    with gate(answer) as url:
        service = Calling(url, patience_s=60)
        told = service.decide([{"id": str(n)} for n in range(4)], "s")
        service.close()
    assert [one.decision.action for one in told] == ["a0", "a1", "a2", "a3"]
    assert sorted(decided) == ["0", "1", "2", "3"]


@pytest.fixture(scope="module")
def without_pauses() -> Iterator[None]:
    """What is asked is what is sent again, not how long is waited."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("guiju.web.calling.LEAST_S", 0.001)
        yield


def test_patience_ends_with_a_sentence_and_a_caller_who_is_gone_ends_it_at_once(tmp_path: Path):
    with gate(lambda events: (503, problem(503, "the disk is full"))) as url:
        service = Calling(url, patience_s=0.2)
        with pytest.raises(BadInput, match=r"0\.2 seconds the disk is full; send the same records again"):
            service.decide([{"id": "1"}], "s")
        looks = iter([True, True])
        with pytest.raises(Stopped):
            Calling(url, goes_on=lambda: next(looks, False)).decide([{"id": "1"}], "s")


class Counting(Calling):
    """Decides on everything by itself, and keeps the batches."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1")
        self.batches: list[list[str]] = []

    def decide(self, events, of):
        self.batches.append([one["id"] for one in events])
        return [Outcome(200, Action("allow")) for _ in events]


def test_a_pace_sends_what_is_due_and_without_one_batches_are_full(monkeypatch: pytest.MonkeyPatch):
    at = datetime(2026, 6, 10, tzinfo=UTC)
    events = [{"id": str(n), "occurred_at": at + timedelta(seconds=10 * n)} for n in range(10)]
    fast, sent = Counting(), Sent("s")
    deliver(iter(events), fast, sent, batch=4)
    assert [len(batch) for batch in fast.batches] == [4, 4, 2]
    assert sent.actions == {"allow": 10}

    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr("time.sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    for pace, seconds in ((Pace(rate=2), 4.5), (Pace(speed=5), 18.0)):
        slow, begun = Counting(), now[0]
        deliver(iter(events), slow, Sent("s"), pace, batch=4)
        assert now[0] - begun == pytest.approx(seconds)
        assert [len(batch) for batch in slow.batches] == [1] * 10
