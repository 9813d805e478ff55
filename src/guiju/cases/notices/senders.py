"""How a notice leaves: to the platform's own system as a signed webhook, or to an SMS gateway by a template.

Senders are named in a YAML file; whatever takes a message and answers with a receipt is one. A value written `$NAME` is
taken from the environment, so that the file holds no secret.

    platform:                                  # its name
      webhook: {url: "https://example.com/guiju", secrets: [$GUIJU_WEBHOOK_SECRET]}
    sms:
      gateway:
        url: https://sms.example.com/v1/messages
        headers: {Authorization: $SMS_AUTHORIZATION}
        body: {to: "{address}", text: "{text} {link}", ref: "{id}"}
        accepted: {code: 0}                    # what the answer must say, beside 2xx
        id: data.message_id                    # where in the answer the gateway's own id stands
        delivered: receipt                     # the phone's receipt comes later; or accepted
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol
from urllib.parse import urlencode, urlsplit

import msgspec

from guiju.cases.notices.posting import Answer, NotSent, post
from guiju.cases.notices.signing import key_of, signed
from guiju.records.errors import BadInput, hint

FIELD = re.compile(r"\{(\w+)\}")


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent. `id` is the same at every attempt, so a receiver can tell a repetition; `address` is where the
    party is reached (a telephone number, say), as the operator's list has it, or ''.
    """

    id: str
    kind: str
    platform: str
    case: str
    party: str
    address: str
    language: str
    text: str
    link: str


class Receipt(NamedTuple):
    """What came back: the status, the receiver's own id of the message, and whether the party has it."""

    status: int
    gateway_id: str
    is_delivered: bool


class Sender(Protocol):
    """Something that takes a message. Raises NotSent."""

    name: str

    def send(self, message: Message) -> Receipt: ...


class WebhookTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a webhook goes. The receiver answers 2xx when the party has the message, or when it will tell so later."""

    url: str
    secrets: tuple[str, ...]
    delivered: Literal["accepted", "receipt"] = "accepted"
    timeout_seconds: float = 10


class GatewayTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gateway's template; see the head of this file."""

    url: str
    body: dict[str, Any]
    headers: dict[str, str] = {}
    form: bool = False
    accepted: dict[str, Any] = {}
    id: str = ""
    delivered: Literal["accepted", "receipt"] = "accepted"
    timeout_seconds: float = 10


class SenderTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the two."""

    webhook: WebhookTerms | None = None
    gateway: GatewayTerms | None = None


class Webhook:
    """A JSON body of the message, signed as Standard Webhooks has it."""

    def __init__(self, name: str, terms: WebhookTerms, clock: Callable[[], float] = time.time) -> None:
        self.name, self._terms, self._clock = name, terms, clock
        self._secrets = tuple(_value(s, name) for s in terms.secrets)
        _is_address(terms.url, name)
        if not self._secrets:
            raise BadInput(f"sender {name}: give a secret that signs")
        for secret in self._secrets:
            key_of(secret)

    def send(self, message: Message) -> Receipt:
        data = {key: value for key, value in msgspec.structs.asdict(message).items() if value}
        body = msgspec.json.encode({"type": f"case.{message.kind}", "data": data})
        headers = signed(self._secrets, message.id, int(self._clock()), body)
        answer = post(
            self._terms.url, {"Content-Type": "application/json", **headers}, body, self._terms.timeout_seconds
        )
        return Receipt(answer.status, _at(answer, "id"), self._terms.delivered == "accepted")


class Gateway:
    """An SMS gateway, or whatever takes a POST of JSON or of a form."""

    def __init__(self, name: str, terms: GatewayTerms) -> None:
        self.name, self._terms = name, terms
        self._headers = {key: _value(value, name) for key, value in terms.headers.items()}
        _is_address(terms.url, name)
        known = set(Message.__struct_fields__)
        for field in FIELD.findall(str(terms.body)):
            if field not in known:
                raise BadInput(f"sender {name}: no message has {{{field}}}; {hint(field, known)}")
        self._body = _in_all(terms.body, lambda text: _value(text, name))
        self._needs_address = "{address}" in str(terms.body)

    def send(self, message: Message) -> Receipt:
        if self._needs_address and not message.address:
            raise NotSent(0, f"no address of {message.party} is known", is_final=True)
        fields = {key: str(value) for key, value in msgspec.structs.asdict(message).items()}
        filled = _in_all(self._body, lambda text: FIELD.sub(lambda found: fields[found[1]], text))
        if self._terms.form:
            kind, body = "application/x-www-form-urlencoded", urlencode(filled).encode()
        else:
            kind, body = "application/json", msgspec.json.encode(filled)
        answer = post(self._terms.url, {"Content-Type": kind, **self._headers}, body, self._terms.timeout_seconds)
        for where, needed in self._terms.accepted.items():
            found = _at(answer, where)
            if found != str(needed):
                raise NotSent(answer.status, f"the gateway answers {where} {found[:100] or 'not at all'}")
        return Receipt(answer.status, _at(answer, self._terms.id), self._terms.delivered == "accepted")


def load_senders(path: Path) -> dict[str, Sender]:
    """The senders of a file, by name. Raises BadInput."""
    try:
        terms = msgspec.yaml.decode(path.read_bytes(), type=dict[str, SenderTerms])
    except FileNotFoundError:
        raise BadInput(f"{path}: is not there; docs/redress.md shows how senders are written") from None
    except (msgspec.DecodeError, OSError) as error:
        raise BadInput(f"{path}: {error}") from None
    return {name: _sender(name, of, path) for name, of in terms.items()}


def _sender(name: str, of: SenderTerms, path: Path) -> Sender:
    if (of.webhook is None) == (of.gateway is None):
        raise BadInput(f"{path}: sender {name} is a webhook or a gateway, one of them")
    return Webhook(name, of.webhook) if of.webhook else Gateway(name, of.gateway)  # type: ignore[arg-type]


def _value(written: str, sender: str) -> str:
    """A value, or what the environment has under its `$NAME`."""
    if not re.fullmatch(r"\$[A-Za-z_]\w*", written):
        return written
    found = os.environ.get(written[1:], "")
    if not found:
        raise BadInput(f"sender {sender}: the environment has no {written[1:]}; set it before this is started")
    return found


def _is_address(url: str, sender: str) -> None:
    parts = urlsplit(url)
    on_this_machine = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and on_this_machine):
        raise BadInput(f"sender {sender}: {url} is no https:// address; notices are not sent in the open")


def _in_all(value: Any, change: Callable[[str], str]) -> Any:
    """A template's value with its texts changed, however deep they stand."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _in_all(inner, change) for key, inner in value.items()}
    return [_in_all(inner, change) for inner in value] if isinstance(value, list) else value


def _at(answer: Answer, where: str) -> str:
    """What an answer in JSON says at a place, as data.message_id; '' where it says nothing."""
    try:
        found = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        return ""
    for name in where.split("."):
        if not isinstance(found, dict) or name not in found:
            return ""
        found = found[name]
    return "" if found is None or isinstance(found, dict | list) else str(found)[:200]
