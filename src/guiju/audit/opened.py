"""Records opened for reckoning without an audit: read, mapped, quarantined, before an engine.

Whoever watches or reckons asks the tables through it, and leaves one folder: what was made, a manifest with the digests
of what was read, and the rows that were set aside.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from guiju.audit.engine import Engine, start
from guiju.audit.unfinished import workplace
from guiju.records.errors import BadInput
from guiju.rulebook import jurisdictions

if TYPE_CHECKING:
    import ibis
    import polars as pl

    from guiju.records.staging import Staged

Progress = Callable[[str, float], None]


def quiet(what: str, share: float) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True)
class Opened:
    """Tables before an engine; `target` is the user's folder, `work` a hidden one in it that is gone at the end."""

    engine: Engine
    staged: Staged
    target: Path
    work: Path

    @cached_property  # asked of every row
    def zone(self) -> ZoneInfo:
        """The clock of the records' jurisdiction; the first, where a mapping names several."""
        return jurisdictions()[self.staged.jurisdictions[0]].zone

    def has(self, name: str) -> bool:
        """Whether a table was supplied with at least one good row."""
        return name in self.staged.tables and self.staged.tables[name].good > 0

    def need(self, name: str, begins: str) -> None:
        """Refuse to go on without a table: `begins` says what begins with it, as 'a fee'."""
        if self.has(name):
            return
        table = self.staged.tables.get(name)
        if table is not None and table.quarantined:
            raise BadInput(
                f"{self._first_fault(name)}, and {begins} begins with them: correct {name}",
                f"{name} 里的行都有错，而这里要从它算起：请改正 {name}",
            )
        raise BadInput(
            f"there is no good row in {name}, and {begins} begins with them: supply {name}",
            f"{name} 里没有一行可用，而这里要从它算起：请提供 {name}",
        )

    def _first_fault(self, name: str) -> str:
        rows = self.staged.tables[name].quarantined
        return f"not one of {rows:,} rows in {name} is good; the first is {self.first_fault(name)}"

    def first_fault(self, name: str) -> str:
        """The first row of a table that was set aside: its file, line and reason; '' where none was."""
        import polars as pl

        kept = pl.scan_parquet(self.staged.quarantine).filter(pl.col("table") == name).head(1).collect().to_dicts()
        if not kept:
            return ""
        line = f" line {kept[0]['line']}" if kept[0]["line"] is not None else ""
        return f"{kept[0]['file']}{line}: {kept[0]['reason']}"

    def table(self, name: str) -> ibis.Table:
        return self.engine.table(name)

    def frame(self, expression: ibis.Table) -> pl.DataFrame:
        """An expression's rows, sorted by all their columns."""
        import polars as pl

        fetched = pl.DataFrame(pl.from_arrow(self.engine.fetch(expression)))
        return fetched.sort(fetched.columns)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """A small table as it is, sorted by its key; none of one that was not supplied."""
        if not self.has(name):
            return []
        return self.frame(self.table(name)).sort("platform", "id").to_dicts()

    def set_aside(self) -> dict[str, int]:
        """Rows in quarantine by table, where there are any."""
        return {name: t.quarantined for name, t in sorted(self.staged.tables.items()) if t.quarantined}

    def folder(self) -> Path:
        """An empty folder to write to, which `publish` then names."""
        made = self.work / "made"
        made.mkdir()
        return made

    def publish(self, made: Path, name: str, said: Mapping[str, Any]) -> Path:
        """Add manifest and quarantine to what was made, and put it into the user's folder, in place of an earlier."""
        inputs = {
            table: {"read": t.read, "good": t.good, "files": [{"name": f.name, "sha256": f.sha256} for f in t.files]}
            for table, t in sorted(self.staged.tables.items())
        }
        manifest = {**said, "time_zone": self.zone.key, "engine": self.engine.version, "inputs": inputs}
        (made / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
        shutil.copyfile(self.staged.quarantine, made / "quarantine.parquet")
        place = self.target / name
        shutil.rmtree(place, ignore_errors=True)
        return made.rename(place)


@contextmanager
def opened(
    records: Path | str | Mapping[str, Any],
    *,
    mapping: Path | str | None = None,
    out: Path | str | None = None,
    engine: str = "duckdb",
    tables: Collection[str] | None = None,
    progress: Progress = quiet,
) -> Iterator[Opened]:
    """Open a folder of records, or frames by name; only some `tables` of it, where they are named.

    Raises BadInput for what the caller can mend. What is not published is gone when the block ends.
    """
    from guiju.records.mapping import load_mapping
    from guiju.records.staging import stage

    known = load_mapping(Path(mapping)) if mapping is not None else None
    source = Path(records) if isinstance(records, (str, Path)) else dict(records)
    with workplace(Path(out) if out is not None else None) as (target, work):
        at_work = start(engine, work)
        try:
            progress("reading records", 0.0)
            staged = stage(at_work.connection, source, known, work, lambda what: progress(what, 0.1), tables)
            at_work.take({name: t.good for name, t in staged.tables.items()})
            yield Opened(at_work, staged, target, work)
        finally:
            at_work.interrupt()  # or closing would wait for a query that was given up
            at_work.close()
