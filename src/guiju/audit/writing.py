"""Write a run folder: manifest, findings, weighed cells, quarantine, evidence, report."""

from __future__ import annotations

import errno
import platform as machine
import shutil
from collections import Counter
from contextlib import suppress
from datetime import date
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import msgspec

from guiju import __version__
from guiju.audit.asking import Reply
from guiju.audit.columns import array
from guiju.audit.engine import Engine
from guiju.audit.folder import FORMAT, TEXTS, Run, file_digest, files_of
from guiju.audit.report.page import render
from guiju.checks import KEY, checks
from guiju.findings import Finding, digest
from guiju.rulebook import digest as rulebook_digest

if TYPE_CHECKING:
    from guiju.records.staging import Staged

PACKAGES = ("ibis-framework", "duckdb", "sqlglot", "pyarrow", "polars", "numpy", "scipy")


def write(
    target: Path,
    work: Path,
    staged: Staged,
    mapping: str | None,
    replies: list[Reply],
    findings: list[Finding],
    day: date,
    engine: Engine,
    progress: Any,
) -> Run:
    """Write the folder under `work` and move it into place at the end: a run stopped midway leaves none."""
    folder = work / "run"
    folder.mkdir(exist_ok=True)
    _write_findings(findings, folder / "findings.parquet")
    _write_weighings(replies, folder / "weighed")
    shutil.copyfile(staged.quarantine, folder / "quarantine.parquet")
    manifest = _manifest(staged, replies, findings, day, engine.version)
    manifest["mapping"] = mapping
    manifest["platforms"] = engine.platforms(list(staged.tables))
    _write_manifest(folder, manifest)
    progress("drawing the report", 0.95)
    (folder / "report.html").write_text(render(Run(folder)), encoding="utf-8")
    manifest["files"] = {name: file_digest(folder / name) for name in files_of(folder)}
    _write_manifest(folder, manifest)
    place = target / f"{day}-{digest(manifest)[:8]}"
    _into_place(folder, place)
    progress("done", 1.0)
    return Run(place)


def _into_place(folder: Path, place: Path) -> None:
    """The same name is the same run: it takes the other's place, whole, even while another audit does the same."""
    while True:
        try:
            folder.rename(place)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        with suppress(FileNotFoundError):
            place.rename(Path(mkdtemp(dir=folder.parent)) / place.name)


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    (folder / "manifest.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=2) + b"\n"
    )


def _manifest(staged: Staged, replies: list[Reply], findings: list[Finding], day: date, engine: str) -> dict[str, Any]:
    inputs = {
        name: {
            "read": t.read,
            "good": t.good,
            "quarantined": t.quarantined,
            "left_out": t.left_out,
            "supplied": sorted(t.supplied),
            "files": [{"name": f.name, "bytes": f.bytes, "sha256": f.sha256} for f in t.files],
        }
        for name, t in sorted(staged.tables.items())
    }
    return {
        "format": FORMAT,
        "day": day.isoformat(),
        "jurisdictions": sorted({r.rule.jurisdiction for r in replies}),
        "rulebook": rulebook_digest(),
        "engine": engine,
        "python": machine.python_version(),
        "packages": {"guiju": __version__, **{name: version(name) for name in PACKAGES}},
        "inputs": inputs,
        "ignored": sorted(staged.ignored),
        "rules": [_rule(reply, staged, findings) for reply in replies],
        "says": {
            check.name: {
                **check.says,
                "formula": check.formula,
                "formula_zh": check.words.formula or check.formula,
                "values": msgspec.to_builtins(check.words.values),
            }
            for check in (checks()[name] for name in sorted({r.rule.check for r in replies}))
        },
    }


def _rule(reply: Reply, staged: Staged, findings: list[Finding]) -> dict[str, Any]:
    mine = [f for f in findings if f.rule == reply.rule.name]
    money = Counter[str]()
    for f in mine:
        if f.amount_at_stake is not None:
            money[f.currency] += f.amount_at_stake  # type: ignore[assignment]
    return {
        "rule": reply.rule.name,
        "check": reply.rule.check,
        "jurisdiction": reply.rule.jurisdiction,
        "time_zone": reply.rule.zone.key,
        "lines": reply.rule.entry.lines,
        "title": {"zh": reply.rule.title.zh, "en": reply.rule.title.en},
        "outcome": reply.outcome,
        "why": reply.why,
        "findings": len(mine),
        "amount_at_stake": {currency: str(sum_) for currency, sum_ in sorted(money.items())},
        "cells": reply.cells,
        "weighed": reply.weighed,
        "account": {name: account(reply, name, staged) for name in sorted(reply.asked)},
    }


def account(reply: Reply, table: str, staged: Staged) -> dict[str, Any]:
    """Every row of a table read for a rule: asked, quarantined, or unanswered and why. It must add up."""
    counts = reply.asked[table]
    unanswered = dict(sorted((why, n) for why, n in counts.items() if why is not None))
    asked, t = counts.get(None, 0), staged.tables[table]
    if t.read != asked + t.quarantined + sum(unanswered.values()):
        raise AssertionError(
            f"{reply.rule.name}, {table}: "
            f"read {t.read} is not asked {asked} + quarantined {t.quarantined} + {unanswered}"
        )
    return {"read": t.read, "asked": asked, "quarantined": t.quarantined, "unanswered": unanswered}


def _write_findings(findings: list[Finding], path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, real, moment = pa.string(), pa.float64(), pa.timestamp("us")
    types = {
        **dict.fromkeys(("id", "version", "rule", "check", "jurisdiction"), text),
        **dict.fromkeys(("platform", "subject", "object", "currency"), text),
        **dict.fromkeys(("episode_start", "episode_end"), moment),
        "amount_at_stake": pa.decimal128(18, 2),
        **dict.fromkeys(("p_value", "q_value"), real),
        **dict.fromkeys(("says_zh", "says_en", "facts", "limits"), text),
        "evidence_rows": pa.int64(),
        "evidence_digest": text,
    }
    columns = {name: array((_cell(name, getattr(f, name)) for f in findings), type_) for name, type_ in types.items()}
    pq.write_table(pa.table(columns), path, compression="zstd")


def _write_weighings(replies: list[Reply], folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for reply in replies:
        if reply.cells:
            folder.mkdir(exist_ok=True)
            cells = pa.concat_tables(w for w in reply.weighings if w.num_rows)
            order = [(name, "ascending") for name in (*KEY, "episode_end")]
            pq.write_table(cells.sort_by(order), folder / f"{reply.rule.name}.parquet", compression="zstd")


def _cell(name: str, value: Any) -> Any:
    return msgspec.json.encode(value, order="deterministic").decode() if name in TEXTS else value
