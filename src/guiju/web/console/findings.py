"""Findings: the list of a run, looked through, sorted and kept as views."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from guiju.audit.folder import Run
from guiju.audit.inspection import rules_of
from guiju.audit.listing import ORDERS, SURELY, Asked
from guiju.audit.report import words
from guiju.audit.report.words import Pair
from guiju.checks.words import Words
from guiju.findings import Finding, mask
from guiju.rulebook import sheets
from guiju.web.console.accounts import NotDone
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, Who, page, threaded
from guiju.web.console.reading import Known
from guiju.web.console.refusals import NotHere
from guiju.web.console.views import View, remove, save, views

SHEET = "nine_donts"  # whose lines the self-inspection has
FIELDS = ("line", "rule", "platform", "subject", "region", "since", "until", "certainty", "sort")
VIEWED = "findings"


class Line(msgspec.Struct):
    """A finding in a list; identifiers are masked."""

    id: str
    rule: str
    title: Pair
    says: Pair
    platform: str
    subject: str
    when: str
    money: str
    q_value: str | None


class List(msgspec.Struct):
    """A page of a run's findings, what was asked for, and what there is to choose from.

    line: of the self-inspection, by its number, '' for all; lines: those with findings, with their titles.
    """

    run: Known
    runs: list[str]
    asked: Asked
    total: int
    findings: list[Line]
    next: str
    rules: list[tuple[str, Pair]]
    platforms: list[str]
    regions: list[str]
    sorts: list[str]
    certainties: list[str]
    views: list[View]
    line: str
    lines: list[tuple[str, Words]]
    problem: str = ""
    told: dict[str, Any] = {}

    @property
    def is_asked(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.query)

    @property
    def query(self) -> str:
        """What is asked for, as an address writes it."""
        asked = {name: self.line if name == "line" else getattr(self.asked, name) for name in FIELDS}
        return urlencode({k: v for k, v in asked.items() if v and (k, v) != ("sort", "surest")})


@get("/", opt=may(*STAFF), sync_to_thread=False)
def first() -> Response[Any]:
    """A day begins with what asks for something."""
    return Redirect("/overview", status_code=303)


@get("/findings", opt=may(*STAFF))
@threaded
def newest(it: It) -> Response[Any]:
    """The findings of the run made last."""
    names = it.runs.names()
    return Redirect(f"/runs/{names[0]}/findings" if names else "/runs", status_code=303)


@get("/runs/{run:str}/findings", opt=may(*STAFF))
@threaded
def findings(request: Request[Any, Any, Any], it: It, who: Who, run: FromPath[str]) -> Response[Any]:
    return page(request, "findings.html.j2", listed(it, who, run, dict(request.query_params)))


def listed(it: It, who: Who, name: str, query: dict[str, str]) -> List:
    """A page of a run's findings."""
    run = opened(it, name)
    asked, problem = _asked(query)
    used = msgspec.structs.replace(asked, since=None, until=None) if problem == "findings_bad_days" else asked
    line = query.get("line", "")
    duties = {str(number): title for number, title in sorted(sheets()[SHEET].lines.items())}
    of_line = {number: [r for r in rules_of(run, SHEET, int(number)) if r["findings"]] for number in duties}
    if line in of_line:
        used = msgspec.structs.replace(used, among=tuple(r["rule"] for r in of_line[line]))
    titles = {r["rule"]: (r["title"]["zh"], r["title"]["en"]) for r in run.manifest["rules"]}
    choices = run.listing.choices
    total, lines, following = it.runs.kept(run, used, lambda: _leafed(run, used, titles))
    return List(
        it.runs.known(run), it.runs.names(), asked, total, lines, following,
        [(rule, titles[rule]) for rule in choices["rule"]], choices["platform"],
        [region for region in choices["region"] if region], list(ORDERS), list(SURELY),
        views(it.engine, who.account, VIEWED), line if line in duties else "",
        [(number, title) for number, title in duties.items() if of_line[number] or number == line], problem,
    )  # fmt: skip


def _leafed(run: Run, asked: Asked, titles: dict[str, Pair]) -> tuple[int, list[Line], str]:
    leaf = run.listing.leaf(asked)
    return leaf.total, [_line(run, finding, titles[finding.rule]) for finding in leaf.findings], leaf.next


def opened(it: It, name: str) -> Run:
    """Raises NotHere, Damaged."""
    run: Run | None = it.runs.open(name)
    if run is None:
        raise NotHere("there is no such run")
    return run


def _asked(query: dict[str, str]) -> tuple[Asked, str]:
    """What an address asks for; what cannot be read in it is left out, and said."""
    known, problem = {k: v for k, v in query.items() if k in (*FIELDS, "after") and k != "line" and v}, ""
    for name, allowed in (("sort", ORDERS), ("certainty", SURELY)):
        if known.get(name, "") not in allowed:
            known.pop(name, None)
    days: dict[str, date] = {}
    for name in ("since", "until"):
        try:
            if text := known.pop(name, ""):
                days[name] = date.fromisoformat(text)
        except ValueError:
            problem = "findings_bad_day"
    if len(days) == 2 and days["since"] > days["until"]:
        problem = "findings_bad_days"
    return msgspec.convert({**known, **days}, Asked), problem


def _line(run: Run, finding: Finding, title: Pair) -> Line:
    return Line(
        finding.id, finding.rule, title, (run.told(finding, "zh"), run.told(finding, "en")), finding.platform,
        finding.subject if finding.subject == finding.platform else mask(finding.subject), run.when(finding),
        words.money(finding.amount_at_stake, finding.currency), words.chance(finding.q_value),
    )  # fmt: skip


@post("/runs/{run:str}/views", opt=may(*STAFF), status_code=200)
@threaded
def keep(request: Request[Any, Any, Any], it: It, who: Who, run: FromPath[str]) -> Response[Any]:
    query = {k: v for k, v in parse_qsl(who.form.get("query", "")) if k in FIELDS}
    try:
        save(it.engine, who.account, VIEWED, who.form.get("name", ""), urlencode(query))
    except NotDone as error:
        told = listed(it, who, run, query)
        told.problem, told.told = error.name, error.values
        return page(request, "findings.html.j2", told, status=422)
    opened(it, run)
    return Redirect(f"/runs/{run}/findings?{urlencode(query)}", status_code=303)


@post("/runs/{run:str}/views/{view:str}/removed", opt=may(*STAFF), status_code=200)
@threaded
def forget(it: It, who: Who, run: FromPath[str], view: FromPath[str]) -> Response[Any]:
    opened(it, run)
    if not remove(it.engine, who.account, view):
        raise NotHere("there is no such view of this account")
    return Redirect(f"/runs/{run}/findings", status_code=303)


ROUTES = [first, newest, findings, keep, forget]
