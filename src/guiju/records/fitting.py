"""Fits a user's files to our columns: which expression gives which column, checked before any row is read."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

import duckdb

from guiju.records import RecordTable
from guiju.records.errors import BadInput, first_line, hint, hint_zh, near
from guiju.records.faults import NOTHING, engine_type, faults, raw, readable, value
from guiju.records.mapping import Mapping, TableMapping
from guiju.records.opening import Opener, Source
from guiju.records.quarantine import FAULT, FILE, HIDDEN, LINE, ROW, literal, quoted
from guiju.records.sources import Folder, Frames, Input

ALONE = "source"  # what a single source is called
_UNKNOWN = re.compile(r'column "?([^"]+?)"? (?:not found|does not exist)|does not have a column named "([^"]+)"')


@dataclass(frozen=True)
class Fit:
    """One table of ours over a user's files. `kinds` are the supplied columns' engine types."""

    table: RecordTable
    place: str
    zone: str
    sources: dict[str, Source]
    from_: str
    where: str | None
    columns: dict[str, str]  # ours: an SQL expression
    kinds: dict[str, str]
    knows_place: bool  # whether rows can be traced to a line
    unused: tuple[str, ...]  # columns of the user's that are not ours

    @property
    def is_ours(self) -> bool:
        """Whether one Parquet source already has our types: nothing need be copied."""
        ours = {c.name: engine_type(c) for c in self.table.columns}
        same = all(kind == ours[name] for name, kind in self.kinds.items())
        naive = self.zone == "UTC" or not any(k == "TIMESTAMP" for k in self.kinds.values())
        alone = len(self.sources) == 1 and not next(iter(self.sources.values())).is_text
        return same and naive and alone

    @property
    def rows(self) -> int | None:
        """How many rows the files hold, if the table is one source as it stands, not a join."""
        (alias, first), *more = self.sources.items()
        return first.rows if not more and self.from_.strip() == alias else None

    def given(self, place: bool = True) -> str:
        """The supplied values under our names, with file and line beside if asked."""
        return _given(self, self.columns, place)

    def left_out(self) -> str:
        """How many rows `where` left out."""
        unwanted = f"NOT coalesce(({self.where}\n), false)"
        return f"{_sources(self, False)} SELECT count(*) FROM {self.from_} WHERE {unwanted}"

    def read(self, as_is: bool = False, place: bool = True) -> str:
        """Our columns, typed, and the supplied values beside; `as_is` where they need no reading."""
        ours = []
        for column in self.table.columns:
            kind = self.kinds.get(column.name)
            if kind is None:
                sql = f"NULL::{engine_type(column)}"
            else:
                sql = raw(column.name) if as_is else value(column, kind, self.zone)
            ours.append(f"{sql} AS {quoted(column.name)}")
        return f"SELECT *, {', '.join(ours)} FROM ({self.given(place)})"

    def judged(self) -> str:
        """Our columns with file and line, the row's faults (null: none) and, of a bad row, its text."""
        found = faults(self.table, self.kinds)
        said = ", ".join(f"CASE WHEN {f.when} THEN {f.says} END" for f in found)
        hides = self.table.hides
        values = ", ".join(
            f"{quoted(n)} := {HIDDEN if hides(n) else f'CAST({raw(n)} AS VARCHAR)'}" for n in self.columns
        )
        ours = ", ".join(map(quoted, self.table.names))
        # Sentences are made for bad rows only: a CASE is skipped where its condition fails.
        any_fault = " OR ".join(f"({f.when})" for f in found)
        sentences = f"CASE WHEN {any_fault} THEN concat_ws('; ', {said}) END"
        judged = f"SELECT *, {sentences} AS {FAULT} FROM ({self.read()})"
        text = f"CASE WHEN {FAULT} IS NOT NULL THEN CAST(to_json(struct_pack({values})) AS VARCHAR) END"
        return f"SELECT {ours}, {FILE}, {LINE}, {FAULT}, {text} AS {ROW} FROM ({judged})"


def _sources(fit: Fit, place: bool) -> str:
    """The WITH clause; only the first source's rows carry their place, or a NATURAL JOIN would join by it."""
    first = next(iter(fit.sources))
    each = (
        f"{quoted(a)} AS NOT MATERIALIZED ({s.placed if place and a == first else s.plain})"
        for a, s in fit.sources.items()
    )
    return f"WITH {', '.join(each)}"


def _given(fit: Fit, columns: dict[str, str], place: bool) -> str:
    picked = [f"({e}\n) AS {raw(n)}" for n, e in columns.items()]
    if place and fit.knows_place:
        first = quoted(next(iter(fit.sources)))
        picked += [f"{first}.{FILE}", f"{first}.{LINE}"]
    elif place:
        files = " + ".join(dict.fromkeys(i.name for s in fit.sources.values() for i in s.inputs[:3]))
        picked += [f"{literal(files)} AS {FILE}", f"NULL::BIGINT AS {LINE}"]
    where = f" WHERE ({fit.where}\n)" if fit.where else ""
    return f"{_sources(fit, place)} SELECT {', '.join(picked)} FROM {fit.from_}{where}"


def _reads(tree: object) -> tuple[set[str], set[str]]:
    """The tables and table functions of a parsed statement; its own WITH names are none."""
    tables: set[str] = set()
    functions: set[str] = set()
    own: set[str] = set()
    rest = [tree]
    while rest:
        node = rest.pop()
        if isinstance(node, dict):
            if node.get("type") == "BASE_TABLE":
                tables.add(node["table_name"])
            elif node.get("type") == "TABLE_FUNCTION":
                functions.add(node["function"]["function_name"])
            own |= {entry["key"] for entry in (node.get("cte_map") or {}).get("map", [])}
            rest += node.values()
        elif isinstance(node, list):
            rest += node
    return tables - own, functions


class Fitter:
    """Fits each table of a folder or of frames."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        records: Folder | Frames,
        mapping: Mapping | None,
        opener: Opener,
    ) -> None:
        self.con, self.records, self.opener = con, records, opener
        self.mapping = mapping or Mapping()

    def by_name(self, table: RecordTable, inputs: tuple[Input, ...]) -> Fit:
        """Files that hold our own columns."""
        place = inputs[0].name if len(inputs) == 1 else f"{table.name}/"
        return self._by_name(table, self.opener.open(inputs), place)

    def by_mapping(self, table: RecordTable, entry: TableMapping) -> Fit:
        place = f"{self.mapping.file}: tables.{table.name}"
        if not entry.sources:
            if re.search(r"\bjoin\b", entry.from_, re.IGNORECASE):
                raise BadInput(
                    f"{place}.from: joins files that have no alias; name them under 'sources', as {{o: orders.csv}}",
                    f"{place}.from：连接的文件没有别名；请在 sources 下命名，例如 {{o: orders.csv}}",
                )
            sources = {ALONE: self.opener.open(self.records.find(entry.from_, f"{place}.from"))}
            clause = ALONE
        else:
            sources = {
                alias: self.opener.open(self.records.find(name, f"{place}.sources.{alias}"))
                for alias, name in entry.sources.items()
            }
            clause = entry.from_
        if not entry.columns:
            if len(sources) > 1:
                raise BadInput(
                    f"{place}: joins sources but maps no columns; write 'columns' with expressions",
                    f"{place}：连接了数据源却没有映射列；请写 columns 与表达式",
                )
            return self._by_name(table, next(iter(sources.values())), place, entry.where)
        # A column's bare name is meant as such, though it be a reserved word (at) or hold a space.
        named = {n for s in sources.values() for n in s.columns}
        columns = {n: quoted(e.strip()) if e.strip() in named else e for n, e in entry.columns.items()}
        return self._bound(table, place, sources, clause, entry.where, columns, ())

    def _by_name(self, table: RecordTable, source: Source, place: str, where: str | None = None) -> Fit:
        has = {n.strip().casefold(): n for n in reversed(source.columns)} | {n: n for n in source.columns}
        columns = {n: quoted(has[n]) for n in table.names if n in has}
        used = {has[n] for n in columns}
        unused = tuple(n for n in source.columns if n not in used)
        return self._bound(table, place, {ALONE: source}, ALONE, where, columns, unused)

    def _bound(
        self,
        table: RecordTable,
        place: str,
        sources: dict[str, Source],
        clause: str,
        where: str | None,
        columns: dict[str, str],
        unused: tuple[str, ...],
    ) -> Fit:
        """Put the mapping's constants in, and let the engine bind every expression."""
        for name in ("platform", "currency"):
            constant = getattr(self.mapping, name)
            if name in table.names and name not in columns and constant is not None:
                columns[name] = literal(constant)
        fit = Fit(table, place, self.mapping.time_zone, sources, clause, where, columns, {}, True, unused)
        self._refuse_missing(fit)
        self._refuse_strangers(fit)
        fit = self._placed(fit)
        kinds = self._kinds(fit)
        for column in table.columns:
            if (kind := kinds.get(column.name)) and (why := readable(column, kind)):
                if self._holds_values(fit, column.name):
                    raise BadInput(
                        f"{self._column_place(fit, column.name)}: {why}",
                        f"{self._column_place(fit, column.name)}：类型是 {kind}，不能当作 {column.type} 读；请转换",
                    )
                kinds[column.name] = NOTHING
        return replace(fit, kinds=kinds)

    def _refuse_missing(self, fit: Fit) -> None:
        missing = [c.name for c in fit.table.columns if c.needed and c.name not in fit.columns]
        if not missing:
            return
        has = [n for s in fit.sources.values() for n in s.columns]
        likely = fit.unused or has
        guesses = {n: near(n, likely) for n in missing}
        named = [n if g in (None, n) else f"{n} (did you mean {g}?)" for n, g in guesses.items()]
        raise BadInput(
            f"{fit.place}: the table {fit.table.name} needs {', '.join(named)}; "
            f"supply or map what is missing; there is {', '.join(has[:40])}",
            f"{fit.place}：表 {fit.table.name} 需要 {'、'.join(missing)}；"
            f"请提供或者映射缺少的；现有 {'、'.join(has[:40])}",
        )

    def _refuse_strangers(self, fit: Fit) -> None:
        """A mapping may read the named sources only: anything else would be no part of the evidence."""
        texts = [("from", f"SELECT 1 FROM {fit.from_}")]
        texts += [("where", f"SELECT ({fit.where}\n)")] if fit.where else []
        texts += [(f"columns.{n}", f"SELECT ({e}\n)") for n, e in fit.columns.items()]
        for key, text in texts:
            said = json.loads(self.con.execute(f"SELECT json_serialize_sql({literal(text)})").fetchall()[0][0])
            if said["error"] or len(said["statements"]) != 1:
                why = said.get("error_message", "several statements").split("\n")[0]
                raise BadInput(
                    f"{fit.place}.{key}: is not SQL ({why}); correct it", f"{fit.place}.{key}：不是 SQL；请改正"
                )
            tables, functions = _reads(said)
            for name in sorted(tables - fit.sources.keys()):
                cure = hint(name, fit.sources, "sources are")
                raise BadInput(
                    f"{fit.place}.{key}: there is no source {name!r}; {cure}",
                    f"{fit.place}.{key}：没有数据源 {name!r}；{hint_zh(name, fit.sources)}",
                )
            for name in sorted(functions - {"unnest", "range", "generate_series"}):
                raise BadInput(
                    f"{fit.place}.{key}: reads by {name}; name files under 'sources' and use their alias",
                    f"{fit.place}.{key}：用 {name} 读取；请在 sources 下写文件，用它们的别名",
                )

    def _placed(self, fit: Fit) -> Fit:
        """Trace rows to lines, unless the FROM clause hides the first source under another name."""
        if self._describe(_given(replace(fit, where=None), {}, True)) is None:
            return fit
        hidden = replace(fit, knows_place=False)
        if error := self._describe(_given(replace(hidden, where=None), {}, True)):
            raise BadInput(
                f"{fit.place}.from: {self._explained(error, fit)}",
                f"{fit.place}.from：{self._explained_zh(error, fit)}",
            )
        return hidden

    def _kinds(self, fit: Fit) -> dict[str, str]:
        try:
            rows = self.con.execute(f"DESCRIBE {fit.given()}").fetchall()
        except duckdb.Error as whole:
            if fit.where and (error := self._describe(_given(fit, {}, True))):
                raise BadInput(
                    f"{fit.place}.where: {self._explained(error, fit)}",
                    f"{fit.place}.where：{self._explained_zh(error, fit)}",
                ) from None
            for name, expression in fit.columns.items():
                if error := self._describe(_given(fit, {name: expression}, True)):
                    raise BadInput(
                        f"{self._column_place(fit, name)}: {self._explained(error, fit)}",
                        f"{self._column_place(fit, name)}：{self._explained_zh(error, fit)}",
                    ) from None
            raise BadInput(
                f"{fit.place}: {self._explained(whole, fit)}", f"{fit.place}：{self._explained_zh(whole, fit)}"
            ) from None
        return {name.removeprefix("_raw_"): kind for name, kind, *_ in rows if name not in (FILE, LINE)}

    def _holds_values(self, fit: Fit, name: str) -> bool:
        """An empty column has whatever type its writer chose, as pandas' float for no dates at all."""
        query = f"SELECT count({raw(name)}) FROM ({_given(fit, {name: fit.columns[name]}, False)})"
        return bool(self.con.execute(query).fetchall()[0][0])

    def _describe(self, query: str) -> duckdb.Error | None:
        try:
            self.con.execute(f"DESCRIBE {query}")
        except duckdb.Error as error:
            return error
        return None

    def _column_place(self, fit: Fit, name: str) -> str:
        mapped = fit.place.startswith(f"{self.mapping.file}: ")
        return f"{fit.place}.columns.{name}" if mapped else f"{fit.place}: column {name}"

    @staticmethod
    def _explained(error: duckdb.Error, fit: Fit) -> str:
        """The engine's complaint as one sentence with a cure."""
        message = first_line(error)
        supplied = [n for s in fit.sources.values() for n in s.columns]
        if unknown := _UNKNOWN.search(message):
            name = unknown[1] or unknown[2]
            return f"the sources have no column {name!r}; {hint(name, supplied, 'they have')}"
        if "must appear in the GROUP BY" in message:
            return "sums over rows; write an expression of one row"
        cure = "correct it"
        if any(s.is_text for s in fit.sources.values()):
            cure = "columns of CSV and JSON Lines are text: use TRY_CAST(… AS DECIMAL(18, 2)) and the like"
        return f"cannot be computed ({message}); {cure}"

    @staticmethod
    def _explained_zh(error: duckdb.Error, fit: Fit) -> str:
        """The same in Chinese, without the engine's own words."""
        message = first_line(error)
        if unknown := _UNKNOWN.search(message):
            name, supplied = unknown[1] or unknown[2], [n for s in fit.sources.values() for n in s.columns]
            return f"数据源里没有列 {name!r}；{hint_zh(name, supplied)}"
        if "must appear in the GROUP BY" in message:
            return "对多行求和；请写一行的表达式"
        if any(s.is_text for s in fit.sources.values()):
            return "算不出来；CSV 与 JSON Lines 的列都是文本：请用 TRY_CAST(… AS DECIMAL(18, 2)) 之类"
        return "算不出来；请改正"
