"""When a term was shown, text by text, and how it was written."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, WIDTH, Canvas, Scale, legend, seconds, time_axis
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, clock, rows_of
from guiju.audit.report.words import Pair
from guiju.findings import Finding

LEFT, LINE, MOST, LONGEST = 12.0, 44, 10, 46
WAYS: tuple[tuple[str, Pair], ...] = (
    (ACCENT, ("照常书写", "written plainly")),
    (BELOW, ("变通写法", "written otherwise")),
)


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A line a text, the oftenest shown first, with a dot for each time it was shown."""
    rows = [row for row in rows_of(evidence, "adverts", "occurred_at", "text") if row["text"]]
    if not rows:
        return Markup()
    term = str(finding.facts.get("term") or "")
    shown: dict[str, list[float]] = {}
    for row in rows:
        shown.setdefault(str(row["text"]), []).append(seconds(row["occurred_at"]))
    texts = sorted(shown, key=lambda text: (-len(shown[text]), text))
    drawn = texts[:MOST]
    top = 30.0
    floor = top + LINE * len(drawn)
    canvas = Canvas(floor + 100, (f"“{term}”的展示", f"where “{term}” was shown"))
    canvas.text(0, 16, (f"含“{term}”的文案，每次展示一点", f"texts with “{term}”, a dot each time shown"), colour=MUTED)
    begins, ends = finding.episode_start, finding.episode_end
    room = max((ends - begins) * 0.04, timedelta(days=1))
    scale = Scale(seconds(begins - room), seconds(ends + room), LEFT, RIGHT)
    for i, text in enumerate(drawn):
        y = top + LINE * (i + 0.5)
        said = " ".join(text.split())
        canvas.text(LEFT, y - 2, said if len(said) <= LONGEST else f"{said[:LONGEST]}…")
        canvas.line(LEFT, y + 12, RIGHT, y + 12, "#e3e8ea")
        for moment in shown[text]:
            canvas.dot(scale(moment), y + 12, 4.5, ACCENT if term in text else BELOW, 0.75)
    if more := len(texts) - len(drawn):
        canvas.text(WIDTH - 12, 16, (f"另有 {more} 条文案", f"and {more} more texts"), "end", MUTED)
    time_axis(canvas, scale, floor, zone, clock(zone))
    legend(canvas, floor + 84, WAYS)
    return canvas.svg()
