"""All pages of the console as one ASGI application."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from litestar import Litestar, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import Message, Scope

from guiju.web.console import (
    cases,
    finding,
    findings,
    groups,
    kept,
    ledger,
    notices,
    opening,
    overview,
    pages,
    people,
    rulebook,
    service,
    signing_in,
)
from guiju.web.console.admission import admit, may
from guiju.web.console.answering import DEPENDENCIES
from guiju.web.console.console import Console
from guiju.web.console.gate import backtests, promotion
from guiju.web.console.gate import decisions as gate_decisions
from guiju.web.console.gate import triggers as gate_triggers
from guiju.web.console.gate import versions as gate_versions
from guiju.web.console.refusals import HANDLERS, NotHere
from guiju.web.console.rooms import dependence, growth, networks, ratings, room, season, shelf, stress, wind_down
from guiju.web.console.running import pages as running
from guiju.web.console.samples import pages as samples
from guiju.web.console.words import HERE

MOST_BYTES = 1 << 20  # of a form
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
POLICY = "; ".join(
    (
        *("default-src 'none'", "style-src 'self'", "img-src 'self'", "form-action 'self'"),
        *("script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"),
    )
)  # of scripts only htmx, on pages that change while they are looked at; nothing is evaluated
HEADERS = {
    "Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}  # fmt: skip


@get("/health", opt=may(), sync_to_thread=False)
def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "up"}


@get("/static/{name:str}", opt=may(), sync_to_thread=False)
def static(name: FromPath[str]) -> Response[bytes]:
    """A file of `static/`; its address changes when it does, so it may be kept."""
    if (content := _static().get(name)) is None:
        raise NotHere("there is no such file")
    kind = next(kind for end, kind in KINDS.items() if name.endswith(end))
    return Response(content, media_type=kind, headers={"cache-control": "public, max-age=31536000, immutable"})


@cache
def _static() -> dict[str, bytes]:
    found = (files(HERE) / "static").iterdir()
    return {file.name: file.read_bytes() for file in found if file.name.endswith(tuple(KINDS))}


async def _with_headers(message: Message, _: Scope) -> None:
    """Every answer says what a browser may do with it, refusals too."""
    if message["type"] == "http.response.start":
        said = {name.lower() for name, _ in message["headers"]}
        its = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
        message["headers"] = [*message["headers"], *(pair for pair in its if pair[0] not in said)]


ROOMS = (
    signing_in,
    overview,
    findings,
    finding,
    opening,
    cases,
    groups,
    notices,
    samples,
    service,
    ledger,
    rulebook,
    room,
    shelf,
    dependence,
    stress,
    wind_down,
    season,
    networks,
    growth,
    ratings,
    gate_triggers,
    gate_decisions,
    gate_versions,
    promotion,
    backtests,
    pages,
    running,
    people,
    kept,
)
ROUTES: list[HTTPRouteHandler] = [health, static, *(route for room in ROOMS for route in room.ROUTES)]


def application(console: Console) -> Litestar:
    """The pages on what a console has."""
    return Litestar(
        ROUTES,
        state=State({"console": console}),
        guards=[admit],
        dependencies=DEPENDENCIES,
        exception_handlers=HANDLERS,
        request_max_body_size=MOST_BYTES,
        before_send=[_with_headers],
        on_startup=[console.jobs.begin],
        openapi_config=None,
        logging_config=None,
    )
