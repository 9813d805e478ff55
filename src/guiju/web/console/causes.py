"""What the common-cause guard found of a group: its burst day by day, the place against elsewhere, and the numbers."""

from __future__ import annotations

from datetime import date
from math import nan
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from guiju.cases.guard.outcome import Group, Outcome, Point
from guiju.cases.guard.page import days, forest
from guiju.cases.guard.words import said
from guiju.checks.words import Words
from guiju.web.console.console import Console

OUTCOME, DECIDED = "outcome.json", "cause-"  # what a case group of the guard's may be called beside the guard's id


class Cause(msgspec.Struct):
    """The guard's look at a group. pictures: as its own report draws them; days: the numbers behind the first."""

    says: Words
    status: Words
    since: date
    until: date
    members: int
    staying: int
    pictures: list[str]
    days: list[Point]


def cause_of(it: Console, group: str) -> Cause | None:
    """Of a case group what the newest guard folder with it says; None where none was named, or none has it."""
    for path in _outcomes(it.guards) if it.guards else []:
        try:
            outcome = read(path)
        except (
            OSError,
            msgspec.DecodeError,
            msgspec.ValidationError,
        ):  # not what guiju gate guard wrote: the next may be
            continue
        for one in outcome.groups:
            if group in (one.id, DECIDED + one.id):
                return _told(one, ZoneInfo(outcome.zone))
    return None


def read(path: Path) -> Outcome:
    """An outcome as the guard wrote it; JSON has null for what no table could say, which is no number here."""
    raw = msgspec.json.decode(path.read_bytes())
    for group in raw.get("groups", []):
        group["evidence"] = _numbers(group.get("evidence"))
    return msgspec.convert(raw, Outcome)


def _numbers(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    return {name: nan if value is None else _numbers(value) for name, value in given.items()}


def _outcomes(folder: Path) -> list[Path]:
    """The newest first."""
    found = [path for path in (folder / OUTCOME, *folder.glob(f"*/{OUTCOME}")) if path.is_file()]
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.parent.name), reverse=True)


def _told(group: Group, zone: ZoneInfo) -> Cause:
    pictures = [str(drawn) for drawn in (days(group, zone), forest(group.evidence)) if drawn]
    status = said().statuses[group.status]
    return Cause(
        group.says, status, group.since, group.until, len(group.members), len(group.staying), pictures, group.days
    )  # fmt: skip
