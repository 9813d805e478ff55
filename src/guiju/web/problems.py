"""What a caller is told when there is no decision: problem details (RFC 9457), one sentence with the cure."""

from __future__ import annotations

import msgspec

from guiju.gate import EventRefused, Full, Refused
from guiju.gate.rollout import NotNow, NotYours
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
    NotNow: 409, NotYours: 403,
}  # fmt: skip
ROLLOUT_TITLES = {403: "not allowed", 409: "not now", 422: "cannot be taken"}  # of what moves or shows a roll-out


class Problem(msgspec.Struct, omit_defaults=True):
    """The body of every answer that is no success; of a set's text that is refused, the place.

    zh: the detail in Chinese, where it is known.
    """

    type: str
    title: str
    status: int
    detail: str
    zh: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None


def problem(status: int, detail: str, title: str = "", at: Refused | None = None, zh: str = "") -> bytes:
    title = title or TITLES.get(status, "error")
    place = (at.file, at.line, at.column) if at else ()
    type = f"urn:guiju:problem:{title.replace(' ', '-')}"
    return msgspec.json.encode(Problem(type, title, status, detail, zh or None, *place))


def of_error(error: Exception) -> tuple[int, bytes]:
    """Status and body for an error that a caller, or the machine's keeper, can mend. Others are raised again."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind], problem(STATUS[kind], str(error))
    raise error


def of_rollout(error: Exception) -> tuple[int, bytes]:
    """The same for an error that moving or showing a roll-out gives."""
    status, _ = of_error(error)
    at = error if isinstance(error, Refused) else None
    return status, problem(status, str(error), ROLLOUT_TITLES.get(status, ""), at, getattr(error, "zh", ""))
