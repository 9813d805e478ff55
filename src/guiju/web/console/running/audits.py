"""An audit as a job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from guiju.audit.run import Progress, audit

KIND = "audit"
ASKING = "asking "  # how an audit says which rule it asks


class Audit(msgspec.Struct, frozen=True):
    """An audit of a set of records into the folder of runs. mapping: a file's name in the set; day: '' for the last.

    rules: the names of those that are asked, in order; of these `only` were chosen, all of the jurisdictions' if none.
    """

    set: str
    records: str
    out: str
    jurisdictions: list[str]
    day: str
    mapping: str
    only: list[str]
    rules: list[str]


def work(asked: dict[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    """Audit; the run's name and how many findings it has. Raises what `audit` raises."""
    of = msgspec.convert(asked, Audit)
    records = Path(of.records)
    run = audit(
        records, day=of.day or None, mapping=records / of.mapping if of.mapping else None,
        jurisdictions=of.jurisdictions or None, only=of.only or None, out=Path(of.out), progress=progress,
    )  # fmt: skip
    findings = sum(rule["findings"] for rule in run.manifest["rules"])
    return {"run": run.folder.name, "findings": findings}
