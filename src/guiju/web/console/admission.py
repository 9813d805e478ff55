"""Who may do what: asked once, before a handler runs; a route that does not say who may is closed.

Every write must carry the token of its form, whoever sends it, and come from a page of ours.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Any
from urllib.parse import quote, urlsplit

import anyio
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import MethodNotAllowedException, NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from guiju.web.console.accounts import ADMIN, ANALYST, OPERATOR, REVIEWER
from guiju.web.console.console import Console
from guiju.web.console.drafts import Form
from guiju.web.console.visiting import SESSION, Visitor, visitor

STAFF = (ANALYST, REVIEWER, OPERATOR, ADMIN)
UNMASKING = (ANALYST, REVIEWER)  # whose work needs to know who it is
READ = ("GET", "HEAD")


class MustChange(NotAuthorizedException):
    """Signed in with a password that somebody else knows: it is changed before anything else."""


class SignedOut(NotAuthorizedException):
    """Nobody is signed in. page: where a form that was sent stands; sent: `kept` as a draft, `lost`, '' if neither."""

    page, sent = "/", ""


class SignedInAnew(NotAuthorizedException):
    """Something was sent from a form of an earlier session: it is a draft on `page`, to be looked at and sent again."""

    page = "/"


class Forged(PermissionDeniedException):
    """A write without the token of its form, or from another site's page."""


class Others(Forged):
    """A form that was opened by another account; what was written is kept for that one."""


class Elsewhere(PermissionDeniedException):
    """Asked under a name that is not ours: some other site's name leads here."""


def may(*roles: str, signs_in: bool = False, keeps: Form | None = None) -> dict[str, Any]:
    """What a route says of who may: its `opt`. No roles: anybody. signs_in: also those who must change a password.

    keeps: of a write, what is kept as a draft where its session has ended.
    """
    return {"may": roles, "signs_in": signs_in, "keeps": keeps}


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
            raise await _nobody(request, handler, console)
        if who.session.must_change and not handler.opt.get("signs_in"):
            raise MustChange("the password is to be changed first")
        if not who.is_one_of(*roles):
            raise PermissionDeniedException("the role of this account does not reach here")
    if request.method not in READ:
        await _check_form(request, handler, who, console)


def known(request: Request[Any, Any, Any], console: Console) -> Visitor:
    """Who asks; looked up once a request, also where it is refused."""
    if (found := request.scope.get("visitor")) is None:
        token = request.cookies.get(SESSION)
        session = console.sessions.of(token) if token else None
        found = request.scope["visitor"] = visitor(request, session, console.secure, console.zone)
    return found  # type: ignore[no-any-return]


async def _nobody(
    request: Request[Any, Any, Any], handler: BaseRouteHandler, console: Console
) -> NotAuthorizedException:
    """What is raised where nobody is signed in; what was sent is kept for whoever opened its form."""
    error = SignedOut("nobody is signed in")
    if request.method in READ or handler.opt.get("signs_in") or not _is_of_ours(request, console):
        return error
    error.sent, form = "lost", handler.opt.get("keeps")
    if form is None:
        before = urlsplit(request.headers.get("referer", ""))
        error.page = (
            before.path + (f"?{before.query}" if before.query else "") if console.is_ours(before.netloc) else "/"
        )
        return error
    sent, error.page = _texts(await request.form()), _page(request, form)
    owner = await anyio.to_thread.run_sync(console.drafts.owner, sent.get("form_token", ""))
    if owner is not None:
        await anyio.to_thread.run_sync(_keep, console, owner, form, error.page, sent)
        error.sent = "kept"
    return error


async def _check_form(
    request: Request[Any, Any, Any], handler: BaseRouteHandler, who: Visitor, console: Console
) -> None:
    """A write comes from a form of ours. Raises Forged, and SignedInAnew where it was one of an earlier session."""
    if not _is_of_ours(request, console):
        raise Forged("another site's page sent this")
    sent = await request.form()
    who.several = {name: [v for v in sent.getall(name) if isinstance(v, str)] for name in sent}
    who.form = _texts(sent)
    form: Form | None = handler.opt.get("keeps")
    who.page = _page(request, form) if form else ""
    token = who.form.get("form_token", "")
    if compare_digest(token.encode(), who.form_token.encode()):
        return
    owner = await anyio.to_thread.run_sync(console.drafts.owner, token) if form and who.session else None
    if form and owner is not None:
        await anyio.to_thread.run_sync(_keep, console, owner, form, who.page, who.form)
        if owner != who.account:
            raise Others("another account opened this form")
        error = SignedInAnew("the form was opened before this session")
        error.page = who.page
        raise error
    raise Forged("the form has no token, or that of another session")


def _is_of_ours(request: Request[Any, Any, Any], console: Console) -> bool:
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    return site in ("same-origin", "none") and (not origin or console.is_ours(urlsplit(origin).netloc))


def _texts(sent: Any) -> dict[str, str]:
    """Of every name in a form the last text; browsers end lines as typewriters do."""
    texts = {name: [v for v in sent.getall(name) if isinstance(v, str)] for name in sent}
    return {name: values[-1].replace("\r\n", "\n") for name, values in texts.items() if values}


def _page(request: Request[Any, Any, Any], form: Form) -> str:
    return form.page.format(**{name: quote(str(value), safe="") for name, value in request.path_params.items()})


def _keep(console: Console, account: str, form: Form, page: str, sent: dict[str, str]) -> None:
    console.drafts.keep(account, form.name, page, {name: sent[name] for name in form.fields if name in sent})
