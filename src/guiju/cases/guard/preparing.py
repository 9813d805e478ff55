"""A trigger's decisions on a stream as the cases the guard asks: the context it did not use, and other evidence.

Which columns a trigger used is read off its tree: those its condition rests on, through features, windows and lookups.
A looked-up column that it used is left out of the context, its key is not: that a trigger knows a voucher's least fare
does not mean that it knew the campaign.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from guiju.checks.words import Words
from guiju.gate.loading import Trigger, TriggerSet
from guiju.gate.nodes import Node, leaves
from guiju.records.errors import BadInput, hint
from guiju.records.quarantine import literal, parquet, quoted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


class Attribute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One attribute of the context: SQL over the event `e`, its campaign `k` and its moment `local`."""

    sql: str
    reads: list[str]


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of evidence that no campaign explains: SQL over the event `e`, and why it counts."""

    sql: str
    reads: list[str]
    says: Words
    because: Words
    mark: str


class Stream(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of a stream is looked at (`streams.yaml`)."""

    subject: str
    context: dict[str, Attribute]
    evidence: dict[str, Kind]


@dataclass(frozen=True)
class Prepared:
    """Cases as `look` asks them, the context that is left, and what could not be looked at, with the reason."""

    cases: pa.Table
    context: list[str]
    unseen: list[str]


@cache
def streams() -> dict[str, Stream]:
    return msgspec.yaml.decode((files("guiju.cases.guard") / "streams.yaml").read_bytes(), type=dict[str, Stream])


def trigger_of(of: TriggerSet, name: str | None) -> Trigger:
    """The trigger that is asked about: the one named, or the only one that holds money. Raises BadInput."""
    known = {t.name: t for t in of.triggers}
    if name is None:
        holding = [t for t in of.triggers if t.entry.action == "hold"]
        if len(holding) != 1:
            raise BadInput(f"{of.name} has {len(known)} triggers: name one with --trigger, of {', '.join(known)}")
        return holding[0]
    if name not in known:
        raise BadInput(f"{of.name} has no trigger {name!r}; {hint(name, known, 'there are')}")
    return known[name]


def used(of: TriggerSet, trigger: Trigger) -> set[str]:
    """Every column that a trigger's condition rests on, as table.column; keys that windows only group by are not."""
    roots: list[Node] = []
    waiting = [trigger.condition]
    while waiting:
        node = waiting.pop()
        roots.append(node)
        waiting += [of.features.of[str(n.value)] for n in node.walk() if n.op == "feature"]
    found = {f"{of.stream}.{node.value}" for node in _columns(roots)}
    points = [p for node in leaves(roots, "distance") for p in node.args]
    found |= {f"{of.stream}.{p.value}" for p in points}
    tables = {lookup.alias: lookup.table.name for lookup in of.features.lookups}
    found |= {f"{tables[node.value[0]]}.{node.value[1]}" for node in leaves(roots, "looked up")}
    return found


def _columns(roots: list[Node]) -> list[Node]:
    """The columns below, also of what windows measure."""
    found, waiting = list[Node](), list(roots)
    while waiting:
        for node in waiting.pop().walk():
            if node.op == "column":
                found.append(node)
            if node.op == "measure" and node.value.arg is not None:
                waiting.append(node.value.arg)
    return found


def prepare(
    con: duckdb.DuckDBPyConnection, of: TriggerSet, trigger: Trigger, decisions: Path, now: datetime, zone: ZoneInfo,
    *, has_campaigns: bool,
) -> Prepared:  # fmt: skip
    """The stream and, if there is one, the registry are tables of `con`; decisions are those of a backtest.

    Raises BadInput for a stream the guard does not know, and decisions that lack the trigger.
    """
    if of.stream not in streams():
        raise BadInput(f"the guard looks at {', '.join(streams())}, and {of.name} decides on {of.stream}")
    stream = streams()[of.stream]
    source = parquet([decisions])
    told = {name for name, *_ in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    if missing := sorted({"platform", "id", "decision_at", trigger.name} - told):
        raise BadInput(f"{decisions.name}: decisions lack {', '.join(missing)}; give those of a backtest of {of.name}")
    there = {f"{of.stream}.{name}" for name, *_ in con.execute(f'DESCRIBE "{of.stream}"').fetchall()}
    if has_campaigns:
        there |= {f"campaigns.{name}" for name, *_ in con.execute("DESCRIBE campaigns").fetchall()}
    by_trigger = used(of, trigger)
    unseen, context, evidence = [], [], []
    for name, one in stream.context.items():
        if not {*one.reads} <= there:
            unseen.append(f"{name}: there is no {', '.join(sorted({*one.reads} - there))}")
        elif {*one.reads} & by_trigger:
            unseen.append(f"{name}: {trigger.name} uses {', '.join(sorted({*one.reads} & by_trigger))}")
        else:
            context.append(name)
    for name, kind in stream.evidence.items():
        if not {*kind.reads} <= there:
            unseen.append(f"{name}: there is no {', '.join(sorted({*kind.reads} - there))}")
        elif {*kind.reads} <= by_trigger:
            unseen.append(f"{name}: it is what {trigger.name} itself rests on")
        else:
            evidence.append(f"WHEN {kind.sql} THEN {literal(name)}")
    place = [name for name in ("region", "agency", "campaign") if name not in context]
    columns = [f"{stream.context[name].sql} AS {quoted(name)}" for name in [*context, *place]]
    case = f"CASE {' '.join(evidence)} END" if evidence else "NULL"
    registry = _registry(of.stream, now) if has_campaigns else ""
    cases = con.execute(f"""
        SELECT e.platform, e.id, d.decision_at AS decided_at, e.{stream.subject} AS subject,
          d.{quoted(trigger.name)} AS flagged, {case} AS evidence, {", ".join(columns)}
        FROM {source} AS d JOIN "{of.stream}" AS e USING (platform, id){registry},
          LATERAL (SELECT timezone({literal(zone.key)}, timezone('UTC', d.decision_at)) AS local)
    """).to_arrow_table()
    return Prepared(cases, context, unseen)


def _registry(stream: str, now: datetime) -> str:
    """The campaign of an event as the registry had it by now: one row, where it has several."""
    return f"""
        LEFT JOIN (
            SELECT s.platform, s.id, ANY_VALUE(c.funder ORDER BY c.id) AS funder,
              ANY_VALUE(c.funder_kind ORDER BY c.id) AS funder_kind, ANY_VALUE(c.condition ORDER BY c.id) AS condition
            FROM "{stream}" AS s JOIN campaigns AS c ON c.platform = s.platform AND c.campaign = s.campaign
              AND (c.region IS NULL OR c.region = s.region) AND s.occurred_at >= c.valid_from
              AND (c.valid_to IS NULL OR s.occurred_at < c.valid_to)
              AND (c.known_at IS NULL OR c.known_at <= {literal(str(now))}::TIMESTAMP)
            GROUP BY s.platform, s.id
        ) AS k USING (platform, id)"""
