"""A rule's dated limits as the gate holds them: values from one instant on, in the zone of the rule's jurisdiction."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from guiju.gate.nodes import TEXT, TRUTH, Kind, Node, number
from guiju.rulebook import BadRule, Rule

EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class DatedLimit:
    """One limit of one trigger: from each instant (microseconds UTC) on, its plain value; None before and after."""

    node: Node
    since: tuple[int, ...]
    values: tuple[Any, ...]

    def at(self, moment: int) -> Any:
        """The value in force when an event occurred."""
        place = bisect_right(self.since, moment)
        return self.values[place - 1] if place else None


def dated_limits(trigger: str, rule: Rule) -> dict[str, DatedLimit]:
    """Every limit of a rule, for one trigger. Raises BadRule where a limit changes its kind."""
    found: dict[str, DatedLimit] = {}
    for name, dated in rule.entry.limits.items():
        days = sorted(dated)
        kind = _kind(rule, name, [dated[day].value for day in days])
        since = tuple((rule.instant(day) - EPOCH) // timedelta(microseconds=1) for day in days)
        values = tuple(_plain(dated[day].value, kind) for day in days)
        found[name] = DatedLimit(Node("limit", (), kind, True, (trigger, name)), since, values)
    return found


def _kind(rule: Rule, name: str, values: list[Any]) -> Kind:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, bool) for value in known):
        return TRUTH
    if known and all(isinstance(value, str) for value in known):
        return TEXT
    if not known or any(isinstance(value, bool | str) for value in known):
        raise BadRule(f"{rule.name}: the limit {name} has values of several kinds, or none; give it one kind")
    exact = [Decimal(repr(value)) for value in known]
    scale = max(max(-int(value.as_tuple().exponent), 0) for value in exact)
    digits = max(len(str(abs(int(value.scaleb(scale))))) for value in exact)
    return number(max(digits, scale, 1), scale)


def _plain(value: Any, kind: Kind) -> Any:
    if value is None or kind.name != "number":
        return value
    return int(Decimal(repr(value)).scaleb(kind.scale))
