"""How the party of a case is told: the letter with the link that opens it, and that it was handed over."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from guiju.cases.links import page_headers
from guiju.cases.notices.letters import hand_over, letter, make_letter
from guiju.ledger import Refused
from guiju.web.console.accounts import OPERATOR
from guiju.web.console.admission import may
from guiju.web.console.answering import It, Who, threaded
from guiju.web.console.cases import Draft, case_page, cases_of, whole
from guiju.web.console.refusals import NotHere
from guiju.web.console.telling import HANDING

LONGEST_PROOF = 500
PRINTED = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "sandbox allow-modals"
)  # it is printed, and nothing on it runs


@post("/cases/{case:str}/letters/{step:int}", opt=may(OPERATOR), status_code=200)
@threaded
def write_letter(it: It, who: Who, case: FromPath[str], step: FromPath[int]) -> Response[Any]:
    """Make the letter of a step: that, and by whom, is a step of the case."""
    if it.cases is None or it.link is None:
        raise NotHere("no ledger was named, or no keys of links")
    try:
        with it.cases.writing() as desk:
            key = f"console letter {case} {step} {who.account} {it.clock():%Y-%m-%d}"
            make_letter(desk, it.cases, case, step, by=who.account, key=key)
    except Refused:
        raise NotHere("there is no such step that anybody is told of") from None
    return Redirect(f"/cases/{case}/letters/{step}/{who.words.language}", status_code=303)


@get("/cases/{case:str}/letters/{step:int}/{language:str}", opt=may(OPERATOR))
@threaded
def read_letter(
    it: It, case: FromPath[str], step: FromPath[int], language: FromPath[str]
) -> Response[Any]:  # fmt: skip
    """The letter, to print; only once it was made."""
    try:
        told = letter(it.cases, case, step, language, it.link) if it.cases and it.link else None
    except Refused:
        told = None
    if told is None or language not in ("zh", "en"):
        raise NotHere("there is no such letter")
    return Response(told, media_type="text/html", headers={"content-security-policy": PRINTED, **page_headers()})


@post("/cases/{case:str}/deliveries", opt=may(OPERATOR, keeps=HANDING), status_code=200)
@threaded
def deliver(request: Request[Any, Any, Any], it: It, who: Who, case: FromPath[str]) -> Response[Any]:
    """A person told the party, and says to whom, how and when: the time to appeal runs from now."""
    cases, step, fault = cases_of(it), whole(who.form.get("step", "")), ""
    proof = who.form.get("proof", "").replace("\x00", "").strip()
    if not 4 <= len(proof) <= LONGEST_PROOF:
        fault = "notice_fault_proof"
    else:
        try:
            key = f"console delivery {who.account} {who.form.get('key', '')[:100]}"
            hand_over(cases, case, step, by=who.account, proof=proof, key=key)
        except Refused:
            fault = "notice_fault_over"
    if fault:
        return case_page(request, it, who, case, Draft(), told=(step, proof, fault), status=422)
    it.drafts.sent(who.account, who.page)
    return Redirect(f"/cases/{case}?done=told#notices", status_code=303)


ROUTES = [write_letter, read_letter, deliver]
