"""A decision, a trigger and a limit as the pages tell them: in both languages, with identifiers masked.

Whatever is text is taken for an identifier unless it is known to be none; where somebody was, is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from guiju.cases.matters import Telling
from guiju.checks.words import Words
from guiju.findings import mask
from guiju.findings.sentences import sentence
from guiju.gate import Trigger, TriggerSet
from guiju.gate.decisions import Fact
from guiju.gate.features import KEY
from guiju.gate.loading import CASES
from guiju.journal import Entry
from guiju.records.meanings import meanings
from guiju.rulebook import Rule, rules

WORDED = ("_zh", "_en")  # how a fact ends that a trigger tells in the set's own words
OPEN = frozenset(("platform", "region", "service", "channel", "currency", "category", "unit"))  # texts that name nobody
NOT_KNOWN = "–"
Hide = Callable[[str], str]  # how an identifier is told


class Limit(msgspec.Struct):
    """A limit in force: since when, why, and how well its source is known."""

    name: str
    value: str
    since: date
    because: Words
    mark: str


class Cited(msgspec.Struct):
    """A provision that a rule rests on."""

    title: Words
    mark: str


class Reason(msgspec.Struct):
    """Why a trigger held. says: None where the version's texts are not known here. listed: its rule has a page here."""

    trigger: str
    title: Words
    rule: str
    listed: bool
    mode: str
    action: str
    says: Words | None
    facts: list[tuple[str, str]]
    limits: list[Limit]
    cites: list[Cited]


class Told(msgspec.Struct):
    """A decision. subject: the name of the column that says about whom it is, and that, masked."""

    sequence: int
    at: str
    occurred: str
    zone: str
    action: str
    platform: str
    id: str
    subject: tuple[str, str]
    set: str
    digest: str
    known: bool
    reasons: list[Reason]
    features: list[tuple[str, str]]


def titles(*sets: TriggerSet | None) -> dict[str, Words]:
    """What triggers are called: the titles of their rules; of two sets that differ as the first has it."""
    return {t.name: t.rule.title for of in reversed(sets) if of for t in of.triggers}


def names(tells: Telling) -> dict[str, Words]:
    """What the facts of a set are called, as far as its texts say."""
    return {name: Words(one.zh, one.en) for name, one in tells.facts.items()}


def tells_of(texts: Mapping[str, str]) -> Telling:
    """How a version's decisions are told to people, by its texts; nothing of one that does not say."""
    return msgspec.yaml.decode(texts.get(CASES, "{}"), type=Telling)


def labels(of: TriggerSet, tells: Telling) -> dict[str, Words]:
    """What a table calls the facts of a set, with their units: as its texts say, else as the stream's columns are."""
    columns = meanings(of.stream)
    return {name: Words(one.name, one.en) for name, one in columns.items()} | {
        name: Words(
            one.zh + (f"（{one.unit.zh}）" if one.unit else ""), one.en + (f" ({one.unit.en})" if one.unit else "")
        )
        for name, one in tells.facts.items()
    }


def told(entry: Entry, of: TriggerSet | None, hide: Hide = mask) -> Told:
    """An entry's decision, told by the set that made it; identifiers as `hide` tells them."""
    value = entry.value
    event, decision = value["event"], value["decision"]
    zone = of.triggers[0].rule.zone if of else ZoneInfo("UTC")
    occurred = datetime.fromisoformat(event["occurred_at"])
    name = of.subject if of else "driver" if "driver" in event else "seller"
    return Told(
        entry.sequence, _time(decision["decision_at"], zone), _time(event["occurred_at"], zone), zone.key,
        decision["action"], decision["platform"], hide(decision["id"]), (name, hide(event.get(name) or "")),
        decision["set"]["name"], decision["set"]["digest"], of is not None,
        [_reason(reason, of, occurred, hide) for reason in decision["reasons"]],
        facts(decision["features"], of, zone, hide) if of else [],
    )  # fmt: skip


def reasons(decision: Mapping[str, Any], of: TriggerSet | None) -> list[tuple[str, Words | None]]:
    """The triggers of a decision that held, and what each says; the time is that of the decision."""
    at = datetime.fromisoformat(decision["decision_at"])
    return [(one["trigger"], _reason(one, of, at).says) for one in decision["reasons"]]


def facts(values: Mapping[str, Any], of: TriggerSet, zone: ZoneInfo, hide: Hide = mask) -> list[tuple[str, str]]:
    """What was known of an event, as a table tells it; names that the set does not have are left out."""
    known = {fact.name: fact for fact in of.layout.features}
    return [(name, _shown(value, known[name], zone, of, hide)) for name, value in values.items() if name in known]


def seen(event: Mapping[str, Any], of: TriggerSet, zone: ZoneInfo) -> list[tuple[str, str]]:
    """An event as it came, as a table tells it, without its key, what is empty and what may not be told at all."""
    its = [(c, event.get(c.name)) for c in of.features.stream.columns if c.name not in KEY and not c.secret]
    return [(c.name, _came(str(value), c.name, c.type, zone)) for c, value in its if value not in (None, "")]


def _came(value: str, name: str, type: str, zone: ZoneInfo) -> str:
    if type.startswith("timestamp"):
        return _time(value, zone)
    return mask(value) if type == "string" and name not in OPEN else value


def local(text: str, zone: ZoneInfo) -> str:
    """A time (ISO 8601; without a zone it is UTC) by a zone's clock."""
    return _time(text, zone)


def _reason(reason: Mapping[str, Any], of: TriggerSet | None, occurred: datetime, hide: Hide = mask) -> Reason:
    name, rule = reason["trigger"], reason["rule"]
    trigger = next((t for t in of.triggers if t.name == name), None) if of else None
    if of is None or trigger is None:
        unknown = Words(name, name)
        return Reason(name, unknown, rule, rule in rules(), reason["mode"], reason["action"], None, [], [], [])
    zone, its = trigger.rule.zone, {fact.name: fact for fact in trigger.facts}
    safe = {n: _safe(v, its[n], of, hide) for n, v in {**reason["facts"], **reason["limits"]}.items()}
    says = Words(*(sentence(trigger.entry.says.in_(code), safe, code, zone=zone) for code in ("zh", "en")))
    day = occurred.astimezone(zone).date()
    return Reason(
        name, trigger.rule.title, rule, rule in rules(), reason["mode"], reason["action"], says,
        [(n, _shown(v, its[n], zone, of, hide)) for n, v in reason["facts"].items()],
        [limit for limit in limits(trigger, day) if limit.name in reason["limits"]], cites(trigger.rule, day),
    )  # fmt: skip


def limits(trigger: Trigger, day: date) -> list[Limit]:
    """The limits that a trigger names, as they are in force on a day."""
    found = []
    for name, dated in trigger.rule.entry.limits.items():
        begun = [since for since in dated if since <= day]
        if name not in trigger.limits or not begun or (limit := dated[max(begun)]).value is None:
            continue
        because = limit.because if isinstance(limit.because, Words) else Words(limit.because, limit.because)
        value = f"{limit.value:,}" if type(limit.value) is int else f"{limit.value}"
        found.append(Limit(name, value, max(begun), because, limit.mark))
    return found


def cites(rule: Rule, day: date) -> list[Cited]:
    """What a rule rests on, of what held on a day."""
    return [Cited(Words(p.title_zh, p.title_en), p.source_mark) for p in rule.cites_on(day)]


def _safe(value: Any, fact: Fact, of: TriggerSet, hide: Hide) -> Any:
    """A fact for a sentence: as JSON holds it, or masked, or not told."""
    columns = {c.name: c for c in of.features.stream.columns}
    if fact.name in columns and columns[fact.name].secret:
        return None
    hidden = fact.kind.name == "text" and not fact.is_limit and fact.name not in OPEN and not fact.name.endswith(WORDED)
    return hide(value) if hidden and isinstance(value, str) else value


def _shown(value: Any, fact: Fact, zone: ZoneInfo, of: TriggerSet, hide: Hide) -> str:
    """A fact for a table."""
    safe = _safe(value, fact, of, hide)
    if safe is None:
        return NOT_KNOWN
    if fact.kind.name == "time":
        return _time(str(safe), zone)
    if isinstance(safe, float):
        return f"{safe:,.2f}" if abs(safe) >= 1 or not safe else f"{safe:.3g}"
    return f"{safe:,}" if type(safe) is int else str(safe)


def _time(text: str, zone: ZoneInfo) -> str:
    at = datetime.fromisoformat(text)
    return f"{(at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(zone):%Y-%m-%d %H:%M:%S}"
