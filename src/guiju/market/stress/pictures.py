"""The pictures of a stress: who lasts how long, the shelf closing, what is left by chance, failures joint and apart."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from guiju.audit.report.drawing import ACCENT, COLOURS, FAINT, GREY, INK, WIDTH, Canvas, Scale, legend, value_axis
from guiju.audit.report.words import Pair, number
from guiju.market.stress.joint import QUANTILES

if TYPE_CHECKING:
    from guiju.market.stress import Stress

LEFT, RIGHT, PLOT, MUTED, BAD = 74.0, WIDTH - 12.0, 220.0, "#5b6870", "#b3606c"
DAYS: Pair = ("自报表日起的天数", "days from the day the books are of")
UNITS = ((1e12, ("万亿", "trillion")), (1e8, ("亿", "100 million")), (1e4, ("万", "10,000")), (1.0, ("", "")))


def rho_name(rho: float | None) -> Pair:
    if rho is None:
        return ("各自独立", "independent")
    return (f"t 连接，相关系数 {rho:g}", f"t-copula, correlation {rho:g}")


def unit_of(values: NDArray[np.float64]) -> tuple[float, Pair]:
    """A unit in which the largest of some amounts reads well, for both languages."""
    most = float(np.abs(values).max(initial=0.0))
    return next((unit for unit in UNITS if most >= unit[0] * 2), UNITS[-1])


def _in(unit: Pair, currency: str) -> Pair:
    """What an axis of sums counts in: "in CNY 10,000"."""
    zh = f"{unit[0]}元" if currency == "CNY" else f"{unit[0]} {currency}".strip()
    return f"单位：{zh}", f"in {currency} {unit[1]}".rstrip()


def lasting(seen: Stress) -> Markup:
    """How many banks have not been short yet, day by day, in each scenario."""
    days = next(iter(seen.levels.values())).shape[1]
    n = len(seen.books.banks)
    canvas = Canvas(0, ("尚未缺口的银行数", "banks that have not been short"))
    names = [(COLOURS[i % len(COLOURS)], name) for i, name in enumerate(seen.given.scenarios)]
    titles = seen.given.scenarios
    top = legend(canvas, 14, [(colour, _short(titles[name].title(name))) for colour, name in names]) + 14
    x, y = Scale(0, days, LEFT, RIGHT), Scale(0, n * 1.04, top + PLOT, top)
    value_axis(canvas, y, LEFT, RIGHT, ("尚未缺口的银行数", "banks not short yet"))
    for limit, colour in ((seen.given.value("red_days"), BAD), (seen.given.value("amber_days"), "#d08a3e")):
        if limit < days:
            canvas.line(x(limit), top, x(limit), top + PLOT, colour, 1, "3 4")
    for i, (colour, name) in enumerate(names):
        gone = np.sort(seen.days[name][seen.days[name] > 0])
        points = [(x(0), y(n))]
        for k, day in enumerate(gone.tolist()):
            points += [(x(day), y(n - k)), (x(day), y(n - k - 1))]
        canvas.path([*points, (x(days), y(n - len(gone)))], colour, 2.5 if i else 2, "" if i % 2 == 0 else "7 3")
    _day_axis(canvas, x, top + PLOT)
    canvas.height = top + PLOT + 44
    return canvas.svg()


def _short(title: Pair) -> Pair:
    return title[0].split("：")[0], title[1].split(":")[0]


def _day_axis(canvas: Canvas, x: Scale, y: float) -> None:
    canvas.line(x.start, y, x.end, y, GREY)
    for tick in x.ticks(9):
        canvas.line(x(tick), y, x(tick), y + 5, GREY)
        canvas.text(x(tick), y + 19, number(tick), "middle", MUTED)
    canvas.text(x.end, y + 36, DAYS, "end", MUTED)


def closing(seen: Stress) -> Markup:
    """The shelf closing by how much and how fast: banks short before the red and the amber day, a cell a case."""
    shares, spans = seen.given.value("grid_runoff_pct"), seen.given.value("grid_over_days")
    short = within(seen.grid, seen.given.value("red_days"))
    soon = within(seen.grid, seen.given.value("amber_days"))
    canvas = Canvas(0, ("关闭货架：缺口银行数", "closing the shelf: banks short"))
    left, top = 120.0, 60.0
    wide, high = (RIGHT - left) / len(spans), 46.0
    canvas.text(left, 18, ("在多少天内流失", "over how many days it runs off"), colour=MUTED)
    for j, span in enumerate(spans):
        canvas.text(left + (j + 0.5) * wide, top - 12, number(span), "middle", MUTED)
    for i, share in enumerate(shares):
        y = top + i * high
        canvas.text(left - 12, y + high / 2 + 5, f"{share:g} %", "end", MUTED)
        for j in range(len(spans)):
            part = short[i, j] / max(int(short.max()), 1)
            canvas.rect(left + j * wide + 1, y + 1, wide - 2, high - 2, "#eef3f4")
            canvas.rect(left + j * wide + 1, y + 1, wide - 2, high - 2, BAD, float(np.round(0.85 * part, 3)))
            ink = "#fff" if part > 0.7 else INK
            canvas.text(left + (j + 0.5) * wide, y + high / 2 + 5, f"{short[i, j]} / {soon[i, j]}", "middle", ink, 14)
    canvas.text(0, 18, ("流失比例", "run-off"), colour=MUTED)
    canvas.height = top + len(shares) * high + 8
    return canvas.svg()


def within(days: NDArray[np.int64], limit: int) -> NDArray[np.int64]:
    """(run-offs, spans) how many banks are short within so many days."""
    return np.asarray(((days > 0) & (days <= limit)).sum(axis=0), np.int64)


def fan(seen: Stress, bank: str) -> Markup:
    """What one bank has left, by quantiles of all draws with the last correlation, and the worst if independent."""
    alone, joint = seen.joint[0].fans[bank], seen.joint[-1].fans[bank]
    size, unit = unit_of(np.concatenate([joint, alone]))
    rho = rho_name(seen.joint[-1].rho)
    title = (f"{bank}：每天所余的流动性（{rho[0]}）", f"{bank}: liquidity left at the end of each day ({rho[1]})")
    canvas = Canvas(0, title)
    canvas.text(0, 16, title, bold=True)
    colours = [(FAINT, ("1%–99%", "1 to 99 of 100")), ("#8fbcc4", ("5%–95%", "5 to 95")),
               ("#5b9aa6", ("25%–75%", "25 to 75")),
               (ACCENT, ("中位数", "median")), (COLOURS[1], ("独立冲击下的 1%", "1 of 100, independent"))]  # fmt: skip
    top = legend(canvas, 42, colours) + 16
    days = joint.shape[1]
    x, y = (
        Scale(1, days, LEFT, RIGHT),
        Scale.over([*(joint / size).ravel(), *(alone[0] / size), 0.0], top + PLOT, top, 0.05),
    )
    value_axis(canvas, y, LEFT, RIGHT, _in(unit, seen.books.currency))
    for i, (colour, _) in enumerate(colours[:3]):
        low, high = joint[i] / size, joint[len(QUANTILES) - 1 - i] / size
        band = [(x(d + 1), y(v)) for d, v in enumerate(low)] + [(x(days - d), y(v)) for d, v in enumerate(high[::-1])]
        course = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in band)
        canvas.parts.append(f'<path d="{course}Z" fill="{colour}"/>')
    middle = joint[QUANTILES.index(50)] / size
    canvas.path([(x(d + 1), y(v)) for d, v in enumerate(middle)], ACCENT, 2.5)
    canvas.path([(x(d + 1), y(v)) for d, v in enumerate(alone[0] / size)], COLOURS[1], 2, "6 4")
    canvas.line(LEFT, y(0), RIGHT, y(0), BAD, 1.5)
    _day_axis(canvas, x, top + PLOT)
    canvas.height = top + PLOT + 44
    return canvas.svg()


def tails(seen: Stress) -> Markup:
    """In how many draws of a hundred at least so many banks fail at once: joint shocks against independent ones."""
    most = max(int(one.counts.max(initial=0)) for one in seen.joint) or 1
    draws = len(seen.joint[0].counts)
    least = log10(100 / draws)
    canvas = Canvas(0, ("同时缺口的银行数及其概率", "how many banks are short at once, and how often"))
    colours = (GREY, COLOURS[3], COLOURS[1], BAD, COLOURS[2], COLOURS[5])
    names = [(colours[i % len(colours)], rho_name(one.rho)) for i, one in enumerate(seen.joint)]
    top = legend(canvas, 14, names) + 16
    x, y = Scale(1, max(most, 2), LEFT, RIGHT), Scale(least, 2, top + PLOT, top)
    canvas.text(LEFT, top - 10, ("抽样中的百分比（对数刻度）", "per cent of draws (logarithmic)"), colour=MUTED)
    for power in range(int(np.ceil(least)), 3):
        canvas.line(LEFT, y(power), RIGHT, y(power), "#e3e8ea")
        canvas.text(LEFT - 8, y(power) + 4.5, f"{10.0**power:g}", "end", MUTED)
    for (colour, _), one in zip(names, seen.joint, strict=True):
        shares = [float((one.counts >= k).mean() * 100) for k in range(1, most + 1)]
        points: list[tuple[float, float]] = []
        for k, share in enumerate(shares, 1):
            if share > 0:
                points.append((x(k), y(log10(share))))
        canvas.path(points, colour, 2.5)
        if len(points) == 1:
            canvas.dot(*points[0], 3.5, colour)
    canvas.line(LEFT, top + PLOT, RIGHT, top + PLOT, GREY)
    for tick in x.ticks(9):
        if tick == int(tick):
            canvas.text(x(tick), top + PLOT + 19, number(tick), "middle", MUTED)
    canvas.text(RIGHT, top + PLOT + 36, ("至少这么多家银行", "at least so many banks"), "end", MUTED)
    canvas.height = top + PLOT + 44
    return canvas.svg()
