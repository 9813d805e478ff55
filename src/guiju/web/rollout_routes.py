"""The roll-out over HTTP: `/v1/rollout` and what moves it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from guiju.records.errors import BadInput
from guiju.web.door import Door
from guiju.web.events import NotJson, NotThis
from guiju.web.keys import Key, Scope
from guiju.web.problems import PROBLEM, of_rollout
from guiju.web.rolling import MOST_LISTED, Promotion, Proposal, Reasoned, Rolling

T = TypeVar("T")
Asked: TypeAlias = "Request[Any, Any, Any]"


def routes(rolling: Rolling, door: Callable[[], Door]) -> list[Any]:
    """The handlers, for the application behind that door."""

    async def changed(request: Asked, kind: type[T], do: Callable[[str, T], Awaitable[None]]) -> Response[bytes]:
        caller = _caller(request, door(), "operate")
        if isinstance(caller, Response):
            return caller
        try:
            await do(caller.name, _body(await request.body(), kind))
        except BadInput as error:
            return _problem(error)
        return _answer(rolling.told())

    def looked(request: Asked, tell: Callable[[], Any]) -> Response[bytes]:
        caller = _caller(request, door(), "read")
        if isinstance(caller, Response):
            return caller
        try:
            return _answer(tell())
        except BadInput as error:
            return _problem(error)

    @get("/v1/rollout", sync_to_thread=False)
    def state(request: Asked) -> Response[bytes]:
        return looked(request, rolling.told)

    @get("/v1/rollout/differences", sync_to_thread=False)
    def differences(
        request: Asked,
        trigger: FromQuery[str | None] = None,
        action: FromQuery[str | None] = None,
        most: FromQuery[int] = 100,
    ) -> Response[bytes]:
        return looked(request, lambda: rolling.differences(trigger, action, max(1, min(most, MOST_LISTED))))

    @get("/v1/rollout/versions/{digest:str}", sync_to_thread=False)
    def version(request: Asked, digest: FromPath[str]) -> Response[bytes]:
        return looked(request, lambda: rolling.version(digest))

    @post("/v1/rollout/propose")
    async def propose(request: Asked) -> Response[bytes]:
        return await changed(request, Proposal, rolling.propose)

    @post("/v1/rollout/promote")
    async def promote(request: Asked) -> Response[bytes]:
        return await changed(request, Promotion, rolling.promote)

    @post("/v1/rollout/rollback")
    async def rollback(request: Asked) -> Response[bytes]:
        return await changed(request, Reasoned, rolling.rollback)

    @post("/v1/rollout/withdraw")
    async def withdraw(request: Asked) -> Response[bytes]:
        return await changed(request, Reasoned, rolling.withdraw)

    @post("/v1/rollout/conclude")
    async def conclude(request: Asked) -> Response[bytes]:
        return await changed(request, Reasoned, rolling.conclude)

    return [state, differences, version, propose, promote, rollback, withdraw, conclude]


def _caller(request: Asked, door: Door, needed: Scope) -> Key | Response[bytes]:
    given = request.headers.get("authorization")
    authorization = given.encode() if given else None
    if refusal := door.refusal(authorization, needed):
        return Response(refusal.body, status_code=refusal.status, media_type=PROBLEM)
    caller = door.keys.caller(authorization)
    assert caller is not None
    return caller


def _body(text: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise NotThis(f"{error}") from None
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise NotJson(f"{error}") from None


def _answer(told: Any) -> Response[bytes]:
    return Response(msgspec.json.encode(told), media_type="application/json", status_code=200)


def _problem(error: BadInput) -> Response[bytes]:
    status, text = of_rollout(error)
    return Response(text, status_code=status, media_type=PROBLEM)
