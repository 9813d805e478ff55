"""The guard's sentences, zh and en: what burst, where it lies, what it is, what people found, and what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from guiju.cases.guard.outcome import Audit, Evidence, Payer
from guiju.checks.words import Words
from guiju.findings.sentences import sentence
from guiju.gate.decisions import told_time

UTC = ZoneInfo("UTC")


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`words.yaml`."""

    attributes: dict[str, Words]
    values: dict[str, Words]
    burst: Words
    explained: Words
    outside: Words
    named: Words
    campaign: Words
    audited: Words
    statuses: dict[str, Words]
    ends: dict[str, Words]


@cache
def said() -> Said:
    return msgspec.yaml.decode((files("guiju.cases.guard") / "words.yaml").read_bytes(), type=Said)


def in_words(terms: Mapping[str, str], language: str) -> str:
    """A slice or a place, as: region 7, kind of funder insurer."""
    known = said()
    parts = []
    for name, value in terms.items():
        attribute = known.attributes[name].in_(language) if name in known.attributes else name
        told = known.values[value].in_(language) if value in known.values else value
        parts.append(f"{attribute} {told}")
    return ("，" if language == "zh" else ", ").join(parts)


def payers(campaigns: Sequence[Payer], language: str, zone: ZoneInfo) -> str:
    """Registered campaigns: who pays, where, from when to when."""
    zh, told = language == "zh", []
    for one in campaigns:
        kind = said().values[one.funder_kind].in_(language) if one.funder_kind in said().values else one.funder_kind
        ends = f"，至 {_day(one.until, zone)}" if zh else f" to {_day(one.until, zone)}"
        told.append(sentence(said().campaign.in_(language), {
            "campaign": one.campaign, "funder": one.funder, "kind": kind, "since": _day(one.since, zone),
            "until": ends if one.until else ("" if zh else " on"),
            "region": in_words({"region": one.region}, language) if one.region else ("各地" if zh else "everywhere"),
        }))  # fmt: skip
    return ("；" if zh else "; ").join(told)


def _day(moment: int, zone: ZoneInfo) -> str:
    return str(told_time(moment).replace(tzinfo=UTC).astimezone(zone).date())


def says(
    facts: Mapping[str, Any], status: str, place: Mapping[str, str], slice_: Mapping[str, str],
    campaigns: Sequence[Payer], evidence: Evidence | None, audit: Audit | None, title: Words, zone: ZoneInfo,
) -> Words:  # fmt: skip
    """A group's sentence in both languages; `facts` are since, until, excess, weekly, staying and sample."""
    made = {}
    for language in ("zh", "en"):
        given = {**facts, "title": title.in_(language), "place": in_words(place, language)}
        parts = [sentence(said().burst.in_(language), given)]
        if evidence is not None:
            parts.append(sentence(said().explained.in_(language), {
                "explained": evidence.explained_pct[0], "low": evidence.explained_pct[1],
                "high": evidence.explained_pct[2], "slice": in_words(slice_, language), "n": evidence.slice_cases,
                "f": evidence.slice_flags, "people": evidence.slice_people, "lift": evidence.lift,
            }))  # fmt: skip
            if isfinite(evidence.outside.high):
                parts.append(sentence(said().outside.in_(language), msgspec.structs.asdict(evidence.outside)))
        if campaigns:
            parts.append(sentence(said().named.in_(language), {"campaigns": payers(campaigns, language, zone)}))
        if audit is not None:
            facts_ = {"n": audit.n, "k": audit.k, "low": audit.low_pct, "high": audit.high_pct}
            parts.append(sentence(said().audited.in_(language), facts_))
        parts.append(sentence(said().ends[status].in_(language), given))
        made[language] = ("" if language == "zh" else " ").join(parts)
    return Words(**made)
