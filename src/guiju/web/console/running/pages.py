"""Runs: which there are, an audit that is begun here, how far each job is, and what `guiju verify` says of a run."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from guiju.audit.explaining import explain
from guiju.audit.folder import Damaged
from guiju.audit.inspection import blind
from guiju.checks.words import Words
from guiju.records.errors import BadInput
from guiju.rulebook import rules
from guiju.web.console.accounts import ADMIN, ANALYST, OPERATOR
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, Who, page, threaded
from guiju.web.console.reading import Known
from guiju.web.console.records import sets
from guiju.web.console.refusals import NotHere
from guiju.web.console.running import audits, verifying
from guiju.web.console.running.audits import ASKING, Audit
from guiju.web.console.running.jobs import BROKEN_OFF, DONE, RUNNING, Job
from guiju.web.console.running.removing import old_jobs
from guiju.web.console.running.starting import anew, asked_for, form
from guiju.web.console.running.verifying import Verdict

STARTING = (ANALYST, OPERATOR, ADMIN)
SHOWN = (audits.KIND, verifying.KIND)  # kinds of jobs that are told here; others have pages of their own
MOST = 12  # jobs in the list
READING, FREEZING = 0.10, 0.85  # of an audit's work: until its records are read, and from its evidence on
# Of a rule: asked; asked now; to come; never asked, for the job ended before; asked, and it could not see.
ASKED, NOW, LATER, UNASKED, BLIND = "rule_asked", "rule_now", "rule_later", "rule_unasked", "rule_blind"


class Line(msgspec.Struct):
    """A job in a list: about: the set of records, or the run."""

    number: int
    kind: str
    state: str
    about: str
    who: str
    at: datetime
    share: float


class RunList(msgspec.Struct):
    """The runs there are, the one made last first, and the jobs asked for last; old: jobs that may be deleted."""

    runs: list[Known]
    jobs: list[Line]
    may_start: bool
    old: int


class Verifying(msgspec.Struct):
    """The form that verifies a run. sets: of records that may be asked anew; mappings: as SET/FILE."""

    run: str
    named: bool
    sets: list[str]
    mappings: list[str]
    chosen: str
    problem: str = ""


class Step(msgspec.Struct):
    """A rule of an audit and how it stands; found: how many findings, once known, and None where it could not see."""

    rule: str
    title: Words
    state: str
    found: int | None = None


class Page(msgspec.Struct):
    """A job. phase: what is done now, by a name of the console's words; again: where the same is asked for once more.

    before: of one that waits, how many wait in line before it. verdict: of a run that was verified.
    """

    job: Line
    phase: str
    seconds: float | None
    before: int
    cancelled: tuple[str, datetime] | None
    says: str
    asked: Audit | None
    steps: list[Step]
    run: str
    verdict: Verdict | None
    again: str
    may_start: bool
    is_open: bool

    def counted(self, state: str) -> int:
        """How many rules stand so."""
        return sum(step.state == state for step in self.steps)


@get("/runs", opt=may(*STAFF))
@threaded
def runs(request: Request[Any, Any, Any], it: It, who: Who) -> Response[Any]:
    known = [it.runs.known(run) for run in it.runs.all()]
    jobs = [_line(job) for job in it.jobs.all(SHOWN, MOST)]
    return page(request, "runs.html.j2", RunList(known, jobs, who.is_one_of(*STARTING), old_jobs(it)))


@get("/jobs/audit", opt=may(*STARTING))
@threaded
def choose(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    asked = {name: request.query_params.getall(name) for name in request.query_params}
    return page(request, "audit_new.html.j2", form(it, request.query_params.get("set", ""), asked))


@post("/jobs/audit", opt=may(*STARTING), status_code=200)
@threaded
def start(request: Request[Any, Any, Any], it: It, who: Who) -> Response[Any]:
    try:
        number = _added(it, audits.KIND, asked_for(it, who.several), who)
    except BadInput as error:
        filled = form(it, who.form.get("set", ""), who.several, who.words.said(error))
        return page(request, "audit_new.html.j2", filled, status=422)
    return Redirect(f"/jobs/{number}", status_code=303)


@post("/runs/{run:str}/verified", opt=may(*STARTING), status_code=200)
@threaded
def verify(request: Request[Any, Any, Any], it: It, who: Who, run: FromPath[str]) -> Response[Any]:
    """Also of a run that is damaged: that is what it is for. A set of records may be asked anew, if one is named."""
    if run not in it.runs.names():
        raise NotHere("there is no such run")
    asked = {"run": run, "folder": str((it.runs.folder / run).absolute())}
    if name := who.form.get("set", ""):
        try:
            asked |= anew(it, name, who.form.get("mapping", ""))
        except BadInput as error:
            content = _verifying(it, run, name, who.words.said(error))
            return page(request, "verify.html.j2", content, status=422)
    return Redirect(f"/jobs/{_added(it, verifying.KIND, asked, who)}", status_code=303)


@get("/runs/{run:str}/verifying", opt=may(*STARTING))
@threaded
def choose_records(request: Request[Any, Any, Any], it: It, run: FromPath[str]) -> Response[Any]:
    """The form that verifies a run, and asks a set of records anew if one is chosen."""
    if run not in it.runs.names():
        raise NotHere("there is no such run")
    return page(request, "verify.html.j2", _verifying(it, run, request.query_params.get("set", "")))


def _verifying(it: It, run: str, chosen: str, problem: str = "") -> Verifying:
    known = sets(it)
    mappings = [f"{one.name}/{file}" for one in known for file in one.mappings]
    return Verifying(run, it.records is not None, [one.name for one in known], mappings, chosen, problem)


def _added(it: It, kind: str, asked: dict[str, Any], who: Who) -> int:
    """The number of a new job. Raises BadInput where the disk keeps none."""
    try:
        job: Job = it.jobs.add(kind, asked, who.account)
    except OSError as error:
        zh, en = ((explain(error, language) or (str(error), 0))[0] for language in ("zh", "en"))
        raise BadInput(en, zh) from error
    return job.number


@get("/jobs/{number:int}", opt=may(*STAFF))
@threaded
def job(request: Request[Any, Any, Any], it: It, who: Who, number: FromPath[int]) -> Response[Any]:
    return page(request, "job.html.j2", told(it, _job(it, number), who.is_one_of(*STARTING), who.words.language))


@post("/jobs/{number:int}/cancelled", opt=may(*STARTING), status_code=200)
@threaded
def cancel(it: It, who: Who, number: FromPath[int]) -> Response[Any]:
    it.jobs.cancel(_job(it, number).number, who.account)
    return Redirect(f"/jobs/{number}", status_code=303)


def _job(it: It, number: int) -> Job:
    """Raises NotHere."""
    found: Job | None = it.jobs.of(number)
    if found is None or found.kind not in SHOWN:
        raise NotHere("there is no such job")
    return found


def _line(job: Job) -> Line:
    about = job.asked["set" if job.kind == audits.KIND else "run"]
    share = 1.0 if job.state == DONE else job.far.share
    return Line(job.number, job.kind, job.state, about, job.who, job.asked_at, share)


def told(it: It, job: Job, may_start: bool, language: str) -> Page:
    """All that is known of a job now."""
    audit = msgspec.convert(job.asked, Audit) if job.kind == audits.KIND else None
    verdict = msgspec.convert(job.end.result, Verdict) if job.kind == verifying.KIND and job.state == DONE else None
    run = job.end.result.get("run", "") if audit else job.asked["run"]
    return Page(
        _line(job), _phase(job), _seconds(it, job),
        it.jobs.before(job) if job.begun_at is None and job.is_open else 0,
        (job.cancelled.who, job.cancelled.at) if job.cancelled else None, job.end.in_(language), audit,
        _steps(it, job, audit, run) if audit else [], run if run in it.runs.names() else "", verdict,
        f"/jobs/audit?{_again(audit)}" if audit else "", may_start, job.is_open,
    )  # fmt: skip


def _seconds(it: It, job: Job) -> float | None:
    """How long it is or was at work; None where it never began, and where nobody knows."""
    if job.begun_at is None or job.state == BROKEN_OFF:
        return None
    return (it.clock() - job.begun_at).total_seconds() if job.is_open else job.end.seconds


def _again(of: Audit) -> str:
    one = {"set": of.set, "day": of.day, "mapping": of.mapping}
    several = [("jurisdiction", code) for code in of.jurisdictions] + [("rule", rule) for rule in of.only]
    return urlencode([*((k, v) for k, v in one.items() if v), *several])


def _phase(job: Job) -> str:
    """What a job at work does now."""
    if job.state != RUNNING:
        return ""
    if job.kind == verifying.KIND:
        return "phase_asking" if job.far.what.startswith(ASKING) else "phase_verifying"
    if not job.far.what:
        return "phase_beginning"
    if job.far.what.startswith(ASKING):
        return "phase_asking"
    return "phase_reading" if job.far.share < READING else "phase_freezing" if job.far.share < 0.92 else "phase_writing"


def _steps(it: It, job: Job, of: Audit, run: str) -> list[Step]:
    """The rules in the order in which they are asked."""
    answers = _answers(it, run) if job.state == DONE else {}
    now = of.rules.index(at) if (at := job.far.what.removeprefix(ASKING)) in of.rules else -1
    past = len(of.rules) if job.far.share >= FREEZING else now
    steps = []
    for place, name in enumerate(of.rules):
        title = rules()[name].entry.title if name in rules() else Words(name, name)
        if (answer := answers.get(name)) is not None:
            unseen = blind(answer)
            steps.append(Step(name, title, BLIND if unseen else ASKED, None if unseen else answer["findings"]))
        elif job.state == RUNNING and place == now:
            steps.append(Step(name, title, NOW))
        else:
            steps.append(Step(name, title, ASKED if place < past else LATER if job.is_open else UNASKED))
    return steps


def _answers(it: It, name: str) -> dict[str, Any]:
    """What came of each rule, of a run that is there and whole."""
    try:
        of = [run.manifest["rules"] for run in it.runs.all() if run.folder.name == name]
        return {answer["rule"]: answer for answers in of for answer in answers}
    except Damaged:
        return {}


ROUTES = [runs, choose, start, job, cancel, verify, choose_records]
