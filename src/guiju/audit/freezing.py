"""Evidence frozen into a run folder: up to 10,000 rows a finding, with the total and a digest of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.audit.asking import Reply
from guiju.audit.engine import Engine
from guiju.checks import KEY

if TYPE_CHECKING:
    import ibis
    import polars as pl

FROZEN_ROWS = 10_000  # a finding and table
BATCH_ROWS = 200_000
ROW = "\x1e"
CELL = "\x1f"


@dataclass
class Frozen:
    """One finding's evidence: rows in all its tables, and a digest over them in order."""

    rows: int = 0
    _table: str = ""
    _hash: Any = field(default_factory=sha256)

    def add(self, table: str, rows: pl.DataFrame) -> None:
        """Rows of a table, which may come in several parts; the digest is the same however they are cut."""
        self.rows += rows.height
        if table != self._table:
            self._table = table
            self._hash.update(f"{table}{ROW}".encode())
        for text in _texts(rows):
            self._hash.update(text.encode() + ROW.encode())

    @property
    def digest(self) -> str:
        return str(self._hash.hexdigest()[:16])


def freeze(engine: Engine, reply: Reply, folder: Path) -> dict[str, Frozen]:
    """Write `<rule>/<table>.parquet` below `folder`, rows sorted by finding and time; return each finding's totals."""
    frozen = {row.id: Frozen() for row in reply.rows}
    if not reply.rows:
        return frozen
    ids = _ids(engine, reply)
    for table, rows in sorted(reply.evidence().items()):
        path = folder / reply.rule.name / f"{table}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        keyed = rows.inner_join(ids, list(KEY))
        columns = ["finding", *(c for c in rows.columns if c not in ("subject", "object", "episode_start"))]
        order = [c for c in ("finding", "occurred_at", "id") if c in columns]
        _write(keyed.select(columns).order_by(order), table, path, frozen)
    _freeze_workings(engine, reply, ids, folder.with_name("workings") / reply.rule.name)
    return frozen


def _freeze_workings(engine: Engine, reply: Reply, ids: ibis.Table, folder: Path) -> None:
    """Write `<name>.parquet` below `folder`: what stands between evidence and facts, by finding."""
    import pyarrow.parquet as pq

    for name, rows in sorted(reply.workings().items()):
        folder.mkdir(parents=True, exist_ok=True)
        columns = ["finding", *(c for c in rows.columns if c not in KEY)]
        told = rows.inner_join(ids, list(KEY)).select(columns).order_by(columns)
        pq.write_table(engine.fetch(told), folder / f"{name}.parquet", compression="zstd")


def _ids(engine: Engine, reply: Reply) -> ibis.Table:
    import pyarrow as pa

    key = ("platform", "subject", "object", "currency")
    columns = {name: pa.array([r.fixed[name] for r in reply.rows], pa.string()) for name in key}
    columns["episode_start"] = pa.array([r.fixed["episode_start"] for r in reply.rows], pa.timestamp("us"))
    return engine.put(pa.table({**columns, "finding": pa.array([r.id for r in reply.rows], pa.string())}))


def _write(rows: ibis.Table, table: str, path: Path, frozen: dict[str, Frozen]) -> None:
    import pyarrow.parquet as pq

    writer = None
    kept: dict[str, int] = {}
    try:
        for one, part in _parts(rows):
            frozen[one].add(table, part)
            room = FROZEN_ROWS - kept.get(one, 0)
            kept[one] = kept.get(one, 0) + min(part.height, room)
            if room > 0:
                arrow = part.head(room).to_arrow()
                writer = writer or pq.ParquetWriter(path, arrow.schema, compression="zstd")
                writer.write_table(arrow)
    finally:
        if writer is not None:
            writer.close()


def _parts(rows: ibis.Table) -> Iterator[tuple[str, pl.DataFrame]]:
    """The rows of one finding after another; a finding cut by a batch comes in parts."""
    import polars as pl

    for batch in rows.to_pyarrow_batches(chunk_size=BATCH_ROWS):
        frame = pl.from_arrow(batch)
        assert isinstance(frame, pl.DataFrame)
        for (one,), part in frame.group_by("finding", maintain_order=True):
            yield str(one), part


def _texts(rows: pl.DataFrame) -> list[str]:
    import polars as pl

    cells = [pl.col(c).cast(pl.String).fill_null("") for c in rows.columns]
    return rows.select(pl.concat_str(cells, separator=CELL)).to_series().to_list()
