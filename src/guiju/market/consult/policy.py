"""The policy of routing: its numbers, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from guiju.market import Assumption, exact
from guiju.records.errors import BadInput, hint
from guiju.records.schemas.practitioners import WAYS

STEPS = ANOTHER, LEAD, TOLD = ("another", "lead", "told")
WEIGHTS = ("load", "day", "missed", "elsewhere", "doctor_for_service")
PACE = ("reply_seconds", "talk_seconds", "silent_pct")


@dataclass(frozen=True)
class Policy:
    """Deadlines by whether an expert was chosen; `steps`: what is done after how many times the deadline, in order."""

    free: timedelta
    chosen: timedelta
    steps: tuple[tuple[str, Decimal], ...]
    fee: Decimal
    refunded: bool
    units: Mapping[str, int]
    kept: int
    last: timedelta
    weights: Mapping[str, float]
    pace: Mapping[str, float]

    def deadline(self, is_chosen: bool) -> timedelta:
        return self.chosen if is_chosen else self.free


def policy(used: Mapping[str, Assumption]) -> Policy:
    """The policy that assumptions of `consult.yaml` make. Raises BadInput for what is none."""
    value = {name: one.value for name, one in used.items()}
    minutes = _numbers("reply_minutes", value["reply_minutes"], ("free", "chosen"), above=0)
    after = _numbers("escalation", value["escalation"], STEPS, above=0)
    if list(after.values()) != sorted(after.values()):
        raise BadInput("escalation: another comes before lead, and lead before told; give numbers that rise")
    units = _numbers("load_units", value["load_units"], WAYS, above=0)
    if any(n != int(n) for n in units.values()):
        raise BadInput("load_units: capacity is whole: give 1, 2, …")
    if not isinstance(value["refunded_when_late"], bool):
        raise BadInput(f"refunded_when_late is {value['refunded_when_late']!r}: write true or false")
    kept = exact(value["kept_for_escalated"], "kept_for_escalated")
    weights = _numbers("weights", value["weights"], WEIGHTS)
    pace = _numbers("pace", value["pace"], PACE)
    return Policy(
        timedelta(minutes=float(minutes["free"])), timedelta(minutes=float(minutes["chosen"])), tuple(after.items()),
        exact(value["fee_yuan"], "fee_yuan").quantize(Decimal("0.01")), value["refunded_when_late"],
        {way: int(n) for way, n in units.items()}, int(kept),
        timedelta(minutes=float(exact(value["last_minutes"], "last_minutes"))),
        {name: float(n) for name, n in weights.items()}, {name: float(n) for name, n in pace.items()},
    )  # fmt: skip


def _numbers(name: str, given: Any, keys: tuple[str, ...], above: int | None = None) -> dict[str, Decimal]:
    """A mapping of exactly these keys to numbers, in their order. Raises BadInput."""
    if not isinstance(given, Mapping):
        raise BadInput(f"{name} is {given!r}: write {name}: {{{', '.join(f'{key}: 1' for key in keys)}}}")
    if strange := sorted(map(str, given.keys() - set(keys))):
        raise BadInput(f"{name} has {strange[0]!r}; {hint(strange[0], keys, 'there are')}")
    if missing := [key for key in keys if key not in given]:
        raise BadInput(f"{name} lacks {missing[0]}: give all of {', '.join(keys)}")
    return {key: exact(given[key], f"{name}.{key}", above=above) for key in keys}
