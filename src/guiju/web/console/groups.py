"""Many cases with one cause: the group, its members, and one decision for all whom it may answer.

What is overturned is for all members, what is upheld for those that have said nothing of their own.
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from guiju.cases import Cases, Group, Step
from guiju.cases.case import OPEN, UNDECIDED
from guiju.cases.listing import Asked, counted, listed
from guiju.cases.steps import OVERTURNED, UPHELD
from guiju.checks.words import Words
from guiju.ledger import Refused
from guiju.web.console.accounts import REVIEWER
from guiju.web.console.admission import may
from guiju.web.console.answering import It, Who, page, threaded
from guiju.web.console.cases import SEE, WORDS, Draft, Line, Row, cases_of, drafted, fault, line, row_of, written
from guiju.web.console.causes import Cause, cause_of
from guiju.web.console.drafts import Form
from guiju.web.console.refusals import NotHere

MEMBERS = 200  # that are listed
DECIDING = Form("group", WORDS, "/groups/{group}#decide")


class Grouped(msgspec.Struct):
    """A group as it stands, its first members by deadline, and how many there are, open and in all.

    answering: how many of a decided group are still to be answered; left: those that its decision does not answer, and
    how many there are of them.
    """

    id: str
    cause: Words
    steps: int
    by: str
    proposal: Line | None
    decided: Line | None
    members: list[Row]
    open: int
    all: int
    answering: int
    left: list[Row]
    left_all: int
    may_decide: bool
    draft: Draft
    found: Cause | None  # by the common-cause guard


@get("/groups/{group:str}", opt=may(*SEE))
@threaded
def group(request: Request[Any, Any, Any], it: It, who: Who, group: FromPath[str]) -> Response[Any]:
    kept = it.drafts.of(who.account, DECIDING.page.format(group=quote(group, safe="")))
    return page(request, "group.html.j2", _grouped(it, group, who, drafted(kept)))


@post("/groups/{group:str}", opt=may(REVIEWER, keeps=DECIDING), status_code=200)
@threaded
def decide_group(request: Request[Any, Any, Any], it: It, who: Who, group: FromPath[str]) -> Response[Any]:
    """Decide for the group, or propose to; what is decided is told of members that are answered by then."""
    cases, draft = cases_of(it), written(who)
    known = _known(cases, group)
    if not draft.fault and draft.outcome not in (OVERTURNED, UPHELD):
        draft.fault = "case_fault_outcome"
    if draft.fault:
        return page(request, "group.html.j2", _grouped(it, group, who, draft), status=422)
    try:
        with cases.writing() as desk:
            done = desk.decide_group(
                draft.key, known.id, outcome=draft.outcome, by=who.account, why=draft.why, seen=draft.seen
            )
    except Refused as error:
        draft.fault, draft.detail = fault(error, who.words)
        return page(request, "group.html.j2", _grouped(it, group, who, draft), status=409)
    if done.decided is not None:
        it.answer(known.id)
    it.drafts.sent(who.account, who.page)
    became = "proposed" if done.decided is None else "decided"
    return Redirect(f"/groups/{quote(group)}?done={became}", status_code=303)


def _known(cases: Cases, id: str) -> Group:
    try:
        return cases.group(id.replace("\x00", ""))
    except Refused:
        raise NotHere("there is no such group") from None


def _grouped(it: It, id: str, who: Who, draft: Draft) -> Grouped:
    cases = cases_of(it)
    known, now = _known(cases, id), it.clock()
    members, left = Asked(group=known.id), Asked(left=known.id)
    states = counted(cases, members)
    if draft.kept and draft.seen != known.steps:
        draft.fault = "case_fault_stale"
    draft.seen, draft.key = known.steps, secrets.token_urlsafe(12)
    rows, alone = ([row_of(row, now) for row in listed(cases, asked, most=MEMBERS)] for asked in (members, left))
    return Grouped(
        known.id, known.cause, known.steps, known.by, _line(known.proposal), _line(known.decided), rows,
        sum(states.get(state, 0) for state in OPEN), sum(states.values()),
        sum(states.get(state, 0) for state in UNDECIDED) if known.decided else 0, alone,
        sum(counted(cases, left).values()), who.is_one_of(REVIEWER), draft, cause_of(it, known.id),
    )  # fmt: skip


def _line(step: Step | None) -> Line | None:
    return None if step is None else line(step)


ROUTES = [group, decide_group]
