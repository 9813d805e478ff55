"""What comes out: a decision on one event, with what was measured and why each trigger held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from guiju.checks.words import Words
from guiju.findings.sentences import sentence
from guiju.gate.nodes import Kind

ACTIONS = ("allow", "review", "hold")  # from the mildest
EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Fact:
    """A value that a reason names: an event's column, a feature, or a limit of the rule."""

    name: str
    kind: Kind
    is_limit: bool = False


@dataclass(frozen=True)
class Told:
    """What a decision needs of a trigger to tell why it held."""

    name: str
    rule: str
    action: str
    mode: str
    says: Words
    zone: ZoneInfo
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Layout:
    """What the plain values of a set's decisions mean."""

    features: tuple[Fact, ...]
    triggers: tuple[Told, ...]
    digest: str = field(default="")

    @cached_property
    def severities(self) -> tuple[int, ...]:
        """The place in ACTIONS of what each trigger does when it holds: shadow ones do nothing."""
        return tuple(ACTIONS.index(t.action) if t.mode == "live" else 0 for t in self.triggers)


@dataclass(frozen=True)
class Reason:
    """Why a trigger held: the facts its sentence and condition name, and the limits of the event's day."""

    trigger: str
    rule: str
    action: str
    mode: str
    facts: Mapping[str, Any]
    limits: Mapping[str, Any]
    _says: Words = field(repr=False)
    _zone: ZoneInfo = field(repr=False)

    def says(self, language: str) -> str:
        """The reason in a sentence, `zh` or `en`."""
        return sentence(getattr(self._says, language), {**self.facts, **self.limits}, language, zone=self._zone)


class Decision(msgspec.Struct, gc=False):
    """The gate's answer to one event.

    `moment` is `decision_at` in microseconds since 1970 UTC; `values` are the features and `held` the triggers that
    held, each its place in the set and its facts, as the engine holds them: whole numbers of their scale. The
    properties tell them as a person reads them.
    """

    layout: Layout
    platform: str
    id: str
    moment: int
    values: tuple[Any, ...]
    held: tuple[tuple[int, tuple[Any, ...]], ...]

    @property
    def decision_at(self) -> datetime:
        return told_time(self.moment)

    @property
    def features(self) -> dict[str, Any]:
        """Every feature by name: int, Decimal, str, bool, datetime, timedelta, or None where not known."""
        return {f.name: told(value, f.kind) for f, value in zip(self.layout.features, self.values, strict=True)}

    @property
    def triggers(self) -> dict[str, bool]:
        """Of every trigger, shadow ones too, whether it held."""
        holding = {place for place, _ in self.held}
        return {t.name: place in holding for place, t in enumerate(self.layout.triggers)}

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why each trigger that held did, in the order of the set."""
        return tuple(_reason(self.layout.triggers[place], values) for place, values in self.held)

    @property
    def action(self) -> str:
        """The severest action of the live triggers that held; allow where none did. Shadow triggers act not."""
        severities = self.layout.severities
        return ACTIONS[max([severities[place] for place, _ in self.held], default=0)]


def _reason(of: Told, values: tuple[Any, ...]) -> Reason:
    known = {f: told(value, f.kind) for f, value in zip(of.facts, values, strict=True)}
    facts = {f.name: value for f, value in known.items() if not f.is_limit}
    limits = {f.name: value for f, value in known.items() if f.is_limit}
    return Reason(of.name, of.rule, of.action, of.mode, facts, limits, of.says, of.zone)


def microseconds_of(moment: datetime) -> int:
    """Microseconds since 1970 of a moment in UTC without a zone, as the gate has them."""
    span = moment - EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def told_time(microseconds: int) -> datetime:
    """The moment again."""
    return EPOCH + timedelta(microseconds=microseconds)


def told(value: Any, kind: Kind) -> Any:
    """A value as a person reads it, of the plain one that engines hold."""
    if value is None or kind.name in ("text", "truth"):
        return value
    if kind.name == "number":
        return Decimal(f"{value}E-{kind.scale}") if kind.scale else value
    return told_time(value) if kind.name == "time" else timedelta(microseconds=value)
