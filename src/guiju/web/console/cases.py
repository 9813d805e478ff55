"""The cases for those who decide them: the queue by deadline, one case as it stands, and the decision on it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from guiju.cases import Case, Cases, Stale, Step
from guiju.cases.attachments import headers
from guiju.cases.case import OPEN, STATES
from guiju.cases.listing import NEVER, Asked, Listed, listed
from guiju.cases.pack.archive import archive, pieces
from guiju.cases.pack.archive import headers as archive_headers
from guiju.cases.permission import impartial
from guiju.cases.statement import Statement, stated
from guiju.cases.steps import OUTCOMES, PARTLY
from guiju.ledger import Conflict, Refused
from guiju.ledger.entries import microseconds, moment
from guiju.ledger.money import minor, units
from guiju.rulebook import rules
from guiju.web.console.accounts import OPERATOR, REVIEWER
from guiju.web.console.admission import may
from guiju.web.console.answering import It, Who, page, threaded
from guiju.web.console.console import Console
from guiju.web.console.drafts import Draft as Kept
from guiju.web.console.drafts import Form
from guiju.web.console.opening import found_at
from guiju.web.console.refusals import NotHere
from guiju.web.console.telling import Telling, telling
from guiju.web.console.visiting import Visitor
from guiju.web.console.words import Words

ROWS = 50
LONGEST_WHY = 4_000
PIECE = 1 << 18
SEE = (REVIEWER, OPERATOR)
WAITING, ALL = "waiting", "all"  # the filter's words for what somebody has yet to decide, and for every state
FILTERS = ("platform", "rule", "group", "party")
WORDS = ("outcome", "upheld", "why", "seen")  # of a decision, that are kept where a session ends
DECIDING = Form("decision", WORDS, "/cases/{case}#decide")


class Row(msgspec.Struct):
    """A case in the queue; until: by when an answer is due, or else when it lapses; None where neither is so."""

    id: str
    state: str
    until: datetime | None
    overdue: bool
    kind: str
    platform: str
    party: str
    rule: str
    group: str
    currency: str
    amount: Decimal
    outcome: str


class Queue(msgspec.Struct):
    """Cases, the nearest deadline first. asked: the filter; next: the cursor of those after, '' on the last page."""

    rows: list[Row]
    asked: dict[str, str]
    next: str
    states: tuple[str, ...] = (WAITING, ALL, *STATES)


class Draft(msgspec.Struct):
    """A decision that is being written: `seen` the newest step read, `key` the call's, `fault` why it was not taken.

    kept: where it is what was sent when a session had ended.
    """

    outcome: str = ""
    upheld: str = ""
    why: str = ""
    seen: int = 0
    key: str = ""
    fault: str = ""
    detail: str = ""
    kept: Kept | None = None


class Line(msgspec.Struct):
    """A step: what was said with it, and the files that came along. channel: by which a notice went; its words are
    then what proves that it arrived.
    """

    number: int
    kind: str
    at: datetime
    by: str
    role: str
    words: str
    outcome: str = ""
    files: list[tuple[str, str, int]] = []
    channel: str = ""


class One(msgspec.Struct):
    """A case as it stands.

    finding: its page, '' where the case was opened of none here. takes_effect: from when it may, where it has not yet.
    barred: why the account may not decide, '' where it may.
    """

    id: str
    state: str
    statement: Statement
    steps: list[Line]
    amount: Decimal
    currency: str
    group: str
    reviewers: int
    proposal: Line | None
    is_open: bool
    barred: str
    draft: Draft
    takes_effect: datetime | None
    may_impose: bool
    telling: Telling
    finding: str


def cases_of(it: Console) -> Cases:
    """The cases of the ledger that the console was begun with. Raises NotHere: none was named."""
    if it.cases is None:
        raise NotHere("no ledger was named: begin the console with --cases")
    return it.cases


@get("/cases", opt=may(*SEE))
@threaded
def queue(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    query = request.query_params
    asked = {name: query.get(name, "").replace("\x00", "").strip() for name in FILTERS}
    asked["state"] = state if (state := query.get("state", "")) in (ALL, *STATES) else WAITING
    if it.cases is None:
        return page(request, "cases_none.html.j2", Queue([], asked, ""))
    states = {WAITING: OPEN, ALL: ()}.get(asked["state"], (asked["state"],))
    wanted = Asked(states=states, **{name: asked[name] or None for name in FILTERS})
    found = listed(it.cases, wanted, after=_after(query.get("after", "")), most=ROWS + 1)
    rows, now = found[:ROWS], it.clock()
    following = f"{rows[-1].until}-{rows[-1].id}" if len(found) > ROWS else ""
    return page(request, "cases.html.j2", Queue([row_of(row, now) for row in rows], asked, following))


def _after(given: str) -> tuple[int, str] | None:
    until, _, id = given.partition("-")
    return (int(until), id) if until.isdigit() and len(until) < 20 and id.isalnum() else None


def _zone(rule: str) -> tzinfo:
    """By whose clock a rule's days are counted; of a rule that is not known here, UTC: the page tells it by its own."""
    known = rules().get(rule)
    return known.zone if known else UTC


def row_of(row: Listed, now: datetime) -> Row:
    until = None if row.until == NEVER else moment(row.until).astimezone(_zone(row.rule))
    overdue = until is not None and until <= now and row.state in OPEN
    amount = units(row.amount, row.currency) if row.currency else Decimal(0)
    return Row(
        row.id, row.state, until, overdue, row.kind, row.platform, row.party, row.rule, row.group, row.currency,
        amount, row.outcome,
    )  # fmt: skip


@get("/cases/{case:str}", opt=may(*SEE))
@threaded
def case(request: Request[Any, Any, Any], it: It, who: Who, case: FromPath[str]) -> Response[Any]:
    kept = it.drafts.of(who.account, DECIDING.page.format(case=case))
    return case_page(request, it, who, case, drafted(kept))


def case_page(
    request: Request[Any, Any, Any], it: Console, who: Visitor, id: str, draft: Draft,
    told: tuple[int, str, str] | None = None, status: int = 200,
) -> Response[Any]:  # fmt: skip
    """The page of a case, with a decision or a delivery that was not taken (step, words, why), if there is one."""
    return page(request, "case.html.j2", _one(it, id, who, draft, told), status=status)


@post("/cases/{case:str}", opt=may(REVIEWER, keeps=DECIDING), status_code=200)
@threaded
def decide(request: Request[Any, Any, Any], it: It, who: Who, case: FromPath[str]) -> Response[Any]:
    """Decide, or propose where two must agree; a case that has gone on is read again first, and no word is lost."""
    cases = cases_of(it)
    known = _known(cases, case)
    draft, upheld = written(who), None
    if draft.upheld and draft.outcome != PARTLY and not draft.fault:
        draft.fault = "case_fault_sum"
    if draft.outcome == PARTLY and not draft.fault:
        try:
            upheld = minor(draft.upheld, known.matter.currency)
        except ValueError:
            upheld = 0
        if not 0 < upheld < known.matter.amount:
            draft.fault = "case_fault_upheld"
    if draft.fault:
        return case_page(request, it, who, case, draft, status=422)
    try:
        with cases.writing() as desk:
            desk.decide(
                draft.key, case, outcome=draft.outcome, by=who.account, why=draft.why, seen=draft.seen, upheld=upheld
            )
    except Refused as error:
        draft.fault, draft.detail = fault(error, who.words)
        return case_page(request, it, who, case, draft, status=409)
    it.drafts.sent(who.account, who.page)
    return Redirect(f"/cases/{case}?done=decided", status_code=303)


def fault(error: Refused, w: Words) -> tuple[str, str]:
    """Why a decision was not taken: the name of its words, and what the room said where they do not tell it."""
    if isinstance(error, Stale):
        return "case_fault_stale", ""
    return ("case_fault_twice", "") if isinstance(error, Conflict) else ("case_fault_refused", w.said(error))


def drafted(kept: Kept | None) -> Draft:
    """The decision that was kept, if one was."""
    if kept is None:
        return Draft()
    outcome, upheld, why, seen = (kept.fields.get(name, "") for name in WORDS)
    return Draft(outcome, upheld, why, whole(seen), kept=kept)


def whole(given: str) -> int:
    """A small whole number that a form sent; 0 where it is none."""
    return int(given) if given.isdigit() and len(given) < 10 else 0


def written(who: Who) -> Draft:
    """The decision as the form has it; its fault where a word is missing."""
    form = who.form
    key = form.get("key", "")
    draft = Draft(
        form.get("outcome", ""), form.get("upheld", "").strip(), form.get("why", "").replace("\x00", "").strip(),
        whole(form.get("seen", "")),
        msgspec.json.encode(["console", who.account, key[:100] or secrets.token_urlsafe(12)]).decode(),
    )  # fmt: skip
    if draft.outcome not in OUTCOMES:
        draft.fault = "case_fault_outcome"
    elif not draft.why:
        draft.fault = "case_fault_why"
    elif len(draft.why) > LONGEST_WHY:
        draft.fault = "case_fault_long"
    return draft


def _known(cases: Cases, id: str) -> Case:
    try:
        return cases.case(id)
    except Refused:
        raise NotHere("there is no such case") from None


def _one(it: Console, id: str, who: Visitor, draft: Draft, told: tuple[int, str, str] | None) -> One:
    """What the page of a case tells; the form is made anew for the step that it stands at now."""
    cases = cases_of(it)
    known = _known(cases, id)
    m, steps = known.matter, cases.history(id)
    if draft.kept and draft.seen != known.steps:
        draft.fault = "case_fault_stale"
    if draft.fault == "case_fault_stale" and known.state not in OPEN:
        draft.fault = "case_fault_over"
    draft.seen, draft.key = known.steps, secrets.token_urlsafe(12)
    proposal, imposed = known.proposal, known.imposed_at is not None
    is_time = known.impose_at <= microseconds(cases.clock())
    zone = ZoneInfo(m.zone)
    lines = [line(step, zone) for step in steps]
    return One(
        id, known.state, stated(cases, id), lines, units(m.amount, m.currency) if m.currency else Decimal(0),
        m.currency, known.group, known.terms.reviewers,
        next((one for one in lines if proposal and one.number == proposal.number), None), known.state in OPEN,
        _barred(it, known, who), draft, None if imposed else moment(known.impose_at).astimezone(zone),
        not imposed and known.state in OPEN and who.is_one_of(OPERATOR) and is_time, telling(it, who, id, told),
        found_at(it, steps[0].key),
    )  # fmt: skip


def _barred(it: Console, known: Case, who: Who) -> str:
    """Why an account may not decide a case: the name of its words; '' where it may."""
    if not who.is_one_of(REVIEWER):
        return "case_not_reviewer"
    if _is_impartial(known, who.account):
        return ""
    reviewers = [one.name for one in it.accounts.all() if REVIEWER in one.roles and not one.closed]
    return "case_barred" if any(_is_impartial(known, name) for name in reviewers) else "case_barred_all"


def _is_impartial(known: Case, name: str) -> bool:
    try:
        impartial(known, name)
    except Refused:
        return False
    return True


def line(step: Step, zone: ZoneInfo | None = None) -> Line:
    """A step as a page tells it, in the time of a zone; else in UTC."""
    says = step.says
    channel = getattr(says, "channel", "")
    words = getattr(says, "proof", "") if channel else getattr(says, "words", "") or step.why
    files = [(one.sha256, one.name, one.size) for one in getattr(says, "attachments", ())]
    at, outcome = moment(step.recorded_at).astimezone(zone or UTC), getattr(says, "outcome", "")
    return Line(step.number, step.kind, at, step.by, step.role, words, outcome, files, channel)


@post("/cases/{case:str}/imposition", opt=may(OPERATOR), status_code=200)
@threaded
def impose(request: Request[Any, Any, Any], it: It, who: Who, case: FromPath[str]) -> Response[Any]:
    """Let what was flagged take effect, once its delay is over."""
    cases = cases_of(it)
    _known(cases, case)
    why = who.words("case_impose_why")
    try:
        with cases.writing() as desk:
            desk.impose(f"console imposed {case}", case, by=who.account, role=OPERATOR, why=why)
    except Refused as error:
        draft = Draft(fault="case_fault_refused", detail=who.words.said(error))
        return case_page(request, it, who, case, draft, status=409)
    return Redirect(f"/cases/{case}?done=imposed", status_code=303)


@get("/cases/{case:str}/files/{digest:str}", opt=may(*SEE))
@threaded
def file(it: It, case: FromPath[str], digest: FromPath[str]) -> Response[Any]:
    """What somebody attached to this case: to save, never to show."""
    cases = cases_of(it)
    for step in cases.history(_known(cases, case).id):
        for one in getattr(step.says, "attachments", ()):
            if one.sha256 == digest and it.attachments is not None:
                return Stream(_pieces(it.attachments.path(digest)), headers=headers(one))
    raise NotHere("there is no such file in this case")


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


@get("/cases/{case:str}/pack", opt=may(*SEE))
@threaded
def evidence_pack(it: It, who: Who, case: FromPath[str]) -> Response[Any]:
    """The case's evidence as one archive, as `guiju cases pack` writes it; it names the party, as the case does."""
    cases = cases_of(it)
    made = archive(cases, _known(cases, case).id, who.words.language, it.attachments)
    return Stream(pieces(made), media_type="application/zip", headers=archive_headers(case))


ROUTES = [queue, case, decide, impose, file, evidence_pack]
