"""Rows that could not be asked, each with its table, file, line and reason: kept, counted, never dropped."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

FILE, LINE, FAULT, ROW = "_guiju_file", "_guiju_line", "_guiju_fault", "_guiju_row"
COLUMNS = (
    ("table", "VARCHAR"),
    ("file", "VARCHAR"),
    ("line", "BIGINT"),
    ("reason", "VARCHAR"),
    ("row", "VARCHAR"),
)
HIDDEN = "'…'"  # SQL: in place of a value that may identify a person
KEPT_CHARACTERS = 10_000  # of a broken line; enough to recognise it


def literal(text: str) -> str:
    """Text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def pattern(path: Path) -> str:
    """A path as an SQL literal that means this very file: the engine reads [, * and ? as a pattern."""
    return literal(str(path).translate({ord("["): "[[]", ord("*"): "[*]", ord("?"): "[?]"}))


def parquet(paths: list[Path], *options: str) -> str:
    """A scan of these very files."""
    return f"read_parquet({', '.join(['[' + ', '.join(map(pattern, paths)) + ']', *options])})"


class BrokenLines:
    """Lines of one file that are no rows, gathered in a Parquet file of (line, reason, row)."""

    SCHEMA = pa.schema([("line", pa.int64()), ("reason", pa.string()), ("row", pa.string())])

    def __init__(self, path: Path) -> None:
        self.path, self.count = path, 0
        self._waiting: list[tuple[int, str, str]] = []
        self._writer: pq.ParquetWriter | None = None

    def add(self, line: int, reason: str, text: str) -> None:
        kept = text.rstrip("\r\n")[:KEPT_CHARACTERS].encode("utf-8", "backslashreplace").decode()
        self._waiting.append((line, reason, json.dumps({"text": kept}, ensure_ascii=False)))
        self.count += 1
        if len(self._waiting) >= 50_000:
            self._flush()

    def close(self) -> None:
        if self._waiting:
            self._flush()
        if self._writer:
            self._writer.close()

    def _flush(self) -> None:
        self._writer = self._writer or pq.ParquetWriter(self.path, self.SCHEMA)
        columns = zip(*self._waiting, strict=True)
        self._writer.write_table(pa.table([list(c) for c in columns], schema=self.SCHEMA))
        self._waiting.clear()


class Quarantine:
    """The one Parquet file of a run's quarantined rows, written in parts and joined at the end."""

    def __init__(self, con: duckdb.DuckDBPyConnection, work: Path) -> None:
        self.con, self.work = con, work
        self.parts: list[Path] = []

    def add(self, table: str, query: str) -> int:
        """Keep the rows of a query of (file, line, reason, row); how many they were."""
        part = self.work / f"quarantine-{len(self.parts):04}.parquet"
        selected = f'SELECT {literal(table)} AS "table", file, line, reason, row FROM ({query})'
        written = self.con.execute(f"COPY ({selected}) TO {literal(str(part))} (FORMAT parquet)").fetchall()
        self.parts.append(part)
        return int(written[0][0])

    def add_lines(self, table: str, file: str, broken: BrokenLines) -> int:
        if not broken.count:
            return 0
        return self.add(table, f"SELECT {literal(file)} AS file, line, reason, row FROM {parquet([broken.path])}")

    def close(self) -> Path:
        """Join the parts, in the order of table, file and line."""
        path = self.work / "quarantine.parquet"
        casts = ", ".join(f"CAST({quoted(n)} AS {t}) AS {quoted(n)}" for n, t in COLUMNS)
        if self.parts:
            query = f"SELECT {casts} FROM {parquet(self.parts)} ORDER BY ALL"
        else:
            query = f"SELECT {', '.join(f'NULL::{t} AS {quoted(n)}' for n, t in COLUMNS)} WHERE false"
        self.con.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)")
        for part in self.parts:
            part.unlink()
        return path
