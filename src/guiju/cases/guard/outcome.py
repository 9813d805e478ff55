"""What the guard answers, as plain values: a verdict for every flag, and a group for every burst's cause."""

from __future__ import annotations

from datetime import date

import msgspec

from guiju.checks.words import Words

HOLD, WAIT, RELEASED, PERSON, STAYS = "hold", "wait", "released", "person", "stays"
VERDICTS = {
    HOLD: Words("可以扣留", "may be held"),
    WAIT: Words("等待", "waits"),
    RELEASED: Words("因共因放行", "released: a common cause"),
    PERSON: Words("交人决定", "a person decides"),
    STAYS: Words("维持：另有独立证据", "stays: independent evidence"),
}
# What became of a burst. Only the first releases anything by itself, and only the last lets flags of it be held.
CAUSE, TO_AUDIT, MIXED, UNEXPLAINED, TOO_FEW, CONFIRMED = (
    "cause", "to_audit", "mixed", "unexplained", "too_few", "confirmed",
)  # fmt: skip


class Verdict(msgspec.Struct, frozen=True):
    """Of one flag: hold (now), wait, released, person or stays; of which group, and whether it is in a sample.

    `stays` may be held like `hold`; of `person` nothing more is held, and what is held already stays until a person
    decides; of `released` whatever is held already is given back.
    """

    platform: str
    id: str
    verdict: str
    group: str = ""
    evidence: str = ""
    sampled: bool = False


class Odds(msgspec.Struct, frozen=True):
    """An odds ratio and its 95 % interval; null where the table does not say."""

    value: float
    low: float
    high: float


class Evidence(msgspec.Struct, frozen=True):
    """Why a group is one: the place against everywhere else, crude, adjusted and outside the slice; what is explained.

    detectable: the odds ratio outside that would be told from 1 with 80 % power. explained_pct: with its 95 % interval.
    slice_cases, slice_flags, slice_people: over all days asked; lift against all cases; best_accuracy and best_score:
    the best slices by either; q: confirmation on the other half of people.
    """

    crude: Odds
    common: Odds
    cmh_p: float
    breslow_day_p: float
    outside: Odds
    detectable: float
    excess: float
    explained_pct: tuple[float, float, float]
    slice_cases: int
    slice_flags: int
    slice_people: int
    lift: float
    q: float
    slices_asked: int
    best_accuracy: dict[str, str]
    best_score: dict[str, str]


class Audit(msgspec.Struct, frozen=True):
    """What people found in the group's sample: k of n flags true, of so many people; bounds in per cent."""

    k: int
    n: int
    people: int
    low_pct: float
    high_pct: float


class Payer(msgspec.Struct, frozen=True):
    """A registered campaign that is the cause; moments in microseconds UTC, `until` 0 where it does not end."""

    id: str
    campaign: str
    funder: str
    funder_kind: str
    region: str
    since: int
    until: int


class Point(msgspec.Struct, frozen=True):
    """A local day of the place: flags in the slice, other flags, and how many would be usual."""

    day: date
    inside: int
    outside: int
    usual: float


class InReview(msgspec.Struct, frozen=True):
    """A trigger that only puts before a person what lies in a slice, from a moment to another (µs UTC, not included).

    The set's text is not touched, and its decisions stay what both engines give: who turns flags into holds asks
    `in_review` first (`look` does).
    """

    platform: str
    trigger: str
    slice: dict[str, str]
    campaigns: list[str]
    since: int
    until: int
    group: str
    because: Words


class Group(msgspec.Struct, frozen=True):
    """Flags with one cause, or with none that is known: one to read and to decide.

    status: cause, to_audit, mixed, unexplained, too_few or confirmed. place: where the alarm was, as {region: 7};
    others are further places whose alarm is the same burst. since, until: local days. members: flags it decides on;
    staying: those with evidence of their own. sample: flags that people are asked to look at.
    """

    id: str
    platform: str
    trigger: str
    status: str
    place: dict[str, str]
    others: list[dict[str, str]]
    slice: dict[str, str]
    campaigns: list[Payer]
    since: date
    until: date
    members: list[str]
    staying: list[str]
    sample: list[str]
    says: Words
    days: list[Point]
    evidence: Evidence | None = None
    audit: Audit | None = None


class Outcome(msgspec.Struct, frozen=True):
    """All of it, as of a moment (µs UTC). `unseen` are kinds of evidence and attributes that could not be looked at."""

    trigger: str
    now: int
    zone: str
    cases: int
    flags: int
    verdicts: list[Verdict]
    groups: list[Group]
    in_review: list[InReview]
    unseen: list[str]

    def counts(self) -> dict[str, int]:
        """Flags by verdict, all five named."""
        found = dict.fromkeys(VERDICTS, 0)
        for one in self.verdicts:
            found[one.verdict] += 1
        return found
