"""What a statement of reasons says, read from a case's steps and the ledger at one moment; nothing is made up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, select

from guiju.cases import steps as s
from guiju.cases import tables as t
from guiju.cases.case import APPEALED, FLAGGED, NOTICED, REMEDIED, REOPENED, UNDECIDED, Case
from guiju.cases.matter import HOLD, STOP, Cited, Fact
from guiju.cases.permission import is_appealed
from guiju.cases.procedure import after
from guiju.cases.steps import OVERTURNED, Step
from guiju.cases.store import Cases
from guiju.cases.writing import step_of
from guiju.checks.words import Words
from guiju.ledger import Refused, database
from guiju.ledger.entries import microseconds, moment
from guiju.ledger.money import units

MOST_STEPS = 2**31 - 1  # of a case, as PostgreSQL's integer has it


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What the case comes to in the currency's own units. Every sum but `available` is this case's.

    disputed: no more may be held. held: now. claimed: had been withdrawn, and nobody has decided on it. collectable:
    may be collected by a decision. returned: came back and is there. taken: by decision. elsewhere: another case of the
    same order has it now. available: what the party can withdraw now; None where the ledger has no account of theirs.
    """

    currency: str
    disputed: Decimal
    held: Decimal
    claimed: Decimal
    collectable: Decimal
    returned: Decimal
    taken: Decimal
    elsewhere: Decimal
    available: Decimal | None


class Answer(msgspec.Struct, frozen=True):
    """A decision on the case, with the reason as it was given."""

    outcome: str
    at: datetime
    by: tuple[str, ...]
    why: str
    upheld: Decimal


class Redress(msgspec.Struct, frozen=True, kw_only=True):
    """How and until when. `last_day` to appeal is in the rule's zone, and None until a notice was delivered."""

    can_appeal: bool
    can_reopen: bool
    last_day: date | None
    appeal_days: int
    answer_hours: int
    answer_by: datetime | None
    reviewers: int
    agency_speaks: bool
    speakers: tuple[str, ...]


class Line(msgspec.Struct, frozen=True):
    """One step: when, what, by whom and as what."""

    at: datetime
    kind: str
    by: str
    role: str


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement of reasons as of a moment. Moments are of the zone of the rule's jurisdiction.

    in_force: money is held, work is stopped, or the measure stands. begins: when it may take effect, where it has not.
    until: when it ends by itself: undecided, or a stop that a decision upheld; else None. course: without what a
    reviewer has only proposed. chain: of the case's last step.
    """

    case: str
    as_of: datetime
    kind: str
    state: str
    in_force: bool
    begins: datetime | None
    until: datetime | None
    platform: str
    party: str
    agency: str | None
    subject: str
    occurred_at: datetime
    zone: str
    says: Words
    facts: tuple[Fact, ...]
    innocent: tuple[Words, ...]
    jurisdiction: str
    rule: str
    title: Words
    provisions: tuple[Cited, ...]
    automated: bool
    sums: Sums | None
    redress: Redress
    answers: tuple[Answer, ...]
    withdrawn_because: str | None
    group_cause: Words | None
    course: tuple[Line, ...]
    decision: str
    text: str
    chain: str


def stated(cases: Cases, id: str) -> Statement:
    """The statement of a case now. Raises Refused where there is none."""
    with database.reading(cases.engine) as connection:
        return stated_in(connection, cases, id)


def stated_in(connection: Connection, cases: Cases, id: str, up_to: int | None = None) -> Statement:
    """The statement as a transaction sees it; `up_to` a step: as of that step, but for what can be withdrawn now."""
    c, newest = t.case_steps.c, t.case_steps.c.number <= (up_to or MOST_STEPS)
    rows = connection.execute(select(t.case_steps).where((c.case == id) & newest).order_by(c.number)).all()
    steps, found = [step_of(row) for row in rows], None
    for step in steps:
        found = after(found, step)
    if found is None:
        raise Refused(f"there is no case {id}")
    now = microseconds(cases.clock()) if up_to is None else steps[-1].recorded_at
    case = cases.as_of(found, now)
    sums = _sums(connection, cases, found, case, steps) if case.matter.amount else None
    return _statement(case, steps, rows[-1].chain, sums, _cause(connection, case.group), now)


def _statement(
    case: Case, steps: list[Step], chain: str, sums: Sums | None, cause: Words | None, now: int
) -> Statement:
    m, zone = case.matter, ZoneInfo(case.matter.zone)

    def local(at: int) -> datetime:
        return moment(at).astimezone(zone)

    undecided = case.state in UNDECIDED and not case.rounds
    withdrawn = next((step.why for step in steps if step.kind == "withdrawn"), None)
    return Statement(
        case=case.id, as_of=local(now), kind=m.kind, state=case.state, in_force=case.in_force(now),
        begins=local(case.impose_at) if undecided and case.imposed_at is None else None,
        until=local(case.lapses_at) if undecided or (m.kind == STOP and case.in_force(now)) else None,
        platform=m.platform, party=m.party, agency=m.agency, subject=m.subject, occurred_at=local(m.occurred_at),
        zone=m.zone, says=m.says, facts=m.facts, innocent=m.innocent, jurisdiction=m.jurisdiction, rule=m.rule,
        title=m.title, provisions=m.provisions, automated=m.automated, sums=sums,
        redress=_redress(case, zone, now),
        answers=tuple(
            Answer(r.outcome, local(r.at), r.by, r.why, units(r.upheld, m.currency)) for r in case.rounds
        ),
        withdrawn_because=withdrawn, group_cause=cause,
        course=tuple(Line(local(x.recorded_at), x.kind, x.by, x.role) for x in steps if x.kind != "proposed"),
        decision=m.decision, text=m.text, chain=chain,
    )  # fmt: skip


def _redress(case: Case, zone: ZoneInfo, now: int) -> Redress:
    until = case.appeal_until
    standing = case.state == REMEDIED and case.outcome != OVERTURNED and not is_appealed(case)
    in_time = until is None or now < until
    return Redress(
        can_appeal=in_time and (standing or case.state in (FLAGGED, NOTICED)),
        can_reopen=case.state == REMEDIED and not case.reopened and case.outcome != OVERTURNED,
        last_day=None if until is None else (moment(until).astimezone(zone) - timedelta(microseconds=1)).date(),
        appeal_days=case.terms.appeal_days, answer_hours=case.terms.answer_hours,
        answer_by=moment(case.due_at).astimezone(zone) if case.due_at and case.state in (APPEALED, REOPENED) else None,
        reviewers=case.terms.reviewers, agency_speaks=case.matter.agency_speaks, speakers=case.speakers,
    )  # fmt: skip


def _sums(connection: Connection, cases: Cases, found: Case, case: Case, steps: list[Step]) -> Sums:
    """What the case comes to; `found` is the case as recorded, `case` as it is now, lapsed if its time is up."""
    currency, id = case.matter.currency, case.id
    given = refunded = ceded = moved = 0
    endings = set()
    for step in steps:
        if step.kind in ("remedied", "withdrawn", "lapsed"):
            given += step.says.released
            endings.add(step.recorded_at)
            refunded += step.says.refunded if step.kind == "remedied" else 0
        elif step.kind == "ceded":
            ceded += step.says.released + step.says.waived
    given += found.left - case.left  # lapsed, and nobody has recorded it yet
    for step in _siblings_steps(connection, case):
        says = step.says
        if step.kind == "shifted" and says.of == id and step.recorded_at in endings:
            moved += says.held
    # What another case of the order held before this one took effect.
    never = 0 if case.imposed_at is None or case.matter.kind != HOLD else case.matter.amount - case.held - case.claimed
    decided = bool(case.rounds)
    standing = {has.currency: has for has in cases.ledger.standing_in(connection, case.matter.party)}

    def of(minor: int) -> Decimal:
        return units(minor, currency)

    return Sums(
        currency=currency, disputed=of(case.matter.amount), held=of(case.left),
        claimed=of(0 if decided else case.open_claim), collectable=of(case.open_claim if decided else 0),
        returned=of(given - moved + refunded), taken=of(case.taken), elsewhere=of(moved + ceded + never),
        available=of(standing[currency].available) if currency in standing else None,
    )  # fmt: skip


def _siblings_steps(connection: Connection, case: Case) -> list[Step]:
    """The steps by which other cases of the same event took over."""
    if not case.matter.amount:
        return []
    siblings = select(t.cases.c.id).where((t.cases.c.event == case.matter.event) & (t.cases.c.id != case.id))
    c = t.case_steps.c
    rows = connection.execute(select(t.case_steps).where(c.case.in_(siblings) & (c.kind == "shifted"))).all()
    return [step_of(row) for row in rows]


def _cause(connection: Connection, group: str) -> Words | None:
    if not group:
        return None
    c = t.case_steps.c
    row = connection.execute(select(t.case_steps).where((c.case == group) & (c.number == 1))).first()
    says = step_of(row).says if row else None
    return says.cause if isinstance(says, s.Grouped) else None
