"""The three pictures of the story: shares of deposits, who paid the instalments, what is left in the till."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from markupsafe import Markup

from guiju.audit.report.drawing import (
    ACCENT,
    COLOURS,
    GREY,
    WIDTH,
    Canvas,
    Scale,
    legend,
    seconds,
    time_axis,
    value_axis,
)

ZONE = ZoneInfo("Asia/Shanghai")
LEFT, RIGHT, LOW = 78.0, WIDTH - 14.0, 300.0
CLOCK = ("北京时间", "Beijing time")
RED = "#b3606c"


def _moment(day: date) -> float:
    return seconds(datetime.combine(day, datetime.min.time()) - timedelta(hours=8))


def _mark(canvas: Canvas, x: float, top: float, words: tuple[str, str], colour: str) -> None:
    """A day that counts: a line, its words beside it where there is room."""
    canvas.line(x, top, x, LOW, colour, 1.5, "5 4")
    right = x < (LEFT + RIGHT) / 2
    canvas.text(x + (6 if right else -6), top + 12, words, "start" if right else "end", colour, bold=True)


def shares(given: dict[str, pl.DataFrame], bank: str, found: date, closed: date, limit_pct: float) -> Markup:
    """By day, of all deposits of a bank: households', and what platforms brought."""
    brought = given["balances"].filter((pl.col("bank") == bank) & (pl.col("operator") != bank))
    sums = brought.group_by("occurred_at").agg(pl.sum("amount"))
    rows = given["bank_positions"].filter(pl.col("bank") == bank).join(sums, on="occurred_at", how="left")
    whole = pl.col("deposits_amount").cast(pl.Float64)
    rows = rows.sort("occurred_at").select(
        at="occurred_at", savings=pl.col("savings_amount").cast(pl.Float64) * 100 / whole,
        platforms=pl.col("amount").fill_null(0).cast(pl.Float64) * 100 / whole,
    )  # fmt: skip
    canvas = Canvas(LOW + 62, (f"{bank}：储蓄与平台存款占比", f"{bank}: savings and platform deposits in all deposits"))
    items = [(COLOURS[1], ("储蓄存款", "savings")), (ACCENT, ("平台存款", "by platforms"))]
    top = legend(canvas, 16, items) + 22
    x = Scale(seconds(rows["at"][0]), seconds(rows["at"][-1]), LEFT, RIGHT)
    y = Scale.over([0, 100], LOW, top, zero=True)
    value_axis(canvas, y, LEFT, RIGHT, ("占全部存款（%）", "% of all deposits"))
    canvas.line(LEFT, y(limit_pct), RIGHT, y(limit_pct), GREY, 1, "2 3")
    for name, colour in (("savings", COLOURS[1]), ("platforms", ACCENT)):
        canvas.path([(x(seconds(at)), y(v)) for at, v in rows.select("at", name).iter_rows()], colour, 2.5)
    _mark(canvas, x(_moment(found)), top, (f"{found} 起", f"from {found}"), ACCENT)
    _mark(canvas, x(_moment(closed)), top, (f"{closed} 之后下架", f"taken down after {closed}"), RED)
    time_axis(canvas, x, LOW, ZONE, CLOCK)
    return canvas.svg()


def instalments(repayments: pl.DataFrame, platform: str, found: date, stops: date) -> Markup:
    """By month in which they fell due: paid by the app, by the buyer, by nobody."""
    last = pl.col("due_at") < datetime(2021, 3, 31, 16)
    rows = repayments.filter((pl.col("platform") == platform) & last).with_columns(
        month=(pl.col("due_at") + timedelta(hours=8)).dt.truncate("1mo").dt.date(),
        who=pl.col("payer").fill_null("nobody"),
    )
    sums = rows.group_by("month", "who").agg(pl.col("due_amount").sum().cast(pl.Float64) / 1e6)
    by = {(month, who): amount for month, who, amount in sums.iter_rows()}
    months = sorted({month for month, _ in by})
    kinds = {"seller": (ACCENT, ("应用代付", "paid by the app")), 
             "borrower": (COLOURS[1], ("买家所付", "paid by the buyer")),
             "nobody": (RED, ("无人支付", "paid by nobody"))}  # fmt: skip
    canvas = Canvas(LOW + 62, ("各月到期的分期由谁支付", "who paid the instalments that fell due in a month"))
    top = legend(canvas, 16, [kinds[who] for who in kinds if any(w == who for _, w in by)]) + 22
    begins, ends = _moment(date(2020, 3, 1)), _moment(date(2021, 4, 1))
    x = Scale(begins, ends, LEFT, RIGHT)
    whole = [sum(by.get((month, who), 0.0) for who in kinds) for month in months]
    y = Scale.over([0, *whole], LOW, top, pad=0.12, zero=True)
    value_axis(canvas, y, LEFT, RIGHT, ("到期分期（百万元）", "instalments due (millions of yuan)"))
    for month in months:
        left = x(_moment(month)) + 3
        wide = x(_moment((month.replace(day=28) + timedelta(days=7)).replace(day=1))) - left - 3
        below = y.start
        for who, (colour, _) in kinds.items():
            high = y.start - y(by.get((month, who), 0.0))
            below -= high
            canvas.rect(left, below, wide, high, colour)
    _mark(canvas, x(_moment(found)), top, (f"{found} 审计已发现", f"found by {found}"), ACCENT)
    _mark(canvas, x(_moment(stops)), top, (f"{stops} 停付", f"stops paying {stops}"), RED)
    time_axis(canvas, x, LOW, ZONE, CLOCK)
    return canvas.svg()


def alive(closed: np.ndarray, wound: Sequence[float], day: date) -> Markup:
    """What is left in the till by day: with the shelf closed like a knife, and month by month in the wind-down."""
    knife = [(0, wound[0] / 1e6), *((n + 1, float(v) / 1e6) for n, v in enumerate(closed))]
    plan = [(n * 30.4375, v / 1e6) for n, v in enumerate(wound)]
    shown = max(30.4375 * 12, 1)
    canvas = Canvas(
        LOW + 52, ("流动资产：骤然下架与有序退出", "liquidity left: the shelf closed at once, and wound down")
    )
    top = (
        legend(
            canvas, 16, [(RED, ("骤然下架", "closed at once")), (ACCENT, ("有序退出（最慢）", "wound down (slowest)"))]
        )
        + 22
    )
    x = Scale(0, shown, LEFT, RIGHT)
    inside = [(d, v) for d, v in (*knife, *plan) if d <= shown]
    y = Scale.over([0, *(v for _, v in inside)], LOW, top, pad=0.06, zero=True)
    value_axis(canvas, y, LEFT, RIGHT, ("百万元", "millions of yuan"))
    canvas.line(LEFT, y(0), RIGHT, y(0), GREY, 1.5)
    for points, colour in ((knife, RED), (plan, ACCENT)):
        canvas.path([(x(d), y(v)) for d, v in points if d <= shown], colour, 2.5)
    for n in range(0, 13, 2):
        canvas.text(x(n * 30.4375), LOW + 19, str(n), "middle", "#5b6870")
    canvas.text(RIGHT, LOW + 40, (f"{day} 之后的月数", f"months after {day}"), "end", "#5b6870")
    return canvas.svg()
