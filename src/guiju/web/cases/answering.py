"""How the routes answer: what they are given besides the request, and the case after what was done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request, Response
from litestar.datastructures import ResponseHeader
from litestar.di import Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import SkipValidation

from guiju.cases import Case, Cases, Desk
from guiju.web.cases.admission import Admitted
from guiju.web.cases.office import Office
from guiju.web.cases.refusals import TITLES
from guiju.web.cases.told import CaseOpened, CaseTold, opened, told
from guiju.web.problems import PROBLEM, Problem

It = SkipValidation[Office]
Who = SkipValidation[Admitted]
VERSION = {"etag": ResponseHeader(name="etag", value=None, documentation_only=True, description="the step it is at")}


def _office(request: Request[Any, Any, Any]) -> Office:
    office: Office = request.app.state.office
    return office


def _who(request: Request[Any, Any, Any]) -> Admitted:
    admitted: Admitted = request.scope["admitted"]
    return admitted


DEPENDENCIES = {"it": Provide(_office, sync_to_thread=False), "who": Provide(_who, sync_to_thread=False)}


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """For a route's description: the problems it may answer with, besides those of every route."""
    asked = sorted({400, 401, 403, 503, *statuses})
    return {
        status: ResponseSpec(Problem, description=TITLES[status], media_type=PROBLEM, generate_examples=False)
        for status in asked
    }


def gives(what: Any, says: str, kind: str = "application/json") -> dict[int, ResponseSpec]:
    """For a route's description: what it answers with, where its signature does not say so."""
    return {200: ResponseSpec(what, description=says, media_type=kind, generate_examples=False)}


async def done(it: Office, who: Admitted, write: Callable[[Desk], Case]) -> Response[CaseTold]:
    """Write, and answer with the case as the call left it: the same whenever the call is made again."""
    case = await it.write(write)
    return Response(told(case, who.is_affected), headers={"etag": version(case)})


def shown(cases: Cases, who: Admitted) -> CaseOpened:
    """The case with its steps, as the caller may see it."""
    assert who.case is not None
    steps = [step for step in cases.history(who.id) if step.number <= who.case.steps]
    return opened(who.case, steps, who.is_affected)


def version(case: Case) -> str:
    """What `If-Match` says of somebody who has read a case up to its newest step."""
    return f'"{case.steps}"'
