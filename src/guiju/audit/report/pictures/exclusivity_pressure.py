"""The joiners against the sellers who stayed, week by week around the joining."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, GREY, INK, Canvas, Scale, value_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, MUTED, RIGHT, TOP, Evidence, real
from guiju.audit.report.words import number
from guiju.findings import Finding

FLOOR = 270.0
Week = tuple[int, float, float | None, float | None]


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Each week's difference with its interval; the week before joining is the base, and zero."""
    weeks = _weeks(finding)
    if not weeks:
        return Markup()
    canvas = Canvas(348, ("入驻前后各周与对照的差异", "weeks around the joining, against those who stayed"))
    least = real(finding.limits.get("min_change_pct"))
    harm = None if least is None else -least if finding.limits.get("outcome") == "exposure" else least
    bounds = [v for _, *values in weeks for v in values]
    y = Scale.over([*bounds, harm, 0.0], FLOOR, TOP, pad=0.08)
    x = Scale(weeks[0][0] - 0.6, weeks[-1][0] + 0.6, LEFT, RIGHT)
    value_axis(canvas, y, LEFT, RIGHT, ("与未入驻者相比的变动（%）", "change against those who stayed, %"))
    canvas.rect(x(-0.5), y.end, x.end - x(-0.5), FLOOR - y.end, FAINT, 0.3)
    canvas.text(x(-0.5) + 6, y.end + 14, ("自入驻之周起", "from the week of joining"), colour=MUTED)
    canvas.line(LEFT, y(0), RIGHT, y(0), INK, 1.4)
    if harm is not None:
        canvas.line(LEFT, y(harm), RIGHT, y(harm), BELOW, 1.4, "5 3")
        words = (f"限值 {number(harm)} %", f"limit {number(harm)} %")
        canvas.text(LEFT + 6, y(harm) - 6, words, colour=BELOW)
    for week, value, low, high in weeks:
        colour = BELOW if week >= 0 else ACCENT
        if low is not None and high is not None:
            canvas.line(x(week), y(low), x(week), y(high), colour, 2)
        hint = f"{round(value, 1) + 0.0:+.1f} %" if abs(value) < 1e6 else ""
        canvas.dot(x(week), y(value), 5, colour, hint=hint)
        canvas.text(x(week), FLOOR + 19, f"{week:+d}" if week else "0", "middle", MUTED)
    canvas.dot(x(-1), y(0), 4, GREY)
    canvas.text(x(-1), FLOOR + 19, "-1", "middle", MUTED)
    said = (
        "距入驻之周的周数；第 -1 周为基准；竖线为 95% 区间",
        "weeks from the week of joining; week -1 is the base; bars are 95 % intervals",
    )
    canvas.text(RIGHT, FLOOR + 44, said, "end", MUTED)
    return canvas.svg()


def _weeks(finding: Finding) -> list[Week]:
    """The weeks before (below 0) and after, each with its difference and interval, as far as they are known."""
    found: list[Week] = []
    for name in finding.facts:
        side, _, rest = name.partition("_")
        number_, _, unit = rest.partition("_")
        value = real(finding.facts[name])
        if side not in ("before", "after") or unit != "pct" or not number_.isdigit() or value is None:
            continue
        low, high = (real(finding.facts.get(f"{side}_{number_}_{end}_pct")) for end in ("low", "high"))
        found.append((-int(number_) if side == "before" else int(number_), value, low, high))
    return sorted(found, key=lambda week: week[0])
