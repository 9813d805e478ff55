"""What the pictures share: their room on the page, and how they read evidence and facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from guiju.audit.report.drawing import WIDTH
from guiju.audit.report.words import Pair

if TYPE_CHECKING:
    import pyarrow as pa

Evidence = dict[str, "pa.Table"]
LEFT, RIGHT, TOP = 74.0, WIDTH - 12.0, 58.0
MUTED = "#5b6870"
SALES = "#d08a3e"
BELOW = "#c0522d"  # what the finding is about, where the accent is taken
NOT_KNOWN = ("未知", "not known")


def rows_of(evidence: Evidence, table: str, *columns: str) -> list[dict[str, Any]]:
    if table not in evidence or set(columns) - set(evidence[table].column_names):
        return []
    return evidence[table].select(list(columns)).to_pylist()  # type: ignore[no-any-return]


def clock(zone: ZoneInfo) -> Pair:
    return f"当地时间（{zone.key}）", f"local time ({zone.key})"


def real(value: Any) -> float | None:
    """A fact as a finite number, or none."""
    try:
        real = float(value)
    except (TypeError, ValueError):
        return None
    return real if abs(real) < 1e300 else None
