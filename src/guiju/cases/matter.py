"""What a case is about: what was decided and on what, recorded once with every fact and limit, never written afresh."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from guiju.checks.words import Words

HOLD, STOP, MEASURE = KINDS = ("hold", "stop", "measure")


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fact as it was read, beside the limit it was held against, where there is one.

    value, limit: as a person reads them ('14', '200.00', '2020-12-12 20:00', 'yes'); '–' where not known.
    value_says: the value in both languages where it is told in words. says, limit_says: what they are called (至少, at
    least). name, limit_name: as in the records and the rule. A fact held against two limits is two.
    """

    name: str
    value: str
    says: Words
    unit: Words | None = None
    limit_name: str = ""
    limit: str | None = None
    limit_says: Words | None = None
    limit_unit: Words | None = None
    value_says: Words | None = None


class Cited(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provision as the rulebook had it on the day: its title, the instrument, what it asks, how well it is known."""

    id: str
    title: Words
    instrument: str
    says: Words
    mark: str


class Matter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One decision about one party, asked of by one rule.

    kind: `hold` (money set aside), `stop` (work stopped), `measure` (another measure taken).
    agency_speaks: the records say that the agency may speak for its people, so that it needs no mandate.
    decision: the gate decision's or finding's id; trigger: `<set>/<trigger>`, '' of a finding.
    subject: the order, listing or shop. occurred_at: microseconds since 1970 UTC, told in `zone`.
    amount: the sum in dispute, in minor units of `currency` (0 and '' where there is no money).
    text: digest of the trigger set or the rulebook that decided. automated: no person has looked at it yet.
    """

    kind: str
    platform: str
    party: str
    jurisdiction: str
    rule: str
    title: Words
    provisions: tuple[Cited, ...]
    decision: str
    subject: str
    occurred_at: int
    zone: str
    says: Words
    facts: tuple[Fact, ...]
    innocent: tuple[Words, ...]
    text: str
    automated: bool
    trigger: str = ""
    agency: str | None = None
    agency_speaks: bool = False
    currency: str = ""
    amount: int = 0

    @property
    def id(self) -> str:
        """The case's id: the same decision under the same rule about the same party is the same case."""
        return case_id(self.kind, self.platform, self.party, self.rule, self.trigger, self.decision)

    @property
    def event(self) -> str:
        """What several triggers may have held on at once: whatever it cost is in dispute once."""
        return sha256(msgspec.json.encode([self.platform, self.party, self.decision, self.currency])).hexdigest()[:16]


def case_id(kind: str, platform: str, party: str, rule: str, trigger: str, decision: str) -> str:
    """The id of a case of what these name, whether there is one or not."""
    return sha256(msgspec.json.encode([kind, platform, party, rule, trigger, decision])).hexdigest()[:16]
