"""What is told of a case: to those affected, what one of two reviewers proposes only once both have decided."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from guiju.cases import Case, Matter, Step
from guiju.cases.case import Round
from guiju.ledger.entries import moment
from guiju.rulebook.redress import Terms


class Money(msgspec.Struct, frozen=True):
    """Sums of a case in minor units of `currency`.

    in_dispute: at most so much is held and claimed. held, claimed: so far, altogether. left: held now. taken: for good.
    open_claim: what may still be collected, or is not decided.
    """

    currency: str
    in_dispute: int
    held: int
    claimed: int
    left: int
    taken: int
    open_claim: int


class Times(msgspec.Struct, frozen=True):
    """Moments in UTC. appeal_until: the first one too late. hear_until: nobody decides against the unheard before."""

    flagged_at: datetime
    impose_at: datetime
    lapses_at: datetime
    changed_at: datetime
    imposed_at: datetime | None = None
    delivered_at: datetime | None = None
    appeal_until: datetime | None = None
    hear_until: datetime | None = None
    due_at: datetime | None = None


class AppealMade(msgspec.Struct, frozen=True):
    """Step `step`: who appealed, as what."""

    step: int
    at: datetime
    by: str
    role: str
    retracted: bool


class DecisionMade(msgspec.Struct, frozen=True):
    """Step `step`: what one or two reviewers decided, or one of them proposed."""

    step: int
    at: datetime
    by: tuple[str, ...]
    outcome: str
    upheld: int
    why: str


class CaseTold(msgspec.Struct, frozen=True, kw_only=True):
    """A case after `steps` steps."""

    id: str
    state: str
    steps: int
    outcome: str
    matter: Matter
    terms: Terms
    money: Money
    times: Times
    appeals: tuple[AppealMade, ...]
    decisions: tuple[DecisionMade, ...]
    proposal: DecisionMade | None
    speakers: tuple[str, ...]
    group: str
    reopened: bool


class StepTold(msgspec.Struct, frozen=True):
    """One step: who, when, as what, why; `says`: what its kind says besides, of `flagged` what the case has above."""

    number: int
    kind: str
    at: datetime
    by: str
    role: str
    why: str
    says: dict[str, Any]


class CaseOpened(CaseTold, frozen=True, kw_only=True):
    """A case with its steps, oldest first."""

    history: tuple[StepTold, ...]


def told(case: Case, is_affected: bool) -> CaseTold:
    """A case, to somebody affected or to the operator's people."""
    return CaseTold(**_fields(case, is_affected))


def opened(case: Case, steps: Iterable[Step], is_affected: bool) -> CaseOpened:
    """A case with its steps."""
    shown = tuple(map(_step, (step for step in steps if not is_affected or step.kind != "proposed")))
    return CaseOpened(**_fields(case, is_affected), history=shown)


def _fields(case: Case, is_affected: bool) -> dict[str, Any]:
    m = case.matter
    moments: dict[str, Any] = {name: getattr(case, name) for name in Times.__struct_fields__}
    return {
        "id": case.id, "state": case.state, "steps": case.steps, "outcome": case.outcome, "matter": m,
        "terms": case.terms, "group": case.group, "reopened": case.reopened, "speakers": case.speakers,
        "money": Money(m.currency, m.amount, case.held, case.claimed, case.left, case.taken, case.open_claim),
        "times": msgspec.convert({name: at and moment(at) for name, at in moments.items()}, Times),
        "appeals": tuple(AppealMade(a.number, moment(a.at), a.by, a.role, a.retracted) for a in case.appeals),
        "decisions": tuple(map(_decision, case.rounds)),
        "proposal": _decision(case.proposal) if case.proposal and not is_affected else None,
    }  # fmt: skip


def _decision(made: Round) -> DecisionMade:
    return DecisionMade(made.number, moment(made.at), made.by, made.outcome, made.upheld, made.why)


def _step(step: Step) -> StepTold:
    says = {} if step.kind == "flagged" else msgspec.json.decode(step.content, type=dict[str, Any])
    return StepTold(step.number, step.kind, moment(step.recorded_at), step.by, step.role, step.why, says)
