"""A finding becomes a case: whoever it is about is told, and is heard."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import Response, post
from litestar.params import FromPath
from litestar.response import Redirect

from guiju.audit.folder import Run
from guiju.cases.matter import Matter
from guiju.cases.matters import of_finding
from guiju.findings import Finding
from guiju.ledger import Refused
from guiju.records.errors import BadInput
from guiju.web.console.accounts import ANALYST, OPERATOR, REVIEWER
from guiju.web.console.admission import may
from guiju.web.console.answering import It, Who, threaded
from guiju.web.console.console import Console
from guiju.web.console.drafts import Form
from guiju.web.console.findings import opened
from guiju.web.console.refusals import NotHere
from guiju.web.console.unmasking import unmask
from guiju.web.console.visiting import Visitor

OPENING = (ANALYST, REVIEWER, OPERATOR)
FORM = Form("opening", (), "/runs/{run}/findings/{id}#case")


def case_of(it: Console, who: Visitor, run: Run, finding: Finding) -> str | None:
    """The case of a finding; '' where none was opened yet, None where this account can open none."""
    if it.cases is None or not who.is_one_of(*OPENING):
        return None
    try:
        id = _matter(run, finding).id
        it.cases.case(id)
    except Refused:
        return ""
    except BadInput:  # of a pack that is not installed here
        return None
    return id


@post("/runs/{run:str}/findings/{id:str}/case", opt=may(*OPENING, keeps=FORM), status_code=200)
@threaded
def open_case(it: It, who: Who, run: FromPath[str], id: FromPath[str]) -> Response[Any]:
    """Open the case of a finding, once; whoever opens it does not decide it."""
    of = opened(it, run)
    if it.cases is None or (found := of.listing.finding(id)) is None:
        raise NotHere("there is no such finding in this run, or no ledger for its case")
    assert who.session is not None
    it.drafts.remove(who.account, who.form.get("draft", ""))
    unmask(it.engine, it.clock(), who.session, run, id, "a case was opened")  # it names whom it is about
    was_open = bool(case_of(it, who, of, found))
    with it.cases.writing() as desk:
        case = desk.flag(f"console {run} {id}", _matter(of, found), by=who.account, role="operator", why=found.says_en)
    if who.is_one_of(REVIEWER, OPERATOR):
        return Redirect(f"/cases/{case.id}?done={'was_open' if was_open else 'opened'}", status_code=303)
    return Redirect(f"/runs/{quote(run)}/findings/{id}", status_code=303)


def _matter(run: Run, finding: Finding) -> Matter:
    return of_finding(finding, text=run.manifest["rulebook"])


ROUTES = [open_case]
