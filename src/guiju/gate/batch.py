"""The one tree as text for the batch engines: one SELECT, all in whole numbers, for DuckDB or Spark.

What is measured stands in steps: the event, the arguments of windows, the windows, the features, the conditions.
Windows run over whole microseconds, so that frames mean the same in every engine; what Spark lacks (FILTER and
distinct counts over windows) is written otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from guiju.gate.decisions import ACTIONS
from guiju.gate.features import Lookup
from guiju.gate.nodes import TIME, Kind, Measure, Node, column, leaves
from guiju.gate.printing import Printer

if TYPE_CHECKING:
    from guiju.gate.loading import Trigger, TriggerSet


def distance_column(node: Node) -> str:
    """What the stored distance of two points is called in a table of history."""
    return "__".join(["haversine_km", *(str(point.value) for point in node.args)])


def text(of: TriggerSet, dialect: str) -> str:
    """The SELECT that decides on every row of the stream."""
    return _Text(of, Printer(dialect)).select()


class _Text:
    def __init__(self, of: TriggerSet, printer: Printer) -> None:
        self.of, self.printer, self.quoted = of, printer, printer.quoted
        self.features = list(of.features.of.values())
        self.conditions = [t.condition for t in of.triggers]
        named = [column(f.name, f.kind, True) for t in of.triggers for f in t.facts if self._is_column(f.name)]
        fixed = [column("occurred_at", TIME, False), column("decision_at", TIME, False)]
        self.events = _named_once([*fixed, *named, *leaves(of.roots, "column")])
        self.looked_up = leaves(of.roots, "looked up")
        self.distances = leaves(of.roots, "distance")
        self.measures: list[Measure] = [node.value for node in leaves(of.roots, "measure")]
        self.args = _first_of(
            [m.arg for m in self.measures if m.arg is not None] + [k for m in self.measures for k in m.window.partition]
        )
        for kept, letter in ((self.looked_up, "r"), (self.distances, "d")):
            printer.names |= {node: f"{letter}{place}" for place, node in enumerate(kept)}
        printer.by_value |= {("column", node.value): f"c_{node.value}" for node in self.events}

    def _is_column(self, name: str) -> bool:
        return name in self.of.features.stream.names or name == "decision_at"

    def select(self) -> str:
        steps = [("event", self._event()), ("argued", self._argued()), ("measured", self._measured()),
                 ("featured", self._featured()), ("limited", self._limited()), ("judged", self._judged())]  # fmt: skip
        return "WITH " + ",\n".join(f"{name} AS (\n{step}\n)" for name, step in steps) + "\n" + self._told()

    def _event(self) -> str:
        out = [self.quoted("e", "platform"), self.quoted("e", "id")]
        taken = [*((n, n.value) for n in self.events), *((n, distance_column(n)) for n in self.distances)]
        for node, name in taken:
            out.append(self._as(self.printer.stored(self.quoted("e", name), node.kind), self.printer.sql(node)))
        aliases = {lookup.alias: f"r{place}" for place, lookup in enumerate(self.of.features.lookups)}
        out += [
            self._as(self.printer.stored(self.quoted(aliases[n.value[0]], n.value[1]), n.kind), self.printer.names[n])
            for n in self.looked_up
        ]
        joins = [self._join(lookup, aliases) for lookup in self.of.features.lookups]
        return "\n".join([f"  SELECT {', '.join(out)}", f"  FROM {self.quoted(self.of.stream)} AS e", *joins])

    def _join(self, lookup: Lookup, aliases: dict[str, str]) -> str:
        """A lookup's LEFT JOIN; columns go by where they are stored, since this step is what names them."""
        alias, columns = aliases[lookup.alias], {c.name: c for c in lookup.table.columns}
        from guiju.gate.features import kind_of

        def theirs(name: str) -> str:
            return self.printer.stored(self.quoted(alias, name), kind_of(columns[name]))

        inner = Printer(self.printer.dialect)
        inner.raw = {n: inner.stored(inner.quoted("e", n.value), n.kind) for n in self.events}
        inner.raw |= {n: inner.stored(inner.quoted(aliases[n.value[0]], n.value[1]), n.kind) for n in self.looked_up}
        inner.raw |= {n: inner.stored(inner.quoted("e", distance_column(n)), n.kind) for n in self.distances}
        now = self.printer.stored(self.quoted("e", "decision_at"), TIME)
        on = [f"{theirs(name)} = {inner.sql(key)}" for name, key in lookup.keys]
        on += [f"{theirs('valid_from')} <= {now}", f"COALESCE({now} < {theirs('valid_to')}, TRUE)"]
        on += [f"COALESCE({theirs('known_at')} <= {now}, TRUE)"] if lookup.is_learned else []
        return f"  LEFT JOIN {self.quoted(lookup.table.name)} AS {alias} ON {' AND '.join(on)}"

    def _argued(self) -> str:
        out = [self._as(self.printer.sql(node), f"a{place}") for place, node in enumerate(self.args)]
        return f"  SELECT {', '.join(['*', *out])} FROM event"

    def _measured(self) -> str:
        places = {node: f"a{place}" for place, node in enumerate(self.args)}
        out = []
        for place, measure in enumerate(self.measures):
            arg = places[measure.arg] if measure.arg is not None else None
            keys = [places[key] for key in measure.window.partition]
            out.append(self._as(self.printer.measure(measure, arg, keys), f"m{place}"))
        self.printer.by_value |= {("measure", measure): f"m{place}" for place, measure in enumerate(self.measures)}
        return f"  SELECT {', '.join(['*', *out])} FROM argued"

    def _featured(self) -> str:
        out = [self._as(self.printer.sql(node), f"f{place}") for place, node in enumerate(self.features)]
        self.printer.by_value |= {("feature", name): f"f{place}" for place, name in enumerate(self.of.features.of)}
        return f"  SELECT {', '.join(['*', *out])} FROM measured"

    def _limited(self) -> str:
        out = []
        for place, (trigger, name) in enumerate((t, n) for t in self.of.triggers for n in t.limits):
            limit = trigger.limits[name]
            since = sorted(zip(limit.since, limit.values, strict=True), reverse=True)
            branches = "".join(
                f" WHEN c_occurred_at >= {first} THEN {self._value(v, limit.node.kind)}" for first, v in since
            )
            out.append(self._as(f"CASE{branches} ELSE {self._value(None, limit.node.kind)} END", f"l{place}"))
            self.printer.by_value["limit", (trigger.name, name)] = f"l{place}"
        return f"  SELECT {', '.join(['*', *out])} FROM featured"

    def _value(self, value: object, kind: Kind) -> str:
        return self.printer.sql(Node("literal", (), kind, value is None, value))

    def _judged(self) -> str:
        out = [
            self._as(f"COALESCE({self.printer.sql(node)}, FALSE)", f"t{place}")
            for place, node in enumerate(self.conditions)
        ]
        return f"  SELECT {', '.join(['*', *out])} FROM limited"

    def _told(self) -> str:
        out = [self.quoted("platform"), self.quoted("id")]
        out += [self._as(self.printer.instant(f"c_{name}"), name) for name in ("occurred_at", "decision_at")]
        out += [self._as(f"f{place}", name) for place, name in enumerate(self.of.features.of)]
        out += [self._as(f"t{place}", trigger.name) for place, trigger in enumerate(self.of.triggers)]
        live = [
            f" WHEN t{place} THEN '{action}'"
            for action in reversed(ACTIONS[1:])
            for place, t in enumerate(self.of.triggers)
            if (t.entry.action, t.entry.mode) == (action, "live")
        ]
        out.append(self._as(f"CASE{''.join(live)} ELSE 'allow' END" if live else "'allow'", "action"))
        named = dict.fromkeys(f.name for t in self.of.triggers for f in t.facts if self._is_column(f.name))
        out += [self._as(f"c_{name}", f"event.{name}") for name in named]
        limits = ((t, name) for t in self.of.triggers for name in t.limits)
        out += [self._as(f"l{place}", _limit_column(t, name)) for place, (t, name) in enumerate(limits)]
        return f"SELECT {', '.join(out)}\nFROM judged"

    def _as(self, sql: str, name: str) -> str:
        return f"{sql} AS {self.quoted(name)}"


def _limit_column(trigger: Trigger, name: str) -> str:
    return f"{trigger.name}.{name}"


def _named_once(nodes: list[Node]) -> list[Node]:
    return list({node.value: node for node in nodes}.values())


def _first_of(nodes: Iterable[Node]) -> list[Node]:
    return list(dict.fromkeys(nodes))
