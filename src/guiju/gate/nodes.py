"""The one tree that every text is made from: typed, exact, and nothing but the supported subset.

A number is a whole number of its scale: 12.34 is 1234 of scale 2. A time is microseconds since 1970 UTC, a span
microseconds. `digits` bounds a number's size, so that what could overflow is refused when a set is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST_DIGITS = 38  # of any number, in every engine
WORD = 18  # digits that fit 64 bits
COUNTED = 10  # digits of a count: a window holds fewer than 10^10 events
RATIO_SCALE = 6  # of averages and quotients
KM_SCALE = 3  # of distances, in kilometres: to the metre
SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value is: a number, text, truth, time (an instant), span (between two), or real (a float column)."""

    name: str
    digits: int = 0
    scale: int = 0

    def __str__(self) -> str:
        return f"a number of scale {self.scale}" if self.name == "number" else SAID[self.name]


SAID = {"text": "text", "truth": "true or false", "time": "a time", "span": "a span of time", "real": "a float"}
TEXT, TRUTH, TIME, SPAN, REAL = (Kind(name) for name in ("text", "truth", "time", "span", "real"))
NOTHING = Kind("nothing")  # of a bare NULL


def number(digits: int, scale: int = 0) -> Kind:
    return Kind("number", digits, scale)


@dataclass(frozen=True, slots=True)
class Node:
    """One operation of the subset on its arguments.

    `value` is what the operation needs besides: a column's name, a literal, a measure. Equal nodes are equal values.
    """

    op: str
    args: tuple[Node, ...]
    kind: Kind
    nullable: bool
    value: Any = None

    def walk(self) -> Iterator[Node]:
        yield self
        for arg in self.args:
            yield from arg.walk()


@dataclass(frozen=True, slots=True)
class Window:
    """Events of one key (`partition`), not older than `frame` microseconds, up to and with the present one."""

    partition: tuple[Node, ...]
    frame: int


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured over a window: rows, count, distinct, sum, min, max, first or lag of an argument."""

    of: str
    arg: Node | None
    window: Window


def column(name: str, kind: Kind, nullable: bool) -> Node:
    return Node("column", (), kind, nullable, name)


def literal(value: Any, kind: Kind) -> Node:
    return Node("literal", (), kind, value is None, value)


def scaled(node: Node, scale: int) -> Node:
    """The same number at a larger scale."""
    if node.kind.scale == scale:
        return node
    by = scale - node.kind.scale
    kind = number(node.kind.digits + by, scale)
    if node.op == "literal" and node.value is not None:
        return literal(node.value * 10**by, kind)
    return Node("scaled", (node,), kind, node.nullable, 10**by)


def leaves(roots: list[Node], op: str) -> list[Node]:
    """Every node of an operation below the roots, also inside the arguments and keys of windows; each once."""
    found, waiting = dict[Node, None](), list(roots)
    while waiting:
        for node in waiting.pop(0).walk():
            if node.op == op:
                found[node] = None
            if node.op == "measure":
                measure: Measure = node.value
                waiting += [*measure.window.partition, *([measure.arg] if measure.arg is not None else [])]
    return list(found)
