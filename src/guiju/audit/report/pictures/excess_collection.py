"""A field that was asked for, beside those its type of app needs, and when it was seen at each step."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import FAINT, WIDTH, Canvas, Scale, seconds, time_axis
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, clock, rows_of
from guiju.audit.report.words import Pair, written
from guiju.findings import Finding

LEFT, LINE, MOST = 150.0, 28, 8


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """The necessary fields as grey labels and the one required besides in red; below, a dot an observation."""
    rows = rows_of(evidence, "collections", "occurred_at", "step")
    if not rows:
        return Markup()

    def told(name: str) -> Pair:
        return written(finding.check, "field", name, finding.currency)

    needed = str(finding.limits.get(f"{finding.facts.get('app_type')}_fields") or "")
    names = [(told(name.strip()), False) for name in needed.split(",") if name.strip()]
    names.append((told(str(finding.facts.get("field") or "")), True))
    steps = sorted({str(row["step"] or "–") for row in rows})[:MOST]
    lines = _labels(names)
    top = 30 + 26 * (max(place for _, place, _, _ in lines) + 1) + 34
    canvas = Canvas(top + LINE * len(steps) + 62, ("必要信息之外的要求", "required beyond what is necessary"))
    title = ("该类型的必要信息（灰）与另外要求的信息（红）", "necessary for its type (grey), required besides (red)")
    canvas.text(0, 16, title, colour=MUTED)
    for x, place, (words, besides), width in lines:
        low = 30 + 26 * place
        canvas.rect(x, low, width, 20, BELOW if besides else FAINT, 0.25 if besides else 0.6)
        canvas.text(x + 7, low + 14.5, words, colour=BELOW if besides else "#24313a")
    begins, ends = finding.episode_start, finding.episode_end
    room = max((ends - begins) * 0.04, timedelta(days=1))
    scale = Scale(seconds(begins - room), seconds(ends + room), LEFT, RIGHT)
    canvas.text(LEFT - 10, top - 10, ("环节", "step"), "end", MUTED)
    for i, step in enumerate(steps):
        y = top + LINE * (i + 0.5)
        canvas.line(LEFT, y, RIGHT, y, "#e3e8ea")
        canvas.text(LEFT - 10, y + 4.5, step, "end")
        for row in rows:
            if str(row["step"] or "–") == step:
                canvas.dot(scale(seconds(row["occurred_at"])), y, 5, BELOW, 0.75)
    time_axis(canvas, scale, top + LINE * len(steps), zone, clock(zone))
    return canvas.svg()


def _labels(names: list[tuple[Pair, bool]]) -> list[tuple[float, int, tuple[Pair, bool], float]]:
    """Where each label goes: its left edge, its line, itself and its width."""
    placed, x, place = [], 0.0, 0
    for words, besides in names:
        width = 14 + max(sum(13.2 if ord(c) > 0x2E80 else 7.2 for c in text) for text in words)
        if x and x + width > WIDTH:
            x, place = 0.0, place + 1
        placed.append((x, place, (words, besides), width))
        x += width + 8
    return placed
