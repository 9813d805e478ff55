"""From verdicts to cases: which holds are kept back when their delay is over, and which are given back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from guiju.cases.case import UNDECIDED, Case
from guiju.cases.desk import Desk
from guiju.cases.guard.outcome import PERSON, RELEASED, Outcome, Verdict
from guiju.cases.guard.words import said
from guiju.cases.steps import OPERATOR


def kept_back(outcome: Outcome, due: Iterable[Case]) -> dict[str, str]:
    """Of cases due to take effect those that do not, and why: for `desk.hold_due(key, lambda due: kept_back(…, due))`.

    Their delay is the rulebook's; what the guard only lets wait has its own.
    """
    groups = {group.id: group for group in outcome.groups}
    found = {}
    for case, verdict in _told(outcome, due):
        if verdict.verdict in (PERSON, RELEASED):
            status = groups[verdict.group].status if verdict.group in groups else "cause"
            found[case.id] = f"group {verdict.group}: {said().statuses[status].en}"
    return found


def give_back(desk: Desk, key: str, outcome: Outcome, cases: Iterable[Case], *, by: str) -> list[Case]:
    """Take back every flag that a common cause released, and with it whatever it imposed; returns these cases.

    cases: those to look at, of any state; decided ones stay as they are decided. by: the operator who answers for it.
    """
    groups = {group.id: group for group in outcome.groups}
    entries = {entry.group: entry for entry in outcome.in_review}
    done = []
    for case, verdict in _told(outcome, cases):
        if verdict.verdict != RELEASED or case.state not in UNDECIDED:
            continue
        words = groups[verdict.group].says if verdict.group in groups else entries[verdict.group].because
        taken = desk.withdraw(
            f"{key} {case.id}", case.id, by=by, role=OPERATOR, why=f"{words.zh}\n{words.en}", cause=verdict.group
        )
        done.append(taken)
    return done


def _told(outcome: Outcome, cases: Iterable[Case]) -> Sequence[tuple[Case, Verdict]]:
    """Cases of the guard's trigger, each with the verdict on its flag."""
    of = {(v.platform, v.id): v for v in outcome.verdicts}
    return [
        (case, of[case.matter.platform, case.matter.decision])
        for case in cases
        if case.matter.trigger.rpartition("/")[2] == outcome.trigger
        and (case.matter.platform, case.matter.decision) in of
    ]
