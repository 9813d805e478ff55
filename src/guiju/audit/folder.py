"""A run folder: what was read, asked and found, so that another can check it without us.

`manifest.json` (inputs and their digests, versions, an account of every row, a digest of every file), `findings.parquet`,
`quarantine.parquet`, `evidence/<rule>/<table>.parquet`, `weighed/<rule>.parquet` (every cell a weighing rule asked,
found or not), `report.html`. No timestamps: the same records, day, lock and engine give the same bytes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from guiju.findings import Finding
from guiju.records.errors import BadInput

if TYPE_CHECKING:
    import ibis
    import pandas as pd
    import polars as pl
    import pyarrow as pa

FORMAT = 1
TEXTS = ("facts", "limits")  # held as JSON in findings.parquet


@dataclass(frozen=True)
class Run:
    """A run folder opened: its manifest, its findings, and their evidence."""

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        return msgspec.json.decode((self.folder / "manifest.json").read_bytes())  # type: ignore[no-any-return]

    @cached_property
    def findings(self) -> list[Finding]:
        """All findings, by rule, the surest first."""
        import pyarrow.parquet as pq

        lines = pq.read_table(self.folder / "findings.parquet").to_pylist()
        return [Finding(**{k: msgspec.json.decode(v) if k in TEXTS else v for k, v in line.items()}) for line in lines]

    def finding(self, id: str) -> Finding:
        """A finding by its id, or by as much of the id's beginning as names one finding."""
        found = [f for f in self.findings if f.id.startswith(id)]
        if len(found) != 1:
            raise BadInput(f"{len(found) or 'no'} findings begin with {id!r}: guiju findings {self.folder} lists their ids")
        return found[0]

    def evidence(self, finding: Finding) -> dict[str, pa.Table]:
        """The frozen rows a finding rests on, by table."""
        import pyarrow.parquet as pq

        files = sorted((self.folder / "evidence" / finding.rule).glob("*.parquet"))
        tables = {f.stem: pq.read_table(f, filters=[("finding", "==", finding.id)]).drop_columns("finding") for f in files}
        return {name: table for name, table in tables.items() if table.num_rows}

    def weighed(self, rule: str) -> pa.Table:
        """Every cell a weighing rule asked, `found` or not: its facts, among them what it could have shown at all."""
        import pyarrow.parquet as pq

        path = self.folder / "weighed" / f"{rule}.parquet"
        if not path.is_file():
            raise BadInput(f"{self.folder.name} weighed nothing for {rule}: it counts, was not asked, or had no cell")
        return pq.read_table(path)

    def to_polars(self) -> pl.DataFrame:
        import polars as pl

        return pl.read_parquet(self.folder / "findings.parquet")

    def to_pandas(self) -> pd.DataFrame:
        return self.to_polars().to_pandas()

    def to_ibis(self) -> ibis.Table:
        import ibis

        return ibis.read_parquet(self.folder / "findings.parquet")

    def _repr_html_(self) -> str:
        from guiju.audit.summary import as_html

        return as_html(self)

    def __repr__(self) -> str:
        counted = Counter(f.rule for f in self.findings)
        rules = ", ".join(f"{rule}: {n}" for rule, n in sorted(counted.items())) or "nothing found"
        return f"<Guiju run {self.folder.name}: {rules}>"


def open_run(folder: Path | str) -> Run:
    """A run folder, or of a folder of runs the one made last."""
    path = Path(folder)
    if (path / "manifest.json").is_file():
        return Run(path)
    if inside := runs_in(path):
        return inside[-1]
    raise BadInput(f"{path} is no run folder and holds none: guiju audit makes one, guiju runs lists them")


def runs_in(folder: Path) -> list[Run]:
    """The runs in a folder, the one made last at the end."""
    made = sorted(folder.glob("*/manifest.json"), key=lambda p: (p.stat().st_mtime_ns, p.parent.name))
    return [Run(p.parent) for p in made]


def files_of(folder: Path) -> list[str]:
    """Every file of a run folder but the manifest, by its path in the folder."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json")


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        state = sha256()
        while block := file.read(1 << 20):
            state.update(block)
    return state.hexdigest()
