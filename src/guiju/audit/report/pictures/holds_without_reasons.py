"""How many decisions left out what: a bar each."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.drawing import FAINT, Canvas, Scale
from guiju.audit.report.pictures._parts import BELOW, RIGHT, Evidence, real
from guiju.audit.report.words import Pair, number
from guiju.findings import Finding

EDGE, ROW = 250.0, 30
FAULTS: dict[str, Pair] = {
    "not_told": ("未按时告知", "not told in time"),
    "no_rule": ("没有规则", "no rule"),
    "no_facts": ("没有事实和限值", "no facts and limits"),
    "no_end": ("没有期限", "no end"),
    "no_appeal": ("没有申诉途径", "no way to appeal"),
    "no_decision": ("没有任何决定", "on no decision"),
}


def draw(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """Each thing that must be told, against all decisions and holds asked of."""
    counts = {name: real(finding.facts.get(name)) or 0.0 for name in FAULTS}
    whole = max(real(finding.facts.get("decisions")) or 0.0, real(finding.facts.get("faulty")) or 0.0)
    if not whole:
        return Markup()
    canvas = Canvas(20 + len(FAULTS) * ROW + 12, ("没有说明的事项", "what was not told"))
    x = Scale(0, whole, EDGE, RIGHT - 70)
    for i, (name, words) in enumerate(FAULTS.items()):
        y = 16 + i * ROW
        canvas.text(EDGE - 12, y + 15, words, "end")
        canvas.rect(EDGE, y, x(whole) - EDGE, ROW - 10, FAINT, 0.5)
        canvas.rect(EDGE, y, x(counts[name]) - EDGE, ROW - 10, BELOW)
        canvas.text(RIGHT, y + 15, f"{number(counts[name])} / {number(whole)}", "end")
    return canvas.svg()
