"""What a step of a case is, what each kind of step says, and the chain that each one is a link of."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from guiju.cases.attachments import Attachment
from guiju.cases.matter import Matter
from guiju.checks.words import Words
from guiju.rulebook.redress import Terms

MACHINE, OPERATOR, REVIEWER, PARTY, AGENCY, REPRESENTATIVE = ROLES = (
    "machine", "operator", "reviewer", "party", "agency", "representative",
)  # fmt: skip
OVERTURNED, PARTLY, UPHELD = OUTCOMES = ("overturned", "partly", "upheld")
GENESIS = sha256(b"guiju cases").hexdigest()  # the chain before the first step


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a step says besides who, when and why."""


class Flagged(Content, frozen=True):
    """A case begins: the matter, and the terms of the day."""

    matter: Matter
    terms: Terms


class Imposed(Content, frozen=True):
    """It takes effect until a moment (microseconds UTC): money held, work stopped, the measure taken.

    Of a hold, what is `held` (the ledger's entry `hold`) and what was withdrawn before and is `claimed` (entry
    `claim`), in minor units; less than the sum in dispute where another case of the same event holds it already.
    """

    until: int
    held: int = 0
    claimed: int = 0
    hold: int | None = None
    claim: int | None = None


class Shifted(Content, frozen=True):
    """What case `of`, of the same event, gave back is still in dispute here: it is held and claimed here now."""

    of: str
    held: int = 0
    claimed: int = 0
    hold: int | None = None
    claim: int | None = None


class Ceded(Content, frozen=True):
    """What is held and claimed here is upheld in case `to`, of the same event, and taken there: not twice."""

    to: str
    released: int = 0
    waived: int = 0


class Sent(Content, frozen=True):
    """A notice of step `about` went out; `document` is the digest of what it said, `to` one of where it went."""

    about: int
    channel: str
    document: str = ""
    to: str = ""


class Delivered(Content, frozen=True):
    """A notice of step `about` arrived; `proof` is what the channel gave for it (a receipt, an id, a digest)."""

    about: int
    channel: str
    proof: str


class Mandated(Content, frozen=True):
    """The party lets somebody speak for it. `proof`: digest of the written mandate, where an operator recorded it."""

    to: str
    proof: str = ""


class Appealed(Content, frozen=True):
    """An appeal, in its maker's words; `jointly` names the call by which several cases were appealed at once."""

    words: str
    attachments: tuple[Attachment, ...] = ()
    jointly: str = ""


class Retracted(Content, frozen=True):
    """Who appealed takes the appeal back; another may be made while there is time."""


class Stated(Content, frozen=True):
    """Further words of the party or of who speaks for it."""

    words: str
    attachments: tuple[Attachment, ...] = ()


class Proposed(Content, frozen=True):
    """What one of two reviewers would decide; `upheld`: how much of the sum in dispute, in minor units."""

    outcome: str
    upheld: int


class Decided(Content, frozen=True):
    """What was decided. `with_`: the reviewer who proposed it; `group`: decided for a group of cases as one."""

    outcome: str
    upheld: int
    with_: str = ""
    group: str = ""


class Remedied(Content, frozen=True):
    """What came of a decision, in minor units: released and captured of what was held, allowed and waived of the claim.

    refunded: paid back of what an earlier decision had taken. Of a stop or measure: it ended, or it stands.
    """

    released: int = 0
    captured: int = 0
    allowed: int = 0
    waived: int = 0
    refunded: int = 0


class Collected(Content, frozen=True):
    """Of an allowed claim, so much was collected."""

    amount: int


class Withdrawn(Content, frozen=True):
    """The platform takes the flag back, and with it whatever it imposed; `cause`: what was found, a group or guard."""

    cause: str = ""
    released: int = 0
    waived: int = 0


class Lapsed(Content, frozen=True):
    """Nobody decided in time: what was imposed ended by itself at `until`."""

    until: int
    released: int = 0
    waived: int = 0


class Reopened(Content, frozen=True):
    """New facts, after a decision; once."""

    words: str
    attachments: tuple[Attachment, ...] = ()


class Joined(Content, frozen=True):
    """The case became one of a group with one cause."""

    group: str


class Left(Content, frozen=True):
    """The party wants its case decided by itself."""

    group: str


class Grouped(Content, frozen=True):
    """A group begins: many cases with one cause."""

    cause: Words


class GroupProposed(Content, frozen=True):
    """What one of two reviewers would decide for a group."""

    outcome: str


class GroupDecided(Content, frozen=True):
    """What was decided for a group; each member's case then gets a step of its own."""

    outcome: str
    with_: str = ""


OF_CASES: dict[str, type[Content]] = {
    kind.__name__.lower(): kind
    for kind in (
        *(
            Flagged,
            Imposed,
            Shifted,
            Ceded,
            Sent,
            Delivered,
            Mandated,
            Appealed,
            Retracted,
            Stated,
            Proposed,
            Decided,
            Remedied,
        ),
        *(Collected, Withdrawn, Lapsed, Reopened, Joined, Left),
    )
}
OF_GROUPS: dict[str, type[Content]] = {
    "grouped": Grouped, "group_proposed": GroupProposed, "group_decided": GroupDecided,
}  # fmt: skip
CONTENTS = OF_CASES | OF_GROUPS
KIND_OF = {kind: name for name, kind in CONTENTS.items()}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a case, or of a group of cases.

    sequence: 1, 2, … over all cases without a gap; number: 1, 2, … within its case. key: of the call that wrote it.
    recorded_at: microseconds since 1970, UTC; never falls from one step to the next. by: who; role: as what (one of
    ROLES). why: the reason, as whoever is affected reads it. content: the JSON of what its kind says.
    """

    sequence: int
    case: str
    number: int
    key: str
    kind: str
    recorded_at: int
    by: str
    role: str
    why: str
    content: str

    @property
    def says(self) -> Any:
        """The content, as its kind's Struct. Raises msgspec.ValidationError for another."""
        return msgspec.json.decode(self.content, type=CONTENTS[self.kind])

    def chained(self, before: str) -> str:
        """The chain after this step, in hexadecimal: the digest of the chain before and of all its fields."""
        return sha256(before.encode() + b"\n" + msgspec.json.encode(self, order="deterministic")).hexdigest()


def written(content: Content) -> str:
    """A content as a step keeps it."""
    return msgspec.json.encode(content, order="deterministic").decode()
