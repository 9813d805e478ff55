"""The pictures that are the story's own: bars with what they say, and with intervals where there are such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, INK, WIDTH, Canvas, Scale

LEFT, RIGHT, ROW = 250.0, WIDTH - 90.0, 26.0
MUTED = "#5b6870"


@dataclass(frozen=True)
class Bar:
    """A bar: its name, value, interval and colour."""

    name: tuple[str, str]
    value: float
    low: float | None = None
    high: float | None = None
    colour: str = ACCENT


def bars(title: tuple[str, str], unit: tuple[str, str], rows: Sequence[Bar]) -> Markup:
    """A bar a row, the number behind it; nothing of no rows."""
    if not rows:
        return Markup()
    canvas = Canvas(0, title)
    canvas.text(0, 16, title, bold=True)
    x = Scale.over([v for r in rows for v in (r.value, r.low, r.high)], LEFT, RIGHT, zero=True)
    floor = 34 + ROW * len(rows)
    for tick in x.ticks(5):
        canvas.line(x(tick), 30, x(tick), floor, "#e3e8ea")
        canvas.text(x(tick), floor + 18, f"{tick:g}", "middle", MUTED)
    for n, row in enumerate(rows):
        y = 36 + ROW * n
        canvas.text(LEFT - 10, y + 12, row.name, "end")
        ends = sorted((x(0), x(row.value)))
        canvas.rect(ends[0], y, max(ends[1] - ends[0], 1), 15, row.colour)
        if row.low is not None and row.high is not None:
            canvas.line(x(row.low), y + 7.5, x(row.high), y + 7.5, INK, 2)
        canvas.text(WIDTH - 6, y + 12, f"{row.value:,.1f}", "end", bold=True)
    canvas.text(RIGHT, floor + 36, unit, "end", MUTED)
    canvas.height = floor + 46
    return canvas.svg()
