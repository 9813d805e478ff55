"""The statement of reasons over HTTP: as a page, as JSON, in the fields of the DSA database; in Chinese or English."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import Accept
from litestar.exceptions import HTTPException
from litestar.params import FromPath, QueryParameter

from guiju.cases.statement import Statement, page, stated
from guiju.cases.statement.dsa import export
from guiju.web.cases.admission import ALL, may
from guiju.web.cases.answering import It, Who, gives, problems

Form = Annotated[str | None, QueryParameter(pattern="^(html|json|dsa)$", description="else as Accept says")]
Tongue = Annotated[str | None, QueryParameter(pattern="^(zh|en)$", description="else as Accept-Language says")]
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"


@get(
    "/v1/cases/{case:str}/statement", opt=may(*ALL),
    responses=problems(404, 422) | gives(Statement, "the statement; as a page or in the DSA's fields if asked"),
)  # fmt: skip
async def statement(
    request: Request[Any, Any, Any], it: It, who: Who, case: FromPath[str], form: Form = None, language: Tongue = None
) -> Response[Any]:
    """What was decided, why, what it costs, until when, and how it is put right; as the case stands now."""
    says = await it.read(lambda cases: stated(cases, who.id))
    form = form or form_of(request.headers.get("accept", ""))
    if form == "html":
        tongue = language or language_of(request.headers.get("accept-language", ""))
        headers = {"content-language": tongue, "content-security-policy": PAGE_POLICY, "vary": VARY}
        return Response(page(says, tongue), media_type="text/html", headers=headers)
    if form == "json":
        return Response(msgspec.json.encode(says), media_type="application/json", headers={"vary": VARY})
    if it.publication is None:
        raise HTTPException(status_code=404, detail="this service publishes nothing to the DSA database: see --dsa")
    return Response(msgspec.json.encode(export(says, it.publication)), media_type="application/json")


VARY = "accept, accept-language"


def form_of(accept: str) -> Literal["html", "json"]:
    """A page for a browser, JSON for all others."""
    best = Accept(accept).best_match(["application/json", "text/html"]) if accept else None
    return "html" if best == "text/html" else "json"


def language_of(accepted: str) -> str:
    """Chinese or English, whichever `Accept-Language` would rather have; Chinese where it does not say."""
    weights = {"zh": 0.0, "en": 0.0}
    for part in accepted.split(","):
        named, _, quality = part.strip().lower().partition(";q=")
        tongue = named.split("-")[0]
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if tongue in weights:
            weights[tongue] = max(weights[tongue], weight)
    return "en" if weights["en"] > weights["zh"] else "zh"


ROUTES = [statement]
