"""What all rooms' pages have: the choice of a set, a form of fields, and an answer that is exchanged as they change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response, get
from litestar.response import Redirect

from guiju.audit.report.words import Pair
from guiju.records.errors import BadInput
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, page, threaded
from guiju.web.console.desks import Desk
from guiju.web.console.records import sets
from guiju.web.console.rooms.asking import DAY, Asking, Field
from guiju.web.console.rooms.choosing import Choice, chosen, lacks
from guiju.web.console.rooms.listed import ROOMS, Listed


class Room(msgspec.Struct, kw_only=True):
    """A room's page. lead: its answer in a sentence or two; address: that of what is shown, for others too.

    problem: why nothing could be reckoned, in the words of the room that refused.
    """

    title: str
    choice: Choice
    fields: list[Field] = []
    lead: Pair = ("", "")
    address: str = ""
    problem: str = ""

    def is_moved(self, group: Pair) -> bool:
        """Whether a field of a group is not as usual, or wrong."""
        its = [one for one in self.fields if one.group == group]
        return any(one.problem or one.usual not in (one.value, one.shown[0]) for one in its)


class Offered(msgspec.Struct):
    """A room in the list: the words of its title and text, what it needs, and the sets that have it."""

    address: str
    title: str
    text: str
    needs: list[str]
    sets: list[str]


class List(msgspec.Struct):
    """All rooms; named: whether a folder of records was named."""

    rooms: list[Offered]
    named: bool


R = TypeVar("R", bound=Room)


@get("/rooms", opt=may(*STAFF))
@threaded
def rooms(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    known = sets(it)
    offered = [
        Offered(one.address, one.title, one.text, list(one.needs),
                [s.name for s in known if not lacks(s, one.needs)])
        for one in ROOMS
    ]  # fmt: skip
    return page(request, "rooms.html.j2", List(offered, it.records is not None))


def reckoned(
    request: Request[Any, Any, Any],
    it: It,
    of: Listed,
    tables: tuple[str, ...],
    template: str,
    content: type[R],
    make: Callable[[Desk, Asking, R], None],
) -> Response[Any]:
    """A room's page: the set that is chosen, opened with `tables`, and what `make` puts into the content of it.

    What an address holds and cannot be read is said at its field, and what BadInput says instead of the answer; both
    with the status 422. A slider sends a day as a number: who comes by a form is sent on to the address that says it.
    """
    query = dict(request.query_params)
    choice, path = chosen(it, query.get("set", ""), of.needs, of.example)
    told, asking = content(title=of.title, choice=choice), Asking(query)
    if path is None:
        return page(request, template, told)
    try:
        with it.desks.at(path, tables) as desk:
            make(desk, asking, told)
    except BadInput as error:
        told.problem = request.scope["visitor"].words.said(error)
    told.fields = asking.fields
    told.address = f"{request.url.path}?{asking.address(choice.name)}"
    by_htmx = request.headers.get("hx-request") == "true"
    if not by_htmx and not asking.is_wrong and _is_numbered(asking):
        return Redirect(told.address, status_code=303)
    answer = page(request, template, told, status=422 if told.problem or asking.is_wrong or choice.wrong else 200)
    if by_htmx:
        answer.headers["hx-replace-url"] = told.address
    return answer


def _is_numbered(asking: Asking) -> bool:
    return any(one.kind == DAY and asking.query.get(one.name, "").isdecimal() for one in asking.fields)


ROUTES = [rooms]
