"""A case's evidence over HTTP: the pack as one archive, for mediation or court."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Stream

from guiju.cases.pack.archive import archive, headers, pieces
from guiju.ledger import Refused
from guiju.web.cases.admission import ALL, may
from guiju.web.cases.answering import It, Who, gives, problems
from guiju.web.cases.statements import Tongue, language_of


@get(
    "/v1/cases/{case:str}/evidence", opt=may(*ALL),
    responses=problems(404, 409) | gives(bytes, "the pack", "application/zip"),
)  # fmt: skip
async def evidence(
    request: Request[Any, Any, Any], it: It, who: Who, case: FromPath[str], language: Tongue = None
) -> Response[Any]:
    """Statement, facts, correspondence, attachments and the journal's proof: one folder, one page, in one archive."""
    assert who.case is not None
    if who.is_affected and who.case.proposal is not None:
        raise Refused("two reviewers are deciding this case: the pack can be had when they have")
    tongue = language or language_of(request.headers.get("accept-language", ""))
    made = await it.read(lambda cases: archive(cases, who.id, tongue, it.attachments))
    return Stream(pieces(made), media_type="application/zip", headers=headers(who.id))


ROUTES = [evidence]
