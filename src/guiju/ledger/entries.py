"""What an entry is, and the chain that each one is a link of."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

import msgspec

WALLET, HELD, OUTSIDE = "wallet", "held", "outside"  # kinds of account; others may be named at will
POST, DISPUTE, HOLD, RELEASE, LAPSE, CAPTURE, CLAIM, ALLOW, COLLECT, REVERSE, WAIVE = KINDS = (
    "post", "dispute", "hold", "release", "lapse", "capture", "claim", "allow", "collect", "reverse", "waive",
)  # fmt: skip
GENESIS = sha256(b"guiju ledger").hexdigest()  # the chain before the first entry


class Account(NamedTuple):
    """Whose money, and of which kind: `wallet` (theirs), `held` (theirs, in dispute), `outside` (beyond the ledger: a
    bank, cash; the one kind that may stand below zero), or another, as `income`. It has one balance a currency.
    """

    party: str
    kind: str = WALLET

    def __str__(self) -> str:
        return f"{self.party}/{self.kind}"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: money that went `out_of` one account `into` another, or a word about money that moved none.

    sequence: 1, 2, … without a gap. key: of the call that wrote it, part: its place in that call. recorded_at and
        expires_at: microseconds since 1970, UTC; recorded_at never falls from one entry to the next.
    amount: whole minor units of `currency`, above 0. party: whose dispute, hold or claim it is ('' of a post).
    refers: the sequence of the hold, claim or entry that it answers. decision: the decision it rests on.
    """

    sequence: int
    key: str
    part: int
    kind: str
    recorded_at: int
    currency: str
    amount: int
    out_of: Account | None = None
    into: Account | None = None
    party: str = ""
    case: str = ""
    refers: int | None = None
    reason: str = ""
    expires_at: int | None = None
    decision: str = ""
    by: str = ""

    def chained(self, before: str) -> str:
        """The chain after this entry, in hexadecimal: the digest of the chain before and of all its fields."""
        return sha256(before.encode() + b"\n" + msgspec.json.encode(self, order="deterministic")).hexdigest()


def microseconds(moment: datetime) -> int:
    """A moment as microseconds since 1970. Raises ValueError for one without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"the moment {moment} has no zone: give one, as 2020-12-12T20:00:00+08:00")
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment(microseconds: int) -> datetime:
    """The moment, in UTC."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def told(microseconds: int) -> str:
    """The moment as a sentence names it."""
    return f"{moment(microseconds):%Y-%m-%d %H:%M:%S} UTC"
