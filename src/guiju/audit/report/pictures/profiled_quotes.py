"""What a profile was shown in each probe, beside its controls."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, GREY, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, RIGHT, TOP, Evidence, clock, real, rows_of
from guiju.audit.report.words import number
from guiju.findings import Finding

CONTROL = "control"
COLUMNS = ("occurred_at", "seller", "product", "region", "channel", "price", "named_offer", "probe", "profile")


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Every quote, per cent above or below the mean of its probe's controls."""
    probes: dict[tuple[object, ...], list[tuple[datetime, float, bool]]] = defaultdict(list)
    for row in rows_of(evidence, "quotes", *COLUMNS):
        price, offer = real(row["price"]), real(row["named_offer"])
        if price is not None and offer is not None:
            key = tuple(row[name] for name in ("probe", "seller", "product", "region", "channel"))
            probes[key].append((row["occurred_at"], price + offer, row["profile"] == CONTROL))
    points = []
    for quotes in probes.values():
        controls = [price for _, price, control in quotes if control]
        mean = sum(controls) / len(controls) if controls else 0
        points += [(at, (price / mean - 1) * 100, control) for at, price, control in quotes if mean]
    if not points:
        return Markup()
    gap, least = real(finding.facts.get("gap_pct")), real(finding.limits.get("min_gap_pct"))
    title = ("每次询价中该画像与对照账号所见价格", "what the profile and its controls were shown, probe by probe")
    canvas = Canvas(TOP + 300, title)
    profile, control = ("该画像账号", "accounts of the profile"), ("对照账号", "control accounts")
    legend(canvas, 18, [(ACCENT, profile), (GREY, control)])
    y = Scale.over([*(p for _, p, _ in points), gap, least, 0.0], TOP + 240, TOP, pad=0.06)
    x = Scale.over([seconds(at) for at, _, _ in points], LEFT, RIGHT, pad=0.02)
    value_axis(canvas, y, LEFT, RIGHT, ("高于对照均值（%）", "above the controls' mean (%)"))
    for at, pct, is_control in sorted(points, key=lambda point: not point[2]):
        canvas.dot(x(seconds(at)), y(pct), 2.6 if is_control else 3.4, GREY if is_control else ACCENT, 0.75)
    if gap is not None:
        canvas.line(LEFT, y(gap), RIGHT, y(gap), ACCENT, 1.6)
        said = number(round(gap, 2))
        canvas.text(RIGHT, y(gap) - 6, (f"平均 {said} %", f"mean {said} %"), "end", bold=True)
    if least is not None:
        canvas.line(LEFT, y(least), RIGHT, y(least), BELOW, 1.2, "5 3")
        canvas.text(LEFT + 4, y(least) - 5, (f"限值 {number(least)} %", f"limit {number(least)} %"), colour=BELOW)
    time_axis(canvas, x, TOP + 244, zone, clock(zone))
    return canvas.svg()
