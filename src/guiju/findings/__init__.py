"""The one type that flows on: a yes to a question, with what it rests on.

Never changed once made; a later one may answer it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from json import dumps
from typing import Any

import msgspec

from guiju.checks import KEY
from guiju.rulebook import rules

IDENTIFIERS = {
    *("subject", "object", "seller", "buyer", "product", "id", "order_id"),
    *("company", "company_group", "deal", "owner", "holder", "app", "viewer", "probe", "bidder"),
    *("brand", "grantor", "grantee", "account", "device", "recall", "person", "collector", "target"),
    *("offered_by", "add_on", "party", "rival", "depot", "depositor", "bank", "operator"),
    *("practitioner", "chosen", "institution", "firm", "creditor", "debtor", "borrower", "lender"),
    *("driver", "rider", "agency", "driver_device", "rider_device", "sender", "counterparty"),
    *("member", "recruiter", "organiser", "caused_by"),
    *("tender", "order_line", "trip", "voucher", "supply", "decision", "hold", "loan", "prepayment", "recruitment"),
    *("offer", "renews", "refund_of"),
}  # masked unless asked: whose they are, and what leads to them by its id


class Finding(msgspec.Struct, frozen=True):
    """One finding.

    identity (`id`): rule, platform, subject, object, currency, episode start and limits: one more order tomorrow
        changes none of them.
    version: a digest of facts and evidence: one more order tomorrow is a new version.
    amount_at_stake: money, in `currency`; null where the records cannot say. p_value, q_value: of weighing checks only.
    Times are UTC without a zone; `subject` is who answers for the conduct, `object` what it was done to ('' where that
    is all).
    """

    id: str
    version: str
    rule: str
    check: str
    jurisdiction: str
    platform: str
    subject: str
    object: str
    currency: str
    episode_start: datetime
    episode_end: datetime
    amount_at_stake: Decimal | None
    p_value: float | None
    q_value: float | None
    says_zh: str
    says_en: str
    facts: dict[str, Any]
    limits: dict[str, Any]
    evidence_rows: int
    evidence_digest: str

    @property
    def surety(self) -> tuple[float, Decimal]:
        """What sorts the surest first: counted before weighed, then the smaller q-value, then the more money."""
        return (-1.0 if self.q_value is None else self.q_value, -(self.amount_at_stake or Decimal(0)))


def plain(value: Any) -> Any:
    """A fact as JSON holds it: times in ISO 8601, decimals as text, NaN as null."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, float) and value != value:
        return None
    return value


def digest(*parts: Any) -> str:
    """Sixteen hex digits of the SHA-256 of the parts as canonical JSON."""
    text = dumps(parts, sort_keys=True, ensure_ascii=False, default=plain)
    return sha256(text.encode()).hexdigest()[:16]


def identity(rule: str, fixed: Mapping[str, Any], limits: Mapping[str, Any]) -> str:
    """The id of a finding: whichever day it is asked, the same conduct judged by the same limits has the same.

    `fixed` holds the columns of a check's `KEY`. A limit that was written in code before is no other limit.
    """
    known = rules().get(rule)
    return digest(rule, *(plain(fixed[name]) for name in KEY), known.naming(limits) if known else dict(limits))


def mask(text: str) -> str:
    """An identifier, part by part, as its beginning and four digits of its hash: enough to follow, not to read."""
    return "/".join(f"{p[: 2 if len(p) > 5 else 1]}…{sha256(p.encode()).hexdigest()[:4]}" for p in text.split("/") if p)


def shown_object(finding: Finding) -> str:
    """The object, masked but for parts that name nobody: what a column that holds no identifiers says beside it."""
    told = {value for name, value in finding.facts.items() if name not in IDENTIFIERS and isinstance(value, str)}
    parts = [part for part in finding.object.split("/") if part]
    return "/".join(part if part in told or part == finding.platform else mask(part) for part in parts)


def masked(facts: Mapping[str, Any], platform: str) -> dict[str, Any]:
    """Facts with identifiers masked; a platform is not a person and keeps its name."""
    return {
        name: mask(value) if name in IDENTIFIERS and isinstance(value, str) and value != platform else value
        for name, value in facts.items()
    }
