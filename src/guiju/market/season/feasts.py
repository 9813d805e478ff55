"""Feasts that goods are listed for where nobody has written a plan yet, and the plan of one of them."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files

import msgspec

from guiju.checks.words import Words
from guiju.market.season.plan import Plan


class Feast(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A feast and its days, in order."""

    says: Words
    days: tuple[date, ...]

    def plan_after(self, day: date) -> Plan | None:
        """A plan for the first of its days after `day`, without rules of regions; None where none is known."""
        later = [one for one in self.days if one > day]
        if not later:
            return None
        before = [one for one in self.days if one < later[0]]
        return Plan(self.says, later[0], before[-1] if before else None)


@cache
def feasts() -> dict[str, Feast]:
    """Those that are known, by name."""
    return msgspec.yaml.decode((files("guiju.market.season") / "feasts.yaml").read_bytes(), type=dict[str, Feast])
