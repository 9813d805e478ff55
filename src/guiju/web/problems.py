"""What a caller is told when there is no decision: problem details (RFC 9457), one sentence with the cure."""

from __future__ import annotations

import msgspec

from guiju.gate import EventRefused, Full
from guiju.records.errors import BadInput
from guiju.web.deciding import Conflict, Unavailable
from guiju.web.events import NotJson, NotThis

PROBLEM = "application/problem+json"
TITLES = {
    400: "not readable", 401: "no valid key", 403: "not allowed", 404: "not found", 405: "method not allowed",
    409: "decided otherwise before", 413: "too large", 422: "no event of this stream", 503: "cannot decide now",
}  # fmt: skip
STATUS: dict[type[Exception], int] = {
    NotJson: 400, NotThis: 422, EventRefused: 422, Conflict: 409, Unavailable: 503, Full: 503, BadInput: 422,
}  # fmt: skip


class Problem(msgspec.Struct):
    """The body of every answer that is no success."""

    type: str
    title: str
    status: int
    detail: str


def problem(status: int, detail: str) -> bytes:
    title = TITLES.get(status, "error")
    return msgspec.json.encode(Problem(f"urn:guiju:problem:{title.replace(' ', '-')}", title, status, detail))


def of_error(error: Exception) -> tuple[int, bytes]:
    """Status and body for an error that a caller, or the machine's keeper, can mend. Others are raised again."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind], problem(STATUS[kind], str(error))
    raise error
