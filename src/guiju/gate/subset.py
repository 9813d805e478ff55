"""The supported subset: which of SQLGlot's nodes may stand in an expression, and what to write instead of others."""

from __future__ import annotations

from sqlglot import exp

from guiju.gate.parsing import Source

UNITS = {
    "MICROSECOND": 1, "MILLISECOND": 1000, "SECOND": 10**6, "MINUTE": 60 * 10**6, "HOUR": 3600 * 10**6,
    "DAY": 86400 * 10**6, "WEEK": 7 * 86400 * 10**6,
}  # fmt: skip
PARTS = ("HOUR", "MINUTE", "DAY", "MONTH", "YEAR", "ISODOW", "EPOCH")
TRUNCATED = ("MINUTE", "HOUR", "DAY", "WEEK")
COMPARISONS: dict[type[exp.Expression], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="
}  # fmt: skip
REPEATED, MOST_REPEATED = ("/", "rounded", "part", "truncated"), 4  # their arguments stand in SQL more than once
TWO = {"this", "expression"}
# Of every supported operation, the parts it may have; any other part of it is refused.
SHAPES: dict[type[exp.Expression], set[str]] = {
    **dict.fromkeys((*COMPARISONS, exp.Add, exp.Sub, exp.Mul, exp.And, exp.Or, exp.Like, exp.Is), TWO),
    exp.Div: {*TWO, "typed", "safe"},
    exp.DPipe: {*TWO, "safe"},
    exp.Nullif: TWO,
    **{kind: {"this"} for kind in (exp.Paren, exp.Neg, exp.Not, exp.Abs)},
    exp.Between: {"this", "low", "high"},
    exp.In: {"this", "expressions"},
    exp.Case: {"this", "ifs", "default"},
    exp.Coalesce: {"this", "expressions"},
    exp.Literal: {"this", "is_string"},
    exp.Boolean: {"this"},
    exp.Null: set(),
    exp.Interval: {"this", "unit"},
    exp.Cast: {"this", "to"},
    exp.TryCast: {"this", "to", "safe"},
    exp.Round: {"this", "decimals"},
    exp.Extract: TWO,
    exp.TimestampTrunc: {"this", "unit"},
    exp.DateTrunc: {"this", "unit"},
    exp.Column: {"this", "table"},
    exp.Anonymous: {"this", "expressions"},
}
CURES: dict[str, str] = {
    "Subquery": "a subquery is not supported; join a reference table by LEFT JOIN, or measure over a window",
    "Select": "a subquery is not supported; join a reference table by LEFT JOIN, or measure over a window",
    "Exists": "a subquery is not supported; join a reference table by LEFT JOIN, or measure over a window",
    "CurrentTimestamp": "the clock is not asked, or history could not be decided again; write decision_at",
    "CurrentDate": "the clock is not asked, or history could not be decided again; write decision_at",
    "AtTimeZone": "zoned times are not supported; write the zone's distance, as in decision_at + INTERVAL '8' HOUR",
    "Greatest": "engines differ on its nulls; write CASE WHEN a > b THEN a ELSE b END",
    "Least": "engines differ on its nulls; write CASE WHEN a < b THEN a ELSE b END",
    "ILike": "engines differ on letters' cases; write LIKE, with an IN for each spelling",
    "Lower": "engines differ on letters' cases; compare with IN, with each spelling",
    "Upper": "engines differ on letters' cases; compare with IN, with each spelling",
    "IntDiv": "whole division is not supported; write / (its quotient has six decimals)",
    "Mod": "a remainder is not supported; write x - m * ROUND(x / m, 0) where it serves",
    "Rand": "chance is not asked, or history could not be decided again; leave it out",
    "RegexpLike": "regular expressions differ from engine to engine; write LIKE",
    "RegexpFullMatch": "regular expressions differ from engine to engine; write LIKE",
    "NullSafeEQ": "write a = b OR (a IS NULL AND b IS NULL)",
    "NullSafeNEQ": "write NOT (a = b OR (a IS NULL AND b IS NULL))",
    "Star": "name the columns that are wanted",
}


def check_shape(source: Source, tree: exp.Expression, shapes: dict[type[exp.Expression], set[str]]) -> None:
    """Refuse a node that is not listed, or that has a part which is not."""
    kind = type(tree)
    if kind not in shapes:
        cure = CURES.get(kind.__name__, f"{kind.__name__} is not supported; docs/gate.md lists what is")
        source.refuse(cure, tree)
    if strange := sorted(
        name for name, v in tree.args.items() if v not in (None, False, []) and name not in shapes[kind]
    ):
        source.refuse(f"{strange[0].replace('_', ' ').upper()} is not supported here; leave it out", tree)
