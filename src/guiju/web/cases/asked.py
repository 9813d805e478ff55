"""What a request says: its body, and the header that makes it safe to send again."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar.params import FromPath, HeaderParameter
from msgspec import Meta

from guiju.cases import Matter
from guiju.rulebook.redress import Terms

MOST_CASES = 1_000  # that one joint appeal names
SAID = r"^[^\x00]*[^\x00\s][^\x00]*$"  # something other than blanks; databases keep no NUL
ID = r"^[0-9a-f]{16}$"

Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=SAID)]
Why = Annotated[
    str, Meta(min_length=1, max_length=4_000, pattern=SAID, description="the reason, as the party reads it")
]
Said = Annotated[str, Meta(min_length=1, max_length=20_000, pattern=SAID, description="the party's case in words")]
CaseId = Annotated[str, Meta(pattern=ID)]
Receipt = Annotated[str, Meta(min_length=1, max_length=2_000, description="as the upload of the attachment answered")]
Receipts = Annotated[tuple[Receipt, ...], Meta(max_length=20)]
Sum = Annotated[int, Meta(ge=0, le=2**53, description="minor units of the case's currency")]

Key = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[!-~]+$",
        description="the call's own: the same call with it again is answered the same and does nothing twice",
    ),
]  # fmt: skip
Path = FromPath[str]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request's body."""


class Flag(Body, frozen=True, kw_only=True):
    """A case begins, on a matter. terms: of redress, where the rulebook has none for the matter's rule."""

    matter: Matter
    why: Annotated[str, Meta(max_length=4_000, pattern=r"^[^\x00]*$")] = ""
    terms: Terms | None = None


class Reason(Body, frozen=True, kw_only=True):
    """Why."""

    why: Why


class Withdrawal(Reason, frozen=True, kw_only=True):
    """Why the platform takes a flag back; `cause`: what was found, a group's id say."""

    cause: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")] = ""


class Sent(Body, frozen=True, kw_only=True):
    """A notice of step `about` went out; `document`: digest of what it said, `to`: digest of where it went."""

    channel: Line
    about: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    document: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")] = ""
    to: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")] = ""


class Delivered(Body, frozen=True, kw_only=True):
    """A notice of step `about` arrived; `proof`: what the channel gave for it."""

    channel: Line
    proof: Line
    about: Annotated[int, Meta(ge=1, le=1_000_000)] = 1


class PartyWords(Body, frozen=True, kw_only=True):
    """What somebody affected says, and the receipts of what they attached."""

    words: Said
    attachments: Receipts = ()


class JointWords(PartyWords, frozen=True, kw_only=True):
    """The same for several cases: all or none."""

    cases: Annotated[tuple[CaseId, ...], Meta(min_length=1, max_length=MOST_CASES)]


class Mandate(Reason, frozen=True, kw_only=True):
    """Who is to speak for the party; `proof`: digest of the written mandate, where an operator records it."""

    to: Line
    proof: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")] = ""


class Decision(Reason, frozen=True, kw_only=True):
    """What is decided; `upheld`: of `partly`, how much of the sum in dispute."""

    outcome: Annotated[str, Meta(pattern=r"^(overturned|partly|upheld)$")]
    upheld: Sum | None = None
