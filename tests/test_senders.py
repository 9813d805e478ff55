"""Senders against a real server on loopback: what arrives, what comes back, and what is worth another attempt."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
import pytest

from guiju.cases.notices.posting import NotSent
from guiju.cases.notices.senders import (
    Gateway,
    GatewayTerms,
    Message,
    Receipt,
    Webhook,
    WebhookTerms,
    load_senders,
)
from guiju.cases.notices.signing import check, new_secret
from guiju.records.errors import BadInput
from listening import Listener, listening

SECRET = new_secret()
MESSAGE = Message(
    id="n-1", kind="noticed", platform="yexing", case="c-1", party="d-17", address="+86 130", language="zh",
    text="订单 t-9：暂扣 32.00 元", link="https://x/c/TOKEN",
)  # fmt: skip


@pytest.fixture
def heard() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def test_a_webhook_is_signed_and_its_answer_kept(heard: Listener) -> None:
    heard.answer = lambda _: (202, b'{"id": "inbox-5"}')
    told = Webhook("platform", WebhookTerms(heard.url, (SECRET,))).send(MESSAGE)
    assert told == Receipt(202, "inbox-5", True)
    [posted] = heard.posted
    assert posted.path == "/in?x=1"
    assert check([SECRET], posted.headers, posted.body, time.time()) == "n-1"
    said = msgspec.json.decode(posted.body)
    assert said["type"] == "case.noticed"
    assert said["data"] == msgspec.structs.asdict(MESSAGE)


def test_a_gateway_gets_its_own_shape_and_says_its_own_id(heard: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMS_KEY", "Bearer 123")
    heard.answer = lambda _: (200, b'{"code": 0, "data": {"message_id": 77}}')
    terms = GatewayTerms(
        heard.url, {"to": ["{address}"], "content": {"text": "{text} {link}"}, "n": 1}, {"Authorization": "$SMS_KEY"},
        accepted={"code": 0}, id="data.message_id", delivered="receipt",
    )  # fmt: skip
    assert Gateway("sms", terms).send(MESSAGE) == Receipt(200, "77", False)
    [posted] = heard.posted
    assert posted.headers["authorization"] == "Bearer 123"
    assert msgspec.json.decode(posted.body) == {
        "to": ["+86 130"], "content": {"text": "订单 t-9：暂扣 32.00 元 https://x/c/TOKEN"}, "n": 1,
    }  # fmt: skip


def test_a_gateway_may_take_a_form(heard: Listener) -> None:
    Gateway("sms", GatewayTerms(heard.url, {"to": "{address}", "text": "{text}&x"}, form=True)).send(MESSAGE)
    assert parse_qs(heard.posted[0].body.decode()) == {"to": ["+86 130"], "text": ["订单 t-9：暂扣 32.00 元&x"]}


def test_what_fills_a_template_is_no_template(heard: Listener) -> None:
    """A driver who is called {link} gets no link."""
    Gateway("sms", GatewayTerms(heard.url, {"text": "{party}"})).send(
        msgspec.structs.replace(MESSAGE, party="{link}$HOME")
    )
    assert msgspec.json.decode(heard.posted[0].body) == {"text": "{link}$HOME"}


@pytest.mark.parametrize(
    ("status", "is_final"),
    [(500, False), (503, False), (429, False), (401, False), (307, False), (404, True), (422, True)],
)  # fmt: skip
def test_an_answer_other_than_2xx_is_not_sent(heard: Listener, status: int, is_final: bool) -> None:
    heard.answer = lambda _: (status, b"no")
    with pytest.raises(NotSent, match=f"127.0.0.1 answered {status}") as caught:
        Webhook("platform", WebhookTerms(heard.url, (SECRET,))).send(MESSAGE)
    assert (caught.value.status, caught.value.is_final) == (status, is_final)
    assert len(heard.posted) == 1, "a redirection is not followed"


def test_a_gateway_that_answers_200_and_no_is_not_sent(heard: Listener) -> None:
    heard.answer = lambda _: (200, b'{"code": 105, "msg": "no credit"}')
    with pytest.raises(NotSent, match="the gateway answers code 105") as caught:
        Gateway("sms", GatewayTerms(heard.url, {"to": "{address}"}, accepted={"code": 0})).send(MESSAGE)
    assert not caught.value.is_final


def test_no_answer_is_not_sent(heard: Listener) -> None:
    heard.answer = lambda _: None
    with pytest.raises(NotSent, match=r"127\.0\.0\.1 was not reached"):
        Webhook("platform", WebhookTerms(heard.url, (SECRET,))).send(MESSAGE)
    given_up = threading.Event()
    heard.answer = lambda _: given_up.wait() and None
    with pytest.raises(NotSent, match=r"did not answer within 0\.1 s"):
        Webhook("platform", WebhookTerms(heard.url, (SECRET,), timeout_seconds=0.1)).send(MESSAGE)
    given_up.set()
    with pytest.raises(NotSent, match="was not reached"):
        Webhook("platform", WebhookTerms("http://127.0.0.1:9/", (SECRET,))).send(MESSAGE)


def test_without_an_address_a_gateway_is_not_asked(heard: Listener) -> None:
    with pytest.raises(NotSent, match="no address of d-17") as caught:
        Gateway("sms", GatewayTerms(heard.url, {"to": "{address}"})).send(msgspec.structs.replace(MESSAGE, address=""))
    assert caught.value.is_final
    assert not heard.posted


def test_senders_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", SECRET)
    path = tmp_path / "senders.yaml"
    path.write_text(
        """
platform:
  webhook: {url: "https://example.com/guiju", secrets: [$HOOK]}
sms:
  gateway: {url: "https://sms.example.com/", body: {to: "{address}"}}
"""
    )
    senders = load_senders(path)
    assert [(name, type(one)) for name, one in senders.items()] == [("platform", Webhook), ("sms", Gateway)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: {}", "sender a is a webhook or a gateway"),
        ("a: {webhook: {url: 'http://example.com', secrets: [x]}}", "sent in the open"),
        ("a: {webhook: {url: 'https://example.com', secrets: []}}", "give a secret"),
        ("a: {webhook: {url: 'https://example.com', secrets: [x]}}", "make a new one"),
        ("a: {webhook: {url: 'https://example.com', secrets: [$NOT_THERE]}}", "has no NOT_THERE"),
        ("a: {gateway: {url: 'https://x', body: {to: '{adress}'}}}", "did you mean address"),
        ("a: {gateway: {url: 'https://x'}}", "missing required field `body`"),
        ("a: {pigeon: {}}", "unknown field `pigeon`"),
    ],
)
def test_senders_that_cannot_be_used(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "senders.yaml"
    path.write_text(text)
    with pytest.raises(BadInput, match=says):
        load_senders(path)
