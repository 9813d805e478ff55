"""The rule by which offers are ordered: points, exact, from what a depositor gets and what the bank can bear.

    points = insured net yield − what the liquidity class takes off − what concentration takes off

The yield is simple, of the whole sum, a year, over the depositor's horizon: interest on the insured part, to maturity
or to an early exit, and the money incentives that everybody is sure to get. The nominal rate has no place of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from guiju.market import Assumption, exact
from guiju.records.errors import BadInput, hint

UNKNOWN = "unknown"
YEAR_DAYS, LEAP_DAYS = 365, 2  # days a term of five years may have above 365 a year


@dataclass(frozen=True)
class Incentive:
    """Money that comes with an offer: amount, the least deposit, days held and until paid (none: at the end)."""

    amount: Decimal
    on_amount: Decimal
    kind: str = "rebate"
    for_whom: str = "all"
    held_days: int | None = None
    paid_days: int | None = None
    one_of: str | None = None


@dataclass(frozen=True)
class Offer:
    """An offer as it is asked: rates per cent a year, sums in `currency`; exits: the rate from so many days held on."""

    platform: str
    id: str
    bank: str
    name: str
    kind: str
    term_months: int
    rate_pct: Decimal
    currency: str
    exits: tuple[tuple[int, Decimal], ...] = ()
    incentives: tuple[Incentive, ...] = ()


@dataclass(frozen=True)
class Depositor:
    """Who asks: how much for how many months, how much is insured at most, and what is held at which bank already."""

    amount: Decimal
    horizon_months: int
    insured_amount: Decimal
    held: Mapping[str, Decimal]


@dataclass(frozen=True)
class Standing:
    """What is known of a bank; exact, per cent; none where it is not known."""

    liquid_pct: Fraction | None = None
    platform_share_pct: Fraction | None = None


@dataclass(frozen=True)
class Placed:
    """An offer in its place on a platform's shelf. Exact; per cent and points of a per cent a year."""

    place: int
    offer: Offer
    standing: Standing
    points: Fraction
    net_yield_pct: Fraction
    interest_pct: Fraction  # the rate that interest is paid at, over the time held
    after_pct: Fraction  # what is earned from maturity to the horizon
    early: bool
    exit_known: bool
    given: Decimal  # money incentives
    insured_pct: Fraction
    liquidity_class: str
    class_points: Fraction
    share_pct: Fraction
    share_points: Fraction


@dataclass(frozen=True)
class Weights:
    """The rule's numbers, as `shelf.yaml` or the caller has them."""

    counted: tuple[str, ...]
    after_pct: Fraction
    exit_pct: Fraction
    class_from: dict[str, Fraction]
    class_points: dict[str, Fraction]
    free_share: Fraction
    share_points: Fraction
    unknown_share: Fraction
    order: tuple[str, ...]


ORDER: dict[str, Any] = {
    "insured_share": lambda p: -p.insured_pct,
    "liquid_pct": lambda p: -(p.standing.liquid_pct if p.standing.liquid_pct is not None else Fraction(-1)),
    "platform_share": lambda p: p.share_pct,
    "bank": lambda p: p.offer.bank,
    "offer": lambda p: p.offer.id,
}


def weights(used: Mapping[str, Assumption]) -> Weights:
    """The numbers of what is assumed. Raises BadInput for what is none."""
    of = {name: one.value for name, one in used.items()}

    def number(name: str) -> Fraction:
        return Fraction(exact(of[name], name))

    def numbers(name: str) -> dict[str, Fraction]:
        if not isinstance(of[name], Mapping) or not of[name]:
            raise BadInput(f"{name} is {of[name]!r}: give a number for each class, as {{A: 0, B: 0.2}}")
        return {str(key): Fraction(exact(value, f"{name} {key}")) for key, value in of[name].items()}

    classes, points = numbers("class_from_pct"), numbers("class_points")
    if missing := sorted({*classes, UNKNOWN} - set(points)):
        raise BadInput(f"class_points says nothing of {missing[0]}: give every class its points, and {UNKNOWN}")
    order = tuple(map(str, of["equal_points"]))
    if strange := [name for name in order if name not in ORDER]:
        raise BadInput(f"equal_points: nothing is ordered by {strange[0]!r}; {hint(strange[0], ORDER, 'there are')}")
    if "offer" not in order:
        raise BadInput("equal_points: without offer at its end two offers may be equal: add it")
    return Weights(
        tuple(map(str, of["counted_incentives"])), number("after_maturity_pct"), number("unknown_exit_pct"), classes,
        points, number("free_share_pct"), number("share_points"), number("unknown_share_pct"), order,
    )  # fmt: skip


def rank(offers: list[tuple[Offer, Standing]], of: Depositor, by: Weights) -> list[Placed]:
    """The offers of one platform in their places, first to last; the order in which they are given is of no matter."""
    judged = [_judged(offer, standing, of, by) for offer, standing in offers]
    judged.sort(key=lambda p: (-p.points, *(ORDER[name](p) for name in by.order)))
    return [Placed(**{**one.__dict__, "place": place}) for place, one in enumerate(judged, 1)]


def _judged(offer: Offer, standing: Standing, of: Depositor, by: Weights) -> Placed:
    rate, early, known = _interest(offer, of.horizon_months, by)
    years = Fraction(of.horizon_months, 12)
    paid_years = min(years, Fraction(offer.term_months, 12))
    gain = rate / 100 * paid_years + (by.after_pct / 100 * (years - paid_years) if not early else 0)
    room = max(Fraction(of.insured_amount) - Fraction(of.held.get(offer.bank, Decimal())), Fraction())
    insured = min(Fraction(of.amount), room / (1 + gain)) / Fraction(of.amount)
    given = _given(offer, of, by)
    net = (insured * gain + Fraction(given) / Fraction(of.amount)) / years * 100
    letter = _class(standing.liquid_pct, by)
    share = standing.platform_share_pct if standing.platform_share_pct is not None else by.unknown_share
    off = by.share_points * max(share - by.free_share, Fraction())
    return Placed(
        0, offer, standing, net - by.class_points[letter] - off, net, rate, by.after_pct, early, known, given,
        insured * 100, letter, by.class_points[letter], share, off,
    )  # fmt: skip


def _interest(offer: Offer, horizon_months: int, by: Weights) -> tuple[Fraction, bool, bool]:
    """The rate that interest is paid at, whether it is an early exit's, and whether that is on record."""
    if horizon_months >= offer.term_months:
        return Fraction(offer.rate_pct), False, True
    days = Fraction(horizon_months * YEAR_DAYS, 12)
    begun = [(held, rate) for held, rate in offer.exits if held <= days]
    return (Fraction(max(begun)[1]), True, True) if begun else (by.exit_pct, True, False)


def _given(offer: Offer, of: Depositor, by: Weights) -> Decimal:
    """Money incentives for everybody: of those that exclude one another the largest."""
    matures = of.horizon_months >= offer.term_months
    days = Fraction(min(of.horizon_months, offer.term_months) * YEAR_DAYS, 12) + (LEAP_DAYS if matures else 0)
    best: dict[str, Decimal] = {}
    for at, one in enumerate(offer.incentives):
        counts = one.kind in by.counted and one.for_whom == "all" and one.on_amount <= of.amount
        in_time = (one.held_days or 0) <= days and (one.paid_days or 0) <= of.horizon_months * YEAR_DAYS // 12
        if counts and in_time:
            group = f"of {one.one_of}" if one.one_of else f"alone {at}"
            best[group] = max(best.get(group, Decimal()), one.amount)
    return sum(best.values(), Decimal())


def _class(liquid_pct: Fraction | None, by: Weights) -> str:
    """The best class whose least part of liquid assets is reached."""
    if liquid_pct is None:
        return UNKNOWN
    reached = [(least, letter) for letter, least in by.class_from.items() if liquid_pct >= least]
    return max(reached)[1] if reached else UNKNOWN
