"""Accounts and what they may, for the admin; and the log of who saw identifiers in full."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from guiju.web.console.accounts import ADMIN, ROLES, Account, NotDone
from guiju.web.console.admission import may
from guiju.web.console.answering import It, Who, page, threaded
from guiju.web.console.unmasking import Unmasked, log


class People(msgspec.Struct):
    """The accounts. given: of the account just made or renewed, name and password, shown this once."""

    accounts: list[Account]
    roles: tuple[str, ...] = ROLES
    given: tuple[str, str] | None = None
    problem: str = ""
    told: dict[str, Any] = {}


class Log(msgspec.Struct):
    """Unmaskings, the newest first; next: where older ones begin."""

    entries: list[Unmasked]
    next: int | None


@get("/people", opt=may(ADMIN))
@threaded
def people(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    return page(request, "people.html.j2", People(it.accounts.all()))


@post("/people", opt=may(ADMIN), status_code=200)
@threaded
def add(request: Request[Any, Any, Any], it: It, who: Who) -> Response[Any]:
    name = who.form.get("name", "").strip().lower()
    return _given(request, it, name, lambda: it.accounts.add(name, tuple(who.several.get("role", ()))))


@post("/people/{name:str}/password", opt=may(ADMIN), status_code=200)
@threaded
def renew(request: Request[Any, Any, Any], it: It, name: FromPath[str]) -> Response[Any]:
    def renewed() -> str:
        password: str = it.accounts.renew(name)
        it.sessions.end_all(name)
        return password

    return _given(request, it, name, renewed)


def _given(request: Request[Any, Any, Any], it: It, name: str, make: Any) -> Response[Any]:
    """The page with a password that was just given out: it is not kept, so this answer is no redirect."""
    try:
        given = name, make()
    except NotDone as error:
        return _problem(request, it, error)
    return page(request, "people.html.j2", People(it.accounts.all(), given=given))


@post("/people/{name:str}/roles", opt=may(ADMIN), status_code=200)
@threaded
def roles(request: Request[Any, Any, Any], it: It, who: Who, name: FromPath[str]) -> Response[Any]:
    try:
        it.accounts.set_roles(name, tuple(who.several.get("role", ())))
    except NotDone as error:
        return _problem(request, it, error)
    return Redirect("/people", status_code=303)


@post("/people/{name:str}/closed", opt=may(ADMIN), status_code=200)
@threaded
def close(request: Request[Any, Any, Any], it: It, who: Who, name: FromPath[str]) -> Response[Any]:
    closed = who.form.get("closed") == "yes"
    try:
        it.accounts.close(name, closed)
    except NotDone as error:
        return _problem(request, it, error)
    if closed:
        it.sessions.end_all(name)
    return Redirect("/people", status_code=303)


def _problem(request: Request[Any, Any, Any], it: It, error: NotDone) -> Response[Any]:
    told = People(it.accounts.all(), problem=error.name, told=error.values)
    return page(request, "people.html.j2", told, status=422)


@get("/unmaskings", opt=may(ADMIN))
@threaded
def unmaskings(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    before = request.query_params.get("before", "")
    entries, following = log(it.engine, int(before) if before.isdigit() and len(before) < 19 else None)
    return page(request, "unmaskings.html.j2", Log(entries, following))


ROUTES = [people, add, renew, roles, close, unmaskings]
