"""The pictures of a routed day: who still waits, what came in when, what each was sent."""

from __future__ import annotations

from datetime import timedelta
from math import log10

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, COLOURS, FAINT, GREY, WIDTH, Canvas, Scale, legend, value_axis
from guiju.audit.report.words import Pair
from guiju.market.consult import Consulted
from guiju.market.pages import say

LEFT, RIGHT, SOFT, RULE = 60.0, WIDTH - 12.0, "#5b6870", "#e3e8ea"
BAD = "#c0522d"
MINUTES: tuple[tuple[float, Pair], ...] = (
    (1, ("1 分钟", "1 min")), (5, ("5 分钟", "5 min")), (10, ("10 分钟", "10 min")), (30, ("30 分钟", "30 min")),
    (60, ("1 小时", "1 h")), (240, ("4 小时", "4 h")), (720, ("12 小时", "12 h")),
)  # fmt: skip


def waiting(made: Consulted) -> Markup:
    """By manner, the share that still waits over minutes, on a logarithmic axis."""
    canvas = Canvas(0, say("consult", "curve"))
    canvas.text(0, 16, say("consult", "curve"), bold=True)
    colours = dict(zip(made.measured, COLOURS, strict=False))
    top = legend(canvas, 42, [(colours[m], say("consult", m)) for m in made.measured]) + 12
    bottom = top + 230
    x, y = Scale(log10(0.5), log10(1440), LEFT, RIGHT), Scale(0.0, 1.0, bottom, top)
    value_axis(canvas, y, LEFT, RIGHT, ("", ""))
    for minutes, words in MINUTES:
        canvas.line(x(log10(minutes)), top, x(log10(minutes)), bottom, RULE)
        canvas.text(x(log10(minutes)), bottom + 18, words, "middle", SOFT)
    canvas.line(LEFT, bottom, RIGHT, bottom, GREY)
    for manner, m in made.measured.items():
        if m.curve is None:
            continue
        points, share = [(LEFT, y(1.0))], 1.0
        for minutes, after in zip(m.curve.times, m.curve.share, strict=True):
            at = x(log10(max(float(minutes), 0.5)))
            points += [(at, y(share)), (at, y(float(after)))]
            share = float(after)
        points.append((x(log10(max(m.curve.longest, 0.5))), y(share)))
        canvas.path(points, colours[manner], 2.6 if manner == "fair" else 1.6)
    canvas.height = bottom + 30
    return canvas.svg()


def by_hour(made: Consulted) -> Markup:
    """In each local hour how many were asked, and how many of those were not answered within the deadline."""
    asked, late = [0] * 24, [0] * 24
    for one in made.of.values():
        hour = min(int((one.asked_at - made.roster.begins) / timedelta(hours=1)), 23)
        at = made.routed.replies.get(one.id, (None, ""))[0]
        asked[hour] += 1
        late[hour] += at is None or at - one.asked_at > made.by.deadline(bool(one.chosen))
    canvas = Canvas(0, say("consult", "hours"))
    canvas.text(0, 16, say("consult", "hours"), bold=True)
    items: list[tuple[str, Pair]] = [(FAINT, ("所问", "asked")), (BAD, ("未在期限内答复", "not within the deadline"))]
    top = legend(canvas, 42, items) + 12
    bottom, wide = top + 180, (RIGHT - LEFT) / 24
    y = Scale.over(asked, bottom, top, zero=True)
    value_axis(canvas, y, LEFT, RIGHT, ("", ""), most=4)
    for hour in range(24):
        for counts, colour in ((asked, FAINT), (late, BAD)):
            left = LEFT + hour * wide
            canvas.rect(left + 2, y(counts[hour]), wide - 4, bottom - y(counts[hour]), colour, hint=str(counts[hour]))
        if hour % 3 == 0:
            canvas.text(LEFT + hour * wide, bottom + 18, f"{hour:02}:00", "middle", SOFT)
    canvas.line(LEFT, bottom, RIGHT, bottom, GREY)
    canvas.height = bottom + 30
    return canvas.svg()


def loads(made: Consulted) -> Markup:
    """What each doctor was sent per hour of duty and unit of capacity, from least to most, by manner."""
    canvas = Canvas(0, say("consult", "loads"))
    canvas.text(0, 16, say("consult", "loads"), bold=True)
    colours = dict(zip(made.measured, COLOURS, strict=False))
    top = legend(canvas, 42, [(colours[m], say("consult", m)) for m in made.measured]) + 12
    bottom = top + 180
    rates = {m: sorted(one.rate for one in its.loads if one.is_doctor) for m, its in made.measured.items()}
    y = Scale.over([rate for its in rates.values() for rate in its], bottom, top, zero=True)
    value_axis(canvas, y, LEFT, RIGHT, ("", ""), most=4)
    for manner, its in rates.items():
        x = Scale(0, max(len(its) - 1, 1), LEFT, RIGHT)
        canvas.path([(x(n), y(rate)) for n, rate in enumerate(its)], colours[manner], 2.6 if manner == "fair" else 1.6)
    canvas.line(LEFT, bottom, RIGHT, bottom, ACCENT)
    canvas.text(LEFT, bottom + 18, ("医师，由少到多", "doctors, from least to most"), colour=SOFT)
    canvas.height = bottom + 30
    return canvas.svg()
