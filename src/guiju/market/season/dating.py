"""From a feast back to the day of listing: pure reckoning with local days, without records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from guiju.market.season.plan import Rule

DAY = timedelta(days=1)
LOOKED = 400  # days back from the feast; what finds no day in a year has none


@dataclass(frozen=True)
class Dates:
    """The days of one good in one region by one mode, local.

    target: by which it is to be there. last_order: the last day on which an order of any hour still is in time;
    listing: from which it has been on sale for the buying days; None where no day is in time. arrival: when an order
    of the last day is there at the latest.
    """

    target: date
    last_order: date | None
    listing: date | None
    arrival: date | None


def arrival(day: date, lead_days: int, rules: Sequence[Rule]) -> date:
    """When an order of a local day is there at the latest: its lead days, slower ways, closed days."""
    there = day + lead_days * DAY
    slower = [rule.days for rule in rules if rule.kind == "slower" and rule.first <= there and rule.last >= day]
    there += sum(slower) * DAY
    while closed := [rule for rule in rules if rule.kind == "closed" and rule.first <= there <= rule.last]:
        there = max(rule.last for rule in closed) + DAY
    return there


def target(feast: date, before_days: int, rules: Sequence[Rule]) -> date:
    """By which day goods are to be there: before the feast, and as many days earlier as the region's rules ask.

    Of rules for early purchase the one that asks for most counts; one that has ended by then asks nothing.
    """
    plain = feast - before_days * DAY
    early = [rule.days for rule in rules if rule.kind == "early_purchase" and rule.first <= plain <= rule.last]
    return plain - max(early, default=0) * DAY


def dates(
    feast: date, lead_days: int, *, rules: Sequence[Rule] = (), before_days: int = 0, buying_days: int = 1
) -> Dates:
    """Count back from the feast: days on which an order would come too late are no buying days."""
    by = target(feast, before_days, rules)
    last: date | None = None
    bought = 0
    for back in range(LOOKED):
        day = by - back * DAY
        if arrival(day, lead_days, rules) > by:
            continue
        last = last or day
        bought += 1
        if bought == buying_days:
            return Dates(by, last, day, arrival(last, lead_days, rules))
    return Dates(by, None, None, None)
