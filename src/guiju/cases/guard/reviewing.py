"""A trigger that goes to review for a slice: the dated entry, and whether a flag lies in one.

The entry is honoured between flag and hold, not in the set: its text stays what it is, both engines give the same
decisions, and a flag that lies in an entry does not become a hold by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from guiju.cases.guard.outcome import CAUSE, CONFIRMED, MIXED, Group, InReview
from guiju.gate.decisions import microseconds_of

LASTS = timedelta(days=30)  # of an entry whose campaign does not end: then it is asked again


def reviews(groups: Iterable[Group], now: datetime, in_force: Sequence[InReview]) -> list[InReview]:
    """What is in review from now on: what was, but for entries that a sample has overthrown, and the new ones."""
    overthrown = {g.id for g in groups if g.status in (MIXED, CONFIRMED)}
    kept = {(e.platform, e.group): e for e in in_force if e.group not in overthrown}
    for group in groups:
        if group.status == CAUSE:
            ends = [payer.until for payer in group.campaigns]
            until = max(ends) if all(ends) else microseconds_of(now + LASTS)
            since = min(payer.since for payer in group.campaigns)
            names = [payer.campaign for payer in group.campaigns]
            entry = InReview(
                group.platform, group.trigger, group.slice, names, since, until, group.id, group.says
            )  # fmt: skip
            kept[group.platform, group.id] = entry
    return list(kept.values())


def in_review(entries: Iterable[InReview], trigger: str, platform: str, flag: Mapping[str, Any]) -> InReview | None:
    """The entry in which a flag lies, if any; a flag has `decided_at`, `campaign` and its attributes by name.

    An attribute that the flag does not tell is not the entry's: what could not be seen is not protected.
    """
    for entry in entries:
        if (entry.trigger, entry.platform) != (trigger, platform):
            continue
        if not entry.since <= microseconds_of(flag["decided_at"]) < entry.until:
            continue
        if flag.get("campaign") in entry.campaigns and all(flag.get(k) == v for k, v in entry.slice.items()):
            return entry
    return None
