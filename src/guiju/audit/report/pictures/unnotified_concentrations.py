"""The groups' turnovers of the year before, against the thresholds of the day."""

from __future__ import annotations

from collections import defaultdict
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import ACCENT, FAINT, INK, Canvas, Scale, legend
from guiju.audit.report.pictures._parts import BELOW, MUTED, RIGHT, Evidence, real, rows_of
from guiju.audit.report.words import Pair, number
from guiju.findings import Finding, mask

BAR, GAP, MOST = 18, 30, 8
LEFT = 200.0


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """A bar a group and one for all, in China within worldwide; a line at each threshold that counts for it."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows_of(evidence, "turnovers", "company_group", "worldwide_amount", "china_amount"):
        for i, name in enumerate(("worldwide_amount", "china_amount")):
            sums[row["company_group"]][i] += float(row[name] or 0)
    total = [real(finding.facts.get(name)) for name in ("world_amount", "china_amount")]
    if not sums and None in total:
        return Markup()
    groups = sorted(sums.items(), key=lambda item: (-item[1][1], item[0]))[:MOST]
    bars: list[tuple[str | Pair, float, float]] = [(mask(name), of[0], of[1]) for name, of in groups]
    bars.append((("全体", "all together"), total[0] or 0.0, total[1] or 0.0))
    each, world, china = (real(finding.limits.get(f"threshold_{n}_amount")) for n in ("each", "world", "china"))

    top, height = 66, len(bars) * GAP
    canvas = Canvas(top + height + 66, ("营业额与申报标准", "turnover and notification thresholds"))
    x = Scale.over([0, each, world, china, *(b[1] for b in bars), *(b[2] for b in bars)], LEFT, RIGHT - 40, zero=True)
    for i, (whose, worldwide, home) in enumerate(bars):
        y = top + i * GAP
        canvas.text(LEFT - 10, y + 14, whose, "end", bold=i == len(bars) - 1)
        canvas.rect(LEFT, y, x(worldwide) - LEFT, BAR, FAINT, hint=number(worldwide))
        canvas.rect(LEFT, y + 4, x(home) - LEFT, BAR - 8, ACCENT, hint=number(home))
    last = top + height - GAP
    if each is not None and len(bars) > 1:
        canvas.line(x(each), top - 8, x(each), last - 6, BELOW, 1.6, "4 3")
    for threshold, colour, dash in ((china, BELOW, "4 3"), (world, INK, "2 3")):
        if threshold is not None:
            canvas.line(x(threshold), last - 6, x(threshold), top + height - 4, colour, 1.6, dash)
    for tick in x.ticks(4):
        canvas.text(x(tick), top + height + 16, number(tick / 1e8), "middle", MUTED)
    unit = (f"{finding.facts.get('year')} 年营业额，亿{finding.currency}", f"turnover of {finding.facts.get('year')}, "
            f"{finding.currency} 100 million")  # fmt: skip
    canvas.text(RIGHT, top + height + 38, unit, "end", MUTED)
    legend(canvas, 16, [
        (FAINT, ("全球", "worldwide")), (ACCENT, ("中国境内", "in China")),
        (BELOW, ("境内标准：单方（上）、合计（下）", "thresholds in China: each (above), total (below)")),
        (INK, ("全球合计标准", "threshold of the worldwide total")),
    ])  # fmt: skip
    return canvas.svg()
