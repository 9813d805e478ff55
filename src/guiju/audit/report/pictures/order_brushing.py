"""The orders of an episode, a row a buyer."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, GREY, WIDTH, Canvas, Scale, seconds, time_axis
from guiju.audit.report.pictures._parts import MUTED, RIGHT, SALES, Evidence, clock, real, rows_of
from guiju.audit.report.words import Pair, number
from guiju.findings import Finding, mask

TOP_BUYERS = 12


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """The episode's orders on a time axis, a row a buyer; the densest window shaded."""
    orders: dict[str, tuple[datetime, str]] = {}
    for row in rows_of(evidence, "orders", "id", "order_id", "occurred_at", "buyer"):
        key = row["order_id"] or row["id"]
        if row["buyer"] is not None and (key not in orders or row["occurred_at"] < orders[key][0]):
            orders[key] = (row["occurred_at"], row["buyer"])
    if not orders:
        return Markup()
    counts = Counter(buyer for _, buyer in orders.values())
    ranked = sorted(counts, key=lambda b: (-counts[b], b))
    top, rest = ranked[:TOP_BUYERS], ranked[TOP_BUYERS:]
    line = {buyer: i for i, buyer in enumerate(top)}
    height, left = 26.0, 150.0
    top_y, lines = 46.0, len(top) + bool(rest)
    canvas = Canvas(top_y + lines * height + 62, ("各买家的订单", "orders by buyer"))
    edge = max((finding.episode_end - finding.episode_start) * 0.03, timedelta(minutes=2))
    x = Scale(seconds(finding.episode_start - edge), seconds(finding.episode_end + edge), left, RIGHT - 50)
    _shade_peak(canvas, finding, x, top_y, lines * height)
    places = Counter((line.get(buyer, len(top)), round(x(seconds(t)))) for t, buyer in orders.values())
    for i in range(lines):
        y = top_y + (i + 0.5) * height
        canvas.line(left, y, RIGHT - 50, y, "#e3e8ea")
        words: str | Pair = mask(top[i]) if i < len(top) else (f"其他 {len(rest):,} 名", f"{len(rest):,} others")
        canvas.text(left - 10, y + 4.5, words, "end")
        n = counts[top[i]] if i < len(top) else sum(counts[b] for b in rest)
        canvas.text(RIGHT - 40, y + 4.5, f"× {n:,}", bold=i < len(top))
    for (i, px), n in sorted(places.items()):
        colour = ACCENT if i < len(top) else GREY
        canvas.dot(px, top_y + (i + 0.5) * height, min(4 + n**0.5, 10), colour, 0.75, hint=f"× {n}" if n > 1 else "")
    canvas.text(left - 10, 30, ("买家（已遮蔽）", "buyer (masked)"), "end", MUTED)
    canvas.text(RIGHT - 40, 30, ("订单", "orders"), colour=MUTED)
    time_axis(canvas, x, top_y + lines * height, zone, clock(zone))
    return canvas.svg()


def _shade_peak(canvas: Canvas, finding: Finding, x: Scale, top: float, height: float) -> None:
    minutes = real(finding.limits.get("window_minutes"))
    begins = finding.facts.get("window_start")
    if minutes is None or not isinstance(begins, str):
        return
    peak = datetime.fromisoformat(begins)
    left, right = x(seconds(peak)), x(seconds(peak + timedelta(minutes=minutes)))
    canvas.rect(left, top - 6, right - left, height + 6, SALES, 0.18)
    words = (f"最密集的 {number(minutes)} 分钟", f"densest {number(minutes)} minutes")
    near_end = (left + right) / 2 > WIDTH - 180
    canvas.text(
        right if near_end else max(left, x.start),
        top - 14,
        words,
        "end" if near_end else "start",
        "#9a5f1b",
        bold=True,
    )
