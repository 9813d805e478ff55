"""What a set flags in history: the decisions at which a trigger held, as the live engine would have given them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from guiju.audit.opened import Progress, opened, quiet
from guiju.gate import history
from guiju.gate.backtest.deciding import decide, plain_rows
from guiju.gate.decisions import Decision
from guiju.gate.loading import TriggerSet


def flags(
    of: TriggerSet,
    records: Path | str | Mapping[str, Any],
    *,
    since: datetime,
    until: datetime,
    mapping: Path | str | None = None,
    progress: Progress = quiet,
) -> list[Decision]:
    """The decisions from `since` to before `until` (with a zone) at which a trigger held, in order. Raises BadInput."""
    with opened(records, mapping=mapping, tables={of.stream, *of.references}, progress=progress) as desk:
        desk.need(of.stream, "a decision on history")
        begin, end = (moment.astimezone(UTC).replace(tzinfo=None) for moment in (since, until))
        made = decide(desk, of, begin, end, None, "duckdb", progress)
        holding = " OR ".join(f'"{trigger.name}"' for trigger in of.triggers)
        asked = f"FROM {plain_rows(made.plain)} WHERE ({holding}) AND decision_at >= ? ORDER BY decision_at"
        rows = made.con.execute(asked, [begin]).to_arrow_table().to_pylist()
        made.con.close()
        return [history.decision(of, row) for row in rows]
