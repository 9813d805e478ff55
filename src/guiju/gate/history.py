"""History before the gate: what admission gives each event, in batches, and a batch engine's row as a decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from guiju.gate.batch import distance_column
from guiju.gate.decisions import EPOCH, Decision
from guiju.gate.geometry import haversine_m
from guiju.gate.nodes import leaves

if TYPE_CHECKING:
    import pyarrow as pa

    from guiju.gate.loading import TriggerSet

ORDER = ("occurred_at", "id", "platform")  # of history without a logged decision_at


def admitted(of: TriggerSet, batches: Iterable[pa.RecordBatch], last: int = -1) -> Iterator[pa.RecordBatch]:
    """History with what admission gives: `decision_at`, unless it was logged, and each distance the set asks for.

    Batches come in the order of `ORDER`; `last` is the last decision before them in microseconds. Raises ValueError
    where they are not in order: the caller sorts.
    """
    import numpy as np
    import pyarrow as pa

    for batch in batches:
        out = {name: batch.column(name) for name in batch.schema.names}
        if "decision_at" not in out:
            occurred = out["occurred_at"].cast(pa.timestamp("us")).cast(pa.int64()).to_numpy(zero_copy_only=False)
            if len(occurred) and (np.diff(occurred) < 0).any():
                raise ValueError(f"history is not sorted by {', '.join(ORDER)}")
            steps = np.arange(len(occurred))
            moments = np.maximum(np.maximum.accumulate(occurred - steps) + steps, last + 1 + steps)
            last = int(moments[-1]) if len(moments) else last
            out["decision_at"] = pa.array(moments, pa.int64()).cast(pa.timestamp("us"))
        for node in leaves(of.roots, "distance"):
            points = [out[str(point.value)].to_pylist() for point in node.args]
            metres = [None if None in four else haversine_m(*map(float, four)) for four in zip(*points, strict=True)]
            known = [None if m is None else Decimal(m).scaleb(-3) for m in metres]
            out[distance_column(node)] = pa.array(known, pa.decimal128(8, 3))
        yield pa.RecordBatch.from_pydict(out)


def decision(of: TriggerSet, row: Mapping[str, Any]) -> Decision:
    """The decision in a row of `TriggerSet.duckdb()` or `.spark()`, as the live engine would have given it."""
    held = []
    for place, trigger in enumerate(of.triggers):
        if row[trigger.name]:
            held.append((place, tuple(_fact(of, row, trigger.name, fact) for fact in trigger.facts)))
    values = tuple(_plain(row[name]) for name in of.features.of)
    moment = _plain(row["decision_at"])
    return Decision(of.layout, row["platform"], row["id"], moment, values, tuple(held))


def _fact(of: TriggerSet, row: Mapping[str, Any], trigger: str, fact: Any) -> Any:
    if fact.is_limit:
        return _plain(row[f"{trigger}.{fact.name}"])
    return _plain(row[fact.name] if fact.name in of.features.of else row[f"event.{fact.name}"])


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, datetime):
        naive = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        span = naive - EPOCH
        return (span.days * 86400 + span.seconds) * 1_000_000 + span.microseconds
    return value
