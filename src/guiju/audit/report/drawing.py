"""Plain SVG: a canvas, scales and axes. Coordinates are rounded, so the same numbers give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil, floor, isfinite, log10
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from guiju.audit.report.words import Pair, number

WIDTH = 720
ACCENT, FAINT, GREY, INK = "#0b5c6b", "#b9d5da", "#9aa5ab", "#24313a"
COLOURS = (ACCENT, "#d08a3e", "#7a6fa6", "#8aa05a", "#b3606c", "#5f7f9e", "#a58d6f", "#6b747a")
UTC = ZoneInfo("UTC")
MINUTE, HOUR, DAY = 60, 3600, 86400
STEPS = (
    MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
)
DAY_STEPS = (1, 2, 4, 7, 14, 28)


def seconds(moment: datetime) -> float:
    """A time in UTC without a zone as a number to place on a scale."""
    return (moment - datetime(1970, 1, 1)) / timedelta(seconds=1)


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` onto pixels from `start` to `end`; what lies outside is at the edge."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    @classmethod
    def over(
        cls, values: Iterable[float | None], start: float, end: float, pad: float = 0.0, zero: bool = False
    ) -> Scale:
        """A scale that holds every finite value, with some room; also of equal values, or of none."""
        known = [float(v) for v in values if v is not None and isfinite(v)] or [0.0, 1.0]
        low, high = min(known), max(known)
        if zero:
            low, high = min(low, 0.0), max(high, 0.0)
        if not high - low > abs(high) * 1e-9:
            room = abs(high) * 0.1 or 1.0
            low, high = low - (0 if zero and low == 0 else room), high + room
        room = (high - low) * pad
        return cls(low if zero and low == 0 else low - room, high if zero and high == 0 else high + room, start, end)

    def ticks(self, most: int = 6) -> list[float]:
        """Round values inside the scale."""
        raw = (self.high - self.low) / most
        size = 10.0 ** floor(log10(raw))
        step = next((size * m for m in (1, 2, 2.5, 5, 10) if size * m >= raw), size * 10)
        first = ceil(self.low / step - 1e-9)
        count = floor(self.high / step + 1e-9) - first
        return [round((first + i) * step, 12) + 0.0 for i in range(min(count, 4 * most) + 1)]


def at(value: float) -> str:
    """A coordinate as text."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


@dataclass
class Canvas:
    """One picture: its elements in the order they are drawn. `title` is read aloud by screen readers."""

    height: float
    title: Pair
    parts: list[str] = field(default_factory=list)
    width: float = WIDTH

    def line(
        self, x1: float, y1: float, x2: float, y2: float, colour: str = INK, width: float = 1, dash: str = ""
    ) -> None:
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        ends = f'x1="{at(x1)}" y1="{at(y1)}" x2="{at(x2)}" y2="{at(y2)}"'
        self.parts.append(f'<line {ends} stroke="{colour}" stroke-width="{at(width)}"{dashed}/>')

    def rect(
        self, x: float, y: float, width: float, height: float, colour: str, opacity: float = 1, hint: str = ""
    ) -> None:
        seen = "" if opacity == 1 else f' fill-opacity="{opacity:g}"'
        box = f'x="{at(x)}" y="{at(y)}" width="{at(max(width, 0))}" height="{at(max(height, 0))}"'
        inner = f"><title>{escape(hint)}</title></rect>" if hint else "/>"
        self.parts.append(f'<rect {box} fill="{colour}"{seen}{inner}')

    def dot(self, x: float, y: float, radius: float, colour: str, opacity: float = 1, hint: str = "") -> None:
        inner = f"><title>{escape(hint)}</title></circle>" if hint else "/>"
        place = f'cx="{at(x)}" cy="{at(y)}" r="{at(radius)}"'
        self.parts.append(f'<circle {place} fill="{colour}" fill-opacity="{opacity:g}"{inner}')

    def path(self, points: Sequence[tuple[float, float]], colour: str, width: float = 2, dash: str = "") -> None:
        if not points:
            return
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        course = "M" + "L".join(f"{at(x)} {at(y)}" for x, y in points)
        self.parts.append(f'<path d="{course}" fill="none" stroke="{colour}" stroke-width="{at(width)}"{dashed}/>')

    def text(
        self,
        x: float,
        y: float,
        words: str | Pair,
        anchor: str = "start",
        colour: str = INK,
        size: float = 13,
        bold: bool = False,
    ) -> None:
        """Text at a place; a pair is written in either language, only the chosen one being seen."""
        pair = (words, words) if isinstance(words, str) else words
        style = f'x="{at(x)}" y="{at(y)}" text-anchor="{anchor}" fill="{colour}" font-size="{at(size)}"'
        # Bold labels lie on lines: a white rim keeps them legible.
        style += (
            ' font-weight="600" stroke="#fff" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'
            if bold
            else ""
        )
        if pair[0] == pair[1]:
            self.parts.append(f"<text {style}>{escape(pair[0])}</text>")
            return
        for language, one in zip(("zh", "en"), pair, strict=True):
            self.parts.append(f'<text class="{language}" lang="{language}" {style}>{escape(one)}</text>')

    def svg(self) -> Markup:
        narrow = ' class="narrow"' if self.width < WIDTH else ""
        head = f'<svg viewBox="0 0 {at(self.width)} {at(self.height)}" role="img"{narrow}>'
        said = " / ".join(dict.fromkeys(self.title))
        return Markup(f"{head}<title>{escape(said)}</title>{''.join(self.parts)}</svg>")


def value_axis(canvas: Canvas, scale: Scale, left: float, right: float, label: Pair, most: int = 5) -> None:
    """Horizontal rules at round values, their numbers at the left, and what they measure above."""
    for tick in scale.ticks(most):
        y = scale(tick)
        canvas.line(left, y, right, y, "#e3e8ea")
        canvas.text(left - 8, y + 4.5, number(tick), "end", "#5b6870")
    canvas.text(left, min(scale.start, scale.end) - 12, label, colour="#5b6870")


def time_axis(canvas: Canvas, scale: Scale, y: float, zone: ZoneInfo, label: Pair) -> None:
    """Local times at round moments, and whose clock it is; no label lies on its neighbour."""
    canvas.line(scale.start, y, scale.end, y, GREY)
    taken, last = 0.0, ""
    for moment, text in _moments(scale, zone):
        x = scale(seconds(moment))
        canvas.line(x, y, x, y + 5, GREY)
        day, _, clock = text.partition(" ")
        half = _wide(clock or day) / 2
        middle = min(x, WIDTH - half)
        if middle - half < taken:
            continue
        taken = middle + half + 6
        canvas.text(middle, y + 19, clock or day, "middle", "#5b6870")
        if clock and day != last:
            canvas.text(min(max(x, 40), WIDTH - 40), y + 35, day, "middle", "#5b6870")
        last = day
    canvas.text(scale.end, y + 51, label, "end", "#5b6870")


def _moments(scale: Scale, zone: ZoneInfo, most: int = 7) -> list[tuple[datetime, str]]:
    """Round local moments within a scale of seconds, as UTC without a zone, each with its text."""
    span = scale.high - scale.low
    begins = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=scale.low)
    local = begins.astimezone(zone)
    ends = begins + timedelta(seconds=span)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    found: list[datetime] = []
    step = next((s for s in STEPS if span / s <= most), None)
    days = next((d for d in DAY_STEPS if span / (d * DAY) <= most), None)
    if step is not None:
        count = floor((local.replace(tzinfo=None) - midnight) / timedelta(seconds=step))
        found = [midnight + timedelta(seconds=step * (count + i)) for i in range(most + 3)]
    elif days is not None:
        found = [midnight + timedelta(days=days * i) for i in range(most + 3)]
    else:
        months = next((m for m in (1, 2, 3, 6, 12, 24, 60) if span / (m * 30 * DAY) <= most), 240)
        start = midnight.year * 12 + (midnight.month - 1) // months * months
        places = [start + months * i for i in range(most + 3)]
        found = [datetime(p // 12, p % 12 + 1, 1) for p in places if p // 12 < 9999]
    shape = "%Y-%m-%d %H:%M" if step is not None else "%Y-%m-%d" if days is not None else "%Y-%m"
    zoned = [(f.replace(tzinfo=zone).astimezone(UTC), f.strftime(shape)) for f in found]
    return [(moment.replace(tzinfo=None), text) for moment, text in zoned if begins <= moment <= ends]


def legend(canvas: Canvas, y: float, items: Sequence[tuple[str, Pair]], left: float = 0) -> float:
    """Coloured squares with words, in as many lines as they need; returns the y below."""
    x = left
    for colour, words in items:
        width = 34 + max(_wide(w) for w in words)
        if x > left and x + width > WIDTH:
            x, y = left, y + 22
        canvas.rect(x, y - 10, 12, 12, colour)
        canvas.text(x + 18, y + 1, words)
        x += width
    return y + 22


def _wide(text: str) -> float:
    """About how many pixels a text takes at 13."""
    return sum(13.2 if ord(c) > 0x2E80 else 7.2 for c in text)
