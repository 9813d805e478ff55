"""All routes of cases as one ASGI application."""

from __future__ import annotations

from functools import cache

from litestar import Litestar, MediaType, Response, get
from litestar.datastructures import ResponseHeader, State

from guiju.cases import Cases
from guiju.cases.links import page_headers
from guiju.web.cases import (
    affected,
    decisions,
    evidence,
    files,
    grouping,
    notifying,
    platform_side,
    reading,
    reporting,
    reviewing,
    statements,
)
from guiju.web.cases.admission import admit, may
from guiju.web.cases.answering import DEPENDENCIES, It, problems
from guiju.web.cases.description import description
from guiju.web.cases.office import Office
from guiju.web.cases.page import routes as page
from guiju.web.cases.refusals import HANDLERS

MOST_BYTES = 4 << 20  # of a body that is no attachment


@get("/health", opt=may(), sync_to_thread=False, security=[{}])
def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "up"}


@get("/ready", opt=may(), security=[{}], responses=problems(503))
async def ready(it: It) -> dict[str, str]:
    """The database answers."""
    await it.read(_asks)
    return {"status": "ready"}


def _asks(cases: Cases) -> None:
    cases.queue(most=1)


@get("/openapi.json", opt=may(), sync_to_thread=False, include_in_schema=False)
def openapi() -> Response[bytes]:
    return Response(document(), media_type=MediaType.JSON)


@cache
def document() -> bytes:
    """What `/openapi.json` answers."""
    return description(ROUTES)


ROOMS = (
    *(reading, statements, files, evidence, platform_side, decisions, notifying),
    *(affected, reviewing, grouping, reporting, page),
)
ROUTES = [health, ready, openapi, *(route for room in ROOMS for route in room.ROUTES)]


def application(office: Office) -> Litestar:
    """The service on what the office has."""
    document()  # made before anybody waits for it
    return Litestar(
        ROUTES,
        state=State({"office": office}),
        on_startup=[office.begin],
        on_shutdown=[office.end],
        guards=[admit],
        dependencies=DEPENDENCIES,
        exception_handlers=HANDLERS,
        request_max_body_size=MOST_BYTES,
        response_headers=[ResponseHeader(name=name, value=value) for name, value in page_headers().items()],
        openapi_config=None,
    )
