"""Admission: an event's values become the gate's plain ones, or the event is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, InvalidOperation
from math import isfinite
from typing import Any

from guiju.gate.decisions import EPOCH
from guiju.gate.nodes import WORD, Kind, Node
from guiju.gate.refusal import EventRefused
from guiju.records import Column

EXACT = Context(prec=80)
WANTED = {
    "text": "text", "time": "a datetime (UTC)", "truth": "True or False", "real": "a finite number",
    "number": "a whole number",
}  # fmt: skip


@dataclass(frozen=True)
class Given:
    """A column that the set reads: its name, its kind, what a good value is."""

    column: Column
    kind: Kind

    def plain(self, value: Any) -> Any:
        """The plain value. Raises EventRefused, naming the column and the cure."""
        if value is None:
            if self.column.needed:
                raise EventRefused(f"{self.column.name} is null, and every event needs it; supply it")
            return None
        try:
            plain = PLAIN[self.kind.name](self.kind, value)
        except (TypeError, ValueError, OverflowError, InvalidOperation):
            plain = None
        if plain is None:
            scale = self.kind.scale
            wanted = f"a Decimal of at most {scale} decimals" if scale else WANTED[self.kind.name]
            shown = f"{value!r:.60}"
            raise EventRefused(f"{self.column.name} is {shown} ({type(value).__name__}); supply {wanted}")
        self._within(plain, value)
        return plain

    def _within(self, plain: Any, value: Any) -> None:
        unit = 10**self.kind.scale
        if self.column.least is not None and plain < self.column.least * unit:
            raise EventRefused(f"{self.column.name} is {value}, and {self.column.least} is the least it can be")
        if self.column.above is not None and plain <= self.column.above * unit:
            raise EventRefused(f"{self.column.name} is {value}, and it must be above {self.column.above}")


def _text(kind: Kind, value: Any) -> str | None:
    if type(value) is not str:
        return None
    value.encode()  # a lone half of a pair of surrogates is no text
    return value


def _time(kind: Kind, value: Any) -> int | None:
    if not isinstance(value, datetime):
        return None
    naive = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
    moment = (naive - EPOCH) // timedelta(microseconds=1)
    return moment if moment >= 0 else None


def _number(kind: Kind, value: Any) -> int | None:
    if type(value) is int:
        plain = value * 10**kind.scale
    elif type(value) is Decimal:
        scaled = EXACT.multiply(value, 10**kind.scale)
        plain = int(scaled)
        if plain != scaled:
            return None
    else:
        return None
    return plain if abs(plain) < 10 ** min(kind.digits, WORD) else None


def _real(kind: Kind, value: Any) -> float | None:
    if type(value) not in (int, float, Decimal):
        return None
    return float(value) if isfinite(value) else None


PLAIN: dict[str, Callable[[Kind, Any], Any]] = {
    "text": _text,
    "time": _time,
    "number": _number,
    "real": _real,
    "truth": lambda kind, value: value if type(value) is bool else None,
}


def admit(event: Mapping[str, Any], given: tuple[Given, ...]) -> tuple[Any, ...]:
    """The plain values of an event, by thorough and slow looking. Raises EventRefused."""
    if not isinstance(event, Mapping):
        raise EventRefused(f"an event is a mapping of columns to values, and this is {type(event).__name__}")
    if missing := [g.column.name for g in given if g.column.name not in event]:
        raise EventRefused(f"the event lacks {', '.join(missing)}; supply what is not known as null")
    return tuple(g.plain(event[g.column.name]) for g in given)


def fast(given: Given, local: str) -> list[str]:
    """Python text that makes a column's plain value in place, or sets `odd` where looking closer is needed."""
    name, scale = given.kind.name, given.kind.scale
    if name == "text":
        known = [f"if {local}.__class__ is not str:", "    odd = True"]
    elif name == "time":
        known = [
            f"if {local}.__class__ is datetime and {local}.tzinfo is None:",
            f"    d = {local} - EPOCH",
            f"    {local} = (d.days * 86400 + d.seconds) * 1000000 + d.microseconds",
            f"    if {local} < 0:",
            "        odd = True",
            "else:",
            "    odd = True",
        ]
    elif name == "number":
        most = 10 ** min(given.kind.digits, WORD)
        least = -most + 1
        if given.column.least is not None:
            least = given.column.least * 10**scale
        if given.column.above is not None:
            least = given.column.above * 10**scale + 1
        bounded = f"if not {least} <= {local} < {most}:"
        times = [f"    {local} *= {10**scale}"] if scale else []
        whole = [
            f"if {local}.__class__ is int:",
            *times,
            f"    {bounded}",
            "        odd = True",
            "else:",
            "    odd = True",
        ]
        decimal = [
            f"if {local}.__class__ is Decimal and {local}.is_finite():",
            f"    d = scaled({local}, {10**scale})",
            f"    {local} = int(d)",
            f"    if {local} != d or not {least} <= {local} < {most}:",
            "        odd = True",
        ]
        known = [*decimal, f"el{whole[0]}", *whole[1:]] if scale else whole
    else:
        known = ["odd = True"]
    return known if given.column.needed else [f"if {local} is not None:", *(f"    {line}" for line in known)]


def not_now(given: Mapping[str, int], skew: timedelta, late: timedelta) -> EventRefused:
    """Why an event's time cannot be taken."""
    occurred = EPOCH + timedelta(microseconds=given["occurred"])
    if "now" in given:
        clock = EPOCH + timedelta(microseconds=given["now"])
        return EventRefused(
            f"occurred_at is {occurred}, more than {skew} ahead of the clock ({clock}); "
            "set the sender's clock right, or give a larger skew"
        )
    return EventRefused(
        f"occurred_at is {occurred}, more than {late} before the last decision "
        f"({EPOCH + timedelta(microseconds=given['last'])}); give a larger `late`, or decide on it over history"
    )


def columns_read(nodes: list[Node]) -> list[str]:
    """The names of the event's columns among nodes."""
    return list(dict.fromkeys(str(n.value) for n in nodes if n.op == "column" and n.value != "decision_at"))
