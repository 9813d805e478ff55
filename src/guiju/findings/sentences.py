"""What a finding says: a check's template over its facts, told in either language and by the clock of the rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from string import Formatter
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from guiju.checks.words import Words

UTC = ZoneInfo("UTC")
DECIMALS = re.compile(r"\.\df")
NOTHING = re.compile(r"(?<![A-Za-z0-9_])[-+](0(?:\.0+)?)(?![\d.])")  # a rounded nothing has no sign


def sentence(
    template: str,
    facts: Mapping[str, Any],
    language: str = "en",
    values: Mapping[str, Words] = MappingProxyType({}),
    zone: ZoneInfo = UTC,
    grouped: bool = False,
) -> str:
    """A template filled in: a fact not known is a dash, a time is local, one of a few `values` is told in words.

    Facts may be as JSON holds them. `{weeks:#week}` tells a number with its noun: 1 week, 3 weeks.
    `{pct:a cut of |a rise of |.1f}` tells a number's size after a word for its sign. `{time_zone}` names the zone.
    grouped: thousands are separated also where no format says so. The two ends of an interval, `low…` and `high…`, have
    as many more decimals as tell them apart.
    """
    told = facts
    if values:
        told = {k: values[v].in_(language) if isinstance(v, str) and v in values else v for k, v in facts.items()}
    pieces: list[str] = []
    finer = _finer(template, told) if "high" in template else {}
    for literal, name, spec in _pieces(template):
        pieces.append(literal)
        if name is not None:
            value = zone.key if name == "time_zone" and name not in told else told[name]
            if grouped and spec in ("", "g") and type(value) in (int, float) and "year" not in name:
                spec = ",g" if spec else ","
            pieces.append(_in_words(value, finer.get(name, spec), zone))
    return _unsigned("".join(pieces))


@lru_cache(4096)
def _intervals(template: str) -> tuple[tuple[str, str, int], ...]:
    """The intervals that a template tells: the names of their ends, and with how many decimals."""
    specs = {name: spec for _, name, spec in _pieces(template) if name is not None and DECIMALS.fullmatch(spec)}
    pairs = ((low, low.replace("low", "high")) for low in specs if "low" in low)
    return tuple((low, high, int(specs[low][1:-1])) for low, high in pairs if specs.get(high) == specs[low])


def _finer(template: str, facts: Mapping[str, Any]) -> dict[str, str]:
    """Other formats of the ends of intervals that would be written alike and are not."""
    found: dict[str, str] = {}
    for low, high, decimals in _intervals(template):
        ends = [typed(facts[name], "f") for name in (low, high)]
        if None in ends or ends[0] == ends[1] or f"{ends[0]:.{decimals}f}" != f"{ends[1]:.{decimals}f}":
            continue
        more = next((d for d in range(decimals + 1, 9) if f"{ends[0]:.{d}f}" != f"{ends[1]:.{d}f}"), decimals)
        found[low] = found[high] = f".{more}f"
    return found


@lru_cache(4096)
def _pieces(template: str) -> tuple[tuple[str, str | None, str], ...]:
    """A template as texts, each with the name that follows it and its format: read once, told a million times."""
    return tuple((literal, name, spec or "") for literal, name, spec, _ in Formatter().parse(template))


def _unsigned(text: str) -> str:
    return NOTHING.sub(r"\1", text) if "-" in text or "+" in text else text


def _in_words(value: Any, spec: str, zone: ZoneInfo) -> str:
    if spec == "" and value.__class__ in (int, str):
        return str(value)
    if spec.count("|") == 2:
        above, below, spec = spec.split("|")
        told = _unsigned(_in_words(value, spec, zone))
        return below + told[1:] if told.startswith("-") else above + told
    if value is None or value != value:
        return "–"
    if spec.startswith("#"):
        number = typed(value, "g")
        return f"{number:,g} {spec[1:]}{'' if number == 1 else 's'}"
    known = typed(value, spec)
    if isinstance(known, datetime):
        known = known.replace(tzinfo=UTC).astimezone(zone)
    return str(format(known, spec))


def typed(value: Any, spec: str) -> Any:
    """A fact as JSON held it, in the type that a format asks for: a time or a number again."""
    if not isinstance(value, str):
        return value
    try:
        if "%" in spec and spec != "%":
            return datetime.fromisoformat(value)
        return Decimal(value) if spec[-1:] in tuple("eEfFgGd%") else value
    except (ValueError, InvalidOperation):
        return value


def period(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """An episode in local time; whole days as days, the last one included; a moment as one."""
    local = [moment.replace(tzinfo=UTC).astimezone(zone) for moment in (start, end)]
    if (
        all(moment.hour == moment.minute == moment.second == moment.microsecond == 0 for moment in local)
        and end > start
    ):
        first, last = local[0].date(), date.fromordinal(local[1].toordinal() - 1)
        return f"{first}" if first == last else f"{first} – {last}"
    shape = "%Y-%m-%d %H:%M"
    if start == end:
        return f"{local[0]:{shape}}"
    return f"{local[0]:{shape}} – {local[1]:{'%H:%M' if local[0].date() == local[1].date() else shape}}"
