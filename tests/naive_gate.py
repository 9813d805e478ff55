"""A gate that knows nothing: it evaluates SQLGlot's tree row by row, looking at every earlier event again.

It shares no line with the gate: numbers are fractions, times datetimes, windows lists.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from fractions import Fraction
from math import asin, cos, floor, radians, sin, sqrt
from typing import Any

import sqlglot
from sqlglot import exp

UNIT = {
    "MICROSECOND": timedelta(microseconds=1), "SECOND": timedelta(seconds=1), "MINUTE": timedelta(minutes=1),
    "HOUR": timedelta(hours=1), "DAY": timedelta(days=1), "WEEK": timedelta(weeks=1),
}  # fmt: skip


def half_away(value: Fraction, places: int) -> Fraction:
    scaled = abs(value) * 10**places
    whole = floor(scaled + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole, 10**places)


class Naive:
    """One set's texts; events with `decision_at` in their order, rows of reference tables by name."""

    def __init__(self, features: str, references: dict[str, list[dict[str, Any]]]) -> None:
        self.tree = sqlglot.parse_one(features, read="duckdb")
        self.windows = {w.name: w for w in self.tree.args.get("windows") or []}
        self.stream = self.tree.args["from_"].this.name
        self.references = references
        self.events: list[dict[str, Any]] = []

    def features(self, event: dict[str, Any]) -> dict[str, Any]:
        """The features of the next event."""
        row = dict(event)
        for join in self.tree.args.get("joins") or []:
            alias, rows = join.this.alias_or_name, self.references[join.this.name]
            for other in rows:
                joined = {**row, **{f"{alias}.{k}": v for k, v in other.items()}}
                if self.value(join.args["on"], joined) is True:
                    row = joined
                    break
        self.events.append(row)
        return {item.alias: self.value(item.this, row) for item in self.tree.expressions}

    def condition(self, text: str, known: dict[str, Any]) -> bool:
        return self.value(sqlglot.parse_one(f"SELECT {text}", read="duckdb").expressions[0], known) is True

    def value(self, e: exp.Expression, row: dict[str, Any]) -> Any:
        return getattr(self, f"of_{type(e).__name__.lower()}")(e, row)

    def both(self, e: exp.Expression, row: dict[str, Any], of: Any) -> Any:
        left, right = self.value(e.this, row), self.value(e.expression, row)
        return None if left is None or right is None else of(left, right)

    # -- windows: every earlier event is looked at again --

    def of_window(self, e: exp.Window, row: dict[str, Any]) -> Any:
        over = self.windows[e.alias] if e.args.get("alias") else e
        spec = over.args["spec"]
        keys = over.args.get("partition_by") or []
        mine = [self.value(k, row) for k in keys]
        since = row["decision_at"] - self.value(spec.args["start"], row)
        inside = [o for o in self.events if o["decision_at"] >= since and [self.value(k, o) for k in keys] == mine]
        call = e.this
        if isinstance(call, exp.Filter):
            inside = [o for o in inside if self.value(call.expression.this, o) is True]
            call = call.this
        if isinstance(call.this, exp.Star):
            return len(inside)
        if isinstance(call.this, exp.Distinct):
            return len({v for o in inside if (v := self.value(call.this.expressions[0], o)) is not None})
        values = [self.value(call.this, o) for o in inside]
        if isinstance(call, exp.FirstValue):
            return values[0]
        if isinstance(call, exp.Lag):
            return values[-2] if len(values) > 1 else None
        known = [v for v in values if v is not None]
        if isinstance(call, exp.Count):
            return len(known)
        if not known:
            return None
        if isinstance(call, exp.Avg):
            return half_away(Fraction(sum(known)) / len(known), 6)
        return {exp.Sum: sum, exp.Min: min, exp.Max: max}[type(call)](known)

    # -- the rest --

    def of_column(self, e: exp.Column, row: dict[str, Any]) -> Any:
        value = row.get(f"{e.table}.{e.name}") if e.table and e.table != self.stream else row.get(e.name)
        return value if value is None or isinstance(value, bool | str | datetime | timedelta) else Fraction(value)

    def of_paren(self, e: exp.Paren, row: dict[str, Any]) -> Any:
        return self.value(e.this, row)

    def of_literal(self, e: exp.Literal, row: dict[str, Any]) -> Any:
        return e.this if e.is_string else Fraction(e.this)

    def of_boolean(self, e: exp.Boolean, row: dict[str, Any]) -> Any:
        return bool(e.this)

    def of_null(self, e: exp.Null, row: dict[str, Any]) -> Any:
        return None

    def of_interval(self, e: exp.Interval, row: dict[str, Any]) -> Any:
        return int(e.this.name) * UNIT[e.args["unit"].name.upper().rstrip("S")]

    def of_add(self, e: exp.Expression, row: dict[str, Any]) -> Any:
        return self.both(e, row, lambda a, b: a + b)

    def of_sub(self, e: exp.Expression, row: dict[str, Any]) -> Any:
        return self.both(e, row, lambda a, b: a - b)

    def of_mul(self, e: exp.Expression, row: dict[str, Any]) -> Any:
        return self.both(e, row, lambda a, b: a * b)

    def of_div(self, e: exp.Expression, row: dict[str, Any]) -> Any:
        return self.both(e, row, lambda a, b: None if b == 0 else half_away(Fraction(a) / Fraction(b), 6))

    def of_neg(self, e: exp.Neg, row: dict[str, Any]) -> Any:
        value = self.value(e.this, row)
        return None if value is None else -value

    def of_abs(self, e: exp.Abs, row: dict[str, Any]) -> Any:
        value = self.value(e.this, row)
        return None if value is None else abs(value)

    def of_dpipe(self, e: exp.DPipe, row: dict[str, Any]) -> Any:
        return self.both(e, row, lambda a, b: a + b)

    def of_eq(self, e: exp.EQ, row: dict[str, Any]) -> Any:
        return self.both(e, row, lambda a, b: a == b)

    def of_neq(self, e: exp.NEQ, row: dict[str, Any]) -> Any:
        return self.both(e, row, lambda a, b: a != b)

    def of_lt(self, e: exp.LT, row: dict[str, Any]) -> Any:
        return self.both(e, row, lambda a, b: a < b)

    def of_lte(self, e: exp.LTE, row: dict[str, Any]) -> Any:
        return self.both(e, row, lambda a, b: a <= b)

    def of_gt(self, e: exp.GT, row: dict[str, Any]) -> Any:
        return self.both(e, row, lambda a, b: a > b)

    def of_gte(self, e: exp.GTE, row: dict[str, Any]) -> Any:
        return self.both(e, row, lambda a, b: a >= b)

    def of_and(self, e: exp.And, row: dict[str, Any]) -> Any:
        parts = (self.value(e.this, row), self.value(e.expression, row))
        return False if False in parts else None if None in parts else True

    def of_or(self, e: exp.Or, row: dict[str, Any]) -> Any:
        parts = (self.value(e.this, row), self.value(e.expression, row))
        return True if True in parts else None if None in parts else False

    def of_not(self, e: exp.Not, row: dict[str, Any]) -> Any:
        value = self.value(e.this, row)
        return None if value is None else not value

    def of_is(self, e: exp.Is, row: dict[str, Any]) -> Any:
        return self.value(e.this, row) is self.value(e.expression, row)

    def of_between(self, e: exp.Between, row: dict[str, Any]) -> Any:
        value, low, high = (self.value(e.args[n], row) for n in ("this", "low", "high"))
        above = None if value is None or low is None else value >= low
        below = None if value is None or high is None else value <= high
        return False if False in (above, below) else None if None in (above, below) else True

    def of_in(self, e: exp.In, row: dict[str, Any]) -> Any:
        value = self.value(e.this, row)
        return None if value is None else value in [self.value(x, row) for x in e.expressions]

    def of_like(self, e: exp.Like, row: dict[str, Any]) -> Any:
        def like(text: str, wanted: str) -> bool:
            shape = "".join(
                {"%": "(.|\n)*", "_": "(.|\n)"}.get(c, f"[{c}]" if c not in "^]" else f"\\{c}") for c in wanted
            )
            return re.fullmatch(shape, text) is not None

        return self.both(e, row, like)

    def of_case(self, e: exp.Case, row: dict[str, Any]) -> Any:
        for branch in e.args["ifs"]:
            asked = self.value(branch.this, row)
            if e.this is not None:
                subject = self.value(e.this, row)
                asked = subject is not None and asked is not None and subject == asked
            if asked is True:
                return self.value(branch.args["true"], row)
        return self.value(e.args["default"], row) if e.args.get("default") else None

    def of_coalesce(self, e: exp.Coalesce, row: dict[str, Any]) -> Any:
        values = (self.value(x, row) for x in (e.this, *e.expressions))
        return next((v for v in values if v is not None), None)

    def of_nullif(self, e: exp.Nullif, row: dict[str, Any]) -> Any:
        left, right = self.value(e.this, row), self.value(e.expression, row)
        return None if left == right else left

    def of_round(self, e: exp.Round, row: dict[str, Any]) -> Any:
        value = self.value(e.this, row)
        places = int(e.args["decimals"].name) if e.args.get("decimals") else 0
        return None if value is None else half_away(Fraction(value), places)

    def of_cast(self, e: exp.Cast, row: dict[str, Any]) -> Any:
        if e.to.this in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ):
            return datetime.fromisoformat(e.this.name)
        return self.value(e.this, row)

    def of_trycast(self, e: exp.TryCast, row: dict[str, Any]) -> Any:
        value = self.value(e.this, row)
        digits, places = (int(p.name) for p in e.to.expressions) if e.to.expressions else (18, 0)
        if value is None:
            return None
        rounded = half_away(Fraction(value), places)
        return rounded if abs(rounded) < Fraction(10) ** (digits - places) else None

    def of_extract(self, e: exp.Extract, row: dict[str, Any]) -> Any:
        value, part = self.value(e.expression, row), e.this.name.upper()
        if value is None:
            return None
        if part == "EPOCH":
            span = value if isinstance(value, timedelta) else value - datetime(1970, 1, 1)
            return Fraction(span // timedelta(microseconds=1), 10**6)
        return value.isoweekday() if part == "ISODOW" else getattr(value, part.lower())

    def of_timestamptrunc(self, e: exp.TimestampTrunc, row: dict[str, Any]) -> Any:
        value, unit = self.value(e.this, row), e.args["unit"].name.upper()
        if value is None:
            return None
        if unit == "WEEK":
            value -= timedelta(days=value.weekday())
        whole = {"MINUTE": {}, "HOUR": {"minute": 0}}.get(unit, {"hour": 0, "minute": 0})
        return value.replace(second=0, microsecond=0, **whole)

    def of_anonymous(self, e: exp.Anonymous, row: dict[str, Any]) -> Any:
        four = [self.value(x, row) for x in e.expressions]
        if None in four:
            return None
        a, b, c, d = (radians(float(x)) for x in four)
        part = sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2
        return Fraction(round(2 * 6371.0088 * asin(sqrt(part)) * 1000), 1000)
