"""Evidence frozen into a run folder: up to 10,000 rows a finding, with the total and a digest of all of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.audit.asking import Reply
from guiju.audit.columns import array
from guiju.audit.engine import Engine
from guiju.checks import FOUND_ON, KEY, keyed_by
from guiju.records import tables

if TYPE_CHECKING:
    import ibis
    import polars as pl
    import pyarrow as pa

FOUND_BY = "found_by"  # whose a frozen row is; no table of records may have such a column
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


@dataclass(frozen=True)
class Rests:
    """The rows of a table that a rule's findings rest on: `finding`, `platform` and `id`. `columns`: as frozen."""

    rule: str
    table: str
    rows: ibis.Table
    columns: list[str]


def rests_on(engine: Engine, records: Mapping[str, ibis.Table], reply: Reply, workings: Path) -> list[Rests]:
    """What a rule's findings rest on, while what its check has kept is there; its workings are frozen at once."""
    if not reply.rows:
        return []
    ids = _ids(engine, reply)
    rests = []
    for table, rows in sorted((t, rows) for t, rows in reply.evidence().items() if t in records):
        own = records[table].columns
        of_finding = [] if "currency" in own else ["currency"]
        columns = [c for c in rows.columns if c not in ("subject", "object", "episode_start", FOUND_ON)]
        if not set(own) <= set(columns):  # keys alone
            columns = [*own, *of_finding]
        by = keyed_by(rows.columns)
        named = rows.inner_join(ids.rename({FOUND_ON: "platform"}) if FOUND_ON in by else ids, by)
        keys = named.select("finding", "platform", "id", *of_finding)
        rests.append(Rests(reply.rule.name, table, engine.hold(keys), columns))
    _freeze_workings(engine, reply, ids, workings / reply.rule.name)
    return rests


def freeze(
    engine: Engine, records: Mapping[str, ibis.Table], rests: list[Rests], folder: Path, say: Callable[[str], None]
) -> Mapping[str, Frozen]:
    """Write `<rule>/<table>.parquet` below `folder`, rows sorted by finding and time; return each finding's totals.

    Whole rows are dear to read: each table is read once for the findings of all rules.
    """
    import ibis

    frozen: defaultdict[str, Frozen] = defaultdict(Frozen)
    for table in sorted({r.table for r in rests}):
        mine = [r for r in rests if r.table == table]
        keys = ibis.union(*(r.rows.mutate(**{FOUND_BY: ibis.literal(r.rule)}) for r in mine))
        whole = engine.keep(records[table].inner_join(keys, ["platform", "id"]))
        for of in mine:
            say(of.rule)
            path = folder / of.rule / f"{table}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            order = [c for c in ("finding", "occurred_at", "id") if c == "finding" or c in of.columns]
            rows = whole.filter(whole[FOUND_BY] == of.rule).select("finding", *of.columns)
            _write(engine, _masked(rows, table).order_by(order), table, path, frozen)
        engine.drop_kept()
    return frozen


def _masked(rows: ibis.Table, table: str) -> ibis.Table:
    """Rows in which nothing is left of a secret text but its first three characters and last two; of a number none."""
    import ibis

    secret = {c.name: rows[c.name] for c in tables()[table].columns if c.secret}
    texts = {name: value for name, value in secret.items() if value.type().is_string()}
    hidden = {
        name: ibis.ifelse(value.length() > SHORT, value.substr(0, 3) + "…" + value.right(2), "…")
        for name, value in texts.items()
    }
    masked = {name: ibis.ifelse(texts[name].isnull(), ibis.null("string"), h) for name, h in hidden.items()}
    gone = {name: ibis.null(value.type()) for name, value in secret.items() if name not in texts}
    return rows.mutate(**masked, **gone)


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
    columns = {name: array((r.fixed[name] for r in reply.rows), pa.string()) for name in key}
    columns["episode_start"] = array((r.fixed["episode_start"] for r in reply.rows), pa.timestamp("us"))
    return engine.put(pa.table({**columns, "finding": array((r.id for r in reply.rows), pa.string())}))


def _write(engine: Engine, rows: ibis.Table, table: str, path: Path, frozen: Mapping[str, Frozen]) -> None:
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
