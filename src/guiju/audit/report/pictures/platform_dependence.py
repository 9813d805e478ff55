"""What part of a bank's deposits platforms brought, stated day by stated day; beside it the part of savings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, COLOURS, INK, UTC, Canvas, Scale, legend, seconds, time_axis, value_axis
from guiju.audit.report.pictures._parts import BELOW, LEFT, MUTED, RIGHT, Evidence, clock, real, rows_of
from guiju.audit.report.words import Pair
from guiju.findings import Finding, mask

LOW, BAR, MOST = 268.0, 18, 6


Series = list[tuple[datetime, float]]


@dataclass(frozen=True)
class Course:
    """What is drawn of a bank: per cent of all deposits by moment (UTC) from platforms, and savings.

    least: the line that it is held against; since: from when it was passed. day, sources: who, by a name that may be
    shown, had brought how much of `total` on which local day.
    """

    part: Series
    savings: Series
    least: float | None
    since: datetime | None
    day: str = ""
    sources: Mapping[str, float] = field(default_factory=dict)
    total: float | None = None


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Two lines over time, the limit across them; below, who brought how much on the day of the greatest part."""
    stated = sorted(rows_of(evidence, "bank_positions", "occurred_at", "deposits_amount", "savings_amount"),
                    key=lambda row: row["occurred_at"])  # fmt: skip
    by_day = _brought(finding, evidence, zone)
    points = [(row["occurred_at"], float(row["deposits_amount"]), row["savings_amount"]) for row in stated
              if row["deposits_amount"]]  # fmt: skip
    part = [(at, 100 * sum(by_day[_day(at, zone)].values()) / total) for at, total, _ in points]
    savings = [(at, 100 * float(saved) / total) for at, total, saved in points if saved is not None]
    told = finding.facts.get("peak_at")
    peak = datetime.fromisoformat(told) if isinstance(told, str) else told
    day = _day(peak, zone) if peak else ""
    sources = {mask(name): amount for name, amount in by_day.get(day, {}).items()}
    least, total = real(finding.limits.get("min_platform_pct")), real(finding.facts.get("deposits_amount"))
    return course(Course(part, savings, least, finding.episode_start, day, sources, total), zone)


def course(of: Course, zone: ZoneInfo) -> Markup:
    """A bank's picture; nothing where there is no point."""
    if not of.part:
        return Markup()
    begins, ends = of.part[0][0], of.part[-1][0]
    room = max((ends - begins) * 0.03, timedelta(days=3))
    canvas = Canvas(0, ("平台存款与储蓄存款占全部存款", "platform deposits and savings, of all deposits"))
    x = Scale(seconds(begins - room), seconds(ends + room), LEFT, RIGHT)
    items: list[tuple[str, Pair]] = [(BELOW, ("平台存款", "platform deposits"))]
    items += [(ACCENT, ("储蓄存款（另一指标）", "savings (another measure)"))] if of.savings else []
    top = legend(canvas, 16, items) + 22
    y = Scale(0, max(100.0, *(p for _, p in of.part)), LOW, top)
    value_axis(canvas, y, LEFT, RIGHT, ("占全部存款 %", "% of all deposits"), most=5)
    for colour, series in ((ACCENT, of.savings), (BELOW, of.part)):
        canvas.path([(x(seconds(at)), y(share)) for at, share in series], colour)
        for at, share in series if len(series) <= 40 else ():
            canvas.dot(x(seconds(at)), y(share), 3.5, colour, hint=f"{share:.1f} %")
    _limit(canvas, of, x, y, top)
    time_axis(canvas, x, LOW, zone, clock(zone))
    _sources(canvas, of)
    return canvas.svg()


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.replace(tzinfo=UTC).astimezone(zone):%Y-%m-%d}"


def _brought(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> dict[str, dict[str, float]]:
    """By local day: what each source, other than the bank itself, had brought."""
    sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows_of(evidence, "balances", "occurred_at", "operator", "amount"):
        if row["operator"] is not None and row["operator"] != finding.subject:
            sums[_day(row["occurred_at"], zone)][row["operator"]] += float(row["amount"])
    return sums


def _limit(canvas: Canvas, of: Course, x: Scale, y: Scale, top: float) -> None:
    """The line that was passed, and the day from which on."""
    if of.since is not None:
        since = x(seconds(of.since))
        canvas.line(since, top, since, LOW, MUTED, 1, "2 3")
    if of.least is not None:
        canvas.line(LEFT, y(of.least), RIGHT, y(of.least), INK, 1.4, "5 4")
        said = (f"提示线 {of.least:g}%（非法定限额）", f"line of {of.least:g} % (no legal limit)")
        canvas.text(RIGHT - 6, y(of.least) + 17, said, "end", bold=True)


def _sources(canvas: Canvas, of: Course) -> None:
    canvas.height = LOW + 66
    if not of.sources or not of.total:
        return
    left, top = LEFT + 120, LOW + 84
    ranked = sorted(of.sources.items(), key=lambda item: (-item[1], item[0]))
    bars: list[tuple[str | Pair, float]] = [*ranked[:MOST]]
    if len(ranked) > MOST:
        bars.append(
            ((f"其他 {len(ranked) - MOST} 个", f"{len(ranked) - MOST} others"), sum(a for _, a in ranked[MOST:]))
        )
    canvas.text(LEFT, top, (f"{of.day} 的来源，占全部存款", f"sources on {of.day}, of all deposits"), bold=True)
    width = Scale.over([100 * amount / of.total for _, amount in bars], left, RIGHT - 70, zero=True)
    for i, (name, amount) in enumerate(bars):
        y, share = top + 14 + i * (BAR + 8), 100 * amount / of.total
        canvas.text(left - 10, y + 14, name, "end", MUTED)
        canvas.rect(left, y, width(share) - left, BAR, COLOURS[i % len(COLOURS)], 0.85)
        canvas.text(width(share) + 6, y + 14, f"{share:.1f} %", bold=True)
    canvas.height = top + 24 + len(bars) * (BAR + 8)
