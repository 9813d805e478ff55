"""What reviewers do: decide what they have read to its newest step, in their own name."""

from __future__ import annotations

import re
from typing import Annotated

from litestar import Response, post
from litestar.exceptions import HTTPException
from litestar.params import HeaderParameter, JSONBody

from guiju.cases import Case, Desk
from guiju.cases.steps import REVIEWER
from guiju.web.cases import asked as a
from guiju.web.cases.admission import may
from guiju.web.cases.answering import VERSION, It, Who, done, problems
from guiju.web.cases.told import CaseTold

Match = Annotated[
    str | None, HeaderParameter(name="If-Match", max_length=40, description="the ETag of the case as it was read")
]


@post(
    "/v1/cases/{case:str}/decisions", opt=may(REVIEWER), responses=problems(404, 409, 412, 413, 422, 428),
    response_headers=[*VERSION.values()],
)  # fmt: skip
async def decide(
    it: It, who: Who, key: a.Key, case: a.Path, data: JSONBody[a.Decision], seen: Match = None
) -> Response[CaseTold]:
    """Decide; where two must agree, the first proposes and the second decides. Money moves in the same transaction."""
    number = read_to(seen)

    def write(desk: Desk) -> Case:
        return desk.decide(
            who.key(key), who.id, outcome=data.outcome, upheld=data.upheld, by=who.by, why=data.why, seen=number
        )

    return await done(it, who, write)


def read_to(seen: str | None) -> int:
    """The step that `If-Match` names. Raises HTTPException where it names none."""
    if seen is None:
        raise HTTPException(status_code=428, detail="send If-Match with the ETag of the case that you have read")
    found = re.fullmatch(r'"(\d{1,9})"', seen.strip())
    if found is None:
        raise HTTPException(status_code=412, detail="If-Match is the ETag of a case, its step in quotation marks")
    return int(found[1])


ROUTES = [decide]
