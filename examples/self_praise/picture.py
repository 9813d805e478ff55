"""The picture of the story: how many members there are, and how many came in a month."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, COLOURS, WIDTH, Canvas, Scale, legend, seconds, time_axis, value_axis

ZONE = ZoneInfo("Asia/Shanghai")
LEFT, RIGHT = 78.0, WIDTH - 14.0
HIGH, GAP = 190.0, 60.0


def added(members: pl.DataFrame) -> Markup:
    """Above, members by month; below, what was added in each: more and more, and ever more slowly."""
    rows = members.sort("occurred_at").with_columns(new=pl.col("amount").diff())
    moments = [seconds(at.replace(tzinfo=None)) for at in rows["occurred_at"]]
    canvas = Canvas(2 * HIGH + GAP + 90, ("用户数与每月新增", "members, and how many came in a month"))
    items = [(ACCENT, ("用户数", "members")), (COLOURS[1], ("每月新增", "added in a month"))]
    top = legend(canvas, 16, items) + 26
    x = Scale(moments[0], moments[-1], LEFT, RIGHT)
    for n, (column, colour, label) in enumerate((
        ("amount", ACCENT, ("用户数（万）", "members (ten thousands)")),
        ("new", COLOURS[1], ("每月新增（万）", "added a month (ten thousands)")),
    )):  # fmt: skip
        floor = top + HIGH + n * (HIGH + GAP)
        points = [(at, float(v) / 1e4) for at, v in zip(moments, rows[column], strict=True) if v is not None]
        y = Scale.over([0, *(v for _, v in points)], floor, floor - HIGH, zero=True)
        value_axis(canvas, y, LEFT, RIGHT, label)
        canvas.path([(x(at), y(v)) for at, v in points], colour, 2.5)
    time_axis(canvas, x, top + 2 * HIGH + GAP, ZONE, ("北京时间", "Beijing time"))
    return canvas.svg()
