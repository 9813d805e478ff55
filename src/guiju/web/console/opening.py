"""A finding becomes a case: whoever it is about is told, and is heard."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, post
from litestar.params import FromPath
from litestar.response import Redirect

from guiju.audit.folder import Run
from guiju.cases.case import APPEALED, REOPENED, UNDECIDED
from guiju.cases.matter import Matter
from guiju.cases.matters import of_finding
from guiju.findings import Finding
from guiju.ledger import Refused
from guiju.ledger.entries import moment
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
OPENED = "a case was opened: "  # and its id: why identifiers were shown
OF_FINDING = "console "  # begins the keys of cases opened here
FORM = Form("opening", (), "/runs/{run}/findings/{id}#case")


def key_of(run: str, finding: str) -> str:
    """The key under which the case of a run's finding is opened."""
    return f"{OF_FINDING}{run} {finding}"


def found_at(it: Console, key: str) -> str:
    """The page of the finding of which a case was opened here under a key; '' where there is none (any more)."""
    run, _, finding = key.removeprefix(OF_FINDING).rpartition(" ")
    is_here = key.startswith(OF_FINDING) and run in it.runs.names()
    return f"/runs/{quote(run)}/findings/{quote(finding)}" if is_here else ""


class CaseOf(msgspec.Struct):
    """The case of a finding as everybody who may open one is told of it; `id` is '' where there is none yet.

    state: the name of its words. outcome, at: of the newest decision, '' and None before there is one.
    """

    id: str
    state: str = ""
    outcome: str = ""
    at: datetime | None = None


def case_of(it: Console, who: Visitor, run: Run, finding: Finding) -> CaseOf | None:
    """The case of a finding; None where this account can open none."""
    if it.cases is None or not who.is_one_of(*OPENING):
        return None
    try:
        case = it.cases.case(_matter(run, finding).id)
    except Refused:
        return CaseOf("")
    except BadInput:  # of a pack that is not installed here
        return None
    last = case.rounds[-1] if case.rounds and case.state != REOPENED else None
    at = moment(last.at).astimezone(ZoneInfo(case.matter.zone)) if last else None
    waits = case.state in UNDECIDED and case.state != APPEALED
    state = ("waiting" if case.imposed_at is None else "in_force") if waits else case.state
    return CaseOf(case.id, f"opening_{'decided' if last else state}", last.outcome if last else "", at)


@post("/runs/{run:str}/findings/{id:str}/case", opt=may(*OPENING, keeps=FORM), status_code=200)
@threaded
def open_case(it: It, who: Who, run: FromPath[str], id: FromPath[str]) -> Response[Any]:
    """Open the case of a finding, once; whoever opens it does not decide it."""
    of = opened(it, run)
    if it.cases is None or (found := of.listing.finding(id)) is None:
        raise NotHere("there is no such finding in this run, or no ledger for its case")
    assert who.session is not None
    it.drafts.sent(who.account, who.page)
    matter = _matter(of, found)
    unmask(it.engine, it.clock(), who.session, run, id, f"{OPENED}{matter.id}")  # it names whom it is about
    was_open = bool((known := case_of(it, who, of, found)) and known.id)
    with it.cases.writing() as desk:
        case = desk.flag(key_of(run, id), matter, by=who.account, role="operator", why=found.says_en)
    if who.is_one_of(REVIEWER, OPERATOR):
        return Redirect(f"/cases/{case.id}?done={'was_open' if was_open else 'opened'}", status_code=303)
    return Redirect(f"/runs/{quote(run)}/findings/{id}", status_code=303)


def _matter(run: Run, finding: Finding) -> Matter:
    return of_finding(finding, text=run.manifest["rulebook"])


ROUTES = [open_case]
