"""One look: what the last run found against the one before, the self-inspection line by line, and what is due."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from guiju.audit.folder import Run
from guiju.audit.inspection import (
    CLEAR,
    FOUND,
    NOT_SEEN,
    Entered,
    GoneOn,
    blind,
    enter,
    entries,
    rules_of,
    seen_of,
    verdict,
)
from guiju.cases.case import OPEN
from guiju.cases.listing import Asked, listed
from guiju.checks.words import Words
from guiju.ledger.entries import microseconds
from guiju.rulebook import sheets
from guiju.web.console.accounts import ANALYST, OPERATOR
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, Who, page, threaded
from guiju.web.console.cases import SEE, Row, row_of
from guiju.web.console.drafts import Draft, Form
from guiju.web.console.findings import SHEET, opened
from guiju.web.console.parts import parts
from guiju.web.console.reading import Known
from guiju.web.console.refusals import NotHere
from guiju.web.console.today import Item

LONGEST = 500  # characters of an entry
SOON_DAYS, SOON = 3, 8  # of cases
ENTERING = Form("duty", ("line", "owner", "due", "rectified", "seen"), "/overview?run={run}#line-{line}")
SEEN = {FOUND: "verdict_found", CLEAR: "verdict_clear", NOT_SEEN: "verdict_not_seen"}


class Conduct(msgspec.Struct):
    """A rule with findings now or before; new and gone are None where there is no run before."""

    rule: str
    title: Words
    found: int
    new: int | None
    gone: int | None
    money: list[str]


class Unseen(msgspec.Struct):
    """A rule that saw nothing, and why."""

    rule: str
    title: Words
    why: Words


class Duty(msgspec.Struct):
    """A line of the self-inspection: what the run says of it, and what people entered; seen: a digest of the latter."""

    number: int
    title: Words
    verdict: str
    findings: int
    owner: str
    due: date | None
    overdue: bool
    rectified: str
    seen: str
    asks: bool  # for somebody to do something: found, or not seen, or overdue, and not put right yet


class Typed(msgspec.Struct):
    """What somebody typed for a line and is not saved. kept: where it was sent when a session had ended."""

    line: int
    owner: str
    due: str
    rectified: str
    problem: str = ""
    kept: Draft | None = None


class Overview(msgspec.Struct):
    """run: None where there is none yet. typed: by line. today: what asks for something; open: what is unfolded."""

    run: Known | None
    runs: list[str]
    before: str
    conducts: list[Conduct]
    unseen: list[Unseen]
    duties: list[Duty]
    cases: list[Row] | None
    may_enter: bool
    typed: dict[int, Typed] = {}
    today: list[Item] = []
    open: str = ""


@get("/overview", opt=may(*STAFF))
@threaded
def overview(request: Request[Any, Any, Any], it: It, who: Who) -> Response[Any]:
    return page(request, "overview.html.j2", told(it, who, dict(request.query_params)))


@post("/runs/{run:str}/duties/{line:int}", opt=may(ANALYST, OPERATOR, keeps=ENTERING), status_code=200)
@threaded
def enter_duty(
    request: Request[Any, Any, Any], it: It, who: Who, run: FromPath[str], line: FromPath[int]
) -> Response[Any]:
    """Who looks after a line, until when, and what was done; added beside the run, never altered."""
    of, typed = opened(it, run), _typed(line, who.form)
    if line not in sheets()[SHEET].lines:
        raise NotHere("there is no such line")
    due: date | None = None
    try:
        due = date.fromisoformat(typed.due) if typed.due else None
    except ValueError:
        typed.problem = "overview_bad_day"
    if not typed.problem:
        said = Entered(line, it.clock().date(), owner=typed.owner or None, due=due, rectified=typed.rectified or None)
        try:
            enter(of, SHEET, said, who.form.get("seen"))
        except GoneOn:
            typed.problem = "overview_stale"
    if typed.problem:
        content = told(it, who, {"run": run})
        content.typed[line] = typed
        return page(request, "overview.html.j2", content, status=409 if typed.problem == "overview_stale" else 422)
    it.drafts.sent(who.account, who.page)
    return Redirect(f"/overview?run={quote(run)}&open=duties#line-{line}", status_code=303)


def _typed(line: int, form: dict[str, str], kept: Draft | None = None) -> Typed:
    owner, due, rectified = (form.get(name, "").strip()[:LONGEST] for name in ("owner", "due", "rectified"))
    return Typed(line, owner, due, rectified, kept=kept)


def told(it: It, who: Who, query: dict[str, str]) -> Overview:
    """What one look tells, of the run asked for or of the last."""
    names = it.runs.names()
    name = query.get("run") or (names[0] if names else "")
    cases = _due(it) if it.cases is not None and who.is_one_of(*SEE) else None
    waiting = [one for part in parts() for one in part.today(it, who)]
    unfolded = query.get("open", "")
    if not name:
        return Overview(None, [], "", [], [], [], cases, False, today=waiting, open=unfolded)
    run, older = opened(it, name), names[names.index(name) + 1 :] if name in names else []
    before = query.get("before", older[0] if older else "")
    then = opened(it, before) if before else None
    told = Overview(
        it.runs.known(run), names, before, _conducts(it, run, then), _unseen(run), _duties(run, it.clock().date()),
        cases, who.is_one_of(ANALYST, OPERATOR), _kept(it, who, name, run), waiting, unfolded,
    )  # fmt: skip
    told.today += _of_run(it, run, then, told)
    return told


def _of_run(it: It, run: Run, before: Run | None, told: Overview) -> list[Item]:
    """What a run asks for: lines of the self-inspection, and what it found that the one before had not."""
    here = f"/overview?run={quote(run.folder.name)}&before={quote(told.before)}&open="
    late = [d for d in told.duties if d.overdue]
    nobody = [d for d in told.duties if d.verdict == SEEN[FOUND] and not d.owner and not d.rectified]
    new = sum(one.new or 0 for one in told.conducts)
    at = f"{here}conduct#conduct" if before else f"/runs/{quote(run.folder.name)}/findings"
    asked = [
        Item("today_duties_late", len(late), f"{here}duties#duties", alarm=True),
        Item("today_duties_nobody", len(nobody), f"{here}duties#duties"),
        Item("today_new", new, at, stake=_at_stake(it, run, before)) if before
        else Item("today_found", told.run.findings if told.run else 0, at, stake=_at_stake(it, run, None)),
        Item("today_unseen", len(told.unseen), f"{here}unseen#unseen", asks=False),
    ]  # fmt: skip
    return [one for one in asked if one.count]


def _at_stake(it: It, run: Run, before: Run | None) -> list[str]:
    """Of the findings that the run before had not, by currency."""

    def sums() -> dict[str, Decimal]:
        now = it.runs.kept(run, "ids", run.ids)
        then = it.runs.kept(before, "ids", before.ids) if before else {}
        return run.at_stake(set[str]().union(*now.values()).difference(*then.values()))

    kept = it.runs.kept(run, ("at stake", before and id(before)), lambda: (before, sums()))
    return [f"{currency} {amount:,}" for currency, amount in kept[1].items()]


def _kept(it: It, who: Who, name: str, run: Run) -> dict[int, Typed]:
    """Lines that were sent when a session had ended."""
    pages = {ENTERING.page.format(run=quote(name, safe=""), line=line): line for line in sheets()[SHEET].lines}
    found = {pages[one.page]: one for one in it.drafts.all(who.account) if one.page in pages}
    typed = {line: _typed(line, one.fields, one) for line, one in found.items()}
    for line, entered in entries(run, SHEET).items():
        if line in typed and found[line].fields.get("seen") != seen_of(entered):
            typed[line].problem = "overview_stale"
    return typed


def _conducts(it: It, run: Run, before: Run | None) -> list[Conduct]:
    now = it.runs.kept(run, "ids", run.ids)
    then = it.runs.kept(before, "ids", before.ids) if before else None
    rules = {r["rule"]: r for of in (before, run) if of for r in of.manifest["rules"]}
    made = []
    for rule in now.keys() | (then or {}).keys():
        ids, old = now.get(rule, frozenset()), (then or {}).get(rule, frozenset())
        of = rules[rule]
        money = [f"{name} {Decimal(amount):,}" for name, amount in of["amount_at_stake"].items()] if ids else []
        new, gone = (None, None) if then is None else (len(ids - old), len(old - ids))
        made.append(Conduct(rule, Words(**of["title"]), len(ids), new, gone, money))
    return sorted(made, key=lambda one: (-(one.new or 0), -one.found, one.rule))


def _unseen(run: Run) -> list[Unseen]:
    return [
        Unseen(r["rule"], Words(**r["title"]), Words(**(r["why"] or {"zh": "", "en": ""})))
        for r in run.manifest["rules"] if blind(r)
    ]  # fmt: skip


def _duties(run: Run, today: date) -> list[Duty]:
    entered = entries(run, SHEET)
    made = []
    for number, title in sorted(sheets()[SHEET].lines.items()):
        rules, said = rules_of(run, SHEET, number), entered.get(number)
        due = said.due if said else None
        overdue = due is not None and due < today and not (said and said.rectified)
        made.append(
            Duty(
                number, title, SEEN[verdict(rules)], sum(r["findings"] for r in rules), (said and said.owner) or "",
                due, overdue, (said and said.rectified) or "", seen_of(said),
                overdue or (verdict(rules) != CLEAR and not (said and said.rectified)),
            )
        )  # fmt: skip
    return made


def _due(it: It) -> list[Row]:
    """Cases whose deadline is near or past, the first first."""
    assert it.cases is not None
    now: datetime = it.clock()
    until = microseconds(now + timedelta(days=SOON_DAYS))
    return [row_of(row, now) for row in listed(it.cases, Asked(states=OPEN, due_before=until), most=SOON)]


ROUTES = [overview, enter_duty]
