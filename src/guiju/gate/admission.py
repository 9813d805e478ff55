"""Admission: an event's values become the gate's plain ones, or the event is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
REMEMBERED = 65_536  # decimals of a column at most
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
        if not value.is_finite() or value.adjusted() >= WORD:  # before it is made a whole number of a million digits
            return None
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
    "text": lambda kind, value: value if type(value) is str else None,
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


def learner(given: Given) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Of a column of decimals: what is remembered of a Decimal, and how a value's plain number is made and remembered.

    Making it exactly takes several times as long as looking it up, and amounts come again and again.
    """
    known: dict[Any, Any] = {}

    def learn(value: Any) -> Any:
        plain = given.plain(value)
        if type(value) is Decimal:
            if len(known) >= REMEMBERED:
                known.clear()
            known[value] = plain
        return plain

    return known.get, learn


def fast_texts(given: Sequence[tuple[str, Given]]) -> list[str]:
    """Python text that sets `odd` where one of the columns of texts is none."""
    needed = [local for local, column in given if column.column.needed]
    tests = [f"not {' is '.join([*(f'{local}.__class__' for local in needed), 'str'])}"] if needed else []
    tests += [f"{local}.__class__ is not str and {local} is not None" for local, g in given if not g.column.needed]
    return [f"if {' or '.join(tests)}:", "    odd = True"]


def fast(given: Given, local: str, constant: Callable[[Any], str]) -> list[str]:
    """Python text that makes a column's plain value in place, or sets `odd` where looking closer is needed."""
    name = given.kind.name
    if name == "time":
        known = [
            f"if {local}.__class__ is datetime and {local}.tzinfo is None:",
            f"    d = {local} - EPOCH",
            f"    {local} = (d.days * 86400 + d.seconds) * 1000000 + d.microseconds",
            f"    if {local} < 0:",
            "        odd = True",
            "else:",
            "    odd = True",
        ]
    elif name == "number" and given.kind.scale:
        remembered, learn = learner(given)
        unless = "" if given.column.needed else f" and {local} is not None"
        return [
            f"x = {constant(remembered)}({local}) if {local}.__class__ is Decimal else None",
            f"{local} = {constant(learn)}({local}) if x is None{unless} else x",
        ]
    elif name == "number":
        most = 10 ** min(given.kind.digits, WORD)
        least = given.column.above + 1 if given.column.above is not None else given.column.least
        low = 1 - most if least is None else least
        known = [f"if {local}.__class__ is not int or not {low} <= {local} < {most}:", "    odd = True"]
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
