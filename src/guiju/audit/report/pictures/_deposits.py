"""Deposits on a time axis, as the pictures of deposits draw them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from guiju.audit.report.drawing import Canvas, Scale, seconds, value_axis
from guiju.audit.report.pictures._parts import LEFT, RIGHT
from guiju.audit.report.words import number

SHORT = timedelta(days=60)  # up to here a column a day, then a week


def steps(canvas: Canvas, made: list[dict[str, Any]], x: Scale, top: float, low: float, colour: str) -> None:
    """A column a day or week with what was deposited in it, in ten thousands; `made` has `opened_at` and `amount`."""
    begins: datetime = min(row["opened_at"] for row in made)
    is_short = max(row["opened_at"] for row in made) - begins <= SHORT
    step = timedelta(days=1 if is_short else 7)
    sums: Counter[int] = Counter()
    for row in made:
        sums[(row["opened_at"] - begins) // step] += row["amount"]
    y = Scale.over([float(total) / 1e4 for total in sums.values()], low, top, pad=0.05, zero=True)
    words = (
        ("每日新存入，万元", "new deposits a day, 10,000")
        if is_short
        else ("每周新存入，万元", "new deposits a week, 10,000")
    )
    value_axis(canvas, y, LEFT, RIGHT, words, most=4)
    for place, total in sorted(sums.items()):
        left, right = (x(seconds(begins + (place + n) * step)) for n in (0, 1))
        high = y(float(total) / 1e4)
        canvas.rect(left, high, max(right - left - 1, 2), low - high, colour, hint=number(total))
