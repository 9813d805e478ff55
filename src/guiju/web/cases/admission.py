"""Who may do what: asked once, before anything of a request is read; a route that does not say who may is closed.

Whose case it is not is told that there is none: a number that was guessed says nothing about anybody.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar.connection import ASGIConnection
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotAuthorizedException,
    NotFoundException,
    PermissionDeniedException,
)
from litestar.handlers import BaseRouteHandler

from guiju.cases import Case
from guiju.cases.links import Refused as NoLink
from guiju.cases.steps import AGENCY, MACHINE, OPERATOR, PARTY, REPRESENTATIVE, REVIEWER
from guiju.ledger import Refused
from guiju.web.cases.callers import Caller

READER, SPEAKER = "reader", "speaker"  # what the keys that read and those that speak for others are
SCOPE_OF = {"operate": OPERATOR, "review": REVIEWER, "automate": MACHINE, "read": READER, "speak": SPEAKER}
STAFF = (OPERATOR, REVIEWER)
PLATFORM = (*STAFF, MACHINE)
AFFECTED = (PARTY, SPEAKER)
ALL = (*STAFF, READER, *AFFECTED)
ID = re.compile(r"[0-9a-f]{16}")


class Admitted(msgspec.Struct, frozen=True):
    """A caller who may do what was asked, as what, in which case (where the route is one of a case)."""

    caller: Caller
    role: str
    case: Case | None = None

    @property
    def by(self) -> str:
        return self.caller.by

    @property
    def id(self) -> str:
        """Of the case."""
        assert self.case is not None
        return self.case.id

    @property
    def is_affected(self) -> bool:
        """Whether it is the party, or speaks for it."""
        return self.role in (PARTY, AGENCY, REPRESENTATIVE, SPEAKER)

    def key(self, given: str) -> str:
        """A call's key, as the store keeps it: the same text of two callers is two keys."""
        whose = f"{self.case.matter.platform} {self.by}" if self.case and self.role == PARTY else self.by
        return msgspec.json.encode(["http", self.role, whose, given]).decode()


DRAFT_BYTES = 1 << 20  # of a form that is read though its link opens nothing, to give the words back


def may(*roles: str, is_form: bool = False) -> dict[str, Any]:
    """What a route says of who may: its `opt`. A caller who may in several ways acts as the first of them.

    is_form: a browser sends it from a page that a link opened: the link stands in the address, and where it opens
    nothing any more the route is asked nevertheless, with `refused` in its scope, to give back what was written.
    """
    return {"may": roles, "is_form": is_form}


async def admit(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Litestar's guard of every route."""
    roles = handler.opt.get("may")
    if roles is None:
        raise MethodNotAllowedException("this is asked with another method; /openapi.json has them")
    if not roles:
        return  # anybody may
    try:
        connection.scope["admitted"] = await _admitted(connection, handler, roles)
    except HTTPException as error:
        length = connection.headers.get("content-length", "")
        if not (handler.opt["is_form"] and length.isdigit() and int(length[:15]) <= DRAFT_BYTES):
            raise
        connection.scope["refused"] = error


async def _admitted(connection: Any, handler: BaseRouteHandler, roles: tuple[str, ...]) -> Admitted:
    office = connection.app.state.office
    in_address = connection.scope["method"] == "GET" or handler.opt["is_form"]
    link = connection.query_params.get("link") if in_address else None
    try:
        caller = office.callers.caller(connection.headers.get("authorization"), link)
    except NoLink as error:
        raise NotAuthorizedException(str(error), headers={"www-authenticate": "Bearer"}) from None
    if caller is None:
        raise NotAuthorizedException(
            "send Authorization: Bearer and a key, or a link's token", headers={"www-authenticate": "Bearer"}
        )
    role = role_of(caller, roles)
    case = None
    if "case" in connection.path_params:
        id = connection.path_params["case"]
        case = await office.read(lambda cases: visible(cases, caller, role, id))
        if case is None:
            raise nowhere(id)
        role = speaks_as(caller, case) or role if role == SPEAKER else role
    return Admitted(caller, role, case)


def role_of(caller: Caller, roles: tuple[str, ...]) -> str:
    """As what a caller acts. Raises PermissionDeniedException."""
    has = {PARTY} if caller.opens else {SCOPE_OF[scope] for scope in caller.scopes if scope in SCOPE_OF}
    for role in roles:
        if role in has:
            return role
    if caller.opens:
        raise PermissionDeniedException("a link opens one's own case: to read it, appeal and be heard, and no more")
    needed = " or ".join(scope for scope, role in SCOPE_OF.items() if role in roles) or "do this: a party's link may"
    raise PermissionDeniedException(f"the key {caller.by} may not {needed}")


def visible(cases: Any, caller: Caller, role: str, id: str) -> Case | None:
    """The case, if it is there and the caller's to see."""
    if not ID.fullmatch(id) or (caller.opens and caller.opens != id):
        return None
    try:
        case: Case = cases.case(id)
    except Refused:
        return None
    if role == PARTY:
        return case if case.matter.party == caller.by else None
    return case if role != SPEAKER or speaks_as(caller, case) else None


def speaks_as(caller: Caller, case: Case) -> str | None:
    """As what a key that speaks for others speaks in a case: its agency, or a representative with a mandate."""
    matter, has_mandate = case.matter, caller.by in case.speakers
    if caller.platform:
        is_its = (caller.by, caller.platform) == (matter.agency, matter.platform)
        return AGENCY if is_its and (matter.agency_speaks or has_mandate) else None
    return REPRESENTATIVE if has_mandate and caller.by != matter.agency else None


def nowhere(id: str) -> NotFoundException:
    return NotFoundException(f"there is no case {id[:40]!r}")
