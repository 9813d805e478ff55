"""One node as Python: an expression built from listed operations, whole numbers and names that were numbered here.

Nothing that an author wrote is put into the text: names become numbers, texts become constants that are handed over.
SQL's third truth value is None; where only *true* is asked, as in a condition, the text is written for that alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from guiju.gate.nodes import Node
from guiju.gate.printing import WEEK_FROM
from guiju.gate.subset import UNITS

DAY, HOUR, MINUTE = UNITS["DAY"], UNITS["HOUR"], UNITS["MINUTE"]
COMPARED = {"=": "==", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def quotient(top: int, below: int) -> int | None:
    """top / below rounded half away from zero; None where below is 0."""
    if not below:
        return None
    whole = (2 * abs(top) + abs(below)) // (2 * abs(below))
    return whole if (top < 0) == (below < 0) else -whole


def civil(moment: int, part: str) -> int:
    """The year, month or day of an instant in microseconds (proleptic Gregorian, as in SQL; any year)."""
    era_day = moment // DAY + 719_468  # days since 1 March of the year 0
    era, day = divmod(era_day, 146_097)
    year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    if part == "DAY":
        return day - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return month if part == "MONTH" else year + era * 400 + (month <= 2)


def pattern(like: str) -> Callable[[str], Any]:
    """The match of a LIKE pattern."""
    letters = {"%": ".*", "_": "."}
    return re.compile("".join(letters.get(c, re.escape(c)) for c in like), re.DOTALL).fullmatch


class Python:
    """Writes nodes as Python. `by_value` says which local holds a leaf; `given` collects the constants."""

    def __init__(self) -> None:
        self.by_value: dict[tuple[str, Any], str] = {}
        self.given: dict[str, Any] = {"quotient": quotient, "civil": civil, "abs": abs}
        self._temporaries = 0

    def constant(self, value: Any) -> str:
        name = f"k{len(self.given)}"
        self.given[name] = value
        return name

    def _temporary(self) -> str:
        self._temporaries += 1
        return f"t{self._temporaries}"

    def _leaf(self, node: Node) -> str | None:
        return self.by_value.get((node.op, node.value if node.op != "distance" else node.args))

    def bound(self, *args: Node) -> tuple[list[str], list[str]]:
        """Tests that are true where a node is null, and an atom for each node once they were made."""
        tests, atoms = [], []
        for node in args:
            text = self.value(node)
            if node.nullable and not text.isidentifier():
                name = self._temporary()
                tests.append(f"({name} := {text}) is None")
                text = name
            elif node.nullable:
                tests.append(f"{text} is None")
            atoms.append(text)
        return tests, atoms

    def value(self, node: Node) -> str:
        """The plain value; None where not known."""
        if (leaf := self._leaf(node)) is not None:
            return leaf
        if node.op in VALUES:
            return VALUES[node.op](self, node)
        if node.op in ("and", "or", "not", "is true", "is null"):
            known = f"True if {self.true(node)} else False"
            return f"({known} if {self.false(node)} else None)" if node.nullable else f"({known})"
        tests, atoms = self.bound(*(node.args[:1] if node.op == "in" else node.args))
        text = self._applied(node, atoms)
        return f"(None if {' or '.join(tests)} else {text})" if tests else text

    def true(self, node: Node) -> str:
        """Whether it is true: neither false nor not known."""
        if node.op in ("and", "or"):
            return f"({f' {node.op} '.join(self.true(arg) for arg in node.args)})"
        if node.op == "not":
            return self.false(node.args[0])
        if node.op == "is true":
            return self.true(node.args[0])
        if node.op == "is null":
            return f"({self.value(node.args[0])} is None)" if node.args[0].nullable else "False"
        return self._when(node, "")

    def false(self, node: Node) -> str:
        """Whether it is false: neither true nor not known."""
        if node.op in ("and", "or"):
            other = "or" if node.op == "and" else "and"
            return f"({f' {other} '.join(self.false(arg) for arg in node.args)})"
        if node.op == "not":
            return self.true(node.args[0])
        if node.op in ("is true", "is null"):
            return f"(not {self.true(node)})"
        return self._when(node, "not ")

    def _when(self, node: Node, negation: str) -> str:
        if node.op in COMPARED or node.op in ("in", "like"):
            tests, atoms = self.bound(*(node.args[:1] if node.op == "in" else node.args))
            known = [f"{test.removesuffix(' is None')} is not None" for test in tests]
            return f"({' and '.join([*known, f'{negation}{self._applied(node, atoms)}'])})"
        if node.nullable:
            return f"({self.value(node)} is {'False' if negation else 'True'})"
        return f"({negation}{self.value(node)})"

    def _applied(self, node: Node, atoms: list[str]) -> str:
        """An operation on arguments that are known."""
        if node.op in COMPARED:
            return f"({atoms[0]} {COMPARED[node.op]} {atoms[1]})"
        if node.op in ("+", "-", "*"):
            return f"({atoms[0]} {node.op} {atoms[1]})"
        if node.op == "in":
            listed = frozenset(arg.value for arg in node.args[1:])
            return f"({atoms[0]} in {self.constant(listed)})"
        if node.op == "like":
            return f"({self.constant(pattern(node.value))}({atoms[0]}) is not None)"
        if node.op == "part":
            return self._part(node.value, atoms[0])
        if node.op == "truncated":
            of = f"({atoms[0]} + {WEEK_FROM})" if node.value == "WEEK" else atoms[0]
            return f"({atoms[0]} - {of} % {UNITS[node.value]})"
        written = {
            "||": "({0} + {1})", "neg": "(-{0})", "abs": "abs({0})", "/": "quotient({0}, {1})", "seconds": "{0}",
            "scaled": f"({{0}} * {node.value})", "rounded": f"quotient({{0}}, {node.value})",
        }  # fmt: skip
        return written[node.op].format(*atoms)

    def _part(self, part: str, atom: str) -> str:
        if part == "HOUR":
            return f"({atom} % {DAY} // {HOUR})"
        if part == "MINUTE":
            return f"({atom} % {HOUR} // {MINUTE})"
        if part == "ISODOW":
            return f"(({atom} // {DAY} + 3) % 7 + 1)"
        return f"civil({atom}, {self.constant(part)})"

    def _literal(self, node: Node) -> str:
        if node.value is None or isinstance(node.value, bool):
            return repr(node.value)
        if isinstance(node.value, int):
            return f"({int(node.value)})"
        return self.constant(node.value)

    def _case(self, node: Node) -> str:
        *pairs, otherwise = node.args
        branches = [
            f"{self.value(then)} if {self.true(when)} else" for when, then in zip(pairs[::2], pairs[1::2], strict=True)
        ]
        return f"({' '.join([*branches, self.value(otherwise)])})"

    def _coalesce(self, node: Node) -> str:
        parts: list[str] = []
        for arg in node.args:
            [*tests], [atom] = self.bound(arg)
            if not tests:
                return f"({' '.join([*parts, atom])})"
            parts.append(f"{atom} if {tests[0].removesuffix(' is None')} is not None else")
        return f"({' '.join([*parts, 'None'])})"

    def _fits(self, node: Node) -> str:
        tests, [atom] = self.bound(node.args[0])
        name, most = self._temporary(), 10**node.kind.digits - 1
        text = f"({name} if {-most} <= ({name} := {atom}) <= {most} else None)"
        return f"(None if {tests[0]} else {text})" if tests else text


VALUES: dict[str, Callable[[Python, Node], str]] = {
    "literal": Python._literal, "case": Python._case, "coalesce": Python._coalesce, "fits": Python._fits,
}  # fmt: skip
