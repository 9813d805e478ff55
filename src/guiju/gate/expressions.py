"""From SQLGlot's tree to the one tree: what is not listed here is refused, with its place and what to write instead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

from guiju.gate import nodes
from guiju.gate.nodes import NOTHING, SPAN, TEXT, TIME, TRUTH, Kind, Node, literal, number, scaled
from guiju.gate.parsing import Source, parts_in_a_row
from guiju.gate.subset import COMPARISONS, MOST_REPEATED, PARTS, REPEATED, SHAPES, TRUNCATED, UNITS, check_shape

Names = Callable[[str, str], Node | str]  # given a table's alias or '' and a name: the node, or why there is none
Call = Callable[[exp.Expression], Node | None]


class Reader:
    """Reads expressions of one text. `names` resolves columns; `call` reads what is allowed only there (windows)."""

    def __init__(self, source: Source, names: Names, call: Call = lambda tree: None) -> None:
        self.source, self.names, self.call = source, names, call

    def read(self, tree: exp.Expression) -> Node:
        """An expression's node. Raises Refused for whatever is outside the subset."""
        if (made := self.call(tree)) is not None:
            return made
        check_shape(self.source, tree, SHAPES)
        if type(tree) in COMPARISONS:
            return self.compare(COMPARISONS[type(tree)], *self.pair(tree), tree)
        method: Callable[[Any], Node] = getattr(self, f"_{type(tree).__name__.lower()}")
        return self.bounded(method(tree), tree)

    def truth(self, tree: exp.Expression) -> Node:
        node = self.read(tree)
        if node.kind is NOTHING:
            return literal(None, TRUTH)
        if node.kind != TRUTH:
            self.source.refuse(f"this is {node.kind}, and true or false is wanted; write a comparison", tree)
        return node

    def bounded(self, node: Node, tree: exp.Expression) -> Node:
        if node.kind.name == "number" and node.kind.digits > nodes.MOST_DIGITS:
            self.source.refuse(
                f"this could have {node.kind.digits} digits, and {nodes.MOST_DIGITS} is the most: bound a part of it "
                "with TRY_CAST(… AS DECIMAL(12, 2)), which is null where it does not fit", tree,
            )  # fmt: skip
        if node.op in REPEATED and _repeated(node) > MOST_REPEATED:
            self.source.refuse(
                f"more than {MOST_REPEATED} quotients or parts of times in one another; take some out", tree
            )
        return node

    def pair(self, tree: exp.Expression) -> tuple[Node, Node]:
        return self.read(tree.this), self.read(tree.expression)

    def compare(self, op: str, left: Node, right: Node, tree: exp.Expression) -> Node:
        if NOTHING in (left.kind, right.kind):
            self.source.refuse("a comparison with NULL is never true; write IS NULL or IS NOT NULL", tree)
        left, right = self.alike([left, right], tree)
        return Node(op, (left, right), TRUTH, left.nullable or right.nullable)

    def alike(self, given: list[Node], tree: exp.Expression) -> list[Node]:
        """The same values in one kind: numbers at the largest scale, a bare NULL of the others' kind."""
        known = [node for node in given if node.kind is not NOTHING]
        names = list(dict.fromkeys(str(node.kind.name) for node in known))
        if not known:
            self.source.refuse("there is nothing but NULL; write a value", tree)
        if len(names) > 1:
            kinds = " and ".join(str(next(n.kind for n in known if n.kind.name == name)) for name in names[:2])
            self.source.refuse(f"{kinds} are not alike; write values of one kind", tree)
        if "real" in names:
            self.source.refuse("floats are not exact, and only haversine_km may read them; supply a decimal", tree)
        scale = max(node.kind.scale for node in known)
        same = [
            literal(None, number(1, scale) if names == ["number"] else known[0].kind) if node.kind is NOTHING
            else scaled(node, scale) if names == ["number"] else node
            for node in given
        ]  # fmt: skip
        for node in same:
            self.bounded(node, tree)
        return same

    def numbers(self, tree: exp.Expression, *given: Node) -> None:
        for node in given:
            if node.kind.name != "number":
                said = "NULL" if node.kind is NOTHING else str(node.kind)
                cure = "; supply a decimal" if node.kind.name == "real" else "; write numbers here"
                self.source.refuse(f"this is {said}, and a number is wanted{cure}", tree)

    # -- one method a kind of SQLGlot's nodes, named after it --

    def _paren(self, tree: exp.Paren) -> Node:
        return self.read(tree.this)

    def _column(self, tree: exp.Column) -> Node:
        if not isinstance(tree.this, exp.Identifier):
            self.source.refuse("name the columns that are wanted", tree)
        found = self.names(tree.table, tree.name)
        if isinstance(found, str):
            self.source.refuse(found, tree)
        return found

    def _literal(self, tree: exp.Literal) -> Node:
        if tree.is_string:
            return literal(str(tree.this), TEXT)
        text = str(tree.this)
        if not text.replace(".", "", 1).isdecimal() or not text.isascii():
            self.source.refuse(f"{text} is no exact number; write it out, as 0.001", tree)
        exact = Decimal(text)
        scale = max(-int(exact.as_tuple().exponent), 0)
        return literal(int(text.replace(".", "")), number(max(len(exact.as_tuple().digits), scale, 1), scale))

    def _boolean(self, tree: exp.Boolean) -> Node:
        return literal(bool(tree.this), TRUTH)

    def _null(self, tree: exp.Null) -> Node:
        return literal(None, NOTHING)

    def _interval(self, tree: exp.Interval) -> Node:
        return literal(interval(self.source, tree), SPAN)

    def _neg(self, tree: exp.Neg) -> Node:
        node = self.read(tree.this)
        self.numbers(tree, node)
        if node.op == "literal":
            return literal(-node.value, node.kind)
        return Node("neg", (node,), node.kind, node.nullable)

    def _abs(self, tree: exp.Abs) -> Node:
        node = self.read(tree.this)
        self.numbers(tree, node)
        return Node("abs", (node,), node.kind, node.nullable)

    def _add(self, tree: exp.Expression) -> Node:
        left, right = self.pair(tree)
        op = "+" if isinstance(tree, exp.Add) else "-"
        shapes = {("time", "+", "span"): TIME, ("span", "+", "time"): TIME, ("time", "-", "span"): TIME,
                  ("time", "-", "time"): SPAN, ("span", "+", "span"): SPAN, ("span", "-", "span"): SPAN}  # fmt: skip
        if kind := shapes.get((left.kind.name, op, right.kind.name)):
            return Node(op, (left, right), kind, left.nullable or right.nullable)
        self.numbers(tree, left, right)
        left, right = self.alike([left, right], tree)
        kind = number(max(left.kind.digits, right.kind.digits) + 1, left.kind.scale)
        return Node(op, (left, right), kind, left.nullable or right.nullable)

    _sub = _add

    def _mul(self, tree: exp.Mul) -> Node:
        left, right = self.pair(tree)
        self.numbers(tree, left, right)
        kind = number(left.kind.digits + right.kind.digits, left.kind.scale + right.kind.scale)
        return Node("*", (left, right), kind, left.nullable or right.nullable)

    def _div(self, tree: exp.Div) -> Node:
        left, right = self.pair(tree)
        self.numbers(tree, left, right)
        return self.quotient(left, right, tree)

    def quotient(self, left: Node, right: Node, tree: exp.Expression) -> Node:
        """left / right, rounded half away from zero at six decimals; null where right is 0."""
        more = nodes.RATIO_SCALE + right.kind.scale - left.kind.scale
        top, below = (scaled(left, left.kind.scale + more), right) if more >= 0 else (
            left, scaled(right, right.kind.scale - more))  # fmt: skip
        for node in (top, below):
            if node.kind.digits > nodes.MOST_DIGITS - 1:
                self.source.refuse(
                    f"this could need {node.kind.digits} digits, and a quotient has at most {nodes.MOST_DIGITS - 1}: "
                    "bound a part of it with TRY_CAST(… AS DECIMAL(12, 2))", tree,
                )  # fmt: skip
        return Node("/", (top, below), number(top.kind.digits, nodes.RATIO_SCALE), True)

    def _and(self, tree: exp.Expression) -> Node:
        args = tuple(self.truth(arg) for arg in parts_in_a_row(tree))
        return Node("and" if isinstance(tree, exp.And) else "or", args, TRUTH, any(a.nullable for a in args))

    _or = _and

    def _not(self, tree: exp.Not) -> Node:
        node = self.truth(tree.this)
        return Node("not", (node,), TRUTH, node.nullable)

    def _is(self, tree: exp.Is) -> Node:
        if isinstance(tree.expression, exp.Null):
            return Node("is null", (self.read(tree.this),), TRUTH, False)
        if not isinstance(tree.expression, exp.Boolean):
            self.source.refuse("IS is for NULL, TRUE and FALSE; write =", tree)
        node = self.truth(tree.this)
        asked = node if tree.expression.this else Node("not", (node,), TRUTH, node.nullable)
        return Node("is true", (asked,), TRUTH, False)

    def _between(self, tree: exp.Between) -> Node:
        node, low, high = (self.read(tree.args[part]) for part in ("this", "low", "high"))
        both = (self.compare(">=", node, low, tree), self.compare("<=", node, high, tree))
        return Node("and", both, TRUTH, any(b.nullable for b in both))

    def _in(self, tree: exp.In) -> Node:
        node, listed = self.read(tree.this), [self.read(e) for e in tree.expressions]
        if not listed or any(e.op != "literal" or e.value is None for e in listed):
            self.source.refuse("IN is for a list of literals; join a reference table by LEFT JOIN instead", tree)
        node, *listed = self.alike([node, *listed], tree)
        return Node("in", (node, *listed), TRUTH, node.nullable)

    def _like(self, tree: exp.Like) -> Node:
        node, pattern = self.pair(tree)
        if node.kind != TEXT or pattern.op != "literal" or pattern.kind != TEXT or "\\" in pattern.value:
            self.source.refuse("LIKE is for text and a literal pattern of %, _ and other letters, without \\", tree)
        return Node("like", (node,), TRUTH, node.nullable, pattern.value)

    def _case(self, tree: exp.Case) -> Node:
        subject = self.read(tree.this) if tree.this else None
        conditions: list[Node] = []
        for branch in tree.args["ifs"]:
            if subject is None:
                conditions.append(self.truth(branch.this))
            else:
                conditions.append(self.compare("=", subject, self.read(branch.this), branch))
        otherwise = self.read(tree.args["default"]) if tree.args.get("default") else literal(None, NOTHING)
        values = [self.read(branch.args["true"]) for branch in tree.args["ifs"]]
        return self.choice(conditions, [*values, otherwise], tree)

    def choice(self, conditions: list[Node], values: list[Node], tree: exp.Expression) -> Node:
        values = self.alike(values, tree)
        kind = widest(values)
        args = [part for pair in zip(conditions, values, strict=False) for part in pair]
        return Node("case", (*args, values[-1]), kind, any(v.nullable for v in values))

    def _nullif(self, tree: exp.Nullif) -> Node:
        left, right = self.pair(tree)
        return self.choice([self.compare("=", left, right, tree)], [literal(None, NOTHING), left], tree)

    def _coalesce(self, tree: exp.Coalesce) -> Node:
        values = self.alike([self.read(e) for e in (tree.this, *tree.expressions)], tree)
        return Node("coalesce", tuple(values), widest(values), all(v.nullable for v in values))

    def _dpipe(self, tree: exp.DPipe) -> Node:
        left, right = self.pair(tree)
        if left.kind != TEXT or right.kind != TEXT:
            self.source.refuse("|| joins text; write text on both sides", tree)
        return Node("||", (left, right), TEXT, left.nullable or right.nullable)

    def _round(self, tree: exp.Round) -> Node:
        node = self.read(tree.this)
        places = self.read(tree.args["decimals"]) if tree.args.get("decimals") else literal(0, number(1))
        self.numbers(tree, node, places)
        if places.op != "literal" or places.kind.scale or not 0 <= places.value <= node.kind.scale:
            self.source.refuse(f"ROUND is to a literal number of decimals, 0 to {node.kind.scale} here", tree)
        return rounded(node, places.value)

    def _extract(self, tree: exp.Extract) -> Node:
        part, node = str(tree.this.name).upper(), self.read(tree.expression)
        if part == "EPOCH" and node.kind in (TIME, SPAN):
            return Node("seconds", (node,), number(nodes.WORD, 6), node.nullable)
        if part not in PARTS or node.kind != TIME:
            self.source.refuse(
                f"EXTRACT takes {', '.join(PARTS)} from a time (EPOCH, seconds, also from a span); Monday is ISODOW 1",
                tree.expression,
            )
        return Node("part", (node,), number(6), node.nullable, part)

    def _timestamptrunc(self, tree: exp.Expression) -> Node:
        unit, node = str(tree.args["unit"].name).upper(), self.read(tree.this)
        if unit not in TRUNCATED or node.kind != TIME:
            self.source.refuse(f"DATE_TRUNC cuts a time to its {', '.join(TRUNCATED)}", tree)
        return Node("truncated", (node,), TIME, node.nullable, unit)

    _datetrunc = _timestamptrunc

    def _cast(self, tree: exp.Cast) -> Node:
        to = tree.args["to"]
        if tree.this.is_string and to.this in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ):
            return self._moment(tree)
        node, (digits, scale) = self.read(tree.this), self._precision(to)
        self.numbers(tree, node)
        whole, kept = node.kind.digits - node.kind.scale, digits - scale
        if isinstance(tree, exp.TryCast):
            at_scale = scaled(node, scale) if scale >= node.kind.scale else rounded(node, scale)
            return Node("fits", (self.bounded(at_scale, tree),), number(digits, scale), True)
        if whole > kept or node.kind.scale > scale:
            self.source.refuse("this CAST could fail or round; write TRY_CAST, which is null where it fails", tree)
        return scaled(node, scale)

    _trycast = _cast

    def _precision(self, to: exp.DataType) -> tuple[int, int]:
        if to.this in (exp.DataType.Type.BIGINT, exp.DataType.Type.INT):
            return nodes.WORD, 0
        params = [int(p.name) for p in to.expressions if str(p.name).isdecimal()]
        if to.this != exp.DataType.Type.DECIMAL or not params or not 0 < params[0] <= nodes.MOST_DIGITS:
            self.source.refuse("a cast is to BIGINT or DECIMAL(p, s), with p up to 38", to)
        scale = params[1] if len(params) > 1 else 0
        if scale > params[0]:
            self.source.refuse("a decimal has no more decimals than digits", to)
        return params[0], scale

    def _moment(self, tree: exp.Cast) -> Node:
        try:
            moment = datetime.fromisoformat(tree.this.name)
        except ValueError:
            self.source.refuse(f"{tree.this.name!r} is no time; write TIMESTAMP '2025-12-31 23:59:59'", tree)
        if moment.tzinfo is not None or moment.year < 1970:
            self.source.refuse("times are UTC, without a zone, from 1970 on; write it so", tree)
        return literal((moment - datetime(1970, 1, 1)) // timedelta(microseconds=1), TIME)

    def _anonymous(self, tree: exp.Anonymous) -> Node:
        if str(tree.this).lower() != "haversine_km":
            self.source.refuse(f"there is no function {tree.this}; docs/gate.md lists those there are", tree)
        points = [self.read(e) for e in tree.expressions]
        if len(points) != 4 or any(p.op != "column" or p.kind.name not in ("number", "real") for p in points):
            self.source.refuse("haversine_km is of four columns of the stream: latitude, longitude, twice", tree)
        return Node("distance", tuple(points), number(8, nodes.KM_SCALE), True)


def rounded(node: Node, scale: int) -> Node:
    """A number at a smaller scale, rounded half away from zero."""
    if node.kind.scale == scale:
        return node
    by = node.kind.scale - scale
    kind = number(max(node.kind.digits - by + 1, 1), scale)
    return Node("rounded", (node,), kind, node.nullable, 10**by)


def _repeated(node: Node) -> int:
    """How deep operations whose arguments are repeated stand in one another."""
    return max((_repeated(arg) for arg in node.args), default=0) + (node.op in REPEATED)


def widest(values: list[Node]) -> Kind:
    return max((v.kind for v in values), key=lambda kind: kind.digits)


def interval(source: Source, tree: exp.Interval) -> int:
    """A literal interval in microseconds."""
    unit = str(tree.args["unit"].name).upper() if tree.args.get("unit") else ""
    if unit.rstrip("S") in ("MONTH", "YEAR", "QUARTER"):
        source.refuse("months and years are not of one length; write days, as INTERVAL '30' DAY", tree)
    text = tree.this.name if isinstance(tree.this, exp.Literal) else ""
    if unit.removesuffix("S") not in UNITS or not text.isdecimal() or not text.isascii() or len(text) > 12:
        source.refuse(f"an interval is a whole number of {', '.join(UNITS)}, as INTERVAL '1' HOUR", tree)
    if (length := int(text) * UNITS[unit.removesuffix("S")]) > 100 * 366 * UNITS["DAY"]:
        source.refuse("this is longer than 100 years; state that long would never expire", tree)
    return length
