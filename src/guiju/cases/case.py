"""A case as its steps make it: its state, its deadlines, the money in it, and who may not decide it."""

from __future__ import annotations

import msgspec

from guiju.cases.matter import STOP, Matter
from guiju.cases.steps import OVERTURNED
from guiju.rulebook.redress import Terms

FLAGGED, NOTICED, APPEALED, DECIDED, REMEDIED, WITHDRAWN, LAPSED, REOPENED = STATES = (
    "flagged", "noticed", "appealed", "decided", "remedied", "withdrawn", "lapsed", "reopened",
)  # fmt: skip
UNDECIDED = (FLAGGED, NOTICED, APPEALED)
OPEN = (*UNDECIDED, REOPENED)
HOUR = 3_600_000_000  # microseconds


class Round(msgspec.Struct, frozen=True):
    """A decision, by whom (one or two), of which step, and what came of it."""

    number: int
    at: int
    by: tuple[str, ...]
    outcome: str
    upheld: int
    why: str
    group: str = ""


class Appeal(msgspec.Struct, frozen=True):
    """Who appealed, as what, when, of which step; `retracted` it is taken back."""

    number: int
    at: int
    by: str
    role: str
    due_at: int
    jointly: str = ""
    retracted: bool = False


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case after `steps` steps. Moments are microseconds since 1970, UTC; sums minor units of the matter's currency.

    impose_at: from when it may take effect. lapses_at: when it lapses undecided. appeal_until: the first moment too
    late for an appeal, the end of a local day in the rule's zone; None until a notice was delivered. hear_until: before
    it nobody decides against a party that has not appealed. due_at: by when an appeal or reopening is answered.
    barred: who may not decide: who flagged, imposed or decided it. speakers: who holds a mandate.
    left: what of the hold is neither released nor captured; taken: captured and collected, less what was refunded.
    open_claim: what of the claim may still be collected, or is not decided.
    """

    id: str
    matter: Matter
    terms: Terms
    state: str
    steps: int
    flagged_at: int
    flagged_by: str
    flagged_role: str
    impose_at: int
    lapses_at: int
    changed_at: int
    imposed_at: int | None = None
    imposed_number: int | None = None
    holds: tuple[int, ...] = ()
    claims: tuple[int, ...] = ()
    held: int = 0
    claimed: int = 0
    left: int = 0
    taken: int = 0
    open_claim: int = 0
    delivered_at: int | None = None
    appeal_until: int | None = None
    hear_until: int | None = None
    due_at: int | None = None
    appeals: tuple[Appeal, ...] = ()
    resumes: str = FLAGGED  # the state that a retracted appeal goes back to
    proposal: Round | None = None
    rounds: tuple[Round, ...] = ()
    barred: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    group: str = ""
    left_group: bool = False
    reopened: bool = False

    @property
    def outcome(self) -> str:
        return self.rounds[-1].outcome if self.rounds else ""

    @property
    def is_open(self) -> bool:
        """Whether somebody has yet to decide it."""
        return self.state in OPEN or self.state == DECIDED

    def in_force(self, at: int) -> bool:
        """Whether what was imposed still binds at a moment: money is held, work stopped, the measure stands."""
        if self.imposed_at is None or self.state in (WITHDRAWN, LAPSED) or self.outcome == OVERTURNED:
            return False
        return at < self.lapses_at if self.matter.kind == STOP or not self.rounds else True
