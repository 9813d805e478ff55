"""Matters made: of a gate's decision, one for each trigger that held; of an audit's finding, one.

A hold on several triggers is several cases, so that each reason is answered and each trigger's precision counted; what
they hold of one event's money is held once (`money.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from guiju.cases.matter import HOLD, Cited, Fact, Matter
from guiju.checks.words import Words
from guiju.findings import Finding
from guiju.gate import Decision, TriggerSet
from guiju.gate.decisions import Reason
from guiju.gate.loading import CASES
from guiju.ledger.entries import microseconds
from guiju.ledger.money import exponent
from guiju.records.errors import BadInput
from guiju.rulebook import Rule, rules

COLUMNS = re.compile(r"\s*[(（]<code>[^<]*</code>[)）]")  # that a note for analysts names in parentheses
TAGS = re.compile(r"<[^>]*>")
SHAPE = "%Y-%m-%d %H:%M"


class FactName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a fact is called, and its unit; of a text in Chinese, the fact that says it in English."""

    zh: str
    en: str
    unit: Words | None = None
    in_english: str = ""


class LimitName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a limit is told beside the fact it is of (至少, at least), and its unit."""

    of: str
    zh: str
    en: str
    unit: Words | None = None


class Telling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`cases.yaml` beside a set's triggers: what facts and limits are called, in the order they are told in; the column
    of somebody's agency, and by trigger that of whom it is about, where it is not the stream's `subject`.
    """

    agency: str = ""
    parties: dict[str, str] = {}
    facts: dict[str, FactName] = {}
    limits: dict[str, LimitName] = {}


def telling(folder: Path) -> Telling:
    """How a set's decisions become cases; without the file, facts keep their names. Raises BadInput."""
    path = folder / CASES
    return _telling(path, path.stat().st_mtime_ns) if path.is_file() else Telling()


@cache  # it is asked at every decision
def _telling(path: Path, changed: int) -> Telling:
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Telling)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadInput(f"{path}: {' '.join(str(error).split())}") from None


def of_decision(
    decision: Decision,
    of: TriggerSet,
    event: Mapping[str, Any],
    *,
    actions: Iterable[str] = (HOLD,),
    agency_speaks: bool = False,
    automated: bool = True,
) -> list[Matter]:
    """What a decision on an event asks to be held: one matter for each live trigger that held, with a sum in dispute.

    event: the record it was made on, as read (columns by name). actions: ('hold', 'review') where a person has reviewed
    it and holds (`automated` false). Raises BadInput where the event lacks whom it is about, or its currency.
    """
    told, found = telling(of.folder), []
    by_name = {trigger.name: trigger for trigger in of.triggers}
    for reason in decision.reasons:
        trigger = by_name[reason.trigger]
        if reason.action not in actions or reason.mode != "live" or not trigger.entry.amount:
            continue
        currency = str(event.get("currency") or "")
        party = event.get(told.parties.get(trigger.name, of.subject))
        if not party or len(currency) != 3:
            missing = "currency" if party else told.parties.get(trigger.name, of.subject)
            raise BadInput(f"{of.stream} {decision.id}: has no {missing}; a case needs it")
        amount = _minor(reason.facts.get(trigger.entry.amount), currency)
        if amount > 0:
            fields = _of_rule(trigger.rule, _moment(event["occurred_at"]))
            found.append(
                Matter(
                    kind=HOLD, platform=decision.platform, party=str(party), **fields, decision=decision.id,
                    subject=decision.id, says=Words(reason.says("zh"), reason.says("en")),
                    facts=_facts(reason, trigger.rule.zone, told), innocent=tuple(trigger.entry.innocent),
                    text=of.digest, automated=automated, trigger=f"{of.name}/{trigger.name}",
                    agency=(event.get(told.agency) or None) if told.agency else None, agency_speaks=agency_speaks,
                    currency=currency, amount=amount,
                )
            )  # fmt: skip
    return found


def of_finding(
    finding: Finding, *, kind: str = "measure", agency: str | None = None, agency_speaks: bool = False, text: str = ""
) -> Matter:
    """What an audit's finding asks of its subject. text: the rulebook's digest in the run's manifest."""
    rule = rules().get(finding.rule)
    if rule is None:
        raise BadInput(
            f"finding {finding.id}: the rulebook has no rule {finding.rule!r}; install the pack it is from",
            f"发现 {finding.id}：规则库里没有规则 {finding.rule!r}；请安装它所在的规则包",
        )
    amount = finding.amount_at_stake if kind != "stop" and finding.amount_at_stake else None
    return Matter(
        kind=kind, platform=finding.platform, party=finding.subject,
        **_of_rule(rule, _moment(finding.episode_start), finding.facts),
        decision=f"{finding.id}/{finding.version}", subject=finding.object or finding.id,
        says=Words(finding.says_zh, finding.says_en), facts=_found(finding, rule), innocent=_innocent(finding),
        text=text, automated=True, agency=agency, agency_speaks=agency_speaks,
        currency=finding.currency if amount else "", amount=_minor(amount, finding.currency),
    )  # fmt: skip


def _of_rule(rule: Rule, occurred: datetime, facts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The rule as it was on the day of the event."""
    day = occurred.astimezone(rule.zone).date()
    provisions = tuple(
        Cited(p.id, Words(p.title_zh, p.title_en), p.instrument, p.says or Words(p.test, p.test), p.source_mark)
        for p in rule.cites_on(day, facts=facts) or rule.cites
    )
    return {
        "jurisdiction": rule.jurisdiction, "rule": rule.name, "title": rule.title, "provisions": provisions,
        "occurred_at": microseconds(occurred), "zone": rule.zone.key,
    }  # fmt: skip


def _facts(reason: Reason, zone: ZoneInfo, told: Telling) -> tuple[Fact, ...]:
    """Every fact that has words, in their order, with the limits it is held against; limits of no such fact after."""
    limits = {name: value for name, value in reason.limits.items() if value is not None}
    facts = [name for name in told.facts if name in reason.facts] or sorted(reason.facts)
    found: list[Fact] = []
    for name in facts:
        known = told.facts.get(name, FactName(name, name))
        plain = Fact(
            name=name, value=_told(reason.facts[known.in_english or name], zone), says=Words(known.zh, known.en),
            unit=known.unit,
            value_says=Words(reason.facts[name], reason.facts[known.in_english]) if known.in_english else None,
        )  # fmt: skip
        its = [one for one in limits if (told.limits[one].of if one in told.limits else one[4:]) == name]
        for one in its:
            limit = told.limits.get(one, LimitName(name, one, one))
            found.append(
                replace(
                    plain, limit_name=one, limit=_told(limits.pop(one), zone), limit_unit=limit.unit,
                    limit_says=Words(limit.zh, limit.en),
                )
            )  # fmt: skip
        found += [] if its else [plain]
    rest = (Fact(n, "–", Words(n, n), None, n, _told(value, zone)) for n, value in limits.items())
    return (*found, *rest)


def _found(finding: Finding, rule: Rule) -> tuple[Fact, ...]:
    from guiju.audit.report import words

    named = words.of_check(finding.check).facts
    known = {n: value for n, value in finding.facts.items() if value is not None}
    facts = []
    for name in [n for n in named if n in known] if named else sorted(known):
        zh, en = words.written(finding.check, name, known[name], finding.currency, rule.zone)
        against = words.against(finding.check, name, finding.limits, finding.currency)
        limit = named[name].limit if name in named else ""
        facts.append(
            Fact(
                name=name, value=en, value_says=Words(zh, en) if zh != en else None,
                says=Words(*words.fact_name(finding.check, name)), limit_name=limit if against[1] else "",
                limit=against[1] or None, limit_says=Words(*against) if against[1] else None,
            )
        )  # fmt: skip
    return tuple(facts)


def _innocent(finding: Finding) -> tuple[Words, ...]:
    from guiju.audit.report import words
    from guiju.audit.report.page import told_names
    from guiju.checks import checks

    check = checks().get(finding.check)
    texts = words.paragraphs(check.doc, "Innocent explanations") if check else []
    return tuple(Words(*map(_plain, told_names(check, words.both(text), finding.limits))) for text in texts if check)


def _plain(marked: Any) -> str:
    """A text for whoever is affected: no names of columns."""
    return unescape(TAGS.sub("", COLUMNS.sub("", str(marked))))


def _told(value: Any, zone: ZoneInfo) -> str:
    """A value as a person reads it, by the clock of the rule."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=UTC).astimezone(zone):{SHAPE}}"
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} s"
    return f"{value:,}" if isinstance(value, int | Decimal) else str(value)


def _minor(amount: Decimal | None, currency: str) -> int:
    """Minor units of an amount, what is less than one left out: it is not in dispute."""
    return 0 if amount is None else int(amount.scaleb(exponent(currency)).to_integral_value(ROUND_DOWN))


def _moment(value: Any) -> datetime:
    """An event's time, UTC; a text in ISO 8601, too."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    assert isinstance(moment, datetime)
    return moment.replace(tzinfo=moment.tzinfo or UTC)
