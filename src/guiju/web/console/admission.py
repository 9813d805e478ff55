"""Who may do what: asked once, before a handler runs; a route that does not say who may is closed.

Every write must carry the token of its form, whoever sends it, and come from a page of ours.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Any
from urllib.parse import urlsplit

import anyio
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import MethodNotAllowedException, NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from guiju.web.console.accounts import ADMIN, ANALYST, OPERATOR, REVIEWER
from guiju.web.console.console import Console
from guiju.web.console.visiting import SESSION, Visitor, visitor

STAFF = (ANALYST, REVIEWER, OPERATOR, ADMIN)
UNMASKING = (ANALYST, REVIEWER)  # whose work needs to know who it is
READ = ("GET", "HEAD")


class MustChange(NotAuthorizedException):
    """Signed in with a password that somebody else knows: it is changed before anything else."""


class Forged(PermissionDeniedException):
    """A write without the token of its form, or from another site's page."""


class Elsewhere(PermissionDeniedException):
    """Asked under a name that is not ours: some other site's name leads here."""


def may(*roles: str, signs_in: bool = False) -> dict[str, Any]:
    """What a route says of who may: its `opt`. No roles: anybody. signs_in: also those who must change a password."""
    return {"may": roles, "signs_in": signs_in}


async def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Litestar's guard of every route."""
    console: Console = connection.app.state.console
    request = Request[Any, Any, Any](connection.scope, connection.receive, connection.send)
    who = await anyio.to_thread.run_sync(known, request, console)
    roles = handler.opt.get("may")
    if roles is None:
        raise MethodNotAllowedException("nothing is done here in this way")
    if not console.is_ours(request.headers.get("host")):
        raise Elsewhere("this console is not served under that name")
    if roles:
        if who.session is None:
            raise NotAuthorizedException("nobody is signed in")
        if who.session.must_change and not handler.opt.get("signs_in"):
            raise MustChange("the password is to be changed first")
        if not who.is_one_of(*roles):
            raise PermissionDeniedException("the role of this account does not reach here")
    if request.method not in READ:
        await _check_form(request, who, console)


def known(request: Request[Any, Any, Any], console: Console) -> Visitor:
    """Who asks; looked up once a request, also where it is refused."""
    if (found := request.scope.get("visitor")) is None:
        token = request.cookies.get(SESSION)
        session = console.sessions.of(token) if token else None
        found = request.scope["visitor"] = visitor(request, session, console.secure)
    return found  # type: ignore[no-any-return]


async def _check_form(request: Request[Any, Any, Any], who: Visitor, console: Console) -> None:
    """A write comes from a form of ours. Raises Forged."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none") or (origin and not console.is_ours(urlsplit(origin).netloc)):
        raise Forged("another site's page sent this")
    sent = await request.form()
    who.several = {name: [v for v in sent.getall(name) if isinstance(v, str)] for name in sent}
    who.form = {name: values[-1] for name, values in who.several.items() if values}
    if not compare_digest(who.form.get("form_token", "").encode(), who.form_token.encode()):
        raise Forged("the form has no token, or that of another session")
