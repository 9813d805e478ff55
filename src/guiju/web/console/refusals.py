"""What somebody is told when it is not done: a page with one sentence, or problem details for whoever asks for JSON."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, NotAuthorizedException, NotFoundException
from litestar.response import Redirect

from guiju.ledger.database import Unavailable
from guiju.records.errors import BadInput
from guiju.web.console.admission import Elsewhere, Forged, MustChange, Others, SignedInAnew, SignedOut, known
from guiju.web.console.answering import page, wants_json
from guiju.web.problems import PROBLEM, problem

log = logging.getLogger("guiju.web")
TITLES = {
    400: "not readable", 401: "not signed in", 403: "not allowed", 404: "not found", 405: "method not allowed",
    409: "gone on since", 413: "too large", 429: "too many", 500: "our fault", 503: "not now",
}  # fmt: skip
TOLD = (400, 403, 404, 405, 413, 500, 503)  # statuses with a sentence of their own in words/


class Refusal(msgspec.Struct):
    """What the page of an error tells: the name of its sentence, and a detail in the words of the room that refused."""

    status: int
    says: str
    detail: str = ""


class NotHere(NotFoundException):
    """There is no such thing, or it is not this account's: which of them is not told."""


def _refused(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if error.status_code >= 500:
        return _fault(request, error)
    if isinstance(error, NotAuthorizedException) and not wants_json(request):
        return Redirect(_on(request, error), status_code=303)
    says = {Forged: "refused_forged", Others: "refused_others", Elsewhere: "refused_elsewhere"}.get(type(error), "")
    return told(request, error.status_code, error.detail, says)


def _on(request: Request[Any, Any, Any], error: NotAuthorizedException) -> str:
    """Where somebody goes on who is not signed in, or not as is needed."""
    if isinstance(error, MustChange):
        return "/password"
    if isinstance(error, SignedInAnew):
        return error.page
    at = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if isinstance(error, SignedOut) and request.method != "GET":
        return f"/sign-in?next={quote(error.page, safe='')}" + (f"&sent={error.sent}" if error.sent else "")
    return f"/sign-in?next={quote(at, safe='')}"


def told(
    request: Request[Any, Any, Any], status: int, sentence: str, says: str = "", detail: str = ""
) -> Response[Any]:
    """A refusal: `sentence` is for programs, `says` names the words of people."""
    if wants_json(request):
        return Response(
            problem(status, detail or sentence, TITLES.get(status, "")), status_code=status, media_type=PROBLEM
        )
    known(request, request.app.state.console)  # where it was refused before anybody asked who it is
    says = says or f"refused_{status if status in TOLD else 400}"
    return page(request, "refused.html.j2", Refusal(status, says, detail), status=status)


def _of_guiju(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    status = 503 if isinstance(error, Unavailable) else 422
    detail = known(request, request.app.state.console).words.said(error)
    return told(request, status, str(error), f"refused_{status}", str(error) if wants_json(request) else detail)


def _fault(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log.error("fault", exc_info=error)
    return told(request, 500, "something is wrong here, and is written in the log; nothing was done")


HANDLERS: dict[Any, Any] = {HTTPException: _refused, BadInput: _of_guiju, Exception: _fault}
