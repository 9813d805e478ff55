"""What the depositors above the insured sum have at the bank, and how much of it is above."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, Canvas, Scale, legend
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, real, rows_of
from guiju.audit.report.words import number
from guiju.findings import Finding, mask

LEFT, BAR, GAP, MOST = 150.0, 18, 28, 8
YEAR = timedelta(days=365)


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A bar a depositor, principal and interest, the largest first; a line where insurance ends."""
    limit = real(finding.limits.get("max_insured_amount"))
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows_of(evidence, "deposits", "depositor", "amount", "rate_pct", "opened_at", "matures_at"):
        grows = min(row["matures_at"] or finding.episode_end, finding.episode_end) - row["opened_at"]
        interest = float(row["amount"]) * float(row["rate_pct"] or 0) / 100 * (grows / YEAR)
        sums[row["depositor"]] = [a + b for a, b in zip(sums[row["depositor"]], (float(row["amount"]), interest),
                                                        strict=True)]  # fmt: skip
    if not sums or limit is None:
        return Markup()
    held = sorted(sums.items(), key=lambda item: (-sum(item[1]), item[0]))
    top, height = 44, min(len(held), MOST) * GAP
    canvas = Canvas(top + height + 60, ("存款与保险限额", "deposits and the insured sum"))
    x = Scale.over([0, limit, *(sum(of) for _, of in held)], LEFT, RIGHT - 90, zero=True)
    for i, (who, (principal, interest)) in enumerate(held[:MOST]):
        y, whole = top + i * GAP, principal + interest
        canvas.text(LEFT - 10, y + 14, mask(who), "end")
        canvas.rect(LEFT, y, x(principal) - LEFT, BAR, ACCENT, hint=number(principal))
        canvas.rect(x(principal), y, x(whole) - x(principal), BAR, FAINT, hint=number(interest))
        canvas.rect(x(limit), y + BAR - 5, x(whole) - x(limit), 5, BELOW, hint=number(whole - limit))
        canvas.text(x(whole) + 8, y + 14, f"{whole:,.2f}")
    canvas.line(x(limit), top - 8, x(limit), top + height, BELOW, 2)
    canvas.text(x(limit), top + height + 18, f"{limit:,.0f}", "middle", BELOW, bold=True)
    rest = len(held) - MOST
    if rest > 0:
        canvas.text(LEFT, top + height + 40, (f"另有 {rest} 名存款人", f"and {rest} more depositors"), colour=MUTED)
    canvas.text(RIGHT, top + height + 40, (f"{finding.currency}", finding.currency), "end", MUTED)
    legend(canvas, 16, [
        (ACCENT, ("本金", "principal")), (FAINT, ("利息", "interest")),
        (BELOW, ("保险限额；超过之数", "insured up to here; above it")),
    ])  # fmt: skip
    return canvas.svg()
