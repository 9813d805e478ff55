"""A mapping: how a user's own files become our tables, as YAML.

platform, currency  constants for tables that map no such column
jurisdictions       whose rules are asked; CN if none is named
time_zone           the zone of times written without one; UTC if none is named
tables              per table of ours:
  from              a file, a glob, or a folder below the records folder
  sources           or several, alias: file; then `from` is a FROM clause over the aliases
  where             which rows are wanted; the others are counted as left out
  columns           ours: an SQL expression of DuckDB over the sources; without it columns are taken by name

Columns of CSV and JSON Lines are text.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec
import yaml

from guiju.records import tables
from guiju.records.errors import BadInput, hint, hint_zh


class TableMapping(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where one of our tables comes from."""

    from_: str = msgspec.field(name="from")
    sources: dict[str, str] = {}
    where: str | None = None
    columns: dict[str, str] = {}


class Mapping(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How a user's own files become our tables; `file` is where it was read from and no key of the YAML."""

    platform: str | None = None
    jurisdictions: tuple[str, ...] = ("CN",)
    currency: str | None = None
    time_zone: str = "UTC"
    tables: dict[str, TableMapping] = {}
    file: str = "the mapping"

    @property
    def digest(self) -> str:
        """Of what it says, wherever it was read from."""
        return sha256(msgspec.json.encode(msgspec.structs.replace(self, file=""), order="sorted")).hexdigest()


MAPPING_KEYS = ("platform", "jurisdictions", "currency", "time_zone", "tables")
TABLE_KEYS = ("from", "sources", "where", "columns")


def load_mapping(path: Path | str) -> Mapping:
    """Read a mapping; BadInput names the file, the place and the cure."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        _refuse_twice(path.name, yaml.compose(text, Loader=yaml.SafeLoader))
        raw = yaml.safe_load(text)
    except FileNotFoundError:
        raise BadInput(
            f"{path}: there is no such mapping file; name an existing one", f"{path}：没有这个映射文件；请写一个有的"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path}: cannot be read ({_first_words(error)}); save it as a UTF-8 text file",
            f"{path}：读不了；请存为 UTF-8 文本",
        ) from None
    except yaml.YAMLError as error:
        raise BadInput(
            f"{path}: {_where(error)}; correct the YAML there", f"{path}：{_where_zh(error)}不是 YAML；请改正那里"
        ) from None
    if not isinstance(raw, dict):
        raise BadInput(
            f"{path}: holds no keys; write some of {', '.join(MAPPING_KEYS)}",
            f"{path}：里面没有键；请写 {'、'.join(MAPPING_KEYS)} 中的一些",
        )
    _check_words(path.name, raw)
    try:
        mapping = msgspec.convert(raw, Mapping)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at ")
        place = place.strip("`").removeprefix("$.") or "top"
        raise BadInput(
            f"{path.name}: {place}: {what[:1].lower()}{what[1:]}; correct or quote the value",
            f"{path.name}：{place}：值的类型不对；请改正，或者加引号",
        ) from None
    mapping = msgspec.structs.replace(mapping, file=path.name)
    _check_values(mapping)
    return mapping


def _refuse_twice(file: str, node: Any) -> None:
    """Of a key that stands twice YAML would silently keep the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if (word := str(key.value)) in seen:
                at = f"line {key.start_mark.line + 1}"
                raise BadInput(
                    f"{file}: {at}: the key {word!r} stands twice; keep one",
                    f"{file}：第 {key.start_mark.line + 1} 行：键 {word!r} 出现两次；请留一个",
                )
            seen.add(word)
            _refuse_twice(file, value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_twice(file, value)


def _first_words(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).split("\n")[0]


def _where(error: yaml.YAMLError) -> str:
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None) or "is not YAML"
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else problem


def _where_zh(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"第 {mark.line + 1} 行第 {mark.column + 1} 列" if mark else ""


def _check_words(file: str, raw: dict[Any, Any]) -> None:
    """Every key of the YAML against what may stand there; numbers and dates as expressions are set right."""
    _known(file, "", raw, MAPPING_KEYS, "key")
    of_tables = _as_keys(file, "tables", raw.get("tables") or {})
    raw["tables"] = of_tables
    _known(file, "tables.", of_tables, tables(), "table")
    for name, entry in of_tables.items():
        place = f"tables.{name}"
        if isinstance(entry, str):
            entry = of_tables[name] = {"from": entry}
        _known(file, f"{place}.", _as_keys(file, place, entry), TABLE_KEYS, "key")
        if "from" not in entry:
            raise BadInput(
                f"{file}: {place}: has no 'from'; name a file, a glob or a folder below the records folder",
                f"{file}：{place}：没有 from；请写数据集里的文件、通配或者文件夹",
            )
        columns = _as_keys(file, f"{place}.columns", entry.get("columns") or {})
        _known(file, f"{place}.columns.", columns, tables()[name].names, "column")
        entry["columns"] = {c: _expression(file, f"{place}.columns.{c}", e) for c, e in columns.items()}
        entry["sources"] = _as_keys(file, f"{place}.sources", entry.get("sources") or {})


def _as_keys(file: str, place: str, value: object) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise BadInput(
            f"{file}: {place}: is not keys with values; write 'key: value' lines below it",
            f"{file}：{place}：不是带值的键；请在下面写“键: 值”",
        )
    return value


def _known(file: str, place: str, keys: dict[Any, Any], known: Any, what: str) -> None:
    for key in keys:
        if str(key) not in known:
            raise BadInput(
                f"{file}: {place}{key}: there is no {what} of this name; {hint(str(key), known)}",
                f"{file}：{place}{key}：没有这个名字；{hint_zh(str(key), known)}",
            )


def _expression(file: str, place: str, value: object) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)  # `quantity: 1`
    if isinstance(value, date):
        raise BadInput(
            f"{file}: {place}: is a date, not an SQL expression; write \"TIMESTAMP '{value}'\" in quotes",
            f"{file}：{place}：是日期，不是 SQL 表达式；请写 \"TIMESTAMP '{value}'\"，带引号",
        )
    if not isinstance(value, str) or not value.strip():
        raise BadInput(
            f"{file}: {place}: is not an SQL expression; write one in quotes, or leave the column out",
            f"{file}：{place}：不是 SQL 表达式；请写一个，带引号，或者去掉这一列",
        )
    return value


def _check_values(mapping: Mapping) -> None:
    try:
        ZoneInfo(mapping.time_zone)
    except (KeyError, ValueError, OSError):
        cure = hint(mapping.time_zone, available_timezones(), "names are those of the IANA database, as").split(", ")[0]
        raise BadInput(
            f"{mapping.file}: time_zone: {mapping.time_zone!r} is not a time zone; {cure}",
            f"{mapping.file}：time_zone：{mapping.time_zone!r} 不是时区；请写 IANA 的名字，例如 Asia/Shanghai",
        ) from None
    if mapping.currency is not None and not _capitals(mapping.currency, 3):
        raise BadInput(
            f"{mapping.file}: currency: {mapping.currency!r} is not three capital letters; "
            "write an ISO 4217 code, as CNY",
            f"{mapping.file}：currency：{mapping.currency!r} 不是三个大写字母；请写 ISO 4217 代码，例如 CNY",
        )
    if not mapping.jurisdictions:
        raise BadInput(
            f"{mapping.file}: jurisdictions: the list is empty; name one, as CN, or leave the key out",
            f"{mapping.file}：jurisdictions：列表是空的；请写一个，例如 CN，或者去掉这个键",
        )
    for one in mapping.jurisdictions:
        if not _capitals(one, 2):
            raise BadInput(
                f"{mapping.file}: jurisdictions: {one!r} is not a code of two capital letters; write CN or EU",
                f"{mapping.file}：jurisdictions：{one!r} 不是两个大写字母的代码；请写 CN 或 EU",
            )
    if mapping.platform is not None and not mapping.platform.strip():
        raise BadInput(
            f"{mapping.file}: platform: is empty; name the platform or leave the key out",
            f"{mapping.file}：platform：是空的；请写平台的名字，或者去掉这个键",
        )


def _capitals(word: str, length: int) -> bool:
    return len(word) == length and word.isascii() and word.isalpha() and word.isupper()
