"""The tables that a set looks up, each read once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from guiju.gate import Engine, TriggerSet, live
from guiju.records.errors import BadInput


def references(of: TriggerSet, folder: Path | None) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table that the set looks up. Raises BadInput where one is missing, or a row is not good."""
    if not of.references:
        return {}
    if folder is None:
        raise BadInput(f"{of.name} looks up {', '.join(of.references)}: name the folder with --references")
    from guiju.audit.opened import opened

    with opened(folder, tables=of.references) as records:
        if aside := records.set_aside():
            name, rows = next(iter(aside.items()))
            raise BadInput(f"{folder}: rows of {name} that are not good: {rows:,}; correct what decisions rest on")
        return {name: records.rows(name) for name in of.references}


def starting(folder: Path | None, max_entries: int) -> Callable[..., Engine]:
    """What begins the engine of a set, of any version of it; each table is read once, when first it is needed."""
    known: dict[str, list[dict[str, Any]]] = {}

    def start(of: TriggerSet, **given: Any) -> Engine:
        if any(name not in known for name in of.references):
            known.update({n: rows for n, rows in references(of, folder).items() if n not in known})
        return live(of, {name: known[name] for name in of.references}, max_entries=max_entries, **given)

    return start
