"""The fields of a statement of reasons in the EU's DSA Transparency Database, and what its API refuses.

Source: API version 2, in force since 1 July 2025, as documented at
https://transparency.dsa.ec.europa.eu/page/api-documentation-two, and the database's own code
(https://github.com/digital-services-act/transparency-database: Statement.php for the values,
GroupedSubmissionsService.php for what is required when), stored copies of both read on 2026-11-29. Keywords
(`category_specification`) and content identifiers (`content_id`) are optional there and left out here: none of them is
about work or pay. Where page and code differ the stricter one counts: `territorial_scope` is required by the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

MONETARY = ("DECISION_MONETARY_SUSPENSION", "DECISION_MONETARY_TERMINATION", "DECISION_MONETARY_OTHER")
PROVISION = tuple(
    f"DECISION_PROVISION_{extent}_{what}" for extent in ("PARTIAL", "TOTAL") for what in ("SUSPENSION", "TERMINATION")
)
ACCOUNT = ("DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED")
VISIBILITY = (
    "DECISION_VISIBILITY_CONTENT_REMOVED",
    "DECISION_VISIBILITY_CONTENT_DISABLED",
    "DECISION_VISIBILITY_CONTENT_DEMOTED",
    "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
    "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
    "DECISION_VISIBILITY_CONTENT_LABELLED",
    "DECISION_VISIBILITY_OTHER",
)
ILLEGAL, INCOMPATIBLE = GROUNDS = ("DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT")
CONTENT_TYPES = tuple(
    f"CONTENT_TYPE_{kind}" for kind in ("APP", "AUDIO", "IMAGE", "PRODUCT", "SYNTHETIC_MEDIA", "TEXT", "VIDEO", "OTHER")
)
CATEGORIES = tuple(
    f"STATEMENT_CATEGORY_{kind}"
    for kind in (
        "ANIMAL_WELFARE", "CONSUMER_INFORMATION", "CYBER_VIOLENCE", "CYBER_VIOLENCE_AGAINST_WOMEN",
        "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "ILLEGAL_OR_HARMFUL_SPEECH",
        "INTELLECTUAL_PROPERTY_INFRINGEMENTS", "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        "NOT_SPECIFIED_NOTICE", "OTHER_VIOLATION_TC", "PROTECTION_OF_MINORS", "RISK_FOR_PUBLIC_SECURITY",
        "SCAMS_AND_FRAUD", "SELF_HARM", "UNSAFE_AND_PROHIBITED_PRODUCTS", "VIOLENCE",
    )
)  # fmt: skip
SOURCES = ("SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER", "SOURCE_TYPE_OTHER_NOTIFICATION", "SOURCE_VOLUNTARY")
AUTOMATED = tuple(f"AUTOMATED_DECISION_{extent}" for extent in ("FULLY", "PARTIALLY", "NOT_AUTOMATED"))
ACCOUNT_TYPES = ("ACCOUNT_TYPE_BUSINESS", "ACCOUNT_TYPE_PRIVATE")
EEA = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
COUNTRIES = tuple(EEA.split(" "))
PUID = re.compile(r"[a-zA-Z0-9_-]{1,500}")

ONE_OF: Mapping[str, tuple[str, ...]] = {
    "decision_monetary": MONETARY,
    "decision_provision": PROVISION,
    "decision_account": ACCOUNT,
    "account_type": ACCOUNT_TYPES,
    "decision_ground": GROUNDS,
    "incompatible_content_illegal": ("Yes", "No"),
    "category": CATEGORIES,
    "source_type": SOURCES,
    "automated_detection": ("Yes", "No"),
    "automated_decision": AUTOMATED,
}
SOME_OF: Mapping[str, tuple[str, ...]] = {
    "decision_visibility": VISIBILITY,
    "content_type": CONTENT_TYPES,
    "category_addition": CATEGORIES,
    "territorial_scope": COUNTRIES,
}
LONGEST: Mapping[str, int] = {
    "decision_visibility_other": 500,
    "decision_monetary_other": 500,
    "content_type_other": 500,
    "decision_ground_reference_url": 500,
    "illegal_content_legal_ground": 500,
    "illegal_content_explanation": 2000,
    "incompatible_content_ground": 500,
    "incompatible_content_explanation": 2000,
    "decision_facts": 5000,
    "source_identity": 500,
    "puid": 500,
}  # characters
DATES: Mapping[str, str] = {
    "content_date": "2000-01-01",
    "application_date": "2020-01-01",
    "end_date_account_restriction": "",
    "end_date_monetary_restriction": "",
    "end_date_service_restriction": "",
    "end_date_visibility_restriction": "",
}  # and the first day each may be
LAST_DAY = "2038-01-01"
REQUIRED = (
    "decision_ground", "content_type", "category", "territorial_scope", "content_date", "application_date",
    "decision_facts", "source_type", "automated_detection", "automated_decision", "puid",
)  # fmt: skip
RESTRICTIONS = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
KNOWN = {*ONE_OF, *SOME_OF, *LONGEST, *DATES}


def faults(statement: Mapping[str, Any]) -> list[str]:
    """What the API would refuse, field by field; nothing where it would take the statement."""
    found = [f"{name}: is no field of a statement" for name in sorted(set(statement) - KNOWN)]
    told = {name: value for name, value in statement.items() if value not in (None, "", [])}
    found += [f"{name}: is required" for name in _required(told) if name not in told]
    found += [
        f"{name}: {told[name]!r} is not a value of it" for name in ONE_OF if told.get(name) not in {None, *ONE_OF[name]}
    ]
    for name, known in SOME_OF.items():
        values = told.get(name, [])
        if not isinstance(values, list) or not set(values) <= set(known):
            found.append(f"{name}: {values!r} is not a list of its values")
    found += [
        f"{name}: has more than {most:,} characters" for name, most in LONGEST.items() if len(told.get(name, "")) > most
    ]
    if "puid" in told and not PUID.fullmatch(told["puid"]):
        found.append("puid: is not of letters, digits, - and _ alone")
    return found + _dates(told)


def _required(told: Mapping[str, Any]) -> list[str]:
    """The fields that this statement must have, by what it says in others."""
    needed = list(REQUIRED)
    if not any(name in told for name in RESTRICTIONS):
        needed.append("decision_monetary")  # or another of the four
    if told.get("decision_monetary") == "DECISION_MONETARY_OTHER":
        needed.append("decision_monetary_other")
    if "DECISION_VISIBILITY_OTHER" in told.get("decision_visibility", []):
        needed.append("decision_visibility_other")
    if "CONTENT_TYPE_OTHER" in told.get("content_type", []):
        needed.append("content_type_other")
    if told.get("decision_ground") == ILLEGAL:
        needed += ["illegal_content_legal_ground", "illegal_content_explanation"]
    if told.get("decision_ground") == INCOMPATIBLE:
        needed += ["incompatible_content_ground", "incompatible_content_explanation"]
    return needed


def _dates(told: Mapping[str, Any]) -> list[str]:
    """Days that are none, or lie where the database takes none."""
    found = []
    for name, first in DATES.items():
        written = told.get(name)
        if written is None:
            continue
        begin = first or str(told.get("application_date", ""))
        try:
            is_day = date.fromisoformat(written).isoformat() == written
        except (TypeError, ValueError):
            is_day = False
        if not is_day or not begin <= written <= LAST_DAY:
            found.append(f"{name}: {written!r} is no day from {begin or 'the application date'} to {LAST_DAY}")
    return found
