"""A set of triggers: a folder with `features.sql` and one `<trigger>.yaml` each, read and refused here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from string import Formatter
from typing import Any, Literal

import msgspec

from guiju.checks.words import Words
from guiju.gate.decisions import Fact, Layout, Told
from guiju.gate.expressions import Reader
from guiju.gate.features import SUBJECTS, Features, kind_of, read_features
from guiju.gate.limits import DatedLimit, dated_limits
from guiju.gate.nodes import Node, column
from guiju.gate.parsing import Source, parse_condition
from guiju.gate.refusal import Refused
from guiju.records.errors import hint
from guiju.rulebook import BadRule, Rule, folders, rules

TRIGGERS = Path(__file__).parent / "triggers"
FEATURES = "features.sql"
CASES = "cases.yaml"  # beside the triggers: how a decision becomes a case
MONEY_SCALE = 2


class Drawn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A drawn case: records by table, and the ids of the events at which the trigger holds (`expect`)."""

    records: dict[str, str]
    expect: list[str] = []
    explains: str = ""  # the beginning of the innocent explanation it shows, in English
    says: Words | None = None  # the last reason, word for word


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The YAML of one trigger. `innocent` are the innocent explanations; each has a clear case."""

    rule: str
    condition: str
    says: Words
    action: Literal["allow", "review", "hold"]
    mode: Literal["shadow", "live"]
    found: dict[str, Drawn]
    clear: dict[str, Drawn]
    innocent: list[Words] = []
    amount: str = ""  # the column or feature that is the money in dispute: what a hold may take at most


@dataclass(frozen=True)
class Trigger:
    """One trigger of a set: the rule it answers, its condition's tree, and the dated limits that it names."""

    name: str
    path: Path
    entry: Entry
    rule: Rule
    condition: Node
    limits: Mapping[str, DatedLimit]
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class TriggerSet:
    """A set that was loaded: nothing in it is outside the supported subset."""

    name: str
    folder: Path
    features: Features
    triggers: tuple[Trigger, ...]
    digest: str  # of its texts and its rules' limits

    @property
    def stream(self) -> str:
        return self.features.stream.name

    @property
    def subject(self) -> str:
        """The column that says about whom an event is, who answers for it."""
        return SUBJECTS[self.stream]

    @property
    def references(self) -> tuple[str, ...]:
        """The tables it looks up."""
        return tuple(dict.fromkeys(lookup.table.name for lookup in self.features.lookups))

    @property
    def roots(self) -> list[Node]:
        """Every tree of the set: features, conditions, keys of lookups."""
        keys = [key for lookup in self.features.lookups for _, key in lookup.keys]
        return [*self.features.of.values(), *(t.condition for t in self.triggers), *keys]

    @cached_property
    def layout(self) -> Layout:
        told = (
            Told(t.name, t.rule.name, t.entry.action, t.entry.mode, t.entry.says, t.rule.zone, t.facts)
            for t in self.triggers
        )
        features = tuple(Fact(name, node.kind) for name, node in self.features.of.items())
        return Layout(features, tuple(told), self.digest)

    def duckdb(self) -> str:
        """One SELECT in DuckDB's SQL that decides on every row of a table named after the stream.

        The table has the stream's columns, `decision_at`, and the distances (`history.admitted` adds both); tables
        looked up go by their names. Out come platform, id, occurred_at, decision_at, each feature, each trigger by its
        name (whether it held), `action`, and what reasons name (`history.decision` reads a row).
        """
        from guiju.gate.batch import text

        return text(self, "duckdb")

    def spark(self) -> str:
        """The same in Spark's SQL; the session's time zone is UTC."""
        from guiju.gate.batch import text

        return text(self, "spark")


def shipped() -> dict[str, Path]:
    """The folders of the sets that ship, by name."""
    return {path.parent.name: path.parent for path in sorted(TRIGGERS.glob(f"*/{FEATURES}"))}


def load(folder: Path | str) -> TriggerSet:
    """Read a set: a shipped one by name, or a folder; its own rules may lie in `rulebook/` in it.

    Raises Refused (a BadInput), with file, line, column and cure, for whatever is outside the supported subset.
    """
    place = shipped().get(str(folder), Path(folder))
    if not (place / FEATURES).is_file():
        raise Refused(str(place), f"there is no {FEATURES}; name a folder that has one, or {', '.join(shipped())}")
    known = rules(*folders(), *([place / "rulebook"] if (place / "rulebook").is_dir() else []))
    features = read_features(Source(FEATURES, _read(place / FEATURES)))
    paths = sorted(path for path in place.glob("*.yaml") if path.name != CASES)
    if not paths:
        raise Refused(str(place), "there is no trigger; write one as <trigger>.yaml beside features.sql")
    triggers = tuple(_trigger(path, features, known) for path in paths)
    limits = [repr(sorted(t.limits.items())) for t in triggers]
    texts = [f"{path.name}\0{_read(path)}" for path in (place / FEATURES, *paths)]
    digest = sha256("\0".join([*texts, *limits]).encode()).hexdigest()[:16]
    return TriggerSet(place.resolve().name, place, features, triggers, digest)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise Refused(path.name, "the file is not UTF-8; save it so") from None


def _trigger(path: Path, features: Features, known: Mapping[str, Rule]) -> Trigger:
    try:
        entry = msgspec.yaml.decode(_read(path).encode(), type=Entry)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise Refused(path.name, " ".join(str(error).split())) from None
    if not path.stem.isidentifier() or not path.stem.isascii():
        raise Refused(path.name, "a trigger's name is of letters, digits and _; rename the file")
    if path.stem in features.of or path.stem in (*features.stream.names, "decision_at", "action"):
        raise Refused(path.name, "a feature or column has this name; rename the file")
    if entry.rule not in known:
        raise Refused(path.name, f"rule: there is no rule {entry.rule!r}; {hint(entry.rule, known, 'there are')}")
    rule = known[entry.rule]
    try:
        limits = dated_limits(path.stem, rule)
    except BadRule as error:
        raise Refused(path.name, str(error)) from None
    names = _names(features, limits)
    source, tree = parse_condition(Source(f"{path.name}, condition", entry.condition))
    condition = Reader(source, names).truth(tree)
    facts = _facts(path, entry, condition, names)
    named = {node.value[1]: limits[node.value[1]] for node in condition.walk() if node.op == "limit"}
    named |= {fact.name: limits[fact.name] for fact in facts if fact.is_limit}
    return Trigger(path.stem, path, entry, rule, condition, named, facts)


def _names(features: Features, limits: Mapping[str, DatedLimit]) -> Any:
    stream = {c.name: c for c in features.stream.columns}

    def find(alias: str, name: str) -> Node | str:
        if alias not in ("", features.alias):
            return f"a condition names columns, features and limits alone; make {alias}.{name} a feature first"
        if (name in limits) + (name in features.of) + (name in stream) > 1:
            return f"{name!r} is two things, of the columns, features and limits; rename the feature"
        if name in limits:
            return limits[name].node
        if name in features.of:
            node = features.of[name]
            return Node("feature", (), node.kind, node.nullable, name)
        if name in stream:
            return column(name, kind_of(stream[name]), not stream[name].needed)
        if name == "decision_at":
            return column(name, kind_of(stream["occurred_at"]), False)
        return f"there is no {name!r}; {hint(name, [*stream, *features.of, *limits], 'there are')}"

    return find


def _facts(path: Path, entry: Entry, condition: Node, names: Any) -> tuple[Fact, ...]:
    """What the condition and the sentence name; a sentence that names anything else is refused."""
    found = [node for node in condition.walk() if node.op in ("column", "feature", "limit")]
    if (amount := _amount(path, entry, names)) is not None:
        found.append(amount)
    for language in ("zh", "en"):
        try:
            fields = [part[1] for part in Formatter().parse(getattr(entry.says, language)) if part[1] is not None]
        except ValueError as error:
            raise Refused(path.name, f"says.{language}: {error}; mend the brackets") from None
        for name in fields:
            node = names("", name)
            if name == "time_zone":
                continue
            if isinstance(node, str):
                raise Refused(path.name, f"says.{language}: {node}")
            found.append(node)
    of = {_fact_name(node): Fact(_fact_name(node), node.kind, node.op == "limit") for node in found}
    if real := [f.name for f in of.values() if f.kind.name == "real"]:
        raise Refused(path.name, f"{real[0]} is a float, which no reason can name; name a feature")
    return tuple(of.values())


def _amount(path: Path, entry: Entry, names: Any) -> Node | None:
    """The money in dispute."""
    if not entry.amount:
        return None
    node: Node | str = names("", entry.amount)
    if isinstance(node, str):
        raise Refused(path.name, f"amount: {node}")
    if node.kind.name != "number" or node.kind.scale != MONEY_SCALE or node.op == "limit":
        raise Refused(path.name, f"amount: {entry.amount} is no sum of money; name a column or feature of two decimals")
    return node


def _fact_name(node: Node) -> str:
    return str(node.value[1] if node.op == "limit" else node.value)
