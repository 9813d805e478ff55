"""Average daily balances and the fees they bear, exact to the cent, as known on the day of settlement."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from guiju.market import end_of
from guiju.market.fee.terms import DAY, Terms
from guiju.records.errors import BadInput

KNOWN, CARRIED, MISSING, BEFORE = "known", "carried", "missing", "before the first"


class Pair(NamedTuple):
    """What a fee is reckoned for: the money that one platform brought to one bank."""

    platform: str
    bank: str
    currency: str


@dataclass(frozen=True)
class Line:
    """One line of a statement: a period's fee, or the correction of one that was settled (`was_amount` is then known).

    days = counted + missing + before the first; carried are among the counted. Sums in the currency; `fee_amount` is
    rounded half up to the cent.
    """

    pair: Pair
    period_start: date
    period_end: date
    days: int
    counted_days: int
    carried_days: int
    missing_days: int
    balance_sum: Decimal
    fraction: dict[int, int]
    fee_amount: Decimal
    was_amount: Decimal | None = None
    changed: tuple[tuple[date, Decimal | None, Decimal | None], ...] = ()

    @property
    def average(self) -> Decimal:
        """The average daily balance over the counted days, rounded to the cent; fees are of the unrounded one."""
        return cents(Fraction(self.balance_sum) / self.counted_days) if self.counted_days else Decimal("0.00")

    @property
    def is_correction(self) -> bool:
        return self.was_amount is not None

    @property
    def now_amount(self) -> Decimal:
        return self.fee_amount + (self.was_amount or 0)

    @property
    def share(self) -> str:
        """The part of the rate, as 92/365, or 31/31 + 28/28."""
        return " + ".join(f"{n}/{whole}" for whole, n in self.fraction.items()) or "0"


def cents(value: Fraction) -> Decimal:
    """Rounded half up (away from zero) to two decimals."""
    scaled = abs(value) * 100
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-2)


@dataclass
class Days:
    """The balances stated for a pair: of each day what was known from when on."""

    stated: dict[date, list[tuple[datetime, Decimal]]] = field(default_factory=lambda: defaultdict(list))

    def known(self, day: date, by: datetime) -> Decimal | None:
        """The balance of a day as known at a moment."""
        told = self.stated.get(day, [])
        at = bisect_right(told, by, key=lambda one: one[0])
        return told[at - 1][1] if at else None

    def used(self, first: date, last: date, by: datetime, gaps: str) -> list[tuple[date, Decimal | None, str]]:
        """Each day with the balance it counts by, and how that is known."""
        before = [d for d in self.stated if d < first and self.known(d, by) is not None]
        latest = self.known(max(before), by) if before else None
        rows: list[tuple[date, Decimal | None, str]] = []
        for n in range((last - first).days + 1):
            day = first + n * DAY
            amount = self.known(day, by)
            if amount is not None:
                latest = amount
                rows.append((day, amount, KNOWN))
            elif latest is None:
                rows.append((day, None, BEFORE))
            elif gaps == "carry":
                rows.append((day, latest, CARRIED))
            else:
                rows.append((day, None, MISSING))
        return rows


def by_pair(rows: Iterable[dict[str, Any]], zone: ZoneInfo) -> dict[Pair, Days]:
    """Rows of balances, each with its local `day`, by pair. BadInput: two rows of a day, neither of them the later."""
    found: dict[Pair, Days] = defaultdict(Days)
    for row in rows:
        pair = Pair(row["platform"], row["bank"], row["currency"])
        moment = row["known_at"] or end_of(row["day"], zone) - timedelta(microseconds=1)
        found[pair].stated[row["day"]].append((moment, row["amount"]))
    for pair, days in found.items():
        for day, told in days.stated.items():
            told.sort()
            if len({moment for moment, _ in told}) < len(told):
                raise BadInput(
                    f"balances: {len(told)} rows say what {pair.bank} had of {pair.platform} on {day}, and nothing "
                    "says which is the later: add them into one, or fill known_at"
                )
    return dict(sorted(found.items()))


def settled_at(last: date, terms: Terms, zone: ZoneInfo) -> datetime:
    """The moment up to which what is known counts for a period that ends on a day."""
    return end_of(last + terms.settled_days * DAY, zone)


def line(pair: Pair, days: Days, first: date, last: date, by: datetime, terms: Terms) -> Line:
    """A period's fee as known at a moment: average daily balance × rate × the part of the rate's period."""
    rows = days.used(first, last, by, terms.gaps)
    counted = [(day, amount) for day, amount, _ in rows if amount is not None]
    how = [h for _, _, h in rows]
    total = sum((amount for _, amount in counted), Decimal())
    fraction = terms.fraction([day for day, _ in counted])
    fee = Fraction(total) / len(counted) * terms.rate_of(fraction) if counted else Fraction()
    return Line(
        pair, first, last, len(rows), len(counted), how.count(CARRIED), how.count(MISSING), total, fraction, cents(fee)
    )


def corrections(
    pair: Pair, days: Days, earlier: list[tuple[date, date]], since: datetime, until: datetime, terms: Terms
) -> list[Line]:
    """Lines for earlier periods of which something was stated after one settlement and by the next."""
    late = [d for d, told in days.stated.items() if any(since < moment <= until for moment, _ in told)]
    found = []
    for first, last in earlier:
        if not late or last < min(late):
            continue
        was = line(pair, days, first, last, since, terms)
        now = line(pair, days, first, last, until, terms)
        before = {day: amount for day, amount, _ in days.used(first, last, since, terms.gaps)}
        after = {day: amount for day, amount, _ in days.used(first, last, until, terms.gaps)}
        changed = tuple((day, before[day], after[day]) for day in after if before[day] != after[day])
        if changed:
            found.append(
                Line(
                    pair, first, last, now.days, now.counted_days, now.carried_days, now.missing_days, now.balance_sum,
                    now.fraction, now.fee_amount - was.fee_amount, was.fee_amount, changed,
                )
            )  # fmt: skip
    return found
