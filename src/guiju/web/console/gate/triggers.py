"""The gate in short: which versions are at work, and each trigger with its limits and how often it holds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
from litestar import Request, Response, get

from guiju.audit.report.words import Pair
from guiju.checks.words import Words
from guiju.gate import Trigger, TriggerSet
from guiju.records.errors import both
from guiju.rulebook import rules
from guiju.web.console.accounts import ADMIN, OPERATOR
from guiju.web.console.admission import may
from guiju.web.console.answering import It, page, threaded
from guiju.web.console.gate.asking import NotDone, NotReached
from guiju.web.console.gate.gate import Gate
from guiju.web.console.gate.proposals import OPEN, Promotion, Proposals
from guiju.web.console.gate.telling import Cited, Limit, cites, limits, names
from guiju.web.rollout_description import Standing

SEE = (OPERATOR, ADMIN)
NOTHING: Pair = ("", "")


class Part(msgspec.Struct):
    """A version at work: how much of the subjects it decides on, and the decisions that were seen of it."""

    digest: str
    is_candidate: bool
    share_pct: float
    since: datetime | None
    by: str
    why: str
    decisions: int
    seen_since: datetime | None
    warm: bool = True
    failed: str = ""
    warmed_pct: int = 100


class Row(msgspec.Struct):
    """A trigger. difference: of its text in the candidate, `same`, `other`, `new`, `gone`, or '' without one.

    hits: at how many of `decisions` by its version it held; None where no journal is followed.
    """

    name: str
    title: Words
    rule: str
    listed: bool
    mode: str
    action: str
    says: Words
    limits: list[Limit]
    cites: list[Cited]
    difference: str
    hits: int | None
    decisions: int
    since: datetime | None


class Room(msgspec.Struct):
    """The page. said: the words for what is wrong, '' where the service answers; url: where it is looked for.

    waiting: what was proposed to be done with the candidate, and nobody else has confirmed yet. names: of facts.
    """

    named: bool
    said: str
    detail: Pair
    url: str
    follows: bool
    set: str = ""
    stream: str = ""
    zone: str = "UTC"
    subject: str = ""
    parts: list[Part] = []
    triggers: list[Row] = []
    known: bool = True
    waiting: Promotion | None = None
    names: dict[str, Words] = {}


def reached(gate: Gate) -> tuple[Standing | None, str, Pair]:
    """How the versions stand; else the words for why that is not known, and the service's own."""
    try:
        return gate.asking.standing(), "", NOTHING
    except NotReached as error:
        return None, "gate_away", both(error)
    except NotDone as error:
        said = "gate_no_key" if error.status in (401, 403) else "gate_refuses"
        return None, said, both(error)


@get("/gate", opt=may(*SEE))
@threaded
def gate(request: Request[Any, Any, Any], it: It) -> Response[Any]:
    newest = Proposals(it.engine, it.clock, it.gate.named.url).newest() if it.gate else []
    waiting = next((one for one in newest if one.state == OPEN), None)
    return page(request, "gate.html.j2", room(it.gate, it.clock().date(), waiting))


def room(gate: Gate | None, today: date, waiting: Promotion | None) -> Room:
    if gate is None:
        return Room(False, "", NOTHING, "", False)
    standing, said, detail = reached(gate)
    if standing is None:
        return Room(True, said, detail, gate.named.url, gate.feed is not None)
    of, beside = gate.set_of(standing.current), standing.candidate
    other = gate.set_of(beside.version) if beside else None
    if beside and beside.share_pct >= 100:  # it decides on everybody, and the current version on nobody
        of, other = other, None
    content = Room(
        True, "", NOTHING, gate.named.url, gate.feed is not None, standing.set, parts=parts(gate, standing),
        subject=beside.subject if beside else "", known=of is not None,
        waiting=waiting if waiting and waiting.is_of(standing) else None,
    )  # fmt: skip
    if of is not None:
        content.stream, content.zone = of.stream, of.triggers[0].rule.zone.key
        content.triggers = _rows(gate, of, other, today)
        for digest in (beside.version if beside else "", standing.current):
            content.names |= names(gate.telling(digest)) if digest else {}
    return content


def parts(gate: Gate, standing: Standing) -> list[Part]:
    """The versions at work, the current one first."""
    beside = standing.candidate
    share = beside.share_pct if beside else 0.0
    made = [_part(gate, standing, standing.current, False, 100 - share)]
    if beside:
        other = _part(gate, standing, beside.version, True, share)
        other.warm, other.failed = beside.warm, beside.failed or ""
        other.warmed_pct = 100 * beside.warmed.entries // max(beside.warmed.of, 1)
        made.append(other)
    return made


def _part(gate: Gate, standing: Standing, digest: str, is_candidate: bool, share: float) -> Part:
    """`since`, `by` and `why` are those of the change by which it came, as far back as the service tells changes."""
    came = ("propose",) if is_candidate else ("begin", "conclude")
    change = next((c for c in standing.changes if c.change in came and c.version == digest), None)
    counted = gate.feed.counts(digest) if gate.feed else None
    since = datetime.fromisoformat(change.at) if change and change.at else None
    return Part(
        digest, is_candidate, share, since, change.by if change else "", change.why if change else "",
        counted.decisions if counted else 0, counted.since if counted else None,
    )  # fmt: skip


def _rows(gate: Gate, of: TriggerSet, other: TriggerSet | None, today: date) -> list[Row]:
    counted = gate.feed.counts(of.digest) if gate.feed else None
    others = {t.name: t for t in other.triggers} if other else {}
    same_features = other is not None and other.features.of == of.features.of
    made = []
    for t in of.triggers:
        beside = others.get(t.name)
        difference = "" if other is None else "gone" if beside is None else _difference(t, beside, same_features)
        hits = counted.hits.get(t.name, 0) if counted else 0 if gate.feed else None
        made.append(_row(t, today, difference, hits))
        if counted:
            made[-1].decisions, made[-1].since = counted.decisions, counted.since
    known = {t.name for t in of.triggers}
    return made + [_row(t, today, "new", None) for name, t in others.items() if name not in known]


def _difference(one: Trigger, other: Trigger, same_features: bool) -> str:
    return "same" if same_features and (one.entry, one.limits) == (other.entry, other.limits) else "other"


def _row(t: Trigger, today: date, difference: str, hits: int | None) -> Row:
    return Row(
        t.name, t.rule.title, t.rule.name, t.rule.name in rules(), t.entry.mode, t.entry.action, t.entry.says,
        limits(t, today), cites(t.rule, today), difference, hits, 0, None,
    )  # fmt: skip


ROUTES = [gate]
