"""A trigger's drawn cases, decided by the live engine and by DuckDB, which must agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from guiju.gate import history
from guiju.gate.decisions import Decision
from guiju.gate.engine import live
from guiju.gate.loading import Drawn, Trigger, TriggerSet
from guiju.records.drawn import read_drawn
from guiju.records.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa

VERDICTS = ("found", "clear")


def cases(of: TriggerSet) -> Iterator[tuple[Trigger, str, str, Drawn]]:
    """Every case: its trigger, its verdict, its name, and what was drawn."""
    for trigger in of.triggers:
        for verdict in VERDICTS:
            for name, drawn in getattr(trigger.entry, verdict).items():
                yield trigger, verdict, name, drawn


def faults(of: TriggerSet) -> list[str]:
    """What is wrong with a set's cases, a sentence each; empty where all are as they say."""
    found = [fault for trigger in of.triggers for fault in _missing(trigger)]
    for trigger, verdict, name, drawn in cases(of):
        if fault := _judged(of, trigger, verdict, drawn):
            found.append(f"{trigger.path.name}, {verdict}, {name!r}: {fault}")
    return found


def _missing(trigger: Trigger) -> Iterator[str]:
    where, entry = trigger.path.name, trigger.entry
    if not entry.found or not entry.clear:
        yield f"{where}: draw a case found and a case clear"
    for told in entry.innocent:
        if not any(drawn.explains and told.en.startswith(drawn.explains) for drawn in entry.clear.values()):
            yield f"{where}: no clear case explains {told.en!r}; draw one, with the beginning of it as `explains`"
    for name, drawn in entry.clear.items():
        if drawn.explains and not any(told.en.startswith(drawn.explains) for told in entry.innocent):
            yield f"{where}, clear, {name!r}: it explains {drawn.explains!r}, which is among the innocent nowhere"


def _judged(of: TriggerSet, trigger: Trigger, verdict: str, drawn: Drawn) -> str:
    """Why a case is not as it says; empty if it is."""
    if (verdict == "found") != bool(drawn.expect):
        return "expect names the events found" if verdict == "found" else "a clear case expects nothing"
    if of.stream not in drawn.records:
        return f"records draw no {of.stream}, the stream"
    try:
        records = {name: read_drawn(name, text) for name, text in drawn.records.items()}
        here, there = decided(of, records), in_batch(of, records)
    except BadInput as error:
        return str(error)
    if here != there:
        return "the live engine and DuckDB decide otherwise; report this, it is a fault of Guiju's"
    held = [d for d in here if d.triggers[trigger.name]]
    if sorted(d.id for d in held) != sorted(drawn.expect):
        return f"it holds at {', '.join(d.id for d in held) or 'no event'}, not at {', '.join(drawn.expect) or 'none'}"
    if drawn.says:
        reason = next(r for r in held[-1].reasons if r.trigger == trigger.name)
        for language in ("zh", "en"):
            if (said := reason.says(language)) != drawn.says.in_(language):
                return f"it says {said!r}, not {drawn.says.in_(language)!r}"
    return ""


def decided(of: TriggerSet, records: dict[str, pa.Table]) -> list[Decision]:
    """The live engine's decisions on drawn records, in order."""
    references = {name: _rows(of, records, name) for name in of.references}
    engine = live(of, references, clock=None)
    events = records[of.stream].sort_by([(name, "ascending") for name in history.ORDER])
    return [engine.decide(event) for event in events.to_pylist()]


def in_batch(of: TriggerSet, records: dict[str, pa.Table]) -> list[Decision]:
    """DuckDB's decisions on the same."""
    import duckdb
    import pyarrow as pa

    from guiju.records import tables

    events = records[of.stream].sort_by([(name, "ascending") for name in history.ORDER])
    given = {name: records.get(name, tables()[name].schema.to_pyarrow().empty_table()) for name in of.references}
    given[of.stream] = pa.Table.from_batches(list(history.admitted(of, events.to_batches())))
    with duckdb.connect() as connection:
        for name, table in given.items():
            connection.register(name, table)
        rows = connection.execute(of.duckdb()).to_arrow_table().to_pylist()
    return sorted((history.decision(of, row) for row in rows), key=lambda d: d.moment)


def _rows(of: TriggerSet, records: dict[str, pa.Table], name: str) -> list[dict[str, Any]]:
    return records[name].to_pylist() if name in records else []
