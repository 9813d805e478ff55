"""The fastest and the slowest run-off of a bank's platform deposits that keep it liquid, in closed form.

Months are 1 … T. `due[t]` is what falls due in month t by contract; P[t] what is repaid by the end of t, in all. No
deposit is repaid after it is due: P[t] >= C[t], the sum of due up to t. Of each month it is asked that what is liquid
when it begins covers what is paid in it and the buffer, b of the deposits then left:

    L + A[t-1] + R[t-1] - P[t]  >=  b (D + R[t-1] - P[t])

with L liquid assets and D all deposits at the start, A[t] net inflows of all else up to t, R[t] replacement funding up
to t, at most `replacement` a month: what comes in within a month does not pay what falls due in it. So

    P[t] <= K[t] = (L + A[t-1] - b D) / (1 - b) + R[t-1],

which is largest where replacement is taken in full. P never falls; hence P[t] <= M[t] = min(S, K[t], K[t+1], …), S
being all that is due. Every P that never falls and lies between C and M is a plan, and each plan does: C is the slowest
in every month and M the fastest. There is a plan if and only if C[t] <= K[t] in every month. Sums are whole cents.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import ceil, floor


@dataclass(frozen=True)
class Bank:
    """What a plan begins with; cents, months 1 … T in order. buffer: a part of one, below one."""

    due: tuple[int, ...]
    liquid: int
    deposits: int
    buffer: Fraction
    replacement: int
    inflow: int = 0

    def left_for(self, month: int) -> Fraction:
        """What can be repaid by the end of a month without replacement funding."""
        return (self.liquid + self.inflow * (month - 1) - self.buffer * self.deposits) / (1 - self.buffer)

    def most(self, month: int) -> int:
        """K: what can be repaid by the end of a month, replacement funding taken in full."""
        return floor(self.left_for(month)) + self.replacement * (month - 1)


@dataclass(frozen=True)
class Plan:
    """A plan, month by month; cents. repaid: in the month, of it `early` before it was due; replaced: raised in the
    month; liquid: at its end; needed: the buffer at its end; left: platform deposits at its end.
    """

    repaid: tuple[int, ...]
    early: tuple[int, ...]
    replaced: tuple[int, ...]
    liquid: tuple[int, ...]
    needed: tuple[int, ...]
    left: tuple[int, ...]

    @property
    def months(self) -> int:
        """The month in which the last of it is repaid; 0 where nothing is due."""
        return next((t for t, left in enumerate(self.left, 1) if left == 0), 0) if self.left else 0


@dataclass(frozen=True)
class Shortfall:
    """There is no plan: what is missing, and what would make one; cents.

    month: the first that cannot be paid; missing: the most by which it falls short of what is due, in any month.
    more_liquid: liquid assets that would do, at the start; replacement: funding a month that would do, none where month
    1 itself cannot be paid; later_months: how much longer the last of it must wait if depositors agree, none where it
    is never paid, or where the buffer is not there to begin with.
    """

    month: int
    missing: int
    more_liquid: int
    replacement: int | None
    later_months: int | None


def slowest(bank: Bank) -> Plan | Shortfall:
    """Everything is repaid when it is due, and not before."""
    short = shortfall(bank)
    return short or _plan(bank, list(accumulate(bank.due)))


def fastest(bank: Bank) -> Plan | Shortfall:
    """Everything is repaid as early as the bank can; the earliest due first."""
    short = shortfall(bank)
    if short:
        return short
    total, months = sum(bank.due), len(bank.due)
    most, so_far = [0] * months, total
    for month in range(months, 0, -1):
        so_far = most[month - 1] = min(so_far, bank.most(month))
    return _plan(bank, most)


def shortfall(bank: Bank) -> Shortfall | None:
    """Why there is no plan; none where there is one."""
    gaps = {t: due - bank.most(t) for t, due in enumerate(accumulate(bank.due), 1)}
    if all(gap <= 0 for gap in gaps.values()):
        return None
    missing = max(gaps.values())
    without = {t: due - floor(bank.left_for(t)) for t, due in enumerate(accumulate(bank.due), 1)}
    by_funding = None if without[1] > 0 else max(-(-gap // (t - 1)) for t, gap in without.items() if t > 1 and gap > 0)
    return Shortfall(
        next(t for t, gap in gaps.items() if gap > 0), missing, ceil(missing * (1 - bank.buffer)), by_funding,
        _later(bank),
    )  # fmt: skip


def _later(bank: Bank) -> int | None:
    """How many months after the last is due the whole could be repaid."""
    total, months = sum(bank.due), len(bank.due)
    short, grows = total - bank.most(months), bank.inflow / (1 - bank.buffer) + bank.replacement
    if bank.most(1) < 0:
        return None
    if short <= 0:
        return 0
    if grows <= 0:
        return None
    later = max(floor(Fraction(short) / grows) - 2, 0)
    while bank.most(months + later) < total:
        later += 1
    return later


def _plan(bank: Bank, repaid: list[int]) -> Plan:
    """The plan that repays so much by the end of each month, with the least replacement funding that it needs."""
    total, months = sum(bank.due), len(bank.due)
    due = list(accumulate(bank.due))
    raised = _least(bank, repaid)
    liquid, needed = [], []
    for t in range(months):
        liquid.append(bank.liquid + bank.inflow * (t + 1) + raised[t] - repaid[t])
        needed.append(ceil(bank.buffer * (bank.deposits + raised[t] - repaid[t])))
    paid = _steps(repaid)
    # The earliest due first: early is what is repaid beyond what was repaid, or is due, so far.
    before = [0, *repaid]
    early = [max(p - max(was, d), 0) for was, p, d in zip(before, repaid, due, strict=False)]
    return Plan(
        tuple(paid), tuple(early), tuple(_steps(raised)), tuple(liquid), tuple(needed), tuple(total - p for p in repaid)
    )


def _least(bank: Bank, repaid: list[int]) -> list[int]:
    """The least replacement funding raised by the end of each month, as late as it may come."""
    months = len(repaid)
    # By the end of month t-1 so much is needed for what is paid in t; index 0 is before the first month.
    needs = [max(paid - floor(bank.left_for(t)), 0) for t, paid in enumerate(repaid, 1)]
    ahead = 0
    for t in range(months - 1, -1, -1):
        ahead = needs[t] = max(needs[t], ahead - bank.replacement)
    raised = list(accumulate(needs, max))  # by the end of months 0 … T-1
    return [*raised[1:], raised[-1]] if months else []


def _steps(sums: list[int]) -> list[int]:
    return [one - before for before, one in zip([0, *sums], sums, strict=False)]


def by_due(bank: Bank, plan: Plan) -> list[tuple[int, int, int]]:
    """What a plan repays, as (month repaid, month due, cents): of each month the earliest due first."""
    left, at, rows = list(bank.due), 0, []
    for month, paid in enumerate(plan.repaid, 1):
        while paid:
            part = min(paid, left[at])
            if part:
                rows.append((month, at + 1, part))
            left[at] -= part
            paid -= part
            at += left[at] == 0 and at + 1 < len(left)
    return rows
