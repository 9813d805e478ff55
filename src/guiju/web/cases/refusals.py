"""What a caller is told when it is not done: problem details with one sentence, whatever went wrong."""

from __future__ import annotations

import logging
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException
from sqlalchemy.exc import TimeoutError as NoConnection

from guiju.cases import Stale
from guiju.ledger import Conflict, Refused
from guiju.ledger.database import Unavailable
from guiju.records.errors import BadInput
from guiju.web.problems import PROBLEM, problem

log = logging.getLogger("guiju.web")
TITLES = {
    400: "not readable", 401: "nobody known", 403: "not allowed", 404: "not here", 405: "method not allowed",
    406: "no such form", 409: "not possible as the case stands", 412: "gone on since", 413: "too large",
    415: "not of this kind", 422: "not what it says", 428: "say what you have seen", 429: "too many", 500: "our fault",
    503: "not now",
}  # fmt: skip
STATUS: dict[type[Exception], int] = {
    Stale: 412, Conflict: 409, Refused: 409, Unavailable: 503, NoConnection: 503, BadInput: 422,
}  # fmt: skip
AGAIN_SECONDS = "1"


def refused(status: int, detail: str) -> Response[bytes]:
    """An answer that says what is the matter."""
    headers = {"retry-after": AGAIN_SECONDS} if status == 503 else {}
    return Response(
        problem(status, detail, TITLES.get(status, "")), status_code=status, media_type=PROBLEM, headers=headers
    )


def _of_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if error.status_code >= 500:
        gone = "disconnected" in error.detail  # nobody is there to read the answer
        return refused(400, "not all of the body arrived") if gone else _of_fault(request, error)
    told = refused(error.status_code, _sentence(error))
    told.headers.update(error.headers or {})
    return told


def _sentence(error: HTTPException) -> str:
    """The framework's words, with the places that they are about."""
    extra = error.extra if isinstance(error.extra, list) else []
    places = [
        f"{e.get('key') or e.get('source', 'body')}: {e['message']}"
        for e in extra
        if isinstance(e, dict) and "message" in e
    ]
    return "; ".join(places) or error.detail


def _of_guiju(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if isinstance(error, NoConnection):
        return refused(status, "the database has no connection free; make the same call again in a moment")
    return refused(status, str(error))


def _of_fault(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    log.error("fault", exc_info=error)
    return refused(500, "something is wrong here, and is written in the log; nothing was done")


def _of_depth(_: Request[Any, Any, Any], error: RecursionError) -> Response[bytes]:
    return refused(400, "the body is nested too deep to be read")


HANDLERS: dict[Any, Any] = {
    HTTPException: _of_framework, BadInput: _of_guiju, NoConnection: _of_guiju, RecursionError: _of_depth,
    Exception: _of_fault,
}  # fmt: skip
