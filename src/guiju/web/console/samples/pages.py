"""Samples of decisions: drawn, audited by people who are not told what was decided, and what it comes to.

An auditor is told what the trigger said only after having said whether the event breaks its rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from guiju.cases.reports import Share
from guiju.cases.sampling import FLAGGED, estimated
from guiju.checks.words import Words
from guiju.journal import Damaged
from guiju.records.errors import BadInput
from guiju.web.console.accounts import REVIEWER, NotDone
from guiju.web.console.admission import may
from guiju.web.console.answering import It, Who, page, threaded
from guiju.web.console.cases import SEE, whole
from guiju.web.console.console import Console
from guiju.web.console.drafts import Draft as Kept
from guiju.web.console.drafts import Form
from guiju.web.console.refusals import NotHere
from guiju.web.console.samples.drawing import Event, Question, Sheet, Source, drawn, sources
from guiju.web.console.samples.kept import LONGEST_WHY, Audited, Listed, Samples
from guiju.web.console.visiting import Visitor

AT, MOST_DRAWN, ROWS = "/cases/samples", 200, 50
LONGEST_SEED = 100
AUDITING = Form("sample", ("label", "why", "seen"), AT + "/{sample}/{place}")


class Asked(msgspec.Struct):
    """A draw as the form has it; problem: the words for why nothing was drawn, with what they tell."""

    source: str = ""
    trigger: str = ""
    seed: str = ""
    flags: str = "30"
    others: str = "30"
    problem: str = ""
    told: dict[str, Any] = {}


class Desk(msgspec.Struct):
    """The page of all samples, the newest first, and the form that draws one."""

    samples: list[Listed]
    sources: list[Source]
    asked: Asked
    most: int = MOST_DRAWN


class Row(msgspec.Struct):
    """An event in the list. agrees: with what the trigger said, None where that is not told or was unclear."""

    place: int
    at: str
    zone: str
    title: Words
    id: str
    audit: Audited | None
    held: bool | None
    agrees: bool | None


class Result(msgspec.Struct):
    """What the labels so far say of a trigger, as `Estimate` has it. of: how many were drawn for it."""

    trigger: str
    title: Words
    audited: int
    of: int
    precision: Share
    missed: Share
    missed_events: float | None
    unclear: int


class One(msgspec.Struct):
    """A sample. next: the first event that nobody audited, in the order drawn; None where all are."""

    id: str
    source: str
    seed: str
    by: str
    at: datetime
    decisions: int
    results: list[Result]
    rows: list[Row]
    audited: int
    events: int
    next: int | None
    begin: int
    more: int | None
    may_audit: bool


class Draft(msgspec.Struct):
    """What an auditor is writing. seen: the newest turn that was read; kept: where it is of a session that ended."""

    label: str = ""
    why: str = ""
    seen: int = 0
    problem: str = ""
    told: dict[str, Any] = {}
    kept: Kept | None = None


class Audit(msgspec.Struct):
    """An event's page. held, entry: only where it was audited. barred: the words for why the account may not say."""

    sample: str
    place: int
    events: int
    platform: str
    id: str
    trigger: str
    event: Event
    question: Question
    said: list[Audited]
    held: bool | None
    agrees: bool | None
    next: int | None
    barred: str
    draft: Draft
    names: dict[str, Words] = {}  # of facts
    longest: int = LONGEST_WHY


@get(AT, opt=may(*SEE))
@threaded
def samples(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    return page(request, "samples.html.j2", Desk(_kept(it).all(), sources(it), Asked()))


@post(AT, opt=may(*SEE), status_code=200)
@threaded
def draw(request: Request[Any, Any, Any], it: It, who: Who) -> Response[Any]:
    """Draw one; the same draw again is the sample that is there."""
    asked = Asked(*(who.form.get(name, "").replace("\x00", "").strip() for name in Asked.__struct_fields__[:5]))
    flags, others = whole(asked.flags), whole(asked.others)
    there = sources(it)
    source = next((one for one in there if one.name == asked.source), None)
    if source is None or (asked.trigger and asked.trigger not in source.triggers):
        asked.problem = "sample_no_source_chosen" if source is None else "sample_no_trigger"
    elif not asked.seed or len(asked.seed) > LONGEST_SEED:
        asked.problem, asked.told = "sample_seed", {"longest": LONGEST_SEED}
    elif not 0 < flags <= MOST_DRAWN or not (0 < others <= MOST_DRAWN or asked.others == "0"):
        asked.problem, asked.told = "sample_sizes", {"most": MOST_DRAWN}
    else:
        try:
            sheet = drawn(it, source.name, seed=asked.seed, flags=flags, others=others, trigger=asked.trigger)
            return Redirect(f"{AT}/{_kept(it).keep(sheet, who.account)}", status_code=303)
        except Damaged as error:
            asked.problem, asked.told = "sample_damaged", {"why": who.words.said(error)}
        except BadInput:
            asked.problem = "sample_nothing"
    return page(request, "samples.html.j2", Desk(_kept(it).all(), there, asked), status=422)


@get(AT + "/{sample:str}", opt=may(*SEE))
@threaded
def one(request: Request[Any, Any, Any], it: It, who: Who, sample: FromPath[str]) -> Response[Any]:
    sheet, by, at = _sample(it, sample)
    newest = _newest(_kept(it).audits(sample))
    begin = min(whole(request.query_params.get("begin", "")), max(0, len(sheet.events) - 1)) // ROWS * ROWS
    rows = [_row(sheet, place, newest.get(place)) for place in range(len(sheet.events))[begin : begin + ROWS]]
    more = begin + ROWS if begin + ROWS < len(sheet.events) else None
    about = sheet.about
    return page(request, "sample.html.j2", One(
        sample, about.source, about.seed, by, at, about.decisions, _results(sheet, newest), rows, len(newest),
        len(sheet.events), _next(sheet, newest), begin, more, who.is_one_of(REVIEWER),
    ))  # fmt: skip


@get(AT + "/{sample:str}/{place:int}", opt=may(*SEE))
@threaded
def event(
    request: Request[Any, Any, Any], it: It, who: Who, sample: FromPath[str], place: FromPath[int]
) -> Response[Any]:
    kept = it.drafts.of(who.account, AUDITING.page.format(sample=sample, place=place))
    draft = Draft()
    if kept:
        label, why, seen = (kept.fields.get(name, "") for name in AUDITING.fields)
        draft = Draft(label, why, whole(seen), kept=kept)
    return _audit(request, it, who, sample, place, draft)


@post(AT + "/{sample:str}/{place:int}", opt=may(REVIEWER, keeps=AUDITING), status_code=200)
@threaded
def audit(
    request: Request[Any, Any, Any], it: It, who: Who, sample: FromPath[str], place: FromPath[int]
) -> Response[Any]:
    """Say whether an event breaks the rule, and why; what was said meanwhile is read first, and no word is lost."""
    _place(_sample(it, sample)[0], place)
    label, why, seen = (who.form.get(name, "").replace("\x00", "") for name in AUDITING.fields)
    try:
        _kept(it).audit(sample, place, label, why, who.account, whole(seen))
    except NotDone as error:
        draft = Draft(label, why, problem=error.name, told=dict(error.values))
        return _audit(request, it, who, sample, place, draft, status=409)
    it.drafts.sent(who.account, who.page)
    return Redirect(f"{AT}/{sample}/{place}?done=audited", status_code=303)


def _audit(
    request: Request[Any, Any, Any], it: Console, who: Visitor, sample: str, place: int, draft: Draft, status: int = 200
) -> Response[Any]:
    """An event's page; the form is made anew for what was said by now."""
    sheet, _, _ = _sample(it, sample)
    _place(sheet, place)
    audits = _kept(it).audits(sample)
    said, newest = [one for one in audits if one.place == place], _newest(audits)
    row, of = _row(sheet, place, newest.get(place)), sheet.about.events[place]
    if draft.kept and draft.seen != len(said):
        draft.problem = "sample_stale"
    draft.seen = len(said)
    if not draft.label and said:
        draft.label = said[-1].label
    barred = "" if who.is_one_of(REVIEWER) else "sample_not_reviewer"
    if said and said[0].by != who.account:
        barred = barred or "sample_of_another"
    shown = sheet.events[place] if said else msgspec.structs.replace(sheet.events[place], entry=0)
    return page(request, "sample_event.html.j2", Audit(
        sample, place, len(sheet.events), of.platform, of.id, of.trigger, shown,
        sheet.questions[of.trigger].of(shown.at[:10]), said, row.held, row.agrees, _next(sheet, newest), barred, draft,
        sheet.names,
    ), status=status)  # fmt: skip


def _kept(it: Console) -> Samples:
    return Samples(it.engine, it.clock)


def _sample(it: Console, id: str) -> tuple[Sheet, str, datetime]:
    if (found := _kept(it).of(id)) is None:
        raise NotHere("there is no such sample")
    return found


def _place(sheet: Sheet, place: int) -> None:
    if not 0 <= place < len(sheet.events):
        raise NotHere("there is no such event in this sample")


def _newest(audits: list[Audited]) -> dict[int, Audited]:
    return {one.place: one for one in audits}


def _next(sheet: Sheet, newest: dict[int, Audited]) -> int | None:
    return next((place for place in range(len(sheet.events)) if place not in newest), None)


def _row(sheet: Sheet, place: int, audit: Audited | None) -> Row:
    """What the trigger said stays out of it until somebody has judged the event."""
    of = sheet.about.events[place]
    held = of.stratum == FLAGGED if audit else None
    agrees = None if audit is None or audit.breaks is None else audit.breaks == held
    shown = sheet.events[place]
    return Row(place, shown.at, shown.zone, sheet.questions[of.trigger].title, of.id, audit, held, agrees)


def _results(sheet: Sheet, newest: dict[int, Audited]) -> list[Result]:
    drawn_for = [event.trigger for event in sheet.about.events]
    found = estimated(sheet.about, {place: one.breaks for place, one in newest.items()})
    return [
        Result(
            one.trigger, sheet.questions[one.trigger].title, sum(drawn_for[place] == one.trigger for place in newest),
            drawn_for.count(one.trigger), one.precision, one.missed, one.missed_events, one.unclear,
        )
        for one in found
    ]  # fmt: skip


ROUTES = [samples, draw, one, event, audit]
