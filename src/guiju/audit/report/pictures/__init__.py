"""A picture of a finding, drawn from its frozen evidence: one file a check, named after it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from zoneinfo import ZoneInfo

from markupsafe import Markup

from guiju.audit.report.pictures._parts import Evidence
from guiju.checks import packages
from guiju.findings import Finding

Draw = Callable[[Finding, Evidence, ZoneInfo], Markup]


def picture(finding: Finding, evidence: Evidence, zone: ZoneInfo) -> Markup:
    """The picture of a finding; empty where its check has none, or no row it could be drawn from."""
    draw = _drawer(finding.check)
    return draw(finding, evidence, zone) if draw else Markup()


@cache
def _drawer(check: str) -> Draw | None:
    """`draw` of the file named after the check: here, or in an installed pack's `pictures/`."""
    packs = (p.removesuffix(".checks") + ".pictures" for p in packages() if not p.startswith("guiju."))
    for home in (__name__, *packs):
        if find_spec(home) and find_spec(f"{home}.{check}"):
            draw: Draw = import_module(f"{home}.{check}").draw
            return draw
    return None
