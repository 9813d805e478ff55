"""Cases of a gate's decision, named by its id."""

from __future__ import annotations

from typing import Annotated

from litestar import post
from litestar.exceptions import HTTPException
from litestar.params import JSONBody, PathParameter

from guiju.cases import Case, Cases, Desk, Matter
from guiju.cases.procedure import after
from guiju.cases.steps import MACHINE
from guiju.records.errors import BadInput
from guiju.web.cases import asked as a
from guiju.web.cases.admission import PLATFORM, may
from guiju.web.cases.answering import It, Who, problems
from guiju.web.cases.told import CaseTold, told

Id = Annotated[str, PathParameter(max_length=400)]


class OfDecision(a.Body, frozen=True, kw_only=True):
    """Which platform's decision; agency_speaks: the records say that the agency may speak for its people."""

    platform: a.Line
    agency_speaks: bool = False


@post("/v1/decisions/{id:str}/cases", opt=may(*PLATFORM), responses=problems(404, 409, 413, 422))
async def flag_decision(it: It, who: Who, key: a.Key, id: Id, data: JSONBody[OfDecision]) -> list[CaseTold]:
    """Begin the cases of a gate's decision: one for each live trigger that held and has a sum in dispute.

    A decision that the gate only puts before a person (`review`) becomes one where a person does this, not a machine.
    """
    gate, by_machine = it.gate, who.role == MACHINE
    if gate is None:
        raise HTTPException(status_code=404, detail="this service has no gate beside it: see --gate-journal")

    def read(_: Cases) -> list[Matter] | None:
        found: list[Matter] | None = gate.matters(
            data.platform, id, by_machine=by_machine, agency_speaks=data.agency_speaks
        )
        return found

    matters = await it.read(read)
    if matters is None:
        raise HTTPException(status_code=404, detail=f"no decision on {id[:100]!r} of {data.platform} is in the journal")
    if not matters:
        raise BadInput(f"the decision on {id!r} asks for no hold: no live trigger held that has a sum in dispute")

    def write(desk: Desk) -> list[Case]:
        keys = [key, *(f"{key} {one.id}" for one in matters[1:])]
        return [desk.flag(who.key(own), one, by=who.by, role=who.role) for own, one in zip(keys, matters, strict=True)]

    flagged = await it.write(write)
    begun = await it.read(lambda cases: [after(None, cases.history(case.id)[0]) for case in flagged])
    return [told(case, who.is_affected) for case in begun]


ROUTES = [flag_decision]
