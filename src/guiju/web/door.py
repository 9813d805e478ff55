"""The way in: the decisions route is answered here, without a framework in between; all else by the application."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import msgspec

from guiju.records.errors import BadInput
from guiju.web.deciding import Deciding, Known
from guiju.web.keys import Keys, Scope
from guiju.web.metrics import Metrics
from guiju.web.problems import PROBLEM, of_error, problem

MOST_BYTES = 4 << 20  # of a request's body
DECISIONS = "/v1/decisions"
Scopes = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
log = logging.getLogger("guiju.web")


class Reply(NamedTuple):
    """What is sent back."""

    status: int
    body: bytes
    kind: str = "application/json"


class TooLarge(Exception):
    """A body of more than MOST_BYTES."""


class Gone(Exception):
    """The client hung up before all of its request was here."""


class Door:
    """An ASGI application: decisions, and beside them `application` for everything else."""

    def __init__(self, deciding: Deciding, keys: Keys, metrics: Metrics, application: Any) -> None:
        self.deciding, self.keys, self.metrics, self.application = deciding, keys, metrics, application

    async def __call__(self, scope: Scopes, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != DECISIONS or scope["method"] == "GET":
            await self.application(scope, receive, send)
            return
        begun = time.perf_counter()
        try:
            reply = await self._reply(scope, dict(scope["headers"]), receive)
        except Gone:
            return
        self.metrics.answered(reply.status, time.perf_counter() - begun)
        if reply.status >= 400:
            log.info("refused", extra={"status": reply.status})
        length = str(len(reply.body)).encode()
        start = [(b"content-type", reply.kind.encode()), (b"content-length", length)]
        if reply.status == 401:
            start.append((b"www-authenticate", b"Bearer"))
        if reply.status == 405:
            start.append((b"allow", b"GET, POST"))
        if reply.status == 503:
            start.append((b"retry-after", b"1"))
        await send({"type": "http.response.start", "status": reply.status, "headers": start})
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(self, scope: Scopes, headers: dict[bytes, bytes], receive: Receive) -> Reply:
        if scope["method"] != "POST":
            return _problem(405, "send events with POST; GET asks for decisions")
        if refusal := self.refusal(headers.get(b"authorization"), "decide"):
            return refusal
        try:
            body = await _body(headers, receive)
        except TooLarge:
            return _problem(413, f"a request holds at most {MOST_BYTES:,} bytes; send several")
        named = parse_qs(scope["query_string"].decode("latin-1")).get("set")
        if named and named != [self.deciding.set.name]:
            return _problem(404, f"there is no set {named[-1]!r} here; this gate asks {self.deciding.set.name}")
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower().decode("latin-1")
        return await self.answer(body, kind)

    def refusal(self, authorization: bytes | None, needed: Scope) -> Reply | None:
        """What a caller is told who may not do what is asked; None if it may."""
        caller = self.keys.caller(authorization)
        if caller is None:
            return _problem(401, "send Authorization: Bearer and a key that this gate knows")
        if needed not in caller.scopes:
            return _problem(403, f"the key {caller.name} may not {needed}; ask for that scope")
        return None

    async def answer(self, body: bytes, kind: str) -> Reply:
        """Decide on a body's events. One event is answered by its decision or problem, a batch by a list of them."""
        try:
            events, batch = self.deciding.events.read(body, kind)
        except BadInput as error:
            return Reply(*of_error(error), PROBLEM)
        outcomes = await self.deciding.decide(events)
        if not batch:
            (one,) = outcomes
            return Reply(200, one.body) if isinstance(one, Known) else Reply(*of_error(one), PROBLEM)
        bodies, statuses = [], []
        for outcome in outcomes:
            known = isinstance(outcome, Known)
            status, text = (200, outcome.body) if known else of_error(outcome)  # type: ignore[union-attr,arg-type]
            statuses.append(status)
            bodies.append(b'{"status":%d,"%b":%b}' % (status, b"decision" if known else b"problem", text))
        if statuses and set(statuses) == {503}:
            return _problem(503, msgspec.json.decode(text)["detail"])
        return Reply(200, b"[" + b",".join(bodies) + b"]")


async def _body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    stated = headers.get(b"content-length", b"")
    if stated.isdigit() and int(stated) > MOST_BYTES:
        raise TooLarge
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += bytes(message.get("body", b""))
        if len(body) > MOST_BYTES:
            raise TooLarge
        if not message.get("more_body"):
            return body


def _problem(status: int, detail: str) -> Reply:
    return Reply(status, problem(status, detail), PROBLEM)
