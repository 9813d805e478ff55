"""Server-sent events for browsers: a reader who takes nothing for too long is cut off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
from litestar import Response
from litestar.response.streaming import ASGIStreamingResponse
from litestar.types import Receive, Send

HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}  # a proxy that gathers would hold them back


def message(text: str, id: int | None) -> bytes:
    """One event: text, and the id by which a reader who comes back says what it saw last."""
    lines = "".join(f"data: {line}\n" for line in text.splitlines())
    return ((f"id: {id}\n" if id is not None else "") + lines + "\n").encode()


class Streamed(Response[Any]):
    """Sends what `begin()` yields until it ends or the reader is gone.

    slow_s: how long one message may wait for its reader; then `too_slow` is called and the answer ends.
    """

    def __init__(self, begin: Callable[[], AsyncIterator[bytes]], slow_s: float, too_slow: Callable[[], None]) -> None:
        super().__init__(b"", media_type="text/event-stream", headers=HEADERS)
        self._begin, self._slow_s, self._too_slow = begin, slow_s, too_slow

    def to_asgi_response(self, app: Any, request: Any, **given: Any) -> Any:
        return _Sending(
            begin=self._begin, slow_s=self._slow_s, too_slow=self._too_slow, headers=HEADERS,
            media_type="text/event-stream", status_code=200,
        )  # fmt: skip


class _Sending(ASGIStreamingResponse):
    def __init__(self, *, begin: Any, slow_s: float, too_slow: Callable[[], None], **given: Any) -> None:
        super().__init__(iterator=iter(()), **given)
        self._begin, self._slow_s, self._too_slow = begin, slow_s, too_slow

    async def send_body(self, send: Send, receive: Receive) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(self._send, send, group.cancel_scope)
            await self._listen_for_disconnect(group.cancel_scope, receive)

    async def _send(self, send: Send, scope: anyio.CancelScope) -> None:
        stream: Any = self._begin()
        try:
            async for part in stream:
                with anyio.move_on_after(self._slow_s) as waited:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                if waited.cancelled_caught:
                    self._too_slow()
                    return
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            with anyio.CancelScope(shield=True):
                await stream.aclose()
            scope.cancel()
