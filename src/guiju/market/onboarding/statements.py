"""Printed numbers held against the records' own counts: agreed, questioned, or a probable slip by a power of ten."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

from guiju.market.onboarding.plan import Printed

AGREES, SLIP, UNDERSTATES, DIFFERS, UNSEEN = "agrees", "slip", "understates", "differs", "unseen"


@dataclass(frozen=True)
class Recounted:
    """A statement beside what the records count. power: for a slip, the number ought to be 10**power times as large."""

    printed: Printed
    counted: int | None
    verdict: str
    power: int = 0

    @property
    def corrected(self) -> int | None:
        """What a slip was probably meant to be."""
        if self.verdict != SLIP:
            return None
        value, times = self.printed.value, int(10 ** abs(self.power))
        return value * times if self.power > 0 else value // times


def recount(printed: Printed, counted: int | None, within_pct: float) -> Recounted:
    """Compare. `within_pct`: how far a number may be off and still be called about right, per cent of the count.

    A statement that holds to the letter is questioned all the same where the count is ten times what it says, or more.
    """
    if counted is None or printed.of is None:
        return Recounted(printed, counted, UNSEEN)
    value = printed.value
    near = abs(counted - value) * 100 <= within_pct * counted
    holds = {
        "more_than": counted > value, "at_least": counted >= value, "about": near, "exactly": counted == value,
    }[printed.relation]  # fmt: skip
    if holds and counted < 10 * value:
        return Recounted(printed, counted, AGREES)
    if counted and (power := _power(value, counted, printed.relation, within_pct)):
        return Recounted(printed, counted, SLIP, power)
    return Recounted(printed, counted, UNDERSTATES if holds else DIFFERS)


def _power(value: int, counted: int, relation: str, within_pct: float) -> int:
    """The power of ten that would make the number right; 0 where none would."""
    for power in sorted({int(log10(counted / value)) + step for step in (-1, 0, 1)}, key=abs):
        if not power:
            continue
        meant = value * 10.0**power
        off = counted - meant
        least = 0 if relation in ("more_than", "at_least") else -within_pct * counted / 100
        if least <= off <= within_pct * counted / 100 or (relation == "exactly" and off == 0):
            return power
    return 0
