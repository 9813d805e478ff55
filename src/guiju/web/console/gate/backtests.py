"""Backtests begun in the browser: on one of the house's sets of records, by a version at work or a set that ships."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from guiju.checks.words import Words
from guiju.gate import load, shipped
from guiju.gate.versions import version_of
from guiju.records.errors import BadInput
from guiju.web.console import records
from guiju.web.console.accounts import ADMIN, ANALYST, OPERATOR
from guiju.web.console.admission import may
from guiju.web.console.answering import It, Who, page, threaded
from guiju.web.console.console import Console
from guiju.web.console.gate.backtesting import KIND, Backtested, Texts, called
from guiju.web.console.gate.triggers import reached
from guiju.web.console.pages import as_drawn
from guiju.web.console.refusals import NotHere
from guiju.web.console.running.jobs import DONE, Job
from guiju.web.console.visiting import Visitor

READING, STARTING = (ANALYST, OPERATOR, ADMIN), (ANALYST, OPERATOR)
CURRENT, CANDIDATE = "@current", "@candidate"  # no set that ships is called so
LABELS = ("labels.parquet", "labels.csv", "truth_by_trip.parquet")  # in a set of records, the first that is there
MOST = 20


class Line(msgspec.Struct):
    """A backtest. result: what came of it, where it is done."""

    number: int
    state: str
    records: str
    set: str
    digest: str
    against: str
    labels: str
    who: str
    at: datetime
    share: float
    what: str
    seconds: float
    says: str
    cancelled: str
    before: int
    is_open: bool
    result: dict[str, Any]


class Choice(msgspec.Struct):
    """What may be tested: its name in the form, the set's name, its stream, its digest."""

    name: str
    set: str
    stream: str
    digest: str


class Tests(msgspec.Struct):
    """The page: what may be tested on what, and the backtests asked for last."""

    records: list[str]
    named: bool
    choices: list[Choice]
    jobs: list[Line]
    may_start: bool
    chosen: dict[str, str]
    problem: str = ""
    detail: str = ""


class One(msgspec.Struct):
    """A backtest's page."""

    job: Line
    may_start: bool
    titles: dict[str, Words] = {}  # of triggers, as their rules are called


@get("/backtests", opt=may(*READING))
@threaded
def tests(request: Request[Any, Any, Any], it: It, who: Who) -> Response[Any]:
    return page(request, "backtests.html.j2", _tests(it, who, dict(request.query_params)))


@post("/backtests", opt=may(*STARTING), status_code=200)
@threaded
def start(request: Request[Any, Any, Any], it: It, who: Who) -> Response[Any]:
    form = {name: who.form.get(name, "") for name in ("records", "set", "against", "labels")}

    def refused(problem: str, detail: str = "") -> Response[Any]:
        content = _tests(it, who, form)
        content.problem, content.detail = problem, detail
        return page(request, "backtests.html.j2", content, status=422)

    of = records.one(it, form["records"])
    if of is None:
        return refused("backtest_no_records")
    try:
        version = texts(it, form["set"])
        against = texts(it, form["against"]) if form["against"] else None
    except BadInput as error:
        return refused("backtest_no_set", who.words.said(error))
    if version is None or (form["against"] and against is None):
        return refused("backtest_no_set")
    if against is not None and against.digest == version.digest:
        return refused("backtest_alike")
    if leads := records.leads_outside(of):
        return refused("backtest_link", leads)
    labels = _labels(of.path) if form["labels"] else ""
    asked = Backtested(of.name, str(of.path.absolute()), version, against, labels, who.words.language)
    job = it.jobs.add(KIND, msgspec.to_builtins(asked), who.account)
    return Redirect(f"/backtests/{job.number}", status_code=303)


def _labels(folder: Path) -> str:
    from guiju.gate.backtest.counting import are_labels

    return next((name for name in LABELS if (folder / name).is_file() and are_labels(folder / name)), "")


@get("/backtests/{number:int}", opt=may(*READING))
@threaded
def one(request: Request[Any, Any, Any], it: It, who: Who, number: FromPath[int]) -> Response[Any]:
    job = _job(it, number)
    told = One(_line(it, job, who.words.language), who.is_one_of(*STARTING), called(job.end.result))
    return page(request, "backtest.html.j2", told)


@post("/backtests/{number:int}/cancelled", opt=may(*STARTING), status_code=200)
@threaded
def cancel(it: It, who: Who, number: FromPath[int]) -> Response[Any]:
    it.jobs.cancel(_job(it, number).number, who.account)
    return Redirect(f"/backtests/{number}", status_code=303)


@get("/backtests/{number:int}/report", opt=may(*READING))
@threaded
def report(it: It, who: Who, number: FromPath[int]) -> Response[bytes]:
    """The report as it was drawn, shut off from the console."""
    job = _job(it, number)
    path = it.jobs.place(number) / str(job.end.result.get("report", ""))
    if job.state != DONE or not path.is_file():
        raise NotHere("there is no report of it")
    name = who.words("nav_backtests")
    return as_drawn(path.read_bytes(), who.words, f"/backtests/{number}", name)


def _job(it: Console, number: int) -> Job:
    found = it.jobs.of(number)
    if found is None or found.kind != KIND:
        raise NotHere("there is no such backtest")
    return found


def _tests(it: Console, who: Visitor, chosen: dict[str, str]) -> Tests:
    chosen = {name: chosen.get(name, "") for name in ("records", "set", "against")}
    offered = choices(it)
    return Tests(
        _fitting(it, [choice.stream for choice in offered]), it.records is not None, offered,
        [_line(it, job, who.words.language) for job in it.jobs.all((KIND,), MOST)], who.is_one_of(*STARTING), chosen,
    )  # fmt: skip


def _fitting(it: Console, streams: list[str]) -> list[str]:
    """The sets of records with events that some version decides on, those of the first version's stream first."""
    sets = records.sets(it)
    places = ([streams.index(table) for table in one.tables if table in streams] for one in sets)
    return [one.name for _, one in sorted((min(at), one) for at, one in zip(places, sets, strict=True) if at)]


def choices(it: Console) -> list[Choice]:
    """The versions at work, and the sets that ship."""
    found = list[Choice]()
    standing = reached(it.gate)[0] if it.gate else None
    if it.gate and standing:
        named = [
            (CURRENT, standing.current),
            *([(CANDIDATE, standing.candidate.version)] if standing.candidate else []),
        ]
        for name, digest in named:
            if of := it.gate.set_of(digest):
                found.append(Choice(name, standing.set, of.stream, digest))
    return found + [Choice(name, name, load(folder).stream, "") for name, folder in shipped().items()]


def texts(it: Console, name: str) -> Texts | None:
    """The version of a choice; None where there is none. Raises BadInput."""
    if name in (CURRENT, CANDIDATE):
        standing = reached(it.gate)[0] if it.gate else None
        if it.gate is None or standing is None or (name == CANDIDATE and standing.candidate is None):
            return None
        beside = standing.candidate
        version = it.gate.version(beside.version if beside and name == CANDIDATE else standing.current)
        return Texts(standing.set, version.digest, version.texts) if version else None
    if name not in shipped():
        return None
    version = version_of(load(name))
    return Texts(version.name, version.digest, version.texts)


def _line(it: Console, job: Job, language: str) -> Line:
    of = msgspec.convert(job.asked, Backtested)
    waiting = job.begun_at is None and job.is_open
    return Line(
        job.number, job.state, of.set, of.of.name, of.of.digest, of.against.digest if of.against else "", of.labels,
        job.who, job.asked_at, 1.0 if job.state == DONE else job.far.share, job.far.what,
        job.far.seconds if job.is_open else job.end.seconds, job.end.in_(language),
        job.cancelled.who if job.cancelled else "", it.jobs.before(job) if waiting else 0, job.is_open, job.end.result,
    )  # fmt: skip


ROUTES = [tests, start, one, cancel, report]
