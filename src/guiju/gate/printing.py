"""One node as SQL: every operation of the subset in DuckDB's words and in Spark's.

Numbers of up to 18 digits are BIGINT, larger ones HUGEINT (Spark: DECIMAL(38, 0)); times and spans are BIGINT.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from guiju.gate.nodes import WORD, Kind, Measure, Node
from guiju.gate.subset import UNITS

DAY, HOUR, MINUTE = UNITS["DAY"], UNITS["HOUR"], UNITS["MINUTE"]
WEEK_FROM = 3 * DAY  # 1970 began on a Thursday: so much after a Monday
LONG = 9 * 10**18  # what a quotient may be at most in Spark


class Printer:
    """Prints nodes for one dialect. `names` and `by_value` say what earlier steps called a leaf."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.is_spark = dialect == "spark"
        self.names: dict[Node, str] = {}
        self.by_value: dict[tuple[str, Any], str] = {}
        self.raw: dict[Node, str] = {}

    def quoted(self, *parts: str) -> str:
        return ".".join(exp.to_identifier(part, quoted=True).sql(self.dialect) for part in parts)

    def type(self, kind: Kind) -> str:
        if kind.name == "text":
            return "STRING" if self.is_spark else "VARCHAR"
        if kind.name == "truth":
            return "BOOLEAN"
        wide = kind.name == "number" and kind.digits > WORD
        return ("DECIMAL(38, 0)" if self.is_spark else "HUGEINT") if wide else "BIGINT"

    def stored(self, name: str, kind: Kind) -> str:
        """A column of the records as the gate's plain value."""
        if kind.name == "time":
            of = f"CAST({name} AS TIMESTAMP)"
            return f"unix_micros({of})" if self.is_spark else f"epoch_us({of})"
        if kind.name == "number" and kind.scale:
            return f"CAST(CAST({name} AS DECIMAL({kind.digits}, {kind.scale})) * {10**kind.scale} AS {self.type(kind)})"
        return f"CAST({name} AS {self.type(kind)})" if kind.name != "real" else name

    def instant(self, name: str) -> str:
        return f"timestamp_micros({name})" if self.is_spark else f"make_timestamp({name})"

    def measure(self, measure: Measure, arg: str | None, keys: list[str]) -> str:
        """An aggregate over its window; arguments and keys are columns of the step before."""
        partition = f"PARTITION BY {', '.join(keys)} " if keys else ""
        over = f"({partition}ORDER BY c_decision_at"
        frame = f"{measure.window.frame}{'L' if self.is_spark else ''}"
        framed = f"{over} RANGE BETWEEN {frame} PRECEDING AND CURRENT ROW)"
        if measure.of == "lag":
            before = f"LAG(c_decision_at) OVER {over}) >= c_decision_at - {measure.window.frame}"
            return f"CASE WHEN {before} THEN LAG({arg}) OVER {over}) END"
        if measure.of == "distinct":
            if self.is_spark:
                return f"CAST(size(collect_set({arg}) OVER {framed}) AS BIGINT)"
            return f"COUNT(DISTINCT {arg}) OVER {framed}"
        if measure.of == "count":
            return f"COUNT({arg or '*'}) OVER {framed}"
        if measure.of == "sum":
            assert measure.arg is not None
            kind = Kind("number", measure.arg.kind.digits + 10, measure.arg.kind.scale)
            given = f"CAST({arg} AS DECIMAL(38, 0))" if self.is_spark else arg
            return f"CAST(SUM({given}) OVER {framed} AS {self.type(kind)})"
        return f"{'FIRST_VALUE' if measure.of == 'first' else measure.of.upper()}({arg}) OVER {framed}"

    def sql(self, node: Node) -> str:
        """An expression whose type is `self.type(node.kind)`."""
        if node in self.raw:
            return self.raw[node]
        if node in self.names:
            return self.names[node]
        if (name := self.by_value.get((node.op, node.value))) is not None:
            return name
        return PRINTED[node.op](self, node)

    def sized(self, node: Node, kind: Kind) -> str:
        """A node in the type of a kind, which may be larger."""
        same = self.type(node.kind) == self.type(kind)
        return self.sql(node) if same else f"CAST({self.sql(node)} AS {self.type(kind)})"

    def number(self, value: int, kind: Kind) -> str:
        return f"CAST({value} AS {self.type(kind)})"

    def divided(self, top: str, below: str) -> str:
        """Two wide numbers' quotient, rounded half away from zero; null where the second is 0."""
        wide = "DECIMAL(38, 0)" if self.is_spark else "HUGEINT"
        sign = f"CASE WHEN {top} < 0 THEN CAST(-1 AS {wide}) ELSE CAST(1 AS {wide}) END"
        twice = f"(CAST(2 AS {wide}) * {top} + {sign} * abs({below}))"
        by = f"(CAST(2 AS {wide}) * NULLIF({below}, CAST(0 AS {wide})))"
        if not self.is_spark:
            return f"({twice} // {by})"
        small = f"abs(CAST({top} AS DOUBLE)) < {LONG}D * abs(CAST({below} AS DOUBLE))"
        failed = "CAST(raise_error('a quotient has more than 18 digits, which Spark cannot hold') AS BIGINT)"
        return (
            f"CASE WHEN {top} IS NULL OR {below} IS NULL OR {below} = 0 THEN NULL "
            f"WHEN {small} THEN {twice} div {by} ELSE {failed} END"
        )

    def floor_mod(self, sql: str, by: int) -> str:
        return f"pmod({sql}, {by}L)" if self.is_spark else f"((({sql}) % {by} + {by}) % {by})"

    def whole(self, sql: str, by: int) -> str:
        """A whole division, exact where it is asked."""
        return f"(({sql}) {'div' if self.is_spark else '//'} {by}{'L' if self.is_spark else ''})"

    def days(self, sql: str) -> str:
        return self.whole(f"({sql}) - {self.floor_mod(sql, DAY)}", DAY)


WIDE = Kind("number", WORD + 1)


def _literal(p: Printer, node: Node) -> str:
    if node.value is None:
        return f"CAST(NULL AS {p.type(node.kind)})"
    if node.kind.name == "text":
        return str(exp.Literal.string(node.value).sql(p.dialect))
    if node.kind.name == "truth":
        return "TRUE" if node.value else "FALSE"
    return p.number(node.value, node.kind)


def _arithmetic(p: Printer, node: Node) -> str:
    left, right = (p.sized(arg, node.kind) for arg in node.args)
    return f"({left} {node.op} {right})"


def _joined(word: str) -> Callable[[Printer, Node], str]:
    return lambda p, node: f"({f' {word} '.join(p.sql(arg) for arg in node.args)})"


def _quotient(p: Printer, node: Node) -> str:
    return f"CAST({p.divided(*(p.sized(arg, WIDE) for arg in node.args))} AS {p.type(node.kind)})"


def _rounded(p: Printer, node: Node) -> str:
    return f"CAST({p.divided(p.sized(node.args[0], WIDE), p.number(node.value, WIDE))} AS {p.type(node.kind)})"


def _fits(p: Printer, node: Node) -> str:
    given, most = p.sized(node.args[0], WIDE), p.number(10**node.kind.digits - 1, WIDE)
    return f"CASE WHEN {given} BETWEEN -{most} AND {most} THEN CAST({given} AS {p.type(node.kind)}) END"


def _case(p: Printer, node: Node) -> str:
    *pairs, otherwise = node.args
    branches = "".join(
        f" WHEN {p.sql(when)} THEN {p.sized(then, node.kind)}"
        for when, then in zip(pairs[::2], pairs[1::2], strict=True)
    )
    return f"CASE{branches} ELSE {p.sized(otherwise, node.kind)} END"


def _in(p: Printer, node: Node) -> str:
    subject, *listed = node.args
    return f"({p.sql(subject)} IN ({', '.join(p.sql(arg) for arg in listed)}))"


def _like(p: Printer, node: Node) -> str:
    return f"({p.sql(node.args[0])} LIKE {exp.Literal.string(node.value).sql(p.dialect)})"


def _part(p: Printer, node: Node) -> str:
    given = p.sql(node.args[0])
    if node.value == "HOUR":
        return p.whole(p.floor_mod(given, DAY), HOUR)
    if node.value == "MINUTE":
        return p.whole(p.floor_mod(given, HOUR), MINUTE)
    if node.value == "ISODOW":
        return f"({p.floor_mod(f'{p.days(given)} + 3', 7)} + 1)"
    day = f"CAST({p.days(given)} AS INT)"
    date = f"date_add(DATE'1970-01-01', {day})" if p.is_spark else f"(DATE '1970-01-01' + {day})"
    return f"CAST(EXTRACT({node.value} FROM {date}) AS BIGINT)"


def _truncated(p: Printer, node: Node) -> str:
    given = p.sql(node.args[0])
    from_monday = f"({given} + {WEEK_FROM})" if node.value == "WEEK" else given
    return f"({given} - {p.floor_mod(from_monday, UNITS[node.value])})"


PRINTED: dict[str, Callable[[Printer, Node], str]] = {
    "literal": _literal,
    **dict.fromkeys(("+", "-", "*"), _arithmetic),
    **{op: _joined(op) for op in ("=", "<>", "<", "<=", ">", ">=", "||")},
    "and": _joined("AND"),
    "or": _joined("OR"),
    "not": lambda p, node: f"(NOT {p.sql(node.args[0])})",
    "neg": lambda p, node: f"(-{p.sql(node.args[0])})",
    "abs": lambda p, node: f"abs({p.sql(node.args[0])})",
    "scaled": lambda p, node: f"({p.sized(node.args[0], node.kind)} * {p.number(node.value, node.kind)})",
    "/": _quotient,
    "rounded": _rounded,
    "fits": _fits,
    "is null": lambda p, node: f"({p.sql(node.args[0])} IS NULL)",
    "is true": lambda p, node: f"COALESCE({p.sql(node.args[0])}, FALSE)",
    "case": _case,
    "coalesce": lambda p, node: f"COALESCE({', '.join(p.sized(arg, node.kind) for arg in node.args)})",
    "in": _in,
    "like": _like,
    "seconds": lambda p, node: p.sql(node.args[0]),
    "part": _part,
    "truncated": _truncated,
}
