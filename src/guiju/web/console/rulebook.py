"""The rulebook on a day: what held, which limits were in force and why, and on which days that changed."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from guiju.audit.report.words import limit_name
from guiju.checks.words import Words
from guiju.rulebook import Provision, Rule, instrument, jurisdictions, rules
from guiju.web.console.admission import STAFF, may
from guiju.web.console.answering import It, page, threaded
from guiju.web.console.changing import Changed, changed_on, changes, state, told
from guiju.web.console.refusals import NotHere

NEAR = 8  # days of change that are listed around the day asked for


class Listed(msgspec.Struct):
    """A rule on the day: in_force, not_in_force, or draft (known from memory only, and not asked)."""

    name: str
    jurisdiction: str
    title: Words
    answered_by: str
    state: str
    changed: bool  # on the day


class Book(msgspec.Struct):
    """Rules on a day, and what changed of them on it. before, after: days near it on which something changed, the day
    itself not among them; days: how many such days there are in all.
    """

    day: date
    today: date
    jurisdiction: str
    jurisdictions: dict[str, Words]
    text: str
    rules: list[Listed]
    changed: list[Changed]
    before: list[date]
    after: list[date]
    days: int
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
    title: Words
    since: date
    value: str | None
    because: Words
    mark: str
    held: bool


class One(msgspec.Struct):
    """A rule on a day, what changed of it then, and every value that its limits have had; days as in `Book`."""

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
    changed: list[Changed]
    before: list[date]
    after: list[date]
    days: int
    problem: str = ""


@get("/rulebook", opt=may(*STAFF))
@threaded
def book(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    query, today = request.query_params, it.clock().date()
    day, problem = _day(query.get("on"), today)
    jurisdiction, text = query.get("jurisdiction", ""), query.get("text", "").strip()
    known = [r for r in rules().values() if jurisdiction in ("", r.jurisdiction)]
    found = [r for r in known if text.casefold() in f"{r.name} {r.title.zh} {r.title.en}".casefold()]
    changed = [one for r in found if (one := changed_on(r, day)) is not None]
    moved = {one.rule for one in changed}
    listed = [
        Listed(r.name, r.jurisdiction, r.title, r.check or r.trigger, state(r, day), r.name in moved) for r in found
    ]
    names = {name: one.title for name, one in jurisdictions().items()}
    days = set[date]().union(*map(changes, found))
    content = Book(
        day, today, jurisdiction, names, text, listed, changed, *near(days, day), len(days), problem,
    )  # fmt: skip
    return page(request, "rulebook.html.j2", content)


@get("/rulebook/{rule:str}", opt=may(*STAFF))
@threaded
def one(request: Request[Any, Any, Any], it: It, rule: FromPath[str]) -> Response[Any]:
    if (known := rules().get(rule)) is None:
        raise NotHere("there is no such rule")
    today = it.clock().date()
    day, problem = _day(request.query_params.get("on"), today)
    days = changes(known)
    entry, held = known.entry, known.cites_on(day)
    content = One(
        known.name, known.jurisdiction, known.title, known.check or known.trigger, day, today, state(known, day),
        entry.window_days, [_cited(p, p in held) for p in known.cites], _values(known, day), entry.note,
        [one for one in (changed_on(known, day),) if one], *near(days, day), len(days), problem,
    )  # fmt: skip
    return page(request, "rule.html.j2", content)


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
        title = Words(*limit_name(rule.check, name))
        begun = [since for since in dated if since <= day]
        for since, limit in sorted(dated.items()):
            because = limit.because if isinstance(limit.because, Words) else Words(limit.because, limit.because)
            value = None if limit.value is None else told(limit.value)
            made.append(Value(name, title, since, value, because, limit.mark, bool(begun) and since == max(begun)))
    return made


ROUTES = [book, one]
