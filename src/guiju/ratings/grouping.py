"""How long replies took by groups: by whom one asked, by the hour or day of asking, by the tier that was published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from guiju.audit.report.words import Pair
from guiju.estimators.waiting import LogRank, log_rank
from guiju.ratings.panel import Panel
from guiju.ratings.shopping import SAME, Contact, Replies, replies

SUBJECT, HOUR, DAY, TIER = "subject", "hour", "day", "tier"
OPENS, CLOSES = 9, 18  # hours of work by the sheet's clock
HOURS: dict[str, Pair] = {
    "day": (f"{OPENS}–{CLOSES} 时提问", f"asked from {OPENS} to {CLOSES} o'clock"),
    "night": ("其他时间提问", "asked at other hours"),
}
DAYS: dict[str, Pair] = {
    "week": ("周一至周五提问", "asked from Monday to Friday"),
    "end": ("周末提问", "asked at a week-end"),
}


class Grouped(NamedTuple):
    """Replies by group, in the order of `names`, which has those without contacts, too; alike: whether they differ."""

    names: dict[str, Pair]
    of: dict[str, Replies]
    alike: LogRank


def ways(panel: Panel) -> list[str]:
    """By what contacts of a panel can be grouped."""
    return [SUBJECT, HOUR, DAY, *([TIER] if panel.stated else [])]


def grouped(panel: Panel, contacts: Sequence[Contact], by: str) -> Grouped:
    """Contacts by group. Raises ValueError for no contacts, and KeyError for what is none of `ways`."""
    names, key = _groups(panel)[by]
    of = {name: [c for c in contacts if key(c) == name] for name in names}
    kept = [c for c in contacts if key(c) in names]  # a subject may be in no tier
    test = log_rank([c.wait / SAME for c in kept], [c.answered for c in kept], [key(c) for c in kept])
    return Grouped(names, {name: replies(its) for name, its in of.items() if its}, test)


def _groups(panel: Panel) -> dict[str, tuple[dict[str, Pair], Callable[[Contact], str]]]:
    subjects = {key: (one.name.zh, one.name.en) for key, one in panel.subjects.items()}
    tier_of = {subject: str(n) for n, tier in enumerate(panel.stated, 1) for subject in tier}
    tiers: dict[str, Pair] = {
        str(n): (f"公布的第 {n} 档", f"published tier {n}") for n in range(1, len(panel.stated) + 1)
    }
    return {
        SUBJECT: (subjects, lambda c: c.subject),
        HOUR: (HOURS, lambda c: "day" if OPENS <= c.asked_at.hour < CLOSES else "night"),
        DAY: (DAYS, lambda c: "week" if c.asked_at.weekday() < 5 else "end"),
        TIER: (tiers, lambda c: tier_of.get(c.subject, "")),
    }
