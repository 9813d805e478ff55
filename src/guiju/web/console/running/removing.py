"""All jobs there are, what each takes of the disk, which are old; and those that an operator deletes."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.response import Redirect

from guiju.web.console.accounts import OPERATOR
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, Who, page, threaded
from guiju.web.console.console import Console
from guiju.web.console.running import audits
from guiju.web.console.running.jobs import GONE, KINDS, Job, Removed
from guiju.web.console.visiting import Visitor

AT, MOST = "/jobs/all", 100
OLD = timedelta(days=30)  # since it was asked for


class Row(msgspec.Struct):
    """A job. address: of its page; bytes: of its folder; run: that it made and that is still there."""

    number: int
    address: str
    kind: str
    about: str
    state: str
    share: float
    who: str
    at: datetime
    bytes: int
    is_open: bool
    is_old: bool
    run: str


class Desk(msgspec.Struct):
    """The page: the newest jobs, or the old ones alone. bytes: of those shown; done: how many were deleted just now."""

    rows: list[Row]
    jobs: int
    old: int
    bytes: int
    old_alone: bool
    removed: list[Removed]
    may_remove: bool
    days: int = OLD.days
    done: int = 0
    problem: str = ""
    told: dict[str, Any] = {}


@get(AT, opt=may(*STAFF))
@threaded
def jobs(request: Request[Any, Any, Any], it: It, who: Who) -> Response[Any]:
    query = request.query_params
    content = _desk(it, who, query.get("old") == "yes")
    content.done = int(done) if (done := query.get("removed", "")).isdigit() and len(done) < 6 else 0
    return page(request, "jobs.html.j2", content)


@post("/jobs/removed", opt=may(OPERATOR), status_code=200)
@threaded
def remove(request: Request[Any, Any, Any], it: It, who: Who) -> Response[Any]:
    """Delete the jobs that were chosen, each with its folder, and the runs they made only where that is asked."""
    chosen = [int(n) for n in who.several.get("job", []) if n.isdigit() and len(n) < 10]
    with_runs, done = bool(who.form.get("runs")), 0
    if not chosen:
        return _refused(request, it, who, "jobs_none_chosen", {})
    for number in chosen:
        job = it.jobs.of(number)
        if job is None or job.is_open:
            return _refused(request, it, who, "jobs_not_ended", {"number": number})
        run = _run(it, job) if with_runs else ""
        if run and (why := _stays(it, run)):
            return _refused(request, it, who, why, {"run": run})
        if not it.jobs.remove(number, who.account, run):
            return _refused(request, it, who, "jobs_not_ended", {"number": number})
        if run:
            _remove(it.runs.folder, run)
        done += 1
    return Redirect(f"{AT}?removed={done}", status_code=303)


def old_jobs(it: Console) -> int:
    """How many have ended and are old."""
    return sum(_is_old(it, job) for job in it.jobs.all(tuple(KINDS), len(it.jobs.numbers())))


def _refused(
    request: Request[Any, Any, Any], it: Console, who: Visitor, problem: str, told: dict[str, Any]
) -> Response[Any]:
    content = _desk(it, who, False)
    content.problem, content.told = problem, told
    return page(request, "jobs.html.j2", content, status=409)


def _desk(it: Console, who: Visitor, old_alone: bool) -> Desk:
    known = it.jobs.all(tuple(KINDS), len(it.jobs.numbers()))
    old = [job for job in known if _is_old(it, job)]
    rows = [_row(it, job) for job in (old if old_alone else known)[:MOST]]
    return Desk(
        rows, len(known), len(old), sum(row.bytes for row in rows), old_alone, it.jobs.removed(),
        who.is_one_of(OPERATOR),
    )  # fmt: skip


def _row(it: Console, job: Job) -> Row:
    asked = job.asked
    about = asked.get("set") or asked.get("run") or ""
    page = "/backtests" if job.kind == "backtest" else "/jobs"
    return Row(
        job.number, f"{page}/{job.number}", job.kind, about, job.state, job.far.share, job.who, job.asked_at,
        _bytes(it.jobs.place(job.number)), job.is_open, _is_old(it, job), _run(it, job),
    )  # fmt: skip


def _is_old(it: Console, job: Job) -> bool:
    return not job.is_open and it.clock() - job.asked_at > OLD


def _run(it: Console, job: Job) -> str:
    """The run that an audit made, if it is still there."""
    name = str(job.end.result.get("run", "")) if job.kind == audits.KIND else ""
    return name if name in it.runs.names() else ""


def _stays(it: Console, run: str) -> str:
    """Why a run is not deleted, in words: people entered something beside it, or a job has it in hand."""
    if any(it.runs.folder.glob(f"{run}.*.json")):
        return "jobs_run_entered"
    in_hand = (job for job in it.jobs.all(most=0) if job.is_open and job.asked.get("run") == run)
    return "jobs_run_in_hand" if any(in_hand) else ""


def _remove(runs: Path, name: str) -> None:
    """The run is gone at once; its bytes go after."""
    gone = Path(mkdtemp(prefix=GONE, dir=runs))
    (runs / name).rename(gone / name)
    rmtree(gone, ignore_errors=True)


def _bytes(folder: Path) -> int:
    total = 0
    for here, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(here, name)).st_size
            except OSError:
                continue
    return total


ROUTES = [jobs, remove]
