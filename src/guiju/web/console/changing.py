"""When a rule of the rulebook changed, and what changed on a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec

from guiju.audit.report.words import limit_name
from guiju.checks.words import Words
from guiju.rulebook import Limit, NotInForce, Rule

IN_FORCE, NOT_IN_FORCE, DRAFT = "in_force", "not_in_force", "draft"
A_DAY = timedelta(days=1)
LONGEST = 80  # characters of a value that are told of a change; the rule's page has all


class Change(msgspec.Struct):
    """What changed: rule_begins, rule_ends, limit_begins, limit_changes, limit_reason (the value is the same),
    limit_ends, provision_begins or provision_ends. name: of the limit or provision; was and value: the limit's.
    """

    what: str
    name: Words
    was: str = ""
    value: str = ""


class Changed(msgspec.Struct):
    """A rule of which something changed on a day."""

    rule: str
    title: Words
    changes: list[Change]


def state(rule: Rule, day: date) -> str:
    """Whether the rule is asked of conduct on the day."""
    if rule.is_draft:
        return DRAFT
    try:
        rule.limits_on(day)
    except NotInForce:
        return NOT_IN_FORCE
    return IN_FORCE


def changes(rule: Rule) -> set[date]:
    """The days from which on a limit has another value, or a provision began or no longer holds."""
    days = {since for dated in rule.entry.limits.values() for since in dated}
    for p in rule.cites:
        days.add(date.fromisoformat(p.effective_from))
        if p.effective_to:
            days.add(date.fromisoformat(p.effective_to) + A_DAY)
    return days


def changed_on(rule: Rule, day: date) -> Changed | None:
    """What changed of a rule on the day, None where nothing did: the rule as a whole, its provisions, its limits."""
    before, after = state(rule, day - A_DAY), state(rule, day)
    found = []
    if before != after:
        found.append(Change("rule_begins" if after == IN_FORCE else "rule_ends", rule.title))
    for p in rule.cites:
        title = Words(p.title_zh, p.title_en)
        if p.effective_from == day.isoformat():
            found.append(Change("provision_begins", title))
        if p.effective_to == (day - A_DAY).isoformat():
            found.append(Change("provision_ends", title))
    for name, dated in rule.entry.limits.items():
        if day in dated:
            begun = [since for since in dated if since < day]
            found.append(_limit(rule, name, dated[max(begun)] if begun else None, dated[day]))
    return Changed(rule.name, rule.title, found) if found else None


def _limit(rule: Rule, name: str, before: Limit | None, after: Limit) -> Change:
    """A limit's change; one that had no value and has none now has another reason for that."""
    called, was, value = Words(*limit_name(rule.check, name)), _short(before and before.value), _short(after.value)
    if after.value is None:
        return Change("limit_ends" if was else "limit_none", called, was)
    if not was:
        return Change("limit_begins", called, was, value)
    return Change("limit_reason" if before and before.value == after.value else "limit_changes", called, was, value)


def told(value: Any) -> str:
    """A limit's value to read."""
    return f"{value:g}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)


def _short(value: Any) -> str:
    text = "" if value is None else told(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
