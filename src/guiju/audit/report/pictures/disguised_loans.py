"""What the buyers were told it cost, what was lent in their names and what they owe; and when the loans were made."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import (
    ACCENT,
    COLOURS,
    FAINT,
    Canvas,
    Scale,
    legend,
    seconds,
    time_axis,
    value_axis,
)
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, clock, real, rows_of
from guiju.audit.report.words import Pair, number
from guiju.findings import Finding

LEFT, BAR, LOW = 150.0, 22, 330.0
BARS: tuple[tuple[str, Pair, str], ...] = (
    ("price_amount", ("售价", "prices"), FAINT),
    ("principal_amount", ("贷款本金", "principal lent"), ACCENT),
    ("due_amount", ("应偿还", "to be paid back"), BELOW),
)


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Three bars; below, loans a week or month, with instalments falling due and how many of them were missed."""
    sums = [(words, real(finding.facts.get(name)), colour) for name, words, colour in BARS]
    if any(amount is None for _, amount, _ in sums):
        return Markup()
    canvas = Canvas(LOW + 66, ("售价、本金与应偿还", "prices, principal and what is to be paid back"))
    x = Scale.over([0, *(amount for _, amount, _ in sums)], LEFT, RIGHT - 110, zero=True)
    canvas.text(LEFT, 16, (f"合计（{finding.currency}）", f"in all ({finding.currency})"), colour=MUTED)
    for i, (words, amount, colour) in enumerate(sums):
        y = 28 + i * (BAR + 8)
        canvas.text(LEFT - 10, y + 16, words, "end")
        canvas.rect(LEFT, y, x(amount or 0) - LEFT, BAR, colour)
        canvas.text(x(amount or 0) + 8, y + 16, number(amount or 0))
    _over_time(canvas, evidence, zone, 28 + 3 * (BAR + 8) + 18)
    return canvas.svg()


def _over_time(canvas: Canvas, evidence: Evidence, zone: ZoneInfo, top: float) -> None:
    made = [row["opened_at"] for row in rows_of(evidence, "loans", "opened_at")]
    due = rows_of(evidence, "repayments", "due_at", "paid_at", "payer")
    if not made:
        return
    times = [*made, *(row["due_at"] for row in due)]
    days = next((n for n in (1, 7, 28, 91) if (max(times) - min(times)) / timedelta(days=n) <= 60), 365)
    first, step = min(times), timedelta(days=days)
    x = Scale(seconds(first), seconds(max(times) + step), LEFT, RIGHT)
    series: list[tuple[Pair, str, Counter[int]]] = [
        (("新办贷款", "loans made"), ACCENT, Counter((at - first) // step for at in made)),
        (("卖方代付的期数", "instalments the seller paid"), COLOURS[1], _steps(due, first, step, "seller")),
        (("其他人付清的期数", "instalments others paid"), FAINT, _steps(due, first, step, "others")),
        (
            ("未付清的期数（含未到期）", "instalments not paid, due or not yet"),
            BELOW,
            _steps(due, first, step, "nobody"),
        ),
    ]
    shown = [one for one in series if one[2]]
    low = legend(canvas, top, [(colour, words) for words, colour, _ in shown]) + 24
    stacks = Counter[int]()
    for _, _, counts in shown[1:]:
        stacks.update(counts)
    y = Scale.over([0, *shown[0][2].values(), *stacks.values()], LOW, low, zero=True)
    value_axis(canvas, y, LEFT, RIGHT, (f"每 {days} 天的笔数与期数", f"number in every {days} days"), most=4)
    width = x(seconds(first + step)) - x(seconds(first))
    for n, count in sorted(shown[0][2].items()):
        canvas.rect(
            x(seconds(first + n * step)), y(count), max(width / 2 - 1, 1), LOW - y(count), ACCENT, hint=str(count)
        )
    for n in sorted(stacks):
        below = 0
        for _, colour, counts in shown[1:]:
            high = below + counts[n]
            left = x(seconds(first + n * step)) + width / 2
            canvas.rect(left, y(high), max(width / 2 - 1, 1), y(below) - y(high), colour)
            below = high
    time_axis(canvas, x, LOW, zone, clock(zone))


def _steps(due: list[dict[str, object]], first: datetime, step: timedelta, who: str) -> Counter[int]:
    """Instalments by the step in which they are due: those that one party has paid, or nobody."""
    by = {True: "nobody", False: "others"}
    whose = (("seller" if row["paid_at"] and row["payer"] == "seller" else by[row["paid_at"] is None], row["due_at"])
             for row in due)  # fmt: skip
    return Counter((at - first) // step for one, at in whose if one == who and isinstance(at, datetime))
