"""`features.sql`: one SELECT over a stream with named windows, and dated lookups by LEFT JOIN."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from guiju.gate import nodes
from guiju.gate.expressions import Reader, interval
from guiju.gate.nodes import REAL, TEXT, TIME, TRUTH, Kind, Measure, Node, Window, column, number, scaled
from guiju.gate.parsing import Source, parts_in_a_row
from guiju.gate.subset import check_shape
from guiju.records import Column, RecordTable, tables
from guiju.records.errors import hint

SUBJECTS = {"trips": "driver", "orders": "seller", "quotes": "seller", "listings": "seller"}  # about whom they are
STREAMS = tuple(SUBJECTS)
KEY = ("platform", "id", "occurred_at")  # of every event, with decision_at
SPAN = ("valid_from", "valid_to")  # of a reference table
AGGREGATES: dict[type[exp.Expression], str] = {
    exp.Count: "count", exp.Sum: "sum", exp.Avg: "avg", exp.Min: "min", exp.Max: "max", exp.Lag: "lag",
    exp.FirstValue: "first",
}  # fmt: skip
SHAPES: dict[type[exp.Expression], set[str]] = {
    exp.Window: {"this", "alias", "over", "partition_by", "order", "spec"},
    exp.Filter: {"this", "expression"},
    exp.Count: {"this", "big_int"},
    exp.Distinct: {"expressions"},
    **{kind: {"this"} for kind in (exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Lag, exp.FirstValue, exp.Star)},
}
FRAME = "RANGE BETWEEN INTERVAL '1' HOUR PRECEDING AND CURRENT ROW"


@dataclass(frozen=True)
class Lookup:
    """A dated lookup: the row of a reference table with these keys that is valid at the decision."""

    alias: str
    table: RecordTable
    keys: tuple[tuple[str, Node], ...]

    @property
    def is_learned(self) -> bool:
        """Whether its rows say when they became known."""
        return "known_at" in self.table.names


@dataclass(frozen=True)
class Features:
    """What `features.sql` says: the stream, what is looked up, and each feature's tree."""

    stream: RecordTable
    alias: str
    lookups: tuple[Lookup, ...]
    of: Mapping[str, Node]


def kind_of(given: Column) -> Kind:
    """What a column holds for the gate."""
    if given.type.startswith("decimal"):
        digits, scale = (int(part) for part in given.type[8:-1].split(","))
        return number(digits, scale)
    kinds = {"string": TEXT, "timestamp(6)": TIME, "int64": number(nodes.WORD), "boolean": TRUTH, "float64": REAL}
    return kinds.get(given.type, nodes.NOTHING)


def read_features(source: Source) -> Features:
    """The tree of every feature. Raises Refused."""
    tree = source.tree()
    if not isinstance(tree, exp.Select):
        source.refuse(f"this is {tree.key.upper()}, and only SELECT is supported; write one SELECT", offset=0)
    known = {"kind", "expressions", "from_", "joins", "windows"}
    if strange := sorted(name for name, value in tree.args.items() if value and name not in known):
        cure = "write FILTER (WHERE …) at each aggregate" if strange[0] == "where" else "leave it out"
        at = tree.args[strange[0]]
        fault = f"{strange[0].rstrip('_').upper()} is not supported: every event is decided on; {cure}"
        source.refuse(fault, at if isinstance(at, exp.Expression) else tree)
    names = _Names(source, tree)
    reader = _Features(source, names, tree.args.get("windows") or [])
    return Features(names.stream, names.alias, tuple(names.lookups.values()), reader.select(tree))


class _Names:
    """The stream and the lookups, and what their columns are."""

    def __init__(self, source: Source, tree: exp.Select) -> None:
        self.source, self.lookups = source, dict[str, Lookup]()
        given = tree.args.get("from_")
        if given is None:
            source.refuse(f"no stream is named; write FROM and one of {', '.join(STREAMS)}", offset=0)
        self.stream, self.alias = self._table(given.this, STREAMS, "stream")
        for join in tree.args.get("joins") or []:
            self._join(join)

    def _table(self, tree: exp.Expression, known: Iterable[str], what: str) -> tuple[RecordTable, str]:
        check_shape(self.source, tree, {exp.Table: {"this", "alias"}})
        if not isinstance(tree.this, exp.Identifier):
            self.source.refuse("name a table of the records", tree)
        if tree.name not in known:
            self.source.refuse(f"{tree.name!r} is no {what}; {hint(tree.name, known, 'there are')}", tree)
        alias = tree.args.get("alias")
        if alias is not None:
            check_shape(self.source, alias, {exp.TableAlias: {"this"}})
        return tables()[tree.name], tree.alias or tree.name

    def column(self, alias: str, name: str) -> Node | str:
        """The node of a column, or why there is none."""
        if alias in ("", self.alias):
            if name == "decision_at":
                return column(name, TIME, False)
            if found := {c.name: c for c in self.stream.columns}.get(name):
                if (kind := kind_of(found)) is nodes.NOTHING:
                    return f"{name} is of type {found.type}, which the gate does not read; leave it out"
                return column(name, kind, not found.needed)
            of = [*self.stream.names, "decision_at"]
            return f"{self.stream.name} has no column {name!r}; {hint(name, of, 'it has')}"
        if alias not in self.lookups:
            return f"no table here is called {alias!r}; {hint(alias, [self.alias, *self.lookups], 'there are')}"
        lookup = self.lookups[alias]
        if found := {c.name: c for c in lookup.table.columns}.get(name):
            return Node("looked up", (), kind_of(found), True, (alias, name))
        return f"{lookup.table.name} has no column {name!r}; {hint(name, lookup.table.names, 'it has')}"

    def _join(self, join: exp.Join) -> None:
        check_shape(self.source, join, {exp.Join: {"this", "side", "on"}})
        dated_tables = [name for name, table in tables().items() if set(SPAN) <= set(table.names)]
        table, alias = self._table(join.this, dated_tables, "dated table")
        if join.side != "LEFT" or not join.args.get("on"):
            self.source.refuse("a reference table is joined by LEFT JOIN … ON", join)
        if alias in self.lookups or alias == self.alias:
            self.source.refuse(f"two tables are called {alias!r}; write AS and another name", join)
        self.lookups[alias] = Lookup(alias, table, ())
        on = join.args["on"]
        dated = {
            "valid_from": f"decision_at >= {alias}.valid_from",
            "valid_to": f"({alias}.valid_to IS NULL OR decision_at < {alias}.valid_to)",
            "known_at": f"({alias}.known_at IS NULL OR decision_at >= {alias}.known_at)",
        }
        dated = {name: text for name, text in dated.items() if name in table.names}
        keys: list[tuple[str, Node]] = []
        for part in parts_in_a_row(on) if isinstance(on, exp.And) else [on]:
            said = part.unnest().sql()
            spelled = [name for name, text in dated.items() if said == text.strip("()")]
            if spelled:
                del dated[spelled[0]]
            else:
                keys.append(self._key(part, alias, dated))
        if dated or not keys:
            wanted = " AND ".join(dated.values()) if dated else f"{alias}.platform = {self.alias}.platform"
            self.source.refuse(f"the lookup of {alias} is not dated and keyed; add AND {wanted}", on)
        self.lookups[alias] = Lookup(alias, table, tuple(keys))

    def _key(self, part: exp.Expression, alias: str, dated: dict[str, str]) -> tuple[str, Node]:
        if not isinstance(part, exp.EQ):
            self.source.refuse(
                f"a lookup's ON is {alias}.column = expression, joined by AND, and then word for word "
                f"{' AND '.join(dated.values())}", part,
            )  # fmt: skip
        theirs, ours = part.this, part.expression
        if not (isinstance(theirs, exp.Column) and theirs.table == alias):
            theirs, ours = ours, theirs
        if not (isinstance(theirs, exp.Column) and theirs.table == alias):
            self.source.refuse(f"one side of this must be a column of {alias}, as {alias}.platform", part)
        reader = Reader(self.source, self.column)
        key = reader.compare("=", reader.read(theirs), reader.read(ours), part)
        if any(n.op == "looked up" and n.value[0] == alias for n in key.args[1].walk()):
            self.source.refuse("a lookup's key is of the event, not of the table looked up", part)
        if key.args[0].op != "looked up":
            self.source.refuse("the two are numbers of different scales; TRY_CAST the event's to the table's", part)
        return theirs.name, key.args[1]


class _Features:
    def __init__(self, source: Source, names: _Names, windows: list[exp.Window]) -> None:
        self.source, self.names = source, names
        self.plain = Reader(source, names.column)
        self.named: dict[str, Window] = {}
        for tree in windows:
            if tree.name in self.named:
                source.refuse(f"two windows are called {tree.name!r}; name one otherwise", tree)
            self.named[tree.name] = self._window(tree)
        self.reader = Reader(source, names.column, self._call)

    def select(self, tree: exp.Select) -> dict[str, Node]:
        found: dict[str, Node] = {}
        taken = {*self.names.stream.names, "decision_at"}
        for item in tree.expressions:
            name = item.alias if isinstance(item, exp.Alias) else ""
            if not name or not name.isidentifier() or not name.isascii() or name.startswith("_"):
                self.source.refuse("name the feature: write AS and a name of letters, digits and _", item)
            if name in found or name in taken:
                whose = "feature" if name in found else f"column of {self.names.stream.name}"
                self.source.refuse(f"{name!r} is a {whose} already; choose another name", item)
            found[name] = self.reader.read(item.this)
            if found[name].kind.name in ("real", "nothing"):
                self.source.refuse(f"{name} is {found[name].kind.name}, which no feature can be; write a value", item)
        return found

    def _call(self, tree: exp.Expression) -> Node | None:
        if type(tree) in AGGREGATES or isinstance(tree, exp.Filter):
            self.source.refuse("an aggregate here is over a window; write OVER and the window's name", tree)
        if not isinstance(tree, exp.Window):
            return None
        check_shape(self.source, tree, SHAPES)
        if tree.args.get("alias") is None:
            window = self._window(tree)
        elif tree.args.get("partition_by") or tree.args.get("order") or tree.args.get("spec"):
            self.source.refuse("a named window is taken as it is; write OVER name, without brackets", tree)
        elif tree.alias not in self.named:
            self.source.refuse(
                f"no window is called {tree.alias!r}; {hint(tree.alias, self.named, 'there are')}", tree.args["alias"]
            )
        else:
            window = self.named[tree.alias]
        return self._measured(tree.this, window)

    def _measured(self, tree: exp.Expression, window: Window) -> Node:
        wanted: Node | None = None
        if isinstance(tree, exp.Filter):
            check_shape(self.source, tree, SHAPES)
            wanted, tree = self.plain.truth(tree.expression.this), tree.this
        if type(tree) not in AGGREGATES:
            self.source.refuse(f"over a window there are {', '.join(sorted(AGGREGATES.values()))}; write one", tree)
        check_shape(self.source, tree, SHAPES)
        of = AGGREGATES[type(tree)]
        if wanted is not None and of in ("lag", "first"):
            self.source.refuse("FILTER is not for LAG and FIRST_VALUE; write CASE WHEN in their argument", tree)
        if isinstance(tree.this, exp.Star):
            arg = None if wanted is None else Node("case", (wanted, _ONE, _NONE), number(1), True)
            return _measure("count", arg, window)
        if isinstance(tree.this, exp.Distinct):
            check_shape(self.source, tree.this, SHAPES)
            if of != "count" or len(tree.this.expressions) != 1:
                self.source.refuse("DISTINCT is for COUNT and of one value; write COUNT(DISTINCT x)", tree)
            of, given = "distinct", tree.this.expressions[0]
        else:
            given = tree.this
        arg = self.plain.read(given)
        if arg.kind.name in ("real", "nothing"):
            self.source.refuse(f"{of} is not of {arg.kind.name}: it would not be exact; supply a decimal", tree)
        if of in ("sum", "avg"):
            self.plain.numbers(tree, arg)
        if wanted is not None:
            arg = Node("case", (wanted, arg, nodes.literal(None, arg.kind)), arg.kind, True)
        if of == "avg":
            return self._average(arg, window, tree)
        if of == "sum" and arg.kind.digits + nodes.COUNTED > nodes.MOST_DIGITS:
            self.source.refuse("the sum could have over 38 digits; bound its argument by TRY_CAST", tree)
        return _measure(of, arg, window)

    def _average(self, arg: Node, window: Window, tree: exp.Expression) -> Node:
        if arg.kind.digits + nodes.COUNTED + nodes.RATIO_SCALE > nodes.MOST_DIGITS - 1:
            self.source.refuse("the average could need over 38 digits; bound its argument by TRY_CAST", tree)
        if arg.kind.scale > nodes.RATIO_SCALE:
            self.source.refuse("an average has six decimals; ROUND its argument to six or fewer", tree)
        total = scaled(_measure("sum", arg, window), nodes.RATIO_SCALE)
        kind = number(arg.kind.digits + nodes.RATIO_SCALE - arg.kind.scale, nodes.RATIO_SCALE)
        return Node("/", (total, _measure("count", arg, window)), kind, arg.nullable)

    def _window(self, tree: exp.Window) -> Window:
        order = tree.args.get("order")
        by = order.expressions if order else []
        if len(by) != 1 or by[0].this.sql() != "decision_at" or by[0].args.get("desc"):
            self.source.refuse("a window is in the order of decisions; write ORDER BY decision_at", tree)
        spec = tree.args.get("spec")
        if spec is None:
            self.source.refuse(f"a window without a frame would never expire; write {FRAME}", tree)
        start = spec.args.get("start")
        if not isinstance(start, exp.Interval) and start == "UNBOUNDED":
            self.source.refuse(f"an unbounded frame would never expire; write {FRAME}", tree)
        shape = (spec.args.get("kind"), spec.args.get("start_side"), spec.args.get("end"), spec.args.get("exclude"))
        if not isinstance(start, exp.Interval) or shape != ("RANGE", "PRECEDING", "CURRENT ROW", None):
            self.source.refuse(f"a frame is a span of time up to the event itself; write {FRAME}", tree)
        return Window(
            tuple(self._partition(p) for p in tree.args.get("partition_by") or []), interval(self.source, start)
        )

    def _partition(self, tree: exp.Expression) -> Node:
        node = self.plain.read(tree)
        if node.nullable:
            name = tree.sql() if isinstance(tree, exp.Column) else "x"
            self.source.refuse(
                f"{tree.sql()} can be NULL, and all events without it would be one key; "
                f"write COALESCE({name}, id), which keeps them apart", tree,
            )  # fmt: skip
        if node.kind.name == "real":
            self.source.refuse("a float is no key; supply a decimal", tree)
        return node


_ONE, _NONE = nodes.literal(1, number(1)), nodes.literal(None, number(1))


def _measure(of: str, arg: Node | None, window: Window) -> Node:
    if of == "count" and arg is not None and not arg.nullable:
        arg = None
    kind = number(nodes.COUNTED) if of in ("count", "distinct") or arg is None else arg.kind
    if of == "sum" and arg is not None:
        kind = number(arg.kind.digits + nodes.COUNTED, arg.kind.scale)
    nullable = arg is not None and of not in ("count", "distinct") and (arg.nullable or of == "lag")
    return Node("measure", (), kind, nullable, Measure(of, arg, window))
