"""A statement in the fields of the EU's DSA Transparency Database, and beside it what became of it: the redress.

The database takes no personal data: neither party, agency, order nor reviewer is exported, and where one of their ids
stands in a text it is put out. What the database cannot know of a case its operator says in `Publication`: where the
decision applies, and whether it rests on law or on the platform's own terms. What is longer than a field is cut, and
says so.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import msgspec

from guiju.cases.matter import HOLD, STOP
from guiju.cases.statement.dsa_fields import LONGEST, faults
from guiju.cases.statement.page import Phrases
from guiju.cases.statement.stated import Statement
from guiju.cases.steps import MACHINE
from guiju.records.errors import BadInput

CUT = " […]"
PUT_OUT = "[id]"


class Publication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the operator says of all its statements.

    territorial_scope: the countries of the EEA where the decision applies. ground: whether the rule is the platform's
    `terms` or `law`. measure: the restriction that a case of kind `measure` is, as a field and its value.
    """

    territorial_scope: tuple[str, ...]
    ground: Literal["terms", "law"] = "terms"
    category: str = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
    content_type_other: str = "order"
    account_type: str | None = None
    reference_url: str | None = None
    measure: dict[str, Any] = {}
    language: Literal["zh", "en"] = "en"


def load_publication(path: Path) -> Publication:
    """What the operator says, from a YAML file. Raises BadInput."""
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Publication)
    except FileNotFoundError:
        raise BadInput(f"{path}: is not there; write one line into it: territorial_scope: [DE, FR]") from None
    except (msgspec.DecodeError, OSError) as error:
        raise BadInput(f"{path}: {error}") from None


def export(s: Statement, by: Publication) -> dict[str, Any]:
    """`statement`: the database's fields; `redress`: ours. Raises BadInput where the database would refuse it."""
    explained = _text(s, s.says.in_(by.language))
    told: dict[str, Any] = {
        **_restriction(s, by), "account_type": by.account_type, **_ground(s, by, explained),
        "decision_ground_reference_url": by.reference_url, "content_type": ["CONTENT_TYPE_OTHER"],
        "content_type_other": by.content_type_other, "category": by.category,
        "territorial_scope": list(by.territorial_scope), "content_date": s.occurred_at.date().isoformat(),
        "application_date": _applied(s), "decision_facts": _facts(s, by.language, explained),
        "source_type": "SOURCE_VOLUNTARY", "automated_detection": "Yes",
        "automated_decision": _automated(s),
        "puid": puid(s),
    }  # fmt: skip
    statement = {name: _fitted(name, value) for name, value in told.items() if value not in (None, "")}
    if refused := faults(statement):
        raise BadInput(f"case {s.case} is no statement for the DSA database: {'; '.join(refused)}")
    return {"statement": statement, "redress": _redress(s)}


def puid(s: Statement) -> str:
    """The platform's unique id of a statement: of a case always the same, and telling nothing of it."""
    return "guiju-" + sha256(f"{s.platform}/{s.case}".encode()).hexdigest()[:40]


def _restriction(s: Statement, by: Publication) -> dict[str, Any]:
    until = s.until.date().isoformat() if s.until else None
    if s.kind == HOLD:
        return {"decision_monetary": "DECISION_MONETARY_SUSPENSION", "end_date_monetary_restriction": until}
    if s.kind == STOP:  # orders are stopped; the account, its money and its appeal stay open
        return {"decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION", "end_date_service_restriction": until}
    return dict(by.measure)


def _ground(s: Statement, by: Publication, explained: str) -> dict[str, str]:
    if by.ground == "terms":
        return {
            "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
            "incompatible_content_ground": f"{s.title.in_(by.language)} ({s.rule}, {s.jurisdiction})",
            "incompatible_content_explanation": explained,
        }
    return {
        "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
        "illegal_content_legal_ground": "; ".join(p.title.in_(by.language) for p in s.provisions),
        "illegal_content_explanation": explained,
    }


def _automated(s: Statement) -> str:
    """Partly, where a person opened a case of what a program found."""
    if not s.automated:
        return "AUTOMATED_DECISION_NOT_AUTOMATED"
    return f"AUTOMATED_DECISION_{'FULLY' if s.course[0].role == MACHINE else 'PARTIALLY'}"


def _applied(s: Statement) -> str:
    """The day it took effect, or else the day it was flagged."""
    days = {step.kind: step.at for step in reversed(s.course)}
    return str(days.get("imposed", days["flagged"]).date())


def _facts(s: Statement, language: str, explained: str) -> str:
    """The reason, then each fact against its limit."""
    w = Phrases(language)
    lines = [explained]
    for fact in s.facts:
        against = "" if fact.limit is None else f" ({w.limit(fact)})"
        lines.append(_text(s, f"{fact.says.in_(language)}: {w.value(fact)}{against}"))
    return "\n".join(lines)


def _text(s: Statement, text: str) -> str:
    """A text without the ids of whom and what it is about."""
    for id in sorted({s.party, s.agency or "", s.subject, s.decision, s.case} - {""}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(id)}(?!\w)", PUT_OUT, text)
    return text


def _fitted(name: str, value: Any) -> Any:
    most = LONGEST.get(name)
    if most is None or not isinstance(value, str) or len(value) <= most:
        return value
    return value[: most - len(CUT)] + CUT


def _redress(s: Statement) -> dict[str, Any]:
    """What became of it: days, no moments, so that nobody is found by one."""
    days = {step.kind: step.at.date().isoformat() for step in reversed(s.course)}
    last = s.answers[-1] if s.answers else None
    told: dict[str, Any] = {
        "puid": puid(s), "state": s.state, "in_force": s.in_force, "flagged_on": days["flagged"],
        "took_effect_on": days.get("imposed"), "notice_delivered_on": days.get("delivered"),
        "appeal_until": s.redress.last_day.isoformat() if s.redress.last_day else None,
        "appealed_on": days.get("appealed"), "decided_on": last.at.date().isoformat() if last else None,
        "outcome": last.outcome if last else None, "reviewers": len(last.by) if last else None,
        "ends_on": s.until.date().isoformat() if s.until else None, "lapsed_on": days.get("lapsed"),
        "withdrawn_on": days.get("withdrawn"), "reopened_on": days.get("reopened"),
    }  # fmt: skip
    if s.sums is not None:
        told["money"] = {k: str(v) for k, v in msgspec.structs.asdict(s.sums).items() if k != "available"}
    return {name: value for name, value in told.items() if value is not None}
