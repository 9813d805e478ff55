"""Is a run folder what it was when it was made: every byte, and what the bytes say of one another."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import polars as pl

from guiju.audit.folder import Damaged, Run, file_digest, files_of
from guiju.audit.freezing import FROZEN_ROWS, Frozen
from guiju.audit.run import Progress, audit
from guiju.findings import Finding, digest, identity
from guiju.records.errors import BadInput, first_line
from guiju.records.mapping import load_mapping

TOLERANCE = 1e-9  # relative, of numbers asked anew on another engine or another version


def verify(run: Run) -> list[str]:
    """What is wrong with a run folder, one sentence each; nothing if it is whole."""
    try:
        return [*_files(run), *_name(run)] or [*_accounts(run), *_findings(run)]
    except Damaged as error:
        return [error.fault]
    except pl.exceptions.PolarsError as error:
        return [f"evidence: cannot be read ({first_line(error)})"]


def _files(run: Run) -> list[str]:
    stated: dict[str, str] = run.manifest.get("files", {})
    present = files_of(run.folder)
    faults = [f"{name}: is missing" for name in sorted(set(stated) - set(present))]
    faults += [f"{name}: was added after the run" for name in sorted(set(present) - set(stated))]
    changed = [n for n in present if n in stated and not _is_whole(run.folder / n, stated[n])]
    return faults + [f"{name}: was changed after the run; its digest is not the manifest's" for name in changed]


def _is_whole(path: Path, stated: str) -> bool:
    return path.is_file() and file_digest(path) == stated


def _name(run: Run) -> list[str]:
    expected = f"{run.manifest['day']}-{digest(run.manifest)[:8]}"
    if run.folder.resolve().name == expected:
        return []
    return [f"manifest.json: was changed after the run, or the folder renamed: its digest makes the name {expected}"]


def _accounts(run: Run) -> list[str]:
    faults = []
    for rule in run.manifest["rules"]:
        for table, rows in rule["account"].items():
            if rows["read"] != rows["asked"] + rows["quarantined"] + sum(rows["unanswered"].values()):
                faults.append(f"{rule['rule']}: the account of {table} does not add up")
        if rule["findings"] != sum(f.rule == rule["rule"] for f in run.findings):
            faults.append(f"{rule['rule']}: findings.parquet holds another number of findings than the manifest")
    return faults


def _findings(run: Run) -> list[str]:
    faults = []
    for finding in run.findings:
        f = finding
        if f.id != identity(f.rule, msgspec.structs.asdict(f), f.limits):
            faults.append(f"finding {f.id}: its id is not that of its rule, subject, object, start and limits")
        if f.version != digest(f.facts, f.evidence_rows, f.evidence_digest):
            faults.append(f"finding {f.id}: its version is not that of its facts and evidence")
    return faults + _evidence(run)


def _evidence(run: Run) -> list[str]:
    """Recompute each finding's evidence digest where all its rows are frozen."""
    frozen: dict[str, Frozen] = {}
    whole: dict[str, bool] = {}
    for rule in run.manifest["rules"]:
        for name, table in run.frozen(rule["rule"]).items():
            for (id,), rows in pl.DataFrame(pl.from_arrow(table)).group_by("finding", maintain_order=True):
                one = str(id)
                frozen.setdefault(one, Frozen()).add(name, rows)
                whole[one] = whole.get(one, True) and rows.height < FROZEN_ROWS
    faults = []
    for f in run.findings:
        seen = frozen.get(f.id, Frozen())
        if whole.get(f.id, True) and (seen.rows, seen.digest) != (f.evidence_rows, f.evidence_digest):
            faults.append(f"finding {f.id}: its frozen evidence is not the evidence it was found by")
    return faults


def ask_anew(run: Run, records: Path, mapping: Path | None, progress: Progress) -> list[str]:
    """How a run differs from what these records answer now; nothing if they say the same."""
    manifest = run.manifest
    stated = manifest.get("mapping")
    if stated and mapping is None:
        raise BadInput(
            f"{run.folder} was made with a mapping: give it too, with --mapping",
            f"{run.folder} 是按映射做的：请也给出映射（--mapping）",
        )
    if mapping is not None and load_mapping(mapping).digest != stated:
        return [f"{mapping.name}: is not the mapping the run was made with"]
    only = [r["rule"] for r in manifest["rules"]]
    with TemporaryDirectory(prefix="guiju-") as out:
        anew = audit(
            records, day=manifest["day"], mapping=mapping, jurisdictions=manifest["jurisdictions"],
            only=only, out=out, progress=progress,
        )  # fmt: skip
        return [*other_inputs(manifest, anew.manifest), *compare(run.findings, anew.findings)]


def other_inputs(stated: dict[str, Any], anew: dict[str, Any]) -> list[str]:
    """Which records given to ask anew are not those that were audited, by name and digest; from two manifests."""
    old, new = ({f["name"]: f["sha256"] for t in m["inputs"].values() for f in t["files"]} for m in (stated, anew))
    gone = [f"{name}: was audited, but is not among these records" for name in sorted(set(old) - set(new))]
    changed = sorted(n for n in set(old) & set(new) if old[n] != new[n])
    return gone + [f"{name}: is not the file that was audited; its digest differs" for name in changed]


def compare(stated: list[Finding], anew: list[Finding]) -> list[str]:
    """How the findings of a run asked anew differ from those stated; numbers within `TOLERANCE` are equal."""
    old, new = {f.id: f for f in stated}, {f.id: f for f in anew}
    faults = [f"finding {id}: is not found when asked anew" for id in sorted(set(old) - set(new))]
    faults += [f"finding {id}: is found anew but not in the run" for id in sorted(set(new) - set(old))]
    for id in sorted(set(old) & set(new)):
        a, b = old[id], new[id]
        if not _alike(
            {**a.facts, "money": a.amount_at_stake, "rows": a.evidence_rows},
            {**b.facts, "money": b.amount_at_stake, "rows": b.evidence_rows},
        ):
            faults.append(f"finding {id}: its facts differ when asked anew")
    return faults


def _alike(a: dict[str, Any], b: dict[str, Any]) -> bool:
    def same(x: Any, y: Any) -> bool:
        if isinstance(x, float) and isinstance(y, float):
            return abs(x - y) <= TOLERANCE * max(1.0, abs(x), abs(y))
        return bool(x == y)

    return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
