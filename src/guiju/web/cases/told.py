"""What is told of a case: all of it to the operator's people, and to those affected all but the names of persons.

Reviewers are told to the party as `reviewer 1`, `reviewer 2`: it can be seen that nobody answers the appeal of their
own decision, and nobody can be sought out. What one of two reviewers proposed is theirs until both have decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from guiju.cases import Case, Matter, Step
from guiju.cases.steps import MACHINE, OPERATOR, REVIEWER
from guiju.ledger.entries import moment
from guiju.rulebook.redress import Terms

STAFF = (OPERATOR, REVIEWER)
THEIRS = ("proposed", "group_proposed")  # steps that those affected are not told of


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


def told(case: Case, names: Mapping[str, str] | None) -> CaseTold:
    """A case. `names`: what those affected are told in place of persons; None tells all."""
    return CaseTold(**_fields(case, names))


def opened(case: Case, steps: Iterable[Step], names: Mapping[str, str] | None) -> CaseOpened:
    """A case with its steps."""
    shown = tuple(_step(step, names) for step in steps if names is None or step.kind not in THEIRS)
    return CaseOpened(**_fields(case, names), history=shown)


def named(steps: Iterable[Step]) -> dict[str, str]:
    """What each person at work on a case is told as, in the order they came."""
    found: dict[str, str] = {}
    counts = dict.fromkeys(STAFF, 0)
    for step in steps:
        if step.role in STAFF and step.by not in found and step.kind not in THEIRS:
            counts[step.role] += 1
            found[step.by] = f"{step.role} {counts[step.role]}"
        if step.kind == "decided" and (other := step.says.with_) and other not in found:
            counts[REVIEWER] += 1
            found[other] = f"{REVIEWER} {counts[REVIEWER]}"
    return found


def _fields(case: Case, names: Mapping[str, str] | None) -> dict[str, Any]:
    def by(name: str) -> str:
        return names.get(name, name) if names is not None else name

    def decision(made: Any) -> DecisionMade:
        return DecisionMade(made.number, moment(made.at), tuple(map(by, made.by)), made.outcome, made.upheld, made.why)

    m = case.matter
    moments: dict[str, Any] = {name: getattr(case, name) for name in Times.__struct_fields__}
    return {
        "id": case.id, "state": case.state, "steps": case.steps, "outcome": case.outcome, "matter": m,
        "terms": case.terms, "group": case.group, "reopened": case.reopened, "speakers": case.speakers,
        "money": Money(m.currency, m.amount, case.held, case.claimed, case.left, case.taken, case.open_claim),
        "times": msgspec.convert({name: at and moment(at) for name, at in moments.items()}, Times),
        "appeals": tuple(AppealMade(a.number, moment(a.at), by(a.by), a.role, a.retracted) for a in case.appeals),
        "decisions": tuple(map(decision, case.rounds)),
        "proposal": decision(case.proposal) if case.proposal and names is None else None,
    }  # fmt: skip


def _step(step: Step, names: Mapping[str, str] | None) -> StepTold:
    says = {} if step.kind == "flagged" else msgspec.json.decode(step.content, type=dict[str, Any])
    by = step.by
    if names is not None:
        by = names.get(by, by if step.role not in (*STAFF, MACHINE) else step.role)
        if "with_" in says:
            says["with_"] = names.get(says["with_"], says["with_"])
    return StepTold(step.number, step.kind, moment(step.recorded_at), by, step.role, step.why, says)
