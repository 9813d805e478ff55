"""Supplied files as relations of the engine, each row with its file and line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from guiju.records.errors import BadInput, is_full
from guiju.records.quarantine import FILE, LINE, BrokenLines, literal, parquet, pattern
from guiju.records.reading import copy_csv, copy_jsonl
from guiju.records.sources import Input


@dataclass(frozen=True)
class Source:
    """Some files of one kind as one relation: `plain` as they are, `placed` with file and line beside."""

    plain: str
    placed: str
    columns: dict[str, str]  # name: the engine's type
    rows: int
    inputs: tuple[Input, ...]
    broken: dict[str, BrokenLines] = field(default_factory=dict)  # by file
    is_text: bool = False


class Opener:
    """Opens each set of files once, however many tables come from it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, work: Path, say: Callable[[str], None]) -> None:
        self.con, self.say = con, say
        self.folder = work / "copies"
        self.opened: dict[tuple[Input, ...], Source] = {}
        self._copies = 0

    def open(self, inputs: tuple[Input, ...]) -> Source:
        if inputs not in self.opened:
            opens = {"parquet": self._parquet, "csv": self._csv, "jsonl": self._jsonl}
            try:
                self.opened[inputs] = opens[inputs[0].format](inputs)
            except OSError as error:
                if is_full(error):
                    raise
                where = inputs[0].name if len(inputs) == 1 else f"{inputs[0].name} or a part beside it"
                raise BadInput(
                    f"{where}: cannot be read ({error.strerror}); check its permissions and the disk",
                    f"{where}：读不了；请检查权限与磁盘",
                ) from None
        return self.opened[inputs]

    def _parquet(self, inputs: tuple[Input, ...]) -> Source:
        rows = 0
        for given in inputs:
            try:
                asked = f"SELECT num_rows FROM parquet_file_metadata({pattern(given.path)})"
                rows += self.con.execute(asked).fetchall()[0][0]
            except duckdb.Error:
                raise BadInput(
                    f"{given.name}: is not a whole Parquet file; copy it again",
                    f"{given.name}：不是完整的 Parquet 文件；请重新复制",
                ) from None
        paths = [i.path for i in inputs]
        union = "union_by_name = true"
        plain = f"SELECT * FROM {parquet(paths, union)}"
        if len(inputs) == 1:
            file = literal(inputs[0].name)
        else:
            names = ", ".join(f"{literal(str(i.path))}: {literal(i.name)}" for i in inputs)
            file = f"(MAP {{{names}}})[filename]"
        placed = (
            f"SELECT * EXCLUDE (filename, file_row_number), {file} AS {FILE}, file_row_number + 1 AS {LINE} "
            f"FROM {parquet(paths, union, 'filename = true', 'file_row_number = true')}"
        )
        return Source(plain, placed, self._columns(plain, inputs), rows, inputs)

    def _csv(self, inputs: tuple[Input, ...]) -> Source:
        scans, rows, broken = [], 0, {}
        for given in inputs:
            self.say(f"reading {given.name}")
            target, set_aside = self._targets("csv")
            copy = copy_csv(given.path, given.name, target, set_aside)
            set_aside.close()
            columns = ", ".join(f"{literal(n)}: 'VARCHAR'" for n in copy.header)
            options = (
                f"columns = {{'{LINE}': 'BIGINT', {columns}}}, auto_detect = false, header = false, "
                f"delim = {literal(copy.delimiter)}, "
                f"quote = '\"', escape = '\"', nullstr = '', max_line_size = 4000000"
            )
            if copy.over_lines:
                options += ", parallel = false"
            scans.append(
                f"SELECT * EXCLUDE ({LINE}), {literal(given.name)} AS {FILE}, {LINE} "
                f"FROM read_csv({pattern(target)}, {options})"
            )
            rows += copy.records
            broken[given.name] = copy.broken
        return self._text(scans, rows, inputs, broken)

    def _jsonl(self, inputs: tuple[Input, ...]) -> Source:
        scans, rows, broken = [], 0, {}
        for given in inputs:
            self.say(f"reading {given.name}")
            target, set_aside = self._targets("parquet")
            copy = copy_jsonl(given.path, given.name, target, set_aside)
            is_object = "CASE WHEN json_valid(text) THEN json_type(text) = 'OBJECT' ELSE false END"
            lines = f"SELECT line, text, CASE WHEN {is_object} THEN text END AS object FROM {parquet([target])}"
            bad = f"SELECT line, text FROM ({lines}) WHERE object IS NULL ORDER BY line"
            for line, text in self.con.execute(bad).fetchall():
                set_aside.add(line, "the line is not a JSON object", text)
                copy.records -= 1
            set_aside.close()
            keys = f"SELECT DISTINCT unnest(json_keys(object)) AS k FROM ({lines}) ORDER BY k"
            found = [json.dumps(k, ensure_ascii=False) for (k,) in self.con.execute(keys).fetchall()]
            shape = "{" + ", ".join(f'{k}: "VARCHAR"' for k in found) + "}"
            each = f"unnest(from_json(object, {literal(shape)}))" if found else "object"
            scans.append(
                f"SELECT {each}, {literal(given.name)} AS {FILE}, line AS {LINE} "
                f"FROM ({lines}) WHERE object IS NOT NULL"
            )
            rows += copy.records
            broken[given.name] = set_aside
        return self._text(scans, rows, inputs, broken)

    def _text(self, scans: list[str], rows: int, inputs: tuple[Input, ...], broken: dict[str, BrokenLines]) -> Source:
        placed = " UNION ALL BY NAME ".join(scans)
        plain = f"SELECT * EXCLUDE ({FILE}, {LINE}) FROM ({placed})"
        return Source(plain, placed, self._columns(plain, inputs), rows, inputs, broken, is_text=True)

    def _targets(self, suffix: str) -> tuple[Path, BrokenLines]:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._copies += 1
        return self.folder / f"{self._copies:04}.{suffix}", BrokenLines(
            self.folder / f"{self._copies:04}.broken.parquet"
        )

    def _columns(self, query: str, inputs: tuple[Input, ...]) -> dict[str, str]:
        try:
            return {name: kind for name, kind, *_ in self.con.execute(f"DESCRIBE {query}").fetchall()}
        except duckdb.Error:
            named = ", ".join(i.name for i in inputs[:3])
            raise BadInput(
                f"{named}: the parts' columns do not fit together; give every part the same columns and types",
                f"{named}：各部分的列对不上；请让各部分的列和类型一致",
            ) from None
