"""The guards: what each kind of entry may do to balances, holds, disputes and claims.

`Books.apply` is the one way in. Writing applies an entry before it is kept; verifying applies all of them from nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from guiju.ledger.entries import HELD, KINDS, OUTSIDE, WALLET, Account, Entry, told
from guiju.records.errors import BadInput

T = TypeVar("T")
MOST = 2**53  # minor units of one amount or balance: exact wherever numbers are read


class Refused(BadInput):
    """A guard stands in the way; nothing was written. The message says which, and what can be done."""


class Of(NamedTuple):
    """A party's matter in a case, in one currency."""

    case: str
    party: str
    currency: str


@dataclass
class Hold:
    """Money set aside: `left` of `amount` is still held."""

    of: Of
    amount: int
    left: int
    expires_at: int


@dataclass
class Dispute:
    """The sum in dispute, and how much of it is held, captured or claimed."""

    amount: int = 0
    used: int = 0


@dataclass
class Claim:
    """What was withdrawn before it could be held: `allowed` is None until it is decided."""

    of: Of
    amount: int
    allowed: int | None = None
    collected: int = 0


class Books:
    """Balances, holds, disputes and claims in memory, starting from nothing."""

    def __init__(self) -> None:
        self.balances: dict[tuple[Account, str], int] = {}
        self.holds: dict[int, Hold] = {}
        self.disputes: dict[Of, Dispute] = {}
        self.claims: dict[int, Claim] = {}
        self.moved: dict[int, Entry] = {}  # entries that can be reversed
        self.reversed: set[int] = set()

    def balance(self, account: Account, currency: str) -> int:
        return self.balances.get((account, currency), 0)

    def dispute(self, of: Of) -> Dispute:
        return self.disputes.setdefault(of, Dispute())

    def hold(self, sequence: int | None) -> Hold:
        return _known(self.holds.get(sequence or 0), "hold", sequence)

    def claim(self, sequence: int | None) -> Claim:
        return _known(self.claims.get(sequence or 0), "claim", sequence)

    def movement(self, sequence: int | None) -> Entry:
        return _known(self.moved.get(sequence or 0), "entry", sequence)

    def was_reversed(self, sequence: int) -> bool:
        return sequence in self.reversed

    def apply(self, entry: Entry) -> None:
        """Take an entry in. Raises Refused, and then has changed nothing."""
        if not 0 < entry.amount <= MOST:
            raise Refused(f"an amount is a whole number of minor units from 1 to {MOST:,}, not {entry.amount:,}")
        if entry.kind not in KINDS:
            raise Refused(f"there is no entry of kind {entry.kind!r}")
        if not entry.reason.strip():
            raise Refused(f"a {entry.kind} has no reason: say why, as whoever is affected will read it")
        answer: Callable[[Entry], None] = getattr(self, f"_{entry.kind}")
        answer(entry)

    # One method a kind: first all that may refuse it, then the change.

    def _post(self, e: Entry) -> None:
        out_of, into = _both(e)
        if HELD in (out_of.kind, into.kind):
            raise Refused("held money moves by hold, release and capture only, never by a post")
        self._move(e)

    def _dispute(self, e: Entry) -> None:
        dispute = self.dispute(_of(e))
        if e.amount < dispute.used:
            raise Refused(
                f"{e.amount:,} is less than the {dispute.used:,} already held, captured or claimed in case {e.case}: "
                "release first",
                f"{e.amount:,} 少于案件 {e.case} 中已经扣留、收取或者登记待收的 {dispute.used:,}：请先解除",
            )
        dispute.amount = e.amount

    def _hold(self, e: Entry) -> None:
        of, dispute = _of(e), self.dispute(_of(e))
        until = lasting(e.expires_at, e.recorded_at)
        if _both(e) != (Account(e.party, WALLET), Account(e.party, HELD)):
            raise Refused("a hold sets aside a party's own money, and nobody else's")
        self._within(dispute, e)
        self._move(e)
        dispute.used += e.amount
        self.holds[e.sequence] = Hold(of, e.amount, e.amount, until)

    def _release(self, e: Entry) -> None:
        self._give_back(e, lapsed=False)

    def _lapse(self, e: Entry) -> None:
        hold = self.hold(e.refers)
        if e.recorded_at < hold.expires_at or e.amount != hold.left:
            raise Refused(f"hold {e.refers} lapses whole, and not before {told(hold.expires_at)}")
        self._give_back(e, lapsed=True)

    def _give_back(self, e: Entry, *, lapsed: bool) -> None:
        hold = self._open(e, lapsed)
        if _both(e) != (Account(hold.of.party, HELD), Account(hold.of.party, WALLET)):
            raise Refused("what is released goes back to whom it was held from")
        self._move(e)
        hold.left -= e.amount
        self.dispute(hold.of).used -= e.amount

    def _capture(self, e: Entry) -> None:
        hold = self._open(e, lapsed=False)
        out_of, into = _both(e)
        if out_of != Account(hold.of.party, HELD) or into.kind == HELD:
            raise Refused("a capture takes what is held from its party into another account")
        _decided(e)
        self._move(e)
        hold.left -= e.amount

    def _claim(self, e: Entry) -> None:
        of, dispute = _of(e), self.dispute(_of(e))
        self._within(dispute, e)
        dispute.used += e.amount
        self.claims[e.sequence] = Claim(of, e.amount)

    def _allow(self, e: Entry) -> None:
        claim = self.claim(e.refers)
        _matter(e, claim.of)
        _decided(e)
        if claim.allowed is not None:
            raise Refused(
                f"claim {e.refers} is decided already: {claim.allowed:,} of {claim.amount:,} may be collected",
                f"待收 {e.refers} 已经决定：{claim.amount:,} 中可以收取 {claim.allowed:,}",
            )
        if e.amount > claim.amount:
            raise Refused(
                f"claim {e.refers} is for {claim.amount:,}: no more can be allowed, and {e.amount:,} was asked"
            )
        claim.allowed = e.amount

    def _collect(self, e: Entry) -> None:
        claim = self.claim(e.refers)
        _matter(e, claim.of)
        if claim.allowed is None:
            raise Refused(f"claim {e.refers} is not decided: nothing is collected before a decision")
        left = claim.allowed - claim.collected
        if e.amount > left:
            raise Refused(f"of claim {e.refers} {left:,} may still be collected, not {e.amount:,}")
        out_of, into = _both(e)
        if out_of != Account(claim.of.party, WALLET) or into.kind == HELD:
            raise Refused("a claim is collected from its party's wallet")
        self._move(e)
        claim.collected += e.amount

    def _waive(self, e: Entry) -> None:
        claim = self.claim(e.refers)
        _matter(e, claim.of)
        left = (claim.amount if claim.allowed is None else claim.allowed) - claim.collected
        if e.amount > left:
            raise Refused(f"of claim {e.refers} {left:,} can be waived, not {e.amount:,}")
        if claim.allowed is None:
            claim.amount -= e.amount
        if claim.allowed is not None or not claim.amount:
            claim.allowed = claim.collected + left - e.amount
        self.dispute(claim.of).used -= e.amount

    def _reverse(self, e: Entry) -> None:
        was = self.movement(e.refers)
        if self.was_reversed(was.sequence):
            raise Refused(f"entry {e.refers} is reversed already", f"第 {e.refers} 条分录已经冲回")
        out_of, into = _both(was)
        back = Account(out_of.party, WALLET) if out_of.kind == HELD else out_of
        if _both(e) != (into, back) or (e.amount, e.currency) != (was.amount, was.currency):
            raise Refused(
                f"entry {e.refers} is reversed whole, to whom it came from: {was.amount:,} {was.currency} to {back}"
            )
        self._move(e)
        self.reversed.add(was.sequence)  # what a capture or collection has used of a dispute or claim stays used

    # What several of them ask.

    def _open(self, e: Entry, lapsed: bool) -> Hold:
        hold = self.hold(e.refers)
        _matter(e, hold.of)
        if not lapsed and e.recorded_at >= hold.expires_at:
            raise Refused(
                f"hold {e.refers} lapsed at {told(hold.expires_at)} and the money went back; "
                "what is still in dispute can be held anew or claimed",
                f"扣留 {e.refers} 已于 {told(hold.expires_at)} 到期，款项已退回；仍有争议的可以重新扣留或者登记待收",
            )
        if e.amount > hold.left:
            raise Refused(
                f"{hold.left:,} is left of hold {e.refers}, and {e.amount:,} was asked",
                f"扣留 {e.refers} 还剩 {hold.left:,}，要动用的是 {e.amount:,}",
            )
        return hold

    @staticmethod
    def _within(dispute: Dispute, e: Entry) -> None:
        if not e.case.strip():
            raise Refused(f"a {e.kind} has no case: open one first, in which the party is heard")
        free = dispute.amount - dispute.used
        if e.amount > free:
            raise Refused(
                f"{e.amount:,} is above the sum in dispute: in case {e.case} {dispute.amount:,} {e.currency} is in "
                f"dispute with {e.party}, of which {dispute.used:,} is held, captured or claimed already",
                f"{e.amount:,} 超过争议金额：案件 {e.case} 中 {e.party} 有争议的为 {dispute.amount:,} {e.currency}，"
                f"其中 {dispute.used:,} 已经扣留、收取或者登记待收",
            )

    def _move(self, e: Entry) -> None:
        out_of, into = _both(e)
        if out_of == into:
            raise Refused(f"money from {out_of} to itself is no entry")
        left = self.balance(out_of, e.currency) - e.amount
        if left < 0 and out_of.kind != OUTSIDE:
            raise Refused(
                f"{out_of} has {left + e.amount:,} {e.currency}: {e.amount:,} would take it below zero",
                f"{out_of} 只有 {left + e.amount:,} {e.currency}，付出 {e.amount:,} 会成为负数",
            )
        then = self.balance(into, e.currency) + e.amount
        if max(abs(left), abs(then)) > MOST:
            raise Refused(f"a balance would pass {MOST:,} minor units")
        self.balances[out_of, e.currency], self.balances[into, e.currency] = left, then
        if e.kind in ("post", "capture", "collect"):
            self.moved[e.sequence] = e


def lasting(until: int | None, now: int) -> int:
    """When a hold lapses. Raises Refused where it would not last."""
    if until is None or until <= now:
        raise Refused("a hold needs a moment to come at which it lapses")
    return until


def _known(found: T | None, what: str, sequence: int | None) -> T:
    if found is None:
        raise Refused(f"there is no {what} {sequence} in this ledger")
    return found


def _both(e: Entry) -> tuple[Account, Account]:
    if e.out_of is None or e.into is None or not e.out_of.party or not e.into.party:
        raise Refused(f"a {e.kind} names two accounts, out of and into which the money goes")
    return e.out_of, e.into


def _of(e: Entry) -> Of:
    if not e.party or not e.case:
        raise Refused(f"a {e.kind} names its case and its party")
    return Of(e.case, e.party, e.currency)


def _matter(e: Entry, of: Of) -> None:
    if Of(e.case, e.party, e.currency) != of:
        raise Refused(f"a {e.kind} of {e.refers} is about case {of.case}, {of.party}, {of.currency}")


def _decided(e: Entry) -> None:
    if not e.decision.strip():
        raise Refused(
            f"a {e.kind} names no decision: only what a person decided is taken",
            "没有写明是哪一项决定：只有人作出决定以后才能收取",
        )
