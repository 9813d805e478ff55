"""Signing in and out, and one's own password."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.response import Redirect

from guiju.web.console.accounts import SHORTEST, NotDone
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, Who, page, threaded
from guiju.web.console.visiting import SESSION, gone, kept

PARTYS = re.compile(r"/cases/[^/?]+\?(?:[^#]*&)?link=")  # the address that a notice gives, on the console's name


class SignIn(msgspec.Struct):
    """The form of signing in: what was typed, where to go then, and why it did not go.

    sent: of what was sent when nobody was signed in any more, `kept` or `lost`. is_partys: who came had a party's link,
    which opens at another address and needs no account.
    """

    name: str = ""
    next: str = "/"
    sent: str = ""
    problem: str = ""
    minutes: int = 0
    is_partys: bool = False


class NewPassword(msgspec.Struct):
    """The form of one's own password. first: it is the one that was given out."""

    first: bool
    problem: str = ""
    shortest: int = SHORTEST


@get("/sign-in", opt=may(), sync_to_thread=False)
def form(request: Request[Any, Any, Any], who: Who) -> Response[Any]:
    to, sent = inside(request.query_params.get("next")), _sent(request.query_params.get("sent"))
    if who.session:
        return Redirect(to, status_code=303)
    return page(request, "sign_in.html.j2", SignIn(next=to, sent=sent, is_partys=PARTYS.match(to) is not None))


@post("/sign-in", opt=may(), status_code=200)
@threaded
def sign_in(request: Request[Any, Any, Any], it: It, who: Who) -> Response[Any]:
    name, to = who.form.get("name", "").strip().lower()[:40], inside(who.form.get("next"))
    address = request.client.host if request.client else ""
    seconds = it.throttle.wait_seconds(address)
    signed = None if seconds else it.accounts.sign_in(name, who.form.get("password", "")[:1000])
    seconds = signed.locked_seconds if signed else seconds
    if signed is None or signed.account is None:
        problem = "sign_in_wait" if seconds else "sign_in_wrong"
        told = SignIn(name, to, _sent(who.form.get("sent")), problem, -(-seconds // 60))
        return page(request, "sign_in.html.j2", told, status=429 if seconds else 403)
    token = it.sessions.begin(signed.account.name, request.cookies.get(SESSION))
    to = "/password" if signed.account.must_change else to
    return Redirect(to, status_code=303, cookies=[kept(SESSION, token, it.secure)])


def _sent(given: str | None) -> str:
    return given if given in ("kept", "lost") else ""


def inside(address: str | None) -> str:
    """An address on this console; the first page instead of any other."""
    plain = address or "/"
    return plain if plain.startswith("/") and plain[1:2] not in ("/", "\\") and plain.isprintable() else "/"


@post("/sign-out", opt=may(*STAFF, signs_in=True), status_code=200)
@threaded
def sign_out(it: It, who: Who) -> Response[Any]:
    it.sessions.end(who.token)
    return Redirect("/sign-in", status_code=303, cookies=[gone(SESSION)])


@get("/password", opt=may(*STAFF, signs_in=True), sync_to_thread=False)
def password(request: Request[Any, Any, Any], who: Who) -> Response[Any]:
    return page(request, "password.html.j2", NewPassword(bool(who.session and who.session.must_change)))


@post("/password", opt=may(*STAFF, signs_in=True), status_code=200)
@threaded
def change(request: Request[Any, Any, Any], it: It, who: Who) -> Response[Any]:
    assert who.session is not None
    new = who.form.get("new", "")
    problem = "password_twice" if new != who.form.get("again") else ""
    if not problem:
        try:
            it.accounts.change(who.account, who.form.get("old", "")[:1000], new)
        except NotDone as error:
            problem = error.name
    if problem:
        return page(request, "password.html.j2", NewPassword(who.session.must_change, problem), status=422)
    it.sessions.end_all(who.account)
    token = it.sessions.begin(who.account)
    to = "/drafts" if it.drafts.all(who.account) else "/"  # written before the password was another
    return Redirect(to, status_code=303, cookies=[kept(SESSION, token, it.secure)])


ROUTES = [form, sign_in, sign_out, password, change]
