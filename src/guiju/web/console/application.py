"""All pages of the console as one ASGI application."""

from __future__ import annotations

from litestar import Litestar, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.types import Message, Scope

from guiju.web.console.admission import admit, may
from guiju.web.console.answering import DEPENDENCIES
from guiju.web.console.console import Console
from guiju.web.console.parts import KINDS, parts, statics
from guiju.web.console.refusals import HANDLERS, NotHere

MOST_BYTES = 1 << 20  # of a form
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
    """A file that is served as it is; its address changes when it does, so it may be kept."""
    if (content := statics().get(name)) is None:
        raise NotHere("there is no such file")
    kind = next(kind for end, kind in KINDS.items() if name.endswith(end))
    return Response(content, media_type=kind, headers={"cache-control": "public, max-age=31536000, immutable"})


async def _with_headers(message: Message, _: Scope) -> None:
    """Every answer says what a browser may do with it, refusals too."""
    if message["type"] == "http.response.start":
        said = {name.lower() for name, _ in message["headers"]}
        its = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
        message["headers"] = [*message["headers"], *(pair for pair in its if pair[0] not in said)]


ROUTES: list[HTTPRouteHandler] = [health, static, *(route for part in parts() for route in part.routes)]


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
