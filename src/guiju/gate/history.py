"""History before the gate: what admission gives each event, in batches, and a batch engine's row as a decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from guiju.gate.batch import distance_column
from guiju.gate.decisions import EPOCH, Decision
from guiju.gate.geometry import EARTH_KM, haversine_m
from guiju.gate.nodes import leaves

if TYPE_CHECKING:
    import pyarrow as pa

    from guiju.gate.loading import TriggerSet

UNSURE_M = 1e-4
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
            out[distance_column(node)] = _distances([out[str(point.value)] for point in node.args])
        yield pa.RecordBatch.from_pydict(out)


def _distances(points: list[pa.Array]) -> pa.Array:
    """What `haversine_m` gives for each row, in kilometres of three decimals; null where a coordinate is.

    By arrays, which agree with it but for the last bits: where these could decide how a metre rounds, it is asked.
    """
    import numpy as np
    import pyarrow as pa

    known = np.logical_and.reduce([p.is_valid().to_numpy(zero_copy_only=False) for p in points])
    degrees = [p.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False) for p in points]
    north, east, south, west = (np.radians(d) for d in degrees)
    part = np.sin((south - north) / 2) ** 2 + np.cos(north) * np.cos(south) * np.sin((west - east) / 2) ** 2
    exact = 2000 * EARTH_KM * np.arcsin(np.minimum(1.0, np.sqrt(part)))
    metres = np.rint(exact).astype(np.int64)
    for row in np.flatnonzero(np.abs(exact - np.floor(exact) - 0.5) < UNSURE_M):
        if not known[row]:
            continue
        metres[row] = haversine_m(*(float(p[row].as_py()) for p in points))
    words = np.column_stack([metres, np.zeros_like(metres)])
    whole = pa.Array.from_buffers(pa.decimal128(8, 3), len(metres), [None, pa.py_buffer(words)])
    return pa.compute.if_else(pa.array(known), whole, None)


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
