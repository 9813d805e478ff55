"""What a referral agreement says: rate, its period, settlement, day count; and the calendar that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

from guiju.audit.report.words import Pair
from guiju.records.errors import BadInput, hint

DAY = timedelta(days=1)
RATE_PERIODS: dict[str, Pair] = {
    "year": ("每年", "a year"), "quarter": ("每季度", "a quarter"), "month": ("每月", "a month"),
}  # fmt: skip
SETTLED: dict[str, int] = {"monthly": 1, "quarterly": 3}  # months
DAY_COUNTS = ("actual/365", "actual/360", "30/360")
GAPS: dict[str, Pair] = {
    "leave": ("缺少余额的日子不计费", "days without a balance bear no fee"),
    "carry": ("缺少余额的日子沿用最近已知余额", "days without a balance take the last one known"),
}
MONTHS = {"year": 12, "quarter": 3, "month": 1}


@dataclass(frozen=True)
class Terms:
    """The terms; `rate_per_mille` of the average daily balance per `rate_period`.

    settled_days: so many days after a period's end it is settled on what is known by then; what is stated later is a
    correction. Raises BadInput for terms that are none.
    """

    rate_per_mille: Decimal
    rate_period: str
    settle: str = "monthly"
    day_count: str = "actual/365"
    gaps: str = "leave"
    settled_days: int = 5

    def __post_init__(self) -> None:
        for value, known, what in (
            (self.rate_period, RATE_PERIODS, "period of a rate"), (self.settle, SETTLED, "settlement"),
            (self.day_count, DAY_COUNTS, "day count"), (self.gaps, GAPS, "way with gaps"),
        ):  # fmt: skip
            if value not in known:
                raise BadInput(f"there is no {what} {value!r}; {hint(value, known, 'there are')}")
        if self.settled_days < 0:
            raise BadInput(f"a period is settled {self.settled_days} days after its end: give 0 or more")

    def weight(self, day: date) -> int:
        """How many days of the day count a day is: 1, or by 30/360 (30E/360) 0 to 3."""
        if self.day_count != "30/360":
            return 1
        following = day + DAY
        return _thirty(following) - _thirty(day)

    def whole(self, day: date) -> int:
        """The days of the day count in the rate's period that a day lies in."""
        if self.rate_period == "year":
            return 365 if self.day_count == "actual/365" else 360
        return _whole(self.day_count, *span(day, MONTHS[self.rate_period]))

    def fraction(self, days: list[date]) -> dict[int, int]:
        """Days counted, by the whole that they are parts of: {365: 92} is 92/365 of the rate."""
        parts: dict[int, dict[date, int]] = {}
        for day in days:
            begin = span(day, MONTHS[self.rate_period])[0] if self.rate_period != "year" else date.min
            whole = parts.setdefault(self.whole(day), {})
            whole[begin] = whole.get(begin, 0) + self.weight(day)
        return {whole: sum(of.values()) for whole, of in sorted(parts.items(), reverse=True)}

    def rate_of(self, fraction: dict[int, int]) -> Fraction:
        """What a yuan of average daily balance bears."""
        share = sum((Fraction(n, whole) for whole, n in fraction.items()), Fraction())
        return Fraction(self.rate_per_mille) / 1000 * share


def _thirty(day: date) -> int:
    """30E/360: every month has 30 days, of which its 31st is the 30th."""
    return 360 * day.year + 30 * day.month + min(day.day, 30)


@cache
def _whole(day_count: str, first: date, last: date) -> int:
    return (last - first).days + 1 if day_count != "30/360" else _thirty(last + DAY) - _thirty(first)


def span(day: date, months: int) -> tuple[date, date]:
    """The calendar month, quarter or year that a day lies in: its first and last day."""
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    ahead = first.year * 12 + first.month - 1 + months
    return first, date(ahead // 12, ahead % 12 + 1, 1) - DAY


def pieces(first: date, last: date, settle: str) -> list[tuple[date, date]]:
    """The settlement periods that lie within two days, the outer ones cut at them."""
    found: list[tuple[date, date]] = []
    while first <= last:
        end = min(span(first, SETTLED[settle])[1], last)
        found.append((first, end))
        first = end + DAY
    return found
