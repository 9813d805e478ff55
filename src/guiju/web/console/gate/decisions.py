"""Decisions as they are made: the newest in a list that renews itself, and each with its reasons, facts and limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import anyio.to_thread
import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from guiju.audit.report.words import Pair
from guiju.cases.matter import HOLD, case_id
from guiju.checks.words import Words as Both
from guiju.findings import mask
from guiju.gate import TriggerSet
from guiju.gate.decisions import ACTIONS
from guiju.journal import Entry
from guiju.journal.following import identity
from guiju.ledger import Refused
from guiju.web.console.accounts import OPERATOR
from guiju.web.console.admission import may
from guiju.web.console.answering import It, Who, environment, page, threaded
from guiju.web.console.console import Console
from guiju.web.console.drafts import Draft, Form
from guiju.web.console.gate.feed import Line
from guiju.web.console.gate.gate import Gate
from guiju.web.console.gate.streaming import Streamed, message
from guiju.web.console.gate.telling import Told, labels, titles, told
from guiju.web.console.gate.triggers import SEE
from guiju.web.console.refusals import NotHere
from guiju.web.console.sessions import Session
from guiju.web.console.unmasking import LASTS_SECONDS, LONGEST_WHY, OF_GATE, is_unmasked, unmask
from guiju.web.console.visiting import Visitor
from guiju.web.console.words import Words

SHOWN = 50  # decisions in the list
UNMASKING_FORM = Form("unmasking", ("why",), "/gate/decisions/{sequence}#identifiers")


class Seen(msgspec.Struct, frozen=True):
    """What the list is of: an outcome and a trigger, '' for all; `after`: the entry that was seen last, 0 for none."""

    action: str = ""
    trigger: str = ""
    after: int = 0


class Latest(msgspec.Struct):
    """The newest decisions. missed: how many more came in after `after` than are shown; cut_off: and why it stopped."""

    lines: list[Line]
    total: int
    zone: str
    said: str
    detail: Pair
    missed: int = 0
    cut_off: bool = False
    titles: dict[str, Both] = {}  # of triggers, as their rules are called

    def at(self, line: Line) -> str:
        return f"{line.at.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M:%S}"


class Decisions(msgspec.Struct):
    """The page. follows: whether a journal was named."""

    named: bool
    follows: bool
    asked: Seen
    actions: list[str]
    triggers: list[str]
    latest: Latest
    titles: dict[str, Both] = {}


class Decision(msgspec.Struct):
    """A decision's page. may_unmask: whether the account may see identifiers in full; unmasked: whether it does."""

    decision: Told
    may_unmask: bool
    unmasked: bool
    kept: Draft | None
    has_ledger: bool
    cases: list[str]  # opened on this decision, by the ledger here
    names: dict[str, Both]  # of facts
    problem: str = ""
    minutes: int = LASTS_SECONDS // 60
    longest_why: int = LONGEST_WHY


@get("/gate/decisions", opt=may(*SEE))
@threaded
def decisions(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    asked = _asked(request)
    if it.gate is None or it.gate.feed is None:
        return page(
            request, "gate_decisions.html.j2",
            Decisions(it.gate is not None, False, asked, [*ACTIONS], [], Latest([], 0, "UTC", "", ("", ""))),
        )  # fmt: skip
    known = {*it.gate.feed.kinds(), *([asked.trigger] if asked.trigger else [])}
    called = titles(*map(it.gate.set_of, it.gate.feed.deciding()))
    content = Decisions(True, True, asked, [*ACTIONS], sorted(known), latest(it.gate, asked), called)
    return page(request, "gate_decisions.html.j2", content)


@get("/gate/decisions/live", opt=may(*SEE))
async def live(request: Request[Any, Any, Any], it: It, who: Who) -> Response[Any]:
    """Server-sent events: the list anew whenever it is another, by the page's own words."""
    if it.gate is None or it.gate.feed is None:
        raise NotHere("no journal is followed here")
    return Streamed(partial(_stream, it, it.gate, who, _asked(request)), it.gate.slow_s, _cut_off(it.gate, who))


@get("/gate/decisions/{sequence:int}", opt=may(*SEE))
@threaded
def decision(request: Request[Any, Any, Any], it: It, who: Who, sequence: FromPath[int]) -> Response[Any]:
    gate, entry = _entry(it, sequence)
    return page(request, "gate_decision.html.j2", _one(it, gate, who, entry))


@post("/gate/decisions/{sequence:int}/unmasked", opt=may(OPERATOR, keeps=UNMASKING_FORM), status_code=200)
@threaded
def show(request: Request[Any, Any, Any], it: It, who: Who, sequence: FromPath[int]) -> Response[Any]:
    """Show a decision's identifiers in full, to this session, for a while; that it was done is written down first."""
    gate, entry = _entry(it, sequence)
    if len(why := who.form.get("why", "").replace("\x00", "").strip()) < 4:
        content = _one(it, gate, who, entry)
        content.problem = "unmask_no_why"
        return page(request, "gate_decision.html.j2", content, status=422)
    assert who.session is not None
    it.drafts.sent(who.account, who.page)
    unmask(it.engine, it.clock(), who.session, _journal(gate), str(sequence), why)
    return Redirect(f"/gate/decisions/{sequence}", status_code=303)


def _entry(it: Console, sequence: int) -> tuple[Gate, Entry]:
    entry = it.gate.entry(sequence) if it.gate else None
    if it.gate is None or entry is None:
        raise NotHere("there is no such decision")
    return it.gate, entry


def _journal(gate: Gate) -> str:
    """Under what the log keeps a journal's decisions: numbers of another journal are other decisions."""
    assert gate.named.folder is not None
    return f"{OF_GATE}{identity(gate.named.folder)}"


def _one(it: Console, gate: Gate, who: Visitor, entry: Entry) -> Decision:
    """A decision as this session may see it."""
    assert who.session is not None
    operates, sequence = who.is_one_of(OPERATOR), str(entry.sequence)
    shown = operates and is_unmasked(it.engine, it.clock(), who.session, _journal(gate), sequence)
    of = gate.set_of(entry.value["decision"]["set"]["digest"])
    kept = it.drafts.of(who.account, UNMASKING_FORM.page.format(sequence=sequence)) if operates else None
    cases, called = cases_on(it, gate, of, entry), labels(of, gate.telling(of.digest)) if of else {}
    its = told(entry, of, str if shown else mask)
    return Decision(its, operates, shown, kept, it.cases is not None, cases, called)


def cases_on(it: Console, gate: Gate, of: TriggerSet | None, entry: Entry) -> list[str]:
    """The cases that were opened on a decision: one for each trigger that held, at most."""
    event, decided = entry.value["event"], entry.value["decision"]
    if it.cases is None or of is None:
        return []
    tells, found = gate.telling(of.digest), []
    for reason in decided["reasons"]:
        party = str(event.get(tells.parties.get(reason["trigger"], of.subject)) or "")
        trigger = f"{of.name}/{reason['trigger']}"
        id = case_id(HOLD, decided["platform"], party, reason["rule"], trigger, decided["id"])
        try:
            it.cases.case(id)
        except Refused:
            continue
        found.append(id)
    return found


def latest(gate: Gate, asked: Seen) -> Latest:
    """The newest decisions of one kind, as they are now."""
    assert gate.feed is not None
    found = gate.feed.look(asked.action, asked.trigger)
    shown = found.lines[:SHOWN]
    new = sum(line.sequence > asked.after for line in found.lines) if asked.after else 0
    zone = "UTC"
    if shown and (of := gate.set_of(shown[0].digest)) is not None:
        zone = of.triggers[0].rule.zone.key
    called = titles(*(gate.set_of(digest) for digest in dict.fromkeys(one.digest for one in shown if one.triggers)))
    return Latest(
        shown, found.seen, zone, gate.feed.said, gate.feed.detail, max(0, new - len(shown)), titles=called
    )  # fmt: skip


async def _stream(it: Console, gate: Gate, who: Visitor, asked: Seen) -> AsyncIterator[bytes]:
    """Messages until the reader goes, the session ends or the console does. Nothing is kept for the reader."""
    feed = gate.feed
    assert feed is not None
    assert who.session is not None
    was_cut = who.session.digest in gate.cut_off
    gate.cut_off.discard(who.session.digest)
    reader, woken = feed.join()
    sent: tuple[Any, ...] = ()
    try:
        yield b"retry: 1000\n\n"
        while not feed.closing:
            woken.clear()
            now = await anyio.to_thread.run_sync(latest, gate, asked)
            key = (now.said, now.lines[0].sequence if now.lines else 0)
            if key != sent and (was_cut or not _is_seen(now, asked)):
                now.cut_off, was_cut = was_cut, False
                of = (who.words.language, asked.action, asked.trigger, *key, now.total, now.missed, now.cut_off)
                yield gate.drawn(of, partial(_message, now, who.words, key[1] or None))
            sent, asked = key, Seen(asked.action, asked.trigger, max(asked.after, key[1]))
            try:
                await asyncio.wait_for(woken.wait(), gate.beat_s)
            except TimeoutError:
                yield b": still here\n\n"
            if not await anyio.to_thread.run_sync(_may_read, it, who.session):
                yield message(environment().get_template("gate_signed_out.html.j2").render(w=who.words), None)
                return
            await asyncio.sleep(gate.pause_s)
    finally:
        feed.leave(reader)


def _is_seen(now: Latest, asked: Seen) -> bool:
    """Whether a reader who comes back, and says what it saw last, has seen this."""
    return bool(asked.after) and not now.said and bool(now.lines) and now.lines[0].sequence <= asked.after


def _message(now: Latest, words: Words, id: int | None) -> bytes:
    return message(environment().get_template("gate_latest.html.j2").render(latest=now, w=words), id)


def _may_read(it: Console, session: Session) -> bool:
    """Whether whoever began to read still may; asking keeps no session alive."""
    return bool(it.sessions.roles(session.digest) & {*SEE})


def _cut_off(gate: Gate, who: Visitor) -> Any:
    assert who.session is not None
    digest = who.session.digest
    return lambda: gate.cut_off.add(digest)


def _asked(request: Request[Any, Any, Any]) -> Seen:
    query, last = request.query_params, request.headers.get("last-event-id", "")
    action, trigger = query.get("action", ""), query.get("trigger", "")[:200]
    after = int(last) if last.isascii() and last.isdigit() and len(last) < 19 else 0
    return Seen(action if action in ACTIONS else "", trigger, after)


ROUTES = [decisions, live, decision, show]
