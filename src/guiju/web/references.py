"""The tables that a set looks up, read once when the service begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from guiju.gate import TriggerSet
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
