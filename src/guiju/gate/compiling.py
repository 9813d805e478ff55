"""The one tree as one Python function: admission, lookups, windows, features, conditions, in one straight text.

The text is built from whole numbers, names that were numbered here and the operations of `python_text`; what an
author wrote is in it nowhere. It runs without Python's builtins but those handed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from guiju.gate.admission import Given, columns_read, fast, fast_texts
from guiju.gate.decisions import EPOCH, Decision
from guiju.gate.features import KEY, kind_of
from guiju.gate.geometry import haversine_m
from guiju.gate.incremental import SWEPT, Partition
from guiju.gate.nodes import Measure, Node, leaves
from guiju.gate.python_text import Python

if TYPE_CHECKING:
    from guiju.gate.loading import TriggerSet


@dataclass(frozen=True)
class Compiled:
    """A set as Python text, what it is handed over, and what its state consists of."""

    text: str
    given: dict[str, Any]
    columns: tuple[Given, ...]
    partitions: tuple[Partition, ...]


def compiled(of: TriggerSet) -> Compiled:
    """The text that makes, of a set, `decide`, `enter`, `sweep` and `heads` (see `Engine`)."""
    return _Text(of).made()


def partitions(measures: list[Measure]) -> tuple[Partition, ...]:
    """The measures by their kinds of key."""
    by_key: dict[tuple[Node, ...], list[tuple[int, Measure]]] = {}
    for number, measure in enumerate(measures):
        by_key.setdefault(measure.window.partition, []).append((number, measure))
    return tuple(Partition(p, keys, of) for p, (keys, of) in enumerate(by_key.items()))


class _Text:
    def __init__(self, of: TriggerSet) -> None:
        self.of, self.python = of, Python()
        roots = of.roots
        stream = {c.name: c for c in of.features.stream.columns}
        points = [p for node in leaves(roots, "distance") for p in node.args]
        facts = [f.name for t in of.triggers for f in t.facts if f.name in stream]
        names = dict.fromkeys([*KEY, *columns_read(leaves(roots, "column") + points), *facts])
        self.columns = tuple(Given(stream[name], kind_of(stream[name])) for name in names)
        self.measures: list[Measure] = [node.value for node in leaves(roots, "measure")]
        self.partitions = partitions(self.measures)
        self.looked_up: dict[str, list[str]] = {lookup.alias: [] for lookup in of.features.lookups}
        for node in leaves(roots, "looked up"):
            self.looked_up[node.value[0]].append(node.value[1])
        self._name_leaves(roots)

    def _name_leaves(self, roots: list[Node]) -> None:
        at = self.python.by_value
        at |= {("column", g.column.name): f"c{place}" for place, g in enumerate(self.columns)}
        at["column", "decision_at"] = "t"
        self.distances = leaves(roots, "distance")
        at |= {("distance", node.args): f"d{place}" for place, node in enumerate(self.distances)}
        for place, (alias, names) in enumerate(self.looked_up.items()):
            at |= {("looked up", (alias, name)): f"r{place}_{n}" for n, name in enumerate(names)}
        at |= {("measure", measure): f"m{number}" for number, measure in enumerate(self.measures)}
        at |= {("feature", name): f"f{place}" for place, name in enumerate(self.of.features.of)}
        self.limits = [limit for t in self.of.triggers for limit in t.limits.values()]
        at |= {("limit", limit.node.value): f"l{place}" for place, limit in enumerate(self.limits)}

    def made(self) -> Compiled:
        heads = [f"{name}{part.p}" for part in self.partitions for name in ("oldest", "newest", "free")]
        limits = [f"l{place}" for place in range(len(self.limits))]
        changing = ", ".join(["last", "held", *heads])
        lines = ["def make():", "    last = -1", "    held = 0", *(f"    {head} = -1" for head in heads)]
        lines += ["    since_limits = until_limits = 0", *(f"    {limit} = None" for limit in limits)]
        for part in self.partitions:
            lines += [f"    {line}" for line in part.swept()]
        lines += self._relimit(limits)
        lines += ["    def decide(event):", f"        nonlocal {changing}"]
        lines += [f"        {line}" for line in self._decide()]
        for part in self.partitions:
            lines += self._enter(part)
        lines += ["    def heads():", f"        return last, held, ({', '.join([*heads, ''])})"]
        lines += ["    def begin(at):", "        nonlocal last", "        last = at"]
        sweeps = ", ".join([*(f"sweep{part.p}" for part in self.partitions), ""])
        enters = ", ".join([*(f"enter{part.p}" for part in self.partitions), ""])
        lines += [f"    return decide, ({sweeps}), ({enters}), heads, begin"]
        given = {**self.python.given, **{k: v for part in self.partitions for k, v in part.arrays().items()}}
        given |= {"Decimal": Decimal, "datetime": datetime, "EPOCH": EPOCH, "int": int, "str": str,
                  "len": len, "KeyError": KeyError, "TypeError": TypeError, "haversine_m": haversine_m,
                  "Decision": Decision, "layout": self.of.layout, "__builtins__": {}}  # fmt: skip
        return Compiled("\n".join(lines), given, self.columns, self.partitions)

    def _relimit(self, limits: list[str]) -> list[str]:
        """The limits of another day, asked only when a day's bounds are left."""
        if not limits:
            return []
        text = [f"        {limit} = limit_at({place}, moment)" for place, limit in enumerate(limits)]
        return [
            "    def relimit(moment):",
            f"        nonlocal since_limits, until_limits, {', '.join(limits)}",
            "        since_limits, until_limits = limits_hold(moment)",
            *text,
        ]

    def _decide(self) -> list[str]:
        occurred = self.python.by_value["column", "occurred_at"]
        needed = len(self.partitions)
        lines = [*self._admitted(), f"now = clock() if clock is not None else {occurred}"]
        lines += [
            f"if {occurred} > now + skew or {occurred} < last - late:",
            f"    raise not_now({occurred}, now, last)",
        ]
        lines += [f"t = {occurred} if {occurred} > last else last + 1"]
        if self.limits:
            lines += [f"if not since_limits <= {occurred} < until_limits:", f"    relimit({occurred})"]
        lines += self._looked_up()
        if needed:
            lines += [f"if held + {needed} > most_held:", "    make_room(t, held)", f"held += {needed}"]
        lines += ["last = t"]
        for part in self.partitions:
            head = f"oldest{part.p}"
            lines += [
                f"if {head} >= 0 and A{part.p}[{head}] < t - {part.frames[-1]}:",
                f"    sweep{part.p}(t, {SWEPT})",
            ]
            lines += [f"key = {part.key(self.python)}"]
            lines += [f"{s.local} = {self.python.value(s.node)}" for s in part.stored.values()]
            lines += part.entered(told=True)
        lines += [f"f{place} = {self.python.value(node)}" for place, node in enumerate(self.of.features.of.values())]
        return [*lines, *self._held()]

    def _admitted(self) -> list[str]:
        cells = [f"{self.python.constant(g.column.name)}" for g in self.columns]
        lines = ["odd = False", "try:"]
        lines += [f"    c{place} = event[{name}]" for place, name in enumerate(cells)]
        texts = [(f"c{place}", g) for place, g in enumerate(self.columns) if g.kind.name == "text"]
        lines += [f"    {line}" for line in fast_texts(texts)]
        for place, column in enumerate(self.columns):
            if column.kind.name == "text":
                continue
            lines += [f"    {line}" for line in fast(column, f"c{place}", self.python.constant)]
        lines += ["except (KeyError, TypeError):", "    odd = True"]
        everything = "".join(f"c{place}, " for place in range(len(self.columns)))
        return [*lines, "if odd:", f"    {everything} = admitted(event)"]

    def _looked_up(self) -> list[str]:
        """Lookups, and distances; both before anything is changed."""
        lines = []
        for place, node in enumerate(self.distances):
            tests, atoms = self.python.bound(*node.args)
            pairs = zip(atoms, node.args, strict=True)
            degrees = [a if p.kind.name == "real" else f"{a} / {10**p.kind.scale}" for a, p in pairs]
            text = f"haversine_m({', '.join(degrees)})"
            unknown = " or ".join(tests)
            lines.append(f"d{place} = None if {unknown} else {text}" if tests else f"d{place} = {text}")
        for place, lookup in enumerate(self.of.features.lookups):
            names = self.looked_up[lookup.alias]
            if not names:
                continue
            keys = "".join(f"{self.python.value(node)}, " for _, node in lookup.keys)
            cells = "".join(f"r{place}_{n}, " for n in range(len(names)))
            lines.append(f"{cells} = look_up({place}, ({keys}), t)")
        return lines

    def _held(self) -> list[str]:
        lines = ["why = ()"]
        for place, trigger in enumerate(self.of.triggers):
            facts = "".join(f"{self._fact(trigger.name, fact)}, " for fact in trigger.facts)
            lines += [f"if {self.python.true(trigger.condition)}:", f"    why += (({place}, ({facts})),)"]
        values = "".join(f"f{place}, " for place in range(len(self.of.features.of)))
        key = ", ".join(self.python.by_value["column", name] for name in KEY[:2])
        return [*lines, f"return Decision(layout, {key}, t, ({values}), why)"]

    def _fact(self, trigger: str, fact: Any) -> str:
        at = self.python.by_value
        if fact.is_limit:
            return at["limit", (trigger, fact.name)]
        return at.get(("feature", fact.name)) or at["column", fact.name]

    def _enter(self, part: Partition) -> list[str]:
        """An entry of a snapshot enters again."""
        given = ", ".join(["key", "t", *(s.local for s in part.stored.values())])
        heads = ", ".join(f"{name}{part.p}" for name in ("oldest", "newest", "free"))
        lines = [f"    def enter{part.p}({given}):", f"        nonlocal {heads}, held", "        held += 1"]
        return [*lines, *(f"        {line}" for line in part.entered(told=False))]
