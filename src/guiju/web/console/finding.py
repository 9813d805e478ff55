"""One finding: all that is told of it, its evidence by the page, what can be taken away, and identifiers in full."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from guiju.audit.folder import Run
from guiju.audit.report.one import PAGE, Grid, Whole, evidence, told_table, whole
from guiju.audit.report.words import Pair
from guiju.audit.report.workbook import as_csv, write_workbook
from guiju.checks.words import Words
from guiju.findings import Finding
from guiju.rulebook import rules
from guiju.web.console.admission import STAFF, UNMASKING, may
from guiju.web.console.answering import It, Who, page, threaded
from guiju.web.console.drafts import Draft, Form
from guiju.web.console.findings import opened
from guiju.web.console.opening import FORM, CaseOf, case_of
from guiju.web.console.refusals import NotHere
from guiju.web.console.unmasking import LASTS_SECONDS, LONGEST_WHY, is_unmasked, unmask

UNMASKING_FORM = Form("unmasking", ("why",), "/runs/{run}/findings/{id}#identifiers")
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Page(msgspec.Struct):
    """A finding's page. may_unmask: this account's role needs to know who it is."""

    run: str
    finding: Whole
    may_unmask: bool
    case: CaseOf | None  # of this finding; None where this account opens none
    opening: Draft | None  # where somebody meant to open it when their session had ended
    unmasking: Draft | None
    note: Words | None  # of its rule, for whoever reads a finding
    problem: str = ""
    minutes: int = LASTS_SECONDS // 60
    longest_why: int = LONGEST_WHY


class Rows(msgspec.Struct):
    """A page of a finding's evidence; page: from 1 on. tables: all of its tables, and what they are called."""

    run: str
    finding: str
    tables: dict[str, Pair]
    grid: Grid
    page: int
    pages: int
    first: int
    unmasked: bool


def _found(it: It, who: Who, name: str, id: str) -> tuple[Run, Finding, bool]:
    """The run and the finding, and whether its identifiers are shown to this session in full. Raises NotHere."""
    run = opened(it, name)
    if (found := it.runs.kept(run, ("finding", id), lambda: run.listing.finding(id))) is None:
        raise NotHere("there is no such finding in this run")
    assert who.session is not None
    shown = who.is_one_of(*UNMASKING) and is_unmasked(it.engine, it.clock(), who.session, name, id)
    return run, found, shown


@get("/runs/{run:str}/findings/{id:str}", opt=may(*STAFF))
@threaded
def finding(request: Request[Any, Any, Any], it: It, who: Who, run: FromPath[str], id: FromPath[str]) -> Response[Any]:
    opened_run, found, shown = _found(it, who, run, id)
    return page(request, "finding.html.j2", _told(it, who, opened_run, found, shown))


def _told(it: It, who: Who, run: Run, found: Finding, shown: bool, problem: str = "") -> Page:
    name, kept = run.folder.name, {one.page: one for one in it.drafts.all(who.account)}
    opening, unmasking = (
        kept.get(form.page.format(run=quote(name, safe=""), id=found.id)) for form in (FORM, UNMASKING_FORM)
    )
    case = case_of(it, who, run, found)
    of = whole(run, found, True) if shown else it.runs.kept(run, ("whole", found.id), lambda: whole(run, found))
    rule = rules().get(found.rule)
    note = rule.entry.note if rule else None
    return Page(name, of, who.is_one_of(*UNMASKING), case, opening, unmasking, note, problem)


@post("/runs/{run:str}/findings/{id:str}/unmasked", opt=may(*UNMASKING, keeps=UNMASKING_FORM), status_code=200)
@threaded
def show(request: Request[Any, Any, Any], it: It, who: Who, run: FromPath[str], id: FromPath[str]) -> Response[Any]:
    opened_run, found, shown = _found(it, who, run, id)
    assert who.session is not None
    if len(why := who.form.get("why", "").strip()) < 4:
        told = _told(it, who, opened_run, found, shown, "unmask_no_why")
        return page(request, "finding.html.j2", told, status=422)
    it.drafts.sent(who.account, who.page)
    unmask(it.engine, it.clock(), who.session, run, id, why)
    return Redirect(f"/runs/{quote(run)}/findings/{id}", status_code=303)


@get("/runs/{run:str}/findings/{id:str}/evidence/{table:str}", opt=may(*STAFF))
@threaded
def rows(
    request: Request[Any, Any, Any], it: It, who: Who, run: FromPath[str], id: FromPath[str], table: FromPath[str]
) -> Response[Any]:
    opened_run, found, shown = _found(it, who, run, id)
    asked = request.query_params.get("page", "1")
    number = max(1, int(asked)) if asked.isdigit() and len(asked) < 7 else 1
    grid = evidence(opened_run, found, table, (number - 1) * PAGE, shown)
    if grid is None or (number > 1 and not grid.rows):
        raise NotHere("there is no such table in this evidence")
    tables = {name: told_table(name).title for name in sorted(opened_run.evidence(found))}
    told = Rows(run, id, tables, grid, number, -(-grid.total // PAGE), (number - 1) * PAGE + 1, shown)
    return page(request, "evidence.html.j2", told)


@get("/runs/{run:str}/findings/{id:str}/workbook.xlsx", opt=may(*STAFF))
@threaded
def workbook(it: It, who: Who, run: FromPath[str], id: FromPath[str]) -> Response[bytes]:
    opened_run, found, shown = _found(it, who, run, id)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "finding.xlsx"
        write_workbook(opened_run, found, path, shown)
        return _file(path.read_bytes(), f"guiju-{id}.xlsx", SHEET)


@get("/runs/{run:str}/findings/{id:str}/csv/{table:str}", opt=may(*STAFF))
@threaded
def csv(it: It, who: Who, run: FromPath[str], id: FromPath[str], table: FromPath[str]) -> Response[bytes]:
    opened_run, found, shown = _found(it, who, run, id)
    if table not in opened_run.evidence(found):
        raise NotHere("there is no such table in this evidence")
    return _file(as_csv(opened_run, found, table, shown), f"guiju-{id}-{table}.csv", "text/csv")


def _file(content: bytes, name: str, kind: str) -> Response[bytes]:
    return Response(content, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


ROUTES = [finding, show, rows, workbook, csv]
