"""What makes a row bad, as SQL: how a supplied value becomes ours, and the sentences said where it cannot.

Empty text is null. Text and floats are rounded to a decimal's places.
Times without a zone are of the mapping's zone.
"""

from __future__ import annotations

from dataclasses import dataclass

from guiju.records import TEXT, TIME, WHOLE, Column, RecordTable
from guiju.records.quarantine import literal, quoted

ENGINE_TYPES = {TEXT: "VARCHAR", TIME: "TIMESTAMP", WHOLE: "BIGINT"}
WHOLES = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
NUMBERS = ("DECIMAL", "DOUBLE", "FLOAT", *WHOLES, *(f"U{n}" for n in WHOLES))
TIMES = ("TIMESTAMP", "DATE")
NOTHING = "NULL"  # the type of a column without values
EARLIEST, LATEST = "TIMESTAMP '1990-01-01'", "TIMESTAMP '2101-01-01'"
WITH_ZONE = r":\d{2}(?:\.\d+)?\s*(?:[zZ]|UTC|[+-]\d{2}(?::?\d{2})?)$"
SLACK = "0.01"  # one cent, for parts rounded one by one


@dataclass(frozen=True)
class Fault:
    """One way a row is bad: an SQL condition (null counts as no) and an SQL text that says it."""

    when: str
    says: str


def engine_type(column: Column) -> str:
    """The engine's name of our type."""
    return ENGINE_TYPES.get(column.type) or column.type.upper().replace(" ", "")


def raw(name: str) -> str:
    """The supplied value of one of our columns, before it is read."""
    return quoted(f"_raw_{name}")


def readable(column: Column, kind: str) -> str | None:
    """Why a column of this engine type cannot be ours; None if it can."""
    base = kind.split("(")[0]
    if base in ("VARCHAR", "ENUM", '"NULL"', NOTHING) or column.type == TEXT:
        return "holds lists or structs, not text" if kind.endswith("]") or base in ("STRUCT", "MAP") else None
    if column.type == TIME:
        if base.startswith(TIMES):
            return None
        return f"holds {kind}, not times; map it to a time, for example with epoch_ms(its name)"
    if base in NUMBERS:
        return None
    return f"holds {kind}, not numbers; map it to a number"


def value(column: Column, kind: str, zone: str) -> str:
    """SQL of our value of a column supplied with this engine type; null where it cannot be read."""
    given = raw(column.name)
    if kind in (NOTHING, '"NULL"'):
        return f"CAST(NULL AS {engine_type(column)})"
    if column.type == TEXT:
        return _text(given, kind)
    if column.type == TIME:
        return _time(given, kind, zone)
    ours = engine_type(column)
    if kind == ours:
        return given
    if column.type == WHOLE:
        number = f"TRY_CAST({given} AS DECIMAL(38, 9))" if kind == "VARCHAR" else given
        read = f"CASE WHEN {number} = trunc({number}) THEN TRY_CAST({number} AS BIGINT) END"
    else:
        read = f"TRY_CAST({given} AS {ours})"
    # The engine reads 1_000 as a thousand; in a file it is more likely damage.
    return f"CASE WHEN NOT contains({given}, '_') THEN {read} END" if kind == "VARCHAR" else read


def _text(given: str, kind: str) -> str:
    if kind == "VARCHAR":
        return f"nullif({given}, '')"
    if kind in ("DOUBLE", "FLOAT"):  # a key that became a float, as pandas does with gaps: 17.0 is 17
        is_whole = f"abs({given}) < 9e15 AND {given} = trunc({given})"
        whole = f"CAST(CAST({given} AS BIGINT) AS VARCHAR)"
        return f"CASE WHEN {is_whole} THEN {whole} ELSE CAST({given} AS VARCHAR) END"
    return f"nullif(CAST({given} AS VARCHAR), '')"


def _time(given: str, kind: str, zone: str) -> str:
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"timezone('UTC', {given})"
    if kind != "VARCHAR":
        return _to_utc(f"TRY_CAST({given} AS TIMESTAMP)" if kind != "TIMESTAMP" else given, zone)
    text = f"trim({given})"
    closed_up = f"replace(replace({text}, ' +', '+'), ' -', '-')"  # 08:00:00 +0800
    zoned = f"timezone('UTC', TRY_CAST({closed_up} AS TIMESTAMPTZ))"
    naive = _to_utc(f"TRY_CAST({text} AS TIMESTAMP)", zone)
    return f"CASE WHEN regexp_matches({text}, {literal(WITH_ZONE)}) THEN {zoned} ELSE {naive} END"


def _to_utc(naive: str, zone: str) -> str:
    return naive if zone == "UTC" else f"timezone('UTC', timezone({literal(zone)}, {naive}))"


def faults(table: RecordTable, kinds: dict[str, str]) -> list[Fault]:
    """Every way a row of this table is bad, over its raw and its read columns; kinds: the raw ones' types."""
    found: list[Fault] = []
    for column in table.columns:
        if column.name in kinds:
            found += _of_column(column, kinds[column.name])
    for start, end in table.spans:
        found.append(Fault(f"{quoted(end)} < {quoted(start)}", literal(f"{end} is before {start}")))
    for parts, whole in table.caps:
        if not {*parts}.isdisjoint(kinds) and {*whole} <= {*kinds}:
            found.append(_cap(parts, whole))
    return found


def _of_column(column: Column, kind: str) -> list[Fault]:
    name, given, read = column.name, raw(column.name), quoted(column.name)
    shown = f"left(CAST({given} AS VARCHAR), 80)"
    empty = f"({given} IS NULL OR {given} = '')" if kind == "VARCHAR" else f"{given} IS NULL"
    found = []
    if column.needed:
        found.append(Fault(empty, literal(f"needed value missing: {name}")))
    if column.type != TEXT and kind != engine_type(column):
        found.append(Fault(f"{read} IS NULL AND NOT {empty}", _unread(column, shown, given)))
    if column.type == TIME:
        cure = "" if column.needed else "; leave an open end empty"
        bounds = literal(" is not between the years 1990 and 2100" + cure)
        says = f"{literal(name + ': ')} || {shown} || {bounds}"
        found.append(Fault(f"({read} < {EARLIEST} OR {read} >= {LATEST})", says))
    if column.least is not None:
        says = f"{literal(name + ': ')} || {shown} || {literal(f' is below {column.least}')}"
        found.append(Fault(f"{read} < {column.least}", says))
    if column.above is not None:
        says = f"{literal(name + ': ')} || {shown} || {literal(f' is not above {column.above}')}"
        found.append(Fault(f"{read} <= {column.above}", says))
    if name == "currency":
        says = f"'currency ''' || {shown} || ''' is not three capital letters'"
        found.append(Fault(f"NOT regexp_full_match({read}, '[A-Z]{{3}}')", says))
    return found


def _unread(column: Column, shown: str, given: str) -> str:
    head = f"{literal(column.name + ': ')} || '''' || {shown} || ''''"
    if column.type == TIME:
        return f"{head} || ' cannot be read as a time'"
    called = "a whole number (int64)" if column.type == WHOLE else f"a {column.type}"
    number = f"TRY_CAST({given} AS DOUBLE)"
    too_far = f"abs({number}) >= 1e9 AND isfinite({number})"
    return f"{head} || CASE WHEN {too_far} THEN ' is out of range for ' ELSE ' is not ' END || {literal(called)}"


def _cap(parts: tuple[str, ...], whole: tuple[str, ...]) -> Fault:
    """Known parts against a wholly known sum: where part of the sum is not known, nothing can be said."""
    total = " + ".join(f"coalesce({quoted(p)}, 0)" for p in parts)
    limit = " + ".join(quoted(w) for w in whole)
    names = f"{' + '.join(parts)} "
    says = f"{literal(names)} || ({total}) || {literal(' exceeds ' + ' + '.join(whole) + ' ')} || ({limit})"
    return Fault(f"{total} > {limit} + {SLACK}", says)
