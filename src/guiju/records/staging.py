"""Puts a user's records before an engine: each table a view of good rows, with every other row accounted for.

Parquet that is already ours and has no bad row stays where it is; all else is written, typed, as Parquet.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from collections.abc import Mapping as AnyMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from guiju.records import tables
from guiju.records.errors import BadInput, first_line, is_full, near
from guiju.records.faults import faults
from guiju.records.fitting import Fit, Fitter
from guiju.records.mapping import Mapping
from guiju.records.opening import Opener
from guiju.records.quarantine import FAULT, FILE, HIDDEN, LINE, ROW, Quarantine, literal, parquet, quoted
from guiju.records.sources import Folder, Frames, InputFile, fingerprint

HASHES_AT_ONCE = 50_000_000  # of 8 bytes each


@dataclass(frozen=True)
class StagedTable:
    """One table: read = good + quarantined; `left_out` are the rows a mapping's `where` did not want."""

    name: str
    read: int
    good: int
    quarantined: int
    left_out: int
    supplied: frozenset[str]
    files: tuple[InputFile, ...]
    first: datetime | None  # of occurred_at, UTC
    last: datetime | None


@dataclass(frozen=True)
class Staged:
    """The tables before the engine, and what could not be put there."""

    tables: dict[str, StagedTable]
    jurisdictions: tuple[str, ...]
    quarantine: Path
    ignored: list[str]


def stage(
    con: duckdb.DuckDBPyConnection,
    records: Path | AnyMapping[str, Any],
    mapping: Mapping | None,
    work: Path,
    progress: Callable[[str], None] | None = None,
    wanted: Collection[str] | None = None,
) -> Staged:
    """Read, fit, judge and quarantine; leaves one view a table in `con`. BadInput: it cannot be done.

    wanted: the tables to read, where not all are.
    """
    say = progress or (lambda _: None)
    work.mkdir(parents=True, exist_ok=True)
    con.execute("SET python_enable_replacements = false")  # a mapping names sources, never Python's variables
    con.execute("SET TimeZone = 'UTC'")
    supplied = Frames(records, work) if isinstance(records, AnyMapping) else Folder(Path(records))
    opener, quarantine = Opener(con, work, say), Quarantine(con, work)
    fits = _fits(Fitter(con, supplied, mapping, opener), supplied, mapping, wanted)
    inputs = {i for f in fits for s in f.sources.values() for i in s.inputs}
    with ThreadPoolExecutor(1) as beside:
        digests = {given: beside.submit(fingerprint, given) for given in sorted(inputs, key=lambda i: i.name)}
        staged = {}
        for fit in fits:
            say(f"checking {fit.table.name}")
            table = _Staging(con, fit, quarantine, work).stage()
            files = sorted({i for s in fit.sources.values() for i in s.inputs}, key=lambda i: i.name)
            staged[fit.table.name] = replace(table, files=tuple(digests[i].result() for i in files))
    shutil.rmtree(work / "copies", ignore_errors=True)
    return Staged(
        staged,
        (mapping or Mapping()).jurisdictions,
        quarantine.close(),
        _ignored(supplied, inputs, fits, mapping),
    )


def _fits(
    fitter: Fitter, supplied: Folder | Frames, mapping: Mapping | None, wanted: Collection[str] | None
) -> list[Fit]:
    known = {name: table for name, table in tables().items() if wanted is None or name in wanted}
    if mapping and mapping.tables:
        return [
            fitter.by_mapping(known[name], mapping.tables[name]) for name in sorted(mapping.tables) if name in known
        ]
    found = supplied.by_table()
    if not found:
        raise supplied.nothing()
    return [fitter.by_name(known[name], found[name]) for name in sorted(found) if name in known]


def _ignored(supplied: Folder | Frames, inputs: set[Any], fits: list[Fit], mapping: Mapping | None) -> list[str]:
    """Files that no table came from, and columns that are not ours in files taken by name."""
    files = [f for f in supplied.unused(inputs) if not mapping or f != mapping.file]
    columns = []
    for fit in fits:
        free = [n for n in fit.table.names if n not in fit.columns]
        for name in fit.unused:
            guess = near(name, free)
            columns.append(f"{fit.place}: column {name}{f' (did you mean {guess}?)' if guess else ''}")
    return files + columns


# Errors that tell of this program or its machine, not of what a user supplied.
_OURS = (
    duckdb.OutOfMemoryException,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.InternalException,
    duckdb.InterruptException,
)


class _Group(NamedTuple):
    """A table's rows of one platform and currency."""

    platform: str
    currency: str | None
    rows: int
    first: datetime | None
    last: datetime | None
    faulty: int


class _Staging:
    """One table on its way."""

    def __init__(self, con: duckdb.DuckDBPyConnection, fit: Fit, quarantine: Quarantine, work: Path) -> None:
        self.con, self.fit, self.quarantine, self.work = con, fit, quarantine, work
        self.name = fit.table.name
        self.ours = ", ".join(map(quoted, fit.table.names))

    def stage(self) -> StagedTable:
        try:
            return self._stage()
        except _OURS:
            raise
        except duckdb.Error as error:
            if is_full(error):
                raise
            is_value = isinstance(error, (duckdb.DataError, duckdb.InvalidInputException))
            cure = "correct the expression, or use TRY_CAST in it" if is_value else "copy the files again"
            raise BadInput(
                f"{self.fit.place}: cannot be read to the end ({first_line(error)}); {cure}",
                f"{self.fit.place}：读不到末尾；请改正表达式（可以用 TRY_CAST），或者重新复制文件",
            ) from None

    def _stage(self) -> StagedTable:
        left_out = self._one(self.fit.left_out()) if self.fit.where else 0
        lines = {f: b for s in self.fit.sources.values() for f, b in s.broken.items()}
        broken = sum(self.quarantine.add_lines(self.name, file, b) for file, b in sorted(lines.items()))
        groups = self._as_it_is() if self.fit.is_ours else None
        if groups is None:
            rows, quarantined, good = self._sifted()
        else:
            rows, quarantined = sum(g.rows for g in groups), 0
            good = f"SELECT {self.ours} FROM ({self.fit.read(as_is=True, place=False)})"
        supplied = self.fit.rows
        assert supplied in (None, rows + left_out), f"{self.name}: {supplied} supplied, {rows} + {left_out} read"
        self.con.execute(f"CREATE OR REPLACE VIEW {quoted(self.name)} AS {good}")
        groups = self._groups(quoted(self.name)) if groups is None else groups
        self._refuse_mixed(groups)
        kept = sum(g.rows for g in groups)
        first = min((g.first for g in groups if g.first), default=None)
        last = max((g.last for g in groups if g.last), default=None)
        read, quarantined = rows + broken, quarantined + broken
        assert read == kept + quarantined, f"{self.name}: read {read}, good {kept}, quarantined {quarantined}"
        return StagedTable(self.name, read, kept, quarantined, left_out, frozenset(self.fit.columns), (), first, last)

    def _one(self, query: str) -> int:
        return int(self.con.execute(query).fetchall()[0][0])

    def _as_it_is(self) -> list[_Group] | None:
        """The rows by group, if every one is good as supplied: one scan for faults, one for doubled keys."""
        values = self.fit.read(as_is=True, place=False)
        bad = [f.when for f in faults(self.fit.table, self.fit.kinds)]
        bad += [f"{quoted(c)} = ''" for c, kind in self.fit.kinds.items() if kind == "VARCHAR"]
        groups = self._groups(f"({values})", " OR ".join(f"({b})" for b in bad))
        if any(g.faulty for g in groups) or self._has_doubles(values, sum(g.rows for g in groups)):
            return None
        return groups

    def _groups(self, rows: str, faulty: str = "false") -> list[_Group]:
        """Rows counted by platform and currency."""
        currency = "currency" if "currency" in self.fit.table.names else "NULL"
        times = "min(occurred_at), max(occurred_at)" if "occurred_at" in self.fit.table.names else "NULL, NULL"
        groups = self.con.execute(
            f"SELECT platform, {currency}, count(*), {times}, count_if({faulty}) FROM {rows} GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        return [_Group(*g) for g in groups]

    def _has_doubles(self, values: str, rows: int) -> bool:
        """Whether two keys may be the same: their hashes, sorted part by part so that memory is bounded."""
        parts = rows // HASHES_AT_ONCE + 1
        key = "hash(platform, id)"
        for part in range(parts):
            query = f"SELECT {key} AS key FROM ({values}) WHERE {key} % {parts} = {part}"
            hashes = self.con.execute(query).fetchnumpy()["key"]
            hashes.sort()  # many times quicker than the engine's count of distinct ones
            if (hashes[1:] == hashes[:-1]).any():
                return True
        return False

    def _sifted(self) -> tuple[int, int, str]:
        """Rows, rows quarantined and the query of good rows, after the bad ones are set aside."""
        judged = self.fit.judged()
        if not self.fit.is_ours:  # read once; what is ours already is cheaper to read again than to write
            path = self.work / f"{self.name}.judged.parquet"
            self._write(judged, path)
            judged = f"SELECT * FROM {parquet([path])}"
        rows = self._one(f"SELECT count(*) FROM ({judged})")
        place = f"{FILE} AS file, {LINE} AS line"
        bad = self.quarantine.add(
            self.name,
            f"SELECT {place}, {FAULT} AS reason, {ROW} AS row FROM ({judged}) WHERE {FAULT} IS NOT NULL",
        )
        passed = f"SELECT {self.ours}, {FILE}, {LINE} FROM ({judged}) WHERE {FAULT} IS NULL"
        doubles, good = self._doubles(passed)
        if self.fit.is_ours or bad or doubles:
            kept = self.work / f"{self.name}.parquet"
            self._write(good, kept)
            if not self.fit.is_ours:
                path.unlink()
            self.con.execute("DROP TABLE IF EXISTS _guiju_twice; DROP TABLE IF EXISTS _guiju_doubles")
        else:
            kept = path.rename(self.work / f"{self.name}.parquet")
        return rows, bad + doubles, f"SELECT {self.ours} FROM {parquet([kept])}"

    def _write(self, query: str, path: Path) -> None:
        self.con.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)")

    def _doubles(self, passed: str) -> tuple[int, str]:
        """Quarantine rows whose key stands twice; how many, and the query of the others.

        Of copies the first row stays. Rows of one key that differ all go: nobody can know which is true.
        """
        seen = "hash(platform, id)"
        hashes = f"SELECT {seen} AS h FROM ({passed}) GROUP BY h HAVING count(*) > 1"
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE _guiju_twice AS {hashes}")
        if not self._one("SELECT count(*) FROM _guiju_twice"):
            return 0, f"SELECT {self.ours} FROM ({passed})"
        twice = f"({passed}) WHERE {seen} IN (SELECT h FROM _guiju_twice)"
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE _guiju_doubles AS {self._compared(twice)}")
        where = "first_file || coalesce(' line ' || first_line, '')"
        copy = f"'a copy of the row with the same id in ' || {where}"
        differ = f"' rows that differ; the first is in ' || {where}"
        conflict = f"'id ' || '''' || id || '''' || ' stands for ' || n || {differ}"
        out = self.quarantine.add(
            self.name,
            f"SELECT {FILE} AS file, {LINE} AS line, {self._shown()} AS row, "
            f"CASE WHEN same THEN {copy} ELSE {conflict} END AS reason "
            "FROM _guiju_doubles WHERE NOT (same AND nth = 1)",
        )
        others = f"SELECT {self.ours} FROM ({passed}) WHERE {seen} NOT IN (SELECT h FROM _guiju_twice)"
        return out, f"{others} UNION ALL SELECT {self.ours} FROM _guiju_doubles WHERE same AND nth = 1"

    def _shown(self) -> str:
        """A row's text, without what may identify a person."""
        table = self.fit.table
        hidden = {c.name for c in table.columns if table.hides(c.name)}
        values = ", ".join(f"{quoted(n)} := {HIDDEN if n in hidden else quoted(n)}" for n in table.names)
        return f"CAST(to_json(struct_pack({values})) AS VARCHAR)" if hidden else ROW

    def _compared(self, rows: str) -> str:
        """Each row with its key's number of rows, whether they are the same, and where the first is."""
        text = f"CAST(to_json(struct_pack({self.ours})) AS VARCHAR) AS {ROW}"
        return (
            f"SELECT *, count(*) OVER k AS n, min({ROW}) OVER k = max({ROW}) OVER k AS same, "
            "row_number() OVER o AS nth, "
            f"first({FILE}) OVER o AS first_file, first({LINE}) OVER o AS first_line "
            f"FROM (SELECT *, {text} FROM {rows}) "
            f"WINDOW k AS (PARTITION BY platform, id), o AS (k ORDER BY {FILE}, {LINE})"
        )

    def _refuse_mixed(self, groups: list[_Group]) -> None:
        """Sums over a platform's rows would mix its currencies."""
        for platform in dict.fromkeys(g.platform for g in groups):
            counts = {g.currency: g.rows for g in groups if g.platform == platform}
            if len(counts) > 1:
                named = ", ".join(f"{c} ({n} row{'' if n == 1 else 's'})" for c, n in counts.items())
                raise BadInput(
                    f"{self.fit.place}: platform {platform!r} has more than one currency: {named}; "
                    "sums over them are refused: supply one currency a platform, or make each a platform",
                    f"{self.fit.place}：平台 {platform!r} 有几种货币："
                    f"{named}；不能相加：请每个平台只给一种货币，或者分成几个平台",
                )
