"""What the twin's shops collected of people, on what basis, and which consents there were when they did.

Truth is asked of the rows one by one: which collection had no valid consent, no other basis being recorded.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from guiju.twin.market import DAY, HOUR, Ints, Market
from guiju.twin.plans import grade
from guiju.twin.settling import Truth
from guiju.twin.tables import Names, write_rows

RULE = "no_collection_without_basis"
CHECK = "collection_without_basis"
LEAST_PEOPLE, SKEW, PROCESSING, ADULT = 5, 10 * HOUR // 60, 15 * DAY, 14
SENSITIVE = {"trail", "face", "fingerprint", "health", "bank_card"}
PEOPLE, VISITS = 40, 10  # of a collector; of a person in a year
AGAINST = ("never_asked", "asked_afterwards", "withdrawn", "sensitive_in_a_bundle", "child_alone", "no_basis_at_all")
HONEST = (
    "needed_for_the_contract", "legal_duty", "consent_given_anew", "withdrawal_under_way", "clocks_apart",
    "a_few_lost_rows", "sensitive_and_asked_apart", "guardian_consented", "sensitive_for_the_contract",
    "consented_basis_not_written", "basis_not_known", "for_another_purpose_too",
)  # fmt: skip
GROUNDS = {"needed_for_the_contract": "contract", "legal_duty": "legal_duty", "sensitive_for_the_contract": "contract",
           "consented_basis_not_written": None, "basis_not_known": None, "no_basis_at_all": "none"}  # fmt: skip
FIELDS = ("location", "contacts", "browsing_history", "phone", "gender", "photos")
PURPOSES = ("recommendation", "advertising", "delivery", "profiling")
BARE = ("needed_for_the_contract", "legal_duty", "never_asked", "no_basis_at_all", "a_few_lost_rows",
        "sensitive_for_the_contract", "basis_not_known")  # fmt: skip
Row = dict[str, object]


class Span(NamedTuple):
    """A consent: in UTC microseconds, `ends` None while it holds."""

    begins: int
    ends: int | None
    separate: bool = False
    guardian: bool = False


def write(out: Path, market: Market, names: Names, rng: np.random.Generator, plants: bool) -> list[Truth]:
    """The tables `personal_data` and `consents`; which shops collected without a basis."""
    clock, taken, given, true = market.clock, list[Row](), list[Row](), list[Truth]()
    plans = [(p, 1.0) for p in HONEST]
    if plants:  # strength: of the shop's people how many, of each kind from a fifth to all
        plans += [(p, grade(n, 3, 0.2, 1.0)) for p in AGAINST for n in range(3)]
    for i, (pattern, share) in enumerate(plans):
        seller = i % market.sellers
        platform = int(market.platform[seller])
        sensitive = pattern.startswith("sensitive") or (pattern == "guardian_consented")
        field = ("face", "bank_card", "health", "trail")[i % 4] if sensitive else FIELDS[i % len(FIELDS)]
        shop: Row = {"platform": market.platforms[platform], "collector": market.seller_name(seller),
                     "purpose": f"{PURPOSES[i % len(PURPOSES)]}-{i}", "field": field}  # fmt: skip
        wrong: dict[str, list[int]] = {}
        for n in range(PEOPLE):
            nth = int(rng.integers(0, market.per_platform // PEOPLE)) * PEOPLE + n
            who = f"c{platform * market.per_platform + nth:09d}"
            one = shop | {"person": who}
            alike = n >= round(share * PEOPLE)
            at = np.sort(rng.integers(clock.since + DAY, clock.until - HOUR, VISITS))
            kind = "" if alike and pattern in AGAINST else pattern
            if pattern == "a_few_lost_rows" and n >= LEAST_PEOPLE - 1:
                kind = ""
            spans = _consents(kind, at, field in SENSITIVE)
            if kind == "withdrawal_under_way":
                at = at[at <= at[VISITS // 2] + 10 * DAY]
            child = kind in ("child_alone", "guardian_consented")
            basis = GROUNDS.get(pattern, "consent")
            age = int(rng.integers(7, ADULT)) if child else None if n % 2 else int(rng.integers(ADULT, 80))
            given += [_consent(one, span) for span in spans]
            if pattern == "for_another_purpose_too":
                given.append(_consent(one | {"purpose": "newsletter"}, Span(int(at[0]) - DAY, None)))
            taken += [one | {"occurred_at": int(t), "basis": basis, "age_years": age} for t in at]
            bare = [int(t) for t in at if basis in ("consent", "none") and not covered(t, spans, field, age)]
            if bare:
                wrong[who] = bare
        where = str(shop["platform"]), str(shop["collector"]), f"{shop['purpose']}/{field}"
        if len(wrong) >= LEAST_PEOPLE:
            moments = [t for bare in wrong.values() for t in bare]
            true.append(Truth(CHECK, "violation", pattern, *where, min(moments), max(moments),
                              100 * len(wrong) / PEOPLE, RULE))  # fmt: skip
        if pattern in HONEST:
            assert len(wrong) < LEAST_PEOPLE, pattern
            true.append(Truth(CHECK, "lookalike", pattern, *where, clock.since, clock.until, 0.0, RULE))
    taken.sort(key=lambda row: (int(str(row["occurred_at"])), str(row["person"]), str(row["purpose"])))
    write_rows(out, "personal_data", [row | {"id": f"d{i:06d}"} for i, row in enumerate(taken)])
    write_rows(out, "consents", [row | {"id": f"w{i:06d}"} for i, row in enumerate(given)])
    return true


def _consents(pattern: str, at: Ints, sensitive: bool) -> list[Span]:
    """A person's consents by what was done; `at`: when it was collected."""
    first, middle = int(at[0]), int(at[VISITS // 2])
    before = first - 30 * DAY
    if pattern in BARE:
        return []
    if pattern == "asked_afterwards":
        return [Span(middle + HOUR, None, sensitive)]
    if pattern == "withdrawn":
        return [Span(before, first + HOUR, sensitive)]
    if pattern == "consent_given_anew":
        return [Span(before, middle + HOUR, sensitive), Span(middle + HOUR, None, sensitive)]
    if pattern == "withdrawal_under_way":
        return [Span(before, middle - HOUR, sensitive)]
    if pattern == "clocks_apart":
        return [Span(first + SKEW // 2, None, sensitive)]
    apart = sensitive and pattern != "sensitive_in_a_bundle"
    return [Span(before, None, apart or pattern == "child_alone", pattern == "guardian_consented")]


def _consent(one: Row, span: Span) -> Row:
    said = {"separate": "yes" if span.separate else "no", "given_by": "guardian" if span.guardian else "person"}
    return one | said | {"given_at": span.begins, "withdrawn_at": span.ends}


def covered(at: int, spans: list[Span], field: str, age: int | None) -> bool:
    """The rule's own definition: in force, by itself where it is sensitive, by a guardian where it is a child's."""
    return any(
        s.begins - SKEW <= at
        and (s.ends is None or at <= s.ends + PROCESSING)
        and (s.separate or field not in SENSITIVE)
        and (s.guardian or age is None or age >= ADULT)
        for s in spans
    )
