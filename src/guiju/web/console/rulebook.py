"""The rulebook on a day: what held, which limits were in force and why, and on which days that changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from guiju.checks.words import Words
from guiju.rulebook import NotInForce, Provision, Rule, instrument, jurisdictions, rules
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, page, threaded
from guiju.web.console.refusals import NotHere

IN_FORCE, NOT_IN_FORCE, DRAFT = "in_force", "not_in_force", "draft"
NEAR = 8  # days of change that are listed around the day asked for


class Listed(msgspec.Struct):
    """A rule on the day: in_force, not_in_force, or draft (known from memory only, and not asked)."""

    name: str
    jurisdiction: str
    title: Words
    answered_by: str
    state: str


class Book(msgspec.Struct):
    """Rules on a day. changes: days near it on which something changed, the day itself not among them."""

    day: date
    today: date
    jurisdiction: str
    jurisdictions: dict[str, Words]
    text: str
    rules: list[Listed]
    before: list[date]
    after: list[date]
    problem: str = ""


class Cited(msgspec.Struct):
    """A provision that the rule cites, and whether it held on the day."""

    id: str
    title: Words
    instrument: Words
    says: Words
    follows: Words | None
    mark: str
    effective_from: str
    effective_to: str | None
    held: bool


class Value(msgspec.Struct):
    """A limit's value from a day on; None: it ended. held: in force on the day asked for."""

    limit: str
    since: date
    value: str | None
    because: Words
    mark: str
    held: bool


class One(msgspec.Struct):
    """A rule on a day, and every value that its limits have had."""

    name: str
    jurisdiction: str
    title: Words
    answered_by: str
    day: date
    today: date
    state: str
    window_days: int
    cites: list[Cited]
    values: list[Value]
    note: Words | None
    before: list[date]
    after: list[date]
    problem: str = ""


@get("/rulebook", opt=may(*STAFF))
@threaded
def book(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    query, today = request.query_params, it.clock().date()
    day, problem = _day(query.get("on"), today)
    jurisdiction, text = query.get("jurisdiction", ""), query.get("text", "").strip()
    known = [r for r in rules().values() if jurisdiction in ("", r.jurisdiction)]
    found = [r for r in known if text.casefold() in f"{r.name} {r.title.zh} {r.title.en}".casefold()]
    listed = [Listed(r.name, r.jurisdiction, r.title, r.check or r.trigger, state(r, day)) for r in found]
    names = {name: one.title for name, one in jurisdictions().items()}
    content = Book(
        day, today, jurisdiction, names, text, listed, *near(set().union(*map(changes, found)), day), problem
    )
    return page(request, "rulebook.html.j2", content)


@get("/rulebook/{rule:str}", opt=may(*STAFF))
@threaded
def one(request: Request[Any, Any, Any], it: It, rule: FromPath[str]) -> Response[Any]:
    if (known := rules().get(rule)) is None:
        raise NotHere("there is no such rule")
    today = it.clock().date()
    day, problem = _day(request.query_params.get("on"), today)
    entry, held = known.entry, known.cites_on(day)
    content = One(
        known.name, known.jurisdiction, known.title, known.check or known.trigger, day, today, state(known, day),
        entry.window_days, [_cited(p, p in held) for p in known.cites], _values(known, day), entry.note,
        *near(changes(known), day), problem,
    )  # fmt: skip
    return page(request, "rule.html.j2", content)


def state(rule: Rule, day: date) -> str:
    """Whether the rule is asked of conduct on the day."""
    if rule.is_draft:
        return DRAFT
    try:
        rule.limits_on(day)
    except NotInForce:
        return NOT_IN_FORCE
    return IN_FORCE


def changes(rule: Rule) -> set[date]:
    """The days from which on a limit has another value, or a provision began or no longer holds."""
    days = {since for dated in rule.entry.limits.values() for since in dated}
    for p in rule.cites:
        days.add(date.fromisoformat(p.effective_from))
        if p.effective_to:
            days.add(date.fromisoformat(p.effective_to) + timedelta(days=1))
    return days


def near(days: set[date], day: date) -> tuple[list[date], list[date]]:
    """The days of change next before and next after one."""
    ordered = sorted(days)
    return [d for d in ordered if d < day][-NEAR:], [d for d in ordered if d > day][:NEAR]


def _day(asked: str | None, today: date) -> tuple[date, str]:
    """The day asked for, or today; and what is wrong with what cannot be read as one."""
    try:
        return (date.fromisoformat(asked) if asked else today), ""
    except ValueError:
        return today, "rulebook_bad_day"


def _cited(p: Provision, held: bool) -> Cited:
    return Cited(
        p.id, Words(p.title_zh, p.title_en), instrument(p.instrument), p.says or Words(p.test, p.test), p.follows,
        p.source_mark, p.effective_from, p.effective_to, held,
    )  # fmt: skip


def _values(rule: Rule, day: date) -> list[Value]:
    made = []
    for name, dated in rule.entry.limits.items():
        begun = [since for since in dated if since <= day]
        for since, limit in sorted(dated.items()):
            because = limit.because if isinstance(limit.because, Words) else Words(limit.because, limit.because)
            value = None if limit.value is None else _told(limit.value)
            made.append(Value(name, since, value, because, limit.mark, bool(begun) and since == max(begun)))
    return made


def _told(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)


ROUTES = [book, one]
