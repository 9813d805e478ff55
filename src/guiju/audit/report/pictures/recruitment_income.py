"""Who joined and when, level by level, and what members' income came from."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, COLOURS, GREY, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, MUTED, RIGHT, Evidence, clock, real, rows_of
from guiju.audit.report.words import Pair
from guiju.findings import Finding

LOW, BAR = 250.0, 22
INCOME: tuple[tuple[str, str, Pair], ...] = (
    ("recruit_amount", BELOW, ("因加入", "joinings")),
    ("purchase_amount", COLOURS[1], ("成员自购", "members' purchases")),
    ("retail_amount", ACCENT, ("对外销售", "sales to outsiders")),
)


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Members over time, and of them those who paid to join; below, a bar of where the income came from."""
    rows = sorted(rows_of(evidence, "recruitments", "occurred_at", "entry_fee_amount", "pack_amount"),
                  key=lambda row: row["occurred_at"])  # fmt: skip
    if not rows:
        return Markup()
    canvas = Canvas(LOW + 150, ("加入的成员与收入来源", "members who joined, and where income came from"))
    first, last = rows[0]["occurred_at"], max(rows[-1]["occurred_at"], finding.episode_end)
    room = max((last - first) * 0.03, timedelta(hours=6))
    x = Scale(seconds(first - room), seconds(last + room), LEFT, RIGHT)
    top = legend(canvas, 16, [(GREY, ("成员", "members")), (BELOW, ("其中付费加入", "of them, paid to join"))]) + 24
    y = Scale.over([0.0, float(len(rows))], LOW, top, pad=0.05, zero=True)
    value_axis(canvas, y, LEFT, RIGHT, ("人", "members"), most=4)
    for colour, paid_only in ((GREY, False), (BELOW, True)):
        line, count = [(x(seconds(first - room)), y(0))], 0
        for row in rows:
            paid = (row["entry_fee_amount"] or 0) + (row["pack_amount"] or 0) > 0
            if paid_only and not paid:
                continue
            at, count = x(seconds(row["occurred_at"])), count + 1
            line += [(at, y(count - 1)), (at, y(count))]
        canvas.path([*line, (RIGHT, y(count))], colour, 2)
    told = real(finding.facts.get("members"))
    if told and told > len(rows):
        said = (f"所示为其中 {len(rows):,} 名", f"{len(rows):,} of {told:,.0f} are shown")
        canvas.text(RIGHT, top - 8, said, "end", MUTED)
    time_axis(canvas, x, LOW, zone, clock(zone))
    _income(canvas, finding)
    return canvas.svg()


def _income(canvas: Canvas, finding: Finding) -> None:
    """One bar: what counts as recruiting stands first."""
    amounts = defaultdict(float, {name: max(real(finding.facts.get(name)) or 0.0, 0.0) for name, _, _ in INCOME})
    whole, top = sum(amounts.values()), LOW + 92
    if not whole:
        canvas.height = LOW + 66
        return
    canvas.text(LEFT, top - 10, ("成员收入的来源", "what members earned, by what it was for"), bold=True)
    at = LEFT
    for name, colour, words in INCOME:
        wide = amounts[name] / whole * (RIGHT - LEFT)
        canvas.rect(at, top, wide, BAR, colour, 0.9)
        if wide > 170:
            share = 100 * amounts[name] / whole
            canvas.text(at, top + BAR + 18, (f"{words[0]} {share:.1f}%", f"{words[1]} {share:.1f} %"), colour=colour)
        at += wide
    half = LEFT + (RIGHT - LEFT) * (real(finding.limits.get("min_recruit_pct")) or 0) / 100
    canvas.line(half, top - 4, half, top + BAR + 4, MUTED, 1.4, "4 3")
    canvas.height = top + BAR + 32
