"""The night of the frozen drivers, twice: as it was, and by the rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import guiju
from guiju.audit.opened import Progress, quiet
from guiju.checks import checks
from guiju.cli.haining.as_it_was import ASKED, naive
from guiju.cli.haining.by_the_rules import redressed
from guiju.cli.haining.night import made
from guiju.cli.haining.telling import Told, tell, write_page, write_statements
from guiju.rulebook import rules

FAMILY = "redress"  # of the checks that ask a platform how it treats those it decides about


def haining(
    out: Path,
    *,
    trips: int = 1_000_000,
    drivers: int = 2_000,
    days: int = 150,
    seed: int = 7,
    language: str = "en",
    progress: Progress = quiet,
) -> tuple[Told, Path]:
    """Live through the night in both worlds and write everything into `out`, which is empty; returns it told, and the
    page: records, triggers, the platform's files and their audit, the ledger with its cases, statements, `night.html`.
    """
    night = made(out, trips, drivers, days, seed, progress)
    progress("as it was", 0.6)
    was = naive(night, out / "platform")
    progress("by the rules", 0.65)
    done = redressed(night, out / "ledger.db")
    progress("audited", 0.85)
    told = tell(night, was, done, _audited(out))
    progress("statements", 0.95)
    files = write_statements(told, out / "statements")
    page = write_page(told, out, files, language)
    progress("done", 1.0)
    return told, page


def _audited(out: Path) -> list[tuple[str, int, str, str]]:
    """What a regulator finds: by rule, how many, and the gravest in words."""
    asked = [name for name, rule in rules().items() if rule.check and checks()[rule.check].family == FAMILY]
    run = guiju.audit(out / "platform", day=ASKED, only=asked, out=out / "runs")
    found: dict[str, list[Any]] = {}
    for finding in run.findings:
        found.setdefault(finding.rule, []).append(finding)
    return [
        (rule, len(its), (worst := max(its, key=lambda f: f.amount_at_stake or 0)).says_zh, worst.says_en)
        for rule, its in found.items()
    ]
