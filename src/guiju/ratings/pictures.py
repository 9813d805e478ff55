"""The pictures of a rating: scores with their intervals, the ranks each may have, how long replies took."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan, log10

from markupsafe import Markup

from guiju.audit.report.drawing import COLOURS, FAINT, GREY, WIDTH, Canvas, Scale, legend, value_axis
from guiju.audit.report.words import Pair
from guiju.ratings.panel import Panel
from guiju.ratings.rating import Rating
from guiju.ratings.shopping import Replies, Shopping

LEFT, RIGHT, ROW, SOFT, RULE = 150.0, 30.0, 34.0, "#5b6870", "#e3e8ea"
MINUTES: tuple[tuple[float, Pair], ...] = (
    (1, ("1 分钟", "1 min")), (10, ("10 分钟", "10 min")), (60, ("1 小时", "1 h")), (360, ("6 小时", "6 h")),
    (1440, ("24 小时", "24 h")), (4320, ("3 天", "3 days")), (10080, ("7 天", "7 days")),
)  # fmt: skip


def scores_picture(done: Rating) -> Markup:
    """A row a subject, the best first: its score, and the interval."""
    panel, names, pct = done.scores.panel, _names(done.scores.panel), percent(done.level)
    canvas = _canvas(
        panel, (f"总分与 {pct}% 区间（颜色为档次）", f"score of the whole and its {pct} % interval (colour: tier)")
    )
    top, bottom = 46.0, 46.0 + ROW * len(names)
    scale = panel.scale
    low, high = min(scale.least, float(done.low.min())), max(scale.most, float(done.high.max()))
    x = Scale(low, high, LEFT, WIDTH - 70)
    for tick in x.ticks(8):
        canvas.line(x(tick), top - 6, x(tick), bottom, RULE)
        canvas.text(x(tick), bottom + 18, f"{tick:g}", "middle", SOFT)
    for place, j in enumerate(done.order):
        y = top + ROW * (place + 0.5)
        colour = COLOURS[(int(done.tiers[j]) - 1) % len(COLOURS)]
        canvas.text(LEFT - 14, y + 5, names[j], "end")
        canvas.line(x(float(done.low[j])), y, x(float(done.high[j])), y, colour, 4)
        canvas.dot(x(float(done.whole[j])), y, 6, colour, hint=f"{done.whole[j]:.2f}")
        canvas.text(WIDTH - 4, y + 5, f"{done.whole[j]:.2f}", "end")
    canvas.height = bottom + 28
    return canvas.svg()


def ranks_picture(done: Rating) -> Markup:
    """A row a subject: the ranks it may have, all sets holding together; within it, in colour, each by itself."""
    panel, names, pct = done.scores.panel, _names(done.scores.panel), percent(done.level)
    canvas = _canvas(panel, (f"可能的名次（{pct}%）", f"the ranks that each may have ({pct} %)"))
    told: list[tuple[str, Pair]] = [
        (FAINT, ("全体同时成立", "all of them at once")), (COLOURS[0], ("各自单独成立", "each by itself")),
    ]  # fmt: skip
    top = legend(canvas, 44, told) + 6
    bottom, p = top + ROW * len(names), len(names)
    x = Scale(0.5, p + 0.5, LEFT, WIDTH - 10)
    for rank in range(1, p + 1):
        canvas.line(x(rank), top - 4, x(rank), bottom, RULE)
        canvas.text(x(rank), bottom + 18, str(rank), "middle", SOFT)
    for place, j in enumerate(done.order):
        y = top + ROW * (place + 0.5)
        canvas.text(LEFT - 14, y + 5, names[j], "end")
        for sets, colour, thick in ((done.sets, FAINT, 20.0), (done.alone, COLOURS[0], 8.0)):
            begins, ends = x(sets.best[j] - 0.35), x(sets.worst[j] + 0.35)
            canvas.rect(begins, y - thick / 2, ends - begins, thick, colour, hint=f"{sets.best[j]}–{sets.worst[j]}")
        canvas.dot(x(place + 1), y, 4, "#fff")
    canvas.height = bottom + 28
    return canvas.svg()


def replies_picture(panel: Panel, shopping: Shopping) -> Markup:
    """The share of consultations that still wait for a person, over time on a logarithmic axis."""
    return waits_picture(panel, {key: (s.name.zh, s.name.en) for key, s in panel.subjects.items()}, shopping.of)


def waits_picture(panel: Panel, names: Mapping[str, Pair], of: Mapping[str, Replies]) -> Markup:
    """The same by groups, each called as `names` says; a group keeps its colour where another is not there."""
    canvas = _canvas(panel, ("仍在等待人工回复的咨询所占比例", "share of consultations still waiting for a person"))
    places = list(names)
    colours = {key: COLOURS[places.index(key) % len(COLOURS)] for key in of}
    named = [(colours[key], names[key]) for key in colours]
    top = legend(canvas, 44, named) + 14
    bottom = top + 220
    most = max(max(r.curve.longest for r in of.values()), 60.0)
    x = Scale(log10(0.5), log10(most * 1.1), 60, WIDTH - RIGHT)
    y = Scale(0.0, 1.0, bottom, top)
    value_axis(canvas, y, 60, WIDTH - RIGHT, ("", ""))
    for minutes, words in MINUTES:
        if minutes <= most * 1.1:
            canvas.line(x(log10(minutes)), top, x(log10(minutes)), bottom, RULE)
            canvas.text(x(log10(minutes)), bottom + 18, words, "middle", SOFT)
    canvas.line(60, bottom, WIDTH - RIGHT, bottom, GREY)
    for key, replies in of.items():
        points, share = [(60.0, y(1.0))], 1.0
        for minutes, after in zip(replies.curve.times, replies.curve.share, strict=True):
            at = x(log10(max(float(minutes), 0.5)))
            points += [(at, y(share)), (at, y(float(after)))]
            share = float(after)
        points.append((x(log10(max(replies.curve.longest, 0.5))), y(share)))
        canvas.path(points, colours[key], 2.4)
    canvas.height = bottom + 30
    return canvas.svg()


def _canvas(panel: Panel, title: Pair) -> Canvas:
    canvas = Canvas(0, title)
    canvas.text(0, 16, title, bold=True)
    if panel.synthetic.en:
        canvas.text(WIDTH, 16, ("合成数据", "synthetic data"), "end", "#b3606c")
    return canvas


def _names(panel: Panel) -> list[Pair]:
    return [(s.name.zh, s.name.en) for s in panel.subjects.values()]


def percent(level: float) -> str:
    """A level as it is written, without the sign."""
    return f"{level * 100:g}"


def known(value: float, digits: int = 2) -> str:
    """A number, or a dash where there is none."""
    return "–" if isnan(value) else f"{value:.{digits}f}"
