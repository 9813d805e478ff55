"""Evidence frozen into a run folder: up to 10,000 rows a finding, with the total and a digest of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.audit.asking import Reply
from guiju.audit.engine import Engine
from guiju.checks import FOUND_ON, KEY, keyed_by
from guiju.records import tables

if TYPE_CHECKING:
    import ibis
    import polars as pl
    import pyarrow as pa

FROZEN_ROWS = 10_000  # a finding and table
BATCH_ROWS = 200_000
GROUP_ROWS = 10_000  # so that one finding is read without all the others
SHORT = 9  # a secret value of so few characters is not shown in part
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
        self._hash.update(_text(rows))

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
        keys = keyed_by(rows.columns)
        keyed = rows.inner_join(ids.rename({FOUND_ON: "platform"}) if FOUND_ON in keys else ids, keys)
        own = ("subject", "object", "episode_start", FOUND_ON)
        columns = ["finding", *(c for c in rows.columns if c not in own)]
        order = [c for c in ("finding", "occurred_at", "id") if c in columns]
        _write(engine, _masked(keyed.select(columns), table).order_by(order), table, path, frozen)
    _freeze_workings(engine, reply, ids, folder.with_name("workings") / reply.rule.name)
    return frozen


def _masked(rows: ibis.Table, table: str) -> ibis.Table:
    """Rows in which nothing is left of a secret value but its first three characters and its last two."""
    import ibis

    secret = {c.name: rows[c.name] for c in tables()[table].columns if c.secret}
    hidden = {
        name: ibis.ifelse(value.length() > SHORT, value.substr(0, 3) + "…" + value.right(2), "…")
        for name, value in secret.items()
    }
    return rows.mutate(
        **{name: ibis.ifelse(secret[name].isnull(), ibis.null("string"), h) for name, h in hidden.items()}
    )


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


def _write(engine: Engine, rows: ibis.Table, table: str, path: Path, frozen: dict[str, Frozen]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    kept: Counter[str] = Counter()
    try:
        for batch in engine.batches(rows, BATCH_ROWS):
            parts = []
            for one, start, part in _parts(batch):
                frozen[one].add(table, part)
                parts.append(batch.slice(start, min(part.height, FROZEN_ROWS - kept[one])))
                kept[one] += parts[-1].num_rows
            writer = writer or pq.ParquetWriter(path, batch.schema, compression="zstd")
            writer.write_table(pa.Table.from_batches(parts, batch.schema), GROUP_ROWS)
    finally:
        if writer is not None:
            writer.close()


def _parts(batch: pa.RecordBatch) -> Iterator[tuple[str, int, pl.DataFrame]]:
    """Each finding's rows in a batch sorted by finding, and where they start; one cut by a batch comes again."""
    import polars as pl

    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)
    start = 0
    for rows, one in frame["finding"].rle().struct.unnest().iter_rows():
        yield one, start, frame.slice(start, rows)
        start += rows


def _text(rows: pl.DataFrame) -> bytes:
    """The rows as one text, in UTF-8; nothing is done a row in Python."""
    import polars as pl

    cells = [pl.col(c).cast(pl.String).fill_null("") for c in rows.columns]
    text = (pl.concat_str(cells, separator=CELL) + ROW).str.join("")
    return bytes(rows.select(text.cast(pl.Binary)).item())
