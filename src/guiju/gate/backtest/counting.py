"""What a set's decisions come to: hits, money, overlap; with labels, how many were right and how many were found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from guiju.estimators.against_chance import wilson
from guiju.gate.backtest.deciding import ACTORS, Decided, amount_of, plain_rows
from guiju.gate.decisions import Decision
from guiju.gate.history import decision
from guiju.gate.loading import TriggerSet
from guiju.records.errors import BadInput
from guiju.records.quarantine import literal, parquet, quoted

if TYPE_CHECKING:
    import duckdb

LABELS = {"platform", "id", "check", "kind"}
EXAMPLES = 3  # of each trigger


@dataclass(frozen=True)
class Share:
    """k of n, with the 95 % Wilson interval; shares from 0 to 1, None where n is 0."""

    k: int
    n: int

    @property
    def value(self) -> float | None:
        return self.k / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        if not self.n:
            return None
        low, high = wilson([self.k], [self.n])
        return float(low[0]), float(high[0])


@dataclass(frozen=True)
class Hits:
    """One trigger over all events of the span.

    actors: how many drivers or shops it held against. amount: the money in dispute at its hits. precision: of its hits,
    those labelled as violations of it; recall: of the events so labelled, those it held at. other: hits labelled as
    violations of another trigger. both: events at which another trigger held too, by its name.
    """

    name: str
    action: str
    mode: str
    hits: int
    actors: int
    amount: Any
    by_day: dict[date, int]
    both: dict[str, int]
    precision: Share | None = None
    recall: Share | None = None
    other: int | None = None
    patterns: dict[tuple[str, str], int] = field(default_factory=dict)  # (kind, pattern): its hits


@dataclass(frozen=True)
class Counted:
    """A set's decisions, counted. `labelled` are the events by (kind, pattern)."""

    of: TriggerSet
    events: int
    warmed: int
    is_logged: bool
    actions: dict[str, int]
    held_amount: Any
    currencies: list[str]
    triggers: list[Hits]
    labelled: dict[tuple[str, str], int]
    examples: dict[str, list[Decision]]


def take_labels(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Labels of events as a view `labels`: platform, id, check, kind (violation or lookalike), pattern."""
    scan, columns = _scanned(con, file)
    if missing := sorted(LABELS - columns):
        raise BadInput(
            f"{file.name}: has no column {', '.join(missing)}; labels of events need platform, id, check and kind",
            f"{file.name}：没有{'、'.join(missing)}列；事件的标签须有 platform、id、check、kind 四列",
        )
    pattern = "pattern" if "pattern" in columns else "''"
    con.execute(
        f"CREATE TABLE labels AS SELECT DISTINCT platform, id, \"check\", kind, COALESCE({pattern}, '') AS pattern "
        f"FROM {scan}"
    )
    if con.execute("SELECT 1 FROM labels GROUP BY platform, id HAVING COUNT(*) > 1 LIMIT 1").fetchall():
        raise BadInput(
            f"{file.name}: an event has two labels; give each event one",
            f"{file.name}：有事件带两个标签；每个事件请只给一个",
        )


def _scanned(con: duckdb.DuckDBPyConnection, file: Path) -> tuple[str, set[str]]:
    """How a file is read, and its columns. Raises BadInput."""
    import duckdb as engine

    scan = parquet([file]) if file.suffix == ".parquet" else f"read_csv({literal(str(file))}, all_varchar = true)"
    try:
        return scan, {name for name, *_ in con.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()}
    except engine.Error:
        raise BadInput(
            f"{file.name}: cannot be read as Parquet or CSV; supply labels as one of them",
            f"{file.name}：不能按 Parquet 或者 CSV 读；请提供其中一种",
        ) from None


def are_labels(file: Path) -> bool:
    """Whether a file has the columns of labels: labels on goods are a table of records of the same name."""
    import duckdb

    with duckdb.connect() as con:
        try:
            return _scanned(con, file)[1].issuperset(LABELS)
        except BadInput:
            return True  # told by whoever takes them


def look_at_labels(file: Path) -> None:
    """Refuse labels that cannot be read. Raises BadInput."""
    import duckdb

    with duckdb.connect() as con:
        take_labels(con, file)


def count(d: Decided, zone: ZoneInfo, labels: Path | None) -> Counted:
    """Count a set's decisions. Raises BadInput where labels cannot be read."""
    con, of = d.con, d.of
    con.execute(f"CREATE VIEW decided AS FROM {parquet([d.table])}")
    if labels is not None:
        take_labels(con, labels)
    held = [t.name for t in of.triggers]
    any_held = " OR ".join(quoted(name) for name in held)
    con.execute(f"CREATE TABLE held AS SELECT * FROM decided WHERE {any_held}")
    actor = ACTORS[of.stream]
    con.execute(
        f"CREATE TABLE answers AS SELECT p.*, e.{actor} AS actor FROM {plain_rows(d.plain)} AS p "
        f"JOIN held USING (platform, id) JOIN {parquet([d.admitted])} AS e USING (platform, id)"
    )
    actions = dict(con.execute("SELECT action, COUNT(*) FROM decided GROUP BY action").fetchall())
    [(total,)] = con.execute("SELECT COALESCE(SUM(held_amount), 0) FROM held").fetchall()
    labelled = {}
    if labels is not None:
        rows = con.execute("SELECT kind, pattern, COUNT(*) FROM decided JOIN labels USING (platform, id) GROUP BY ALL")
        labelled = {(kind, pattern): n for kind, pattern, n in rows.fetchall()}
    return Counted(
        of, d.events, d.warmed, d.is_logged, actions, total, _currencies(d),
        [_hits(con, of, name, held, zone, labels is not None) for name in held], labelled,
        {name: _examples(con, of, name) for name in held},
    )  # fmt: skip


def _currencies(d: Decided) -> list[str]:
    names = [name for name, *_ in d.con.execute(f"DESCRIBE SELECT * FROM {parquet([d.admitted])}").fetchall()]
    if "currency" not in names:
        return []
    return [c for (c,) in d.con.execute(f"SELECT DISTINCT currency FROM {parquet([d.admitted])} ORDER BY 1").fetchall()]


def _hits(
    con: duckdb.DuckDBPyConnection, of: TriggerSet, name: str, all_: list[str], zone: ZoneInfo, told: bool
) -> Hits:
    trigger = next(t for t in of.triggers if t.name == name)
    own = quoted(name)
    amount = f"SUM({amount_of(trigger, of)})" if trigger.entry.amount else "NULL"
    [(hits, actors, money)] = con.execute(
        f"SELECT COUNT(*), COUNT(DISTINCT (platform, actor)), {amount} FROM answers WHERE {own}"
    ).fetchall()
    local = f"CAST(timezone({literal(zone.key)}, timezone('UTC', occurred_at)) AS DATE)"
    by_day = dict(con.execute(f"SELECT {local}, COUNT(*) FROM held WHERE {own} GROUP BY ALL ORDER BY 1").fetchall())
    both = {
        other: con.execute(f"SELECT COUNT(*) FROM held WHERE {own} AND {quoted(other)}").fetchall()[0][0]
        for other in all_
        if other != name
    }
    made = Hits(name, trigger.entry.action, trigger.entry.mode, hits, actors, money, by_day, both)
    return _judged(con, made) if told else made


def _judged(con: duckdb.DuckDBPyConnection, made: Hits) -> Hits:
    from dataclasses import replace

    own, check = quoted(made.name), literal(made.name)
    rows = con.execute(
        f"SELECT COALESCE(l.kind, ''), COALESCE(l.pattern, ''), COALESCE(l.\"check\", ''), COUNT(*) FROM held "
        f"LEFT JOIN labels AS l USING (platform, id) WHERE {own} GROUP BY ALL"
    ).fetchall()
    right = sum(n for kind, _, of, n in rows if kind == "violation" and of == made.name)
    other = sum(n for kind, _, of, n in rows if kind == "violation" and of != made.name)
    patterns: dict[tuple[str, str], int] = {}
    for kind, pattern, _, n in rows:
        patterns[kind, pattern] = patterns.get((kind, pattern), 0) + n
    [(violations,)] = con.execute(
        "SELECT COUNT(*) FROM decided JOIN labels USING (platform, id) "
        f"WHERE kind = 'violation' AND \"check\" = {check}"
    ).fetchall()
    return replace(
        made, precision=Share(right, made.hits), recall=Share(right, violations), other=other, patterns=patterns
    )


def _examples(con: duckdb.DuckDBPyConnection, of: TriggerSet, name: str) -> list[Decision]:
    """Its first hits of different actors, each with the reason it gives."""
    rows = con.execute(
        f"SELECT * EXCLUDE (actor) FROM answers WHERE {quoted(name)} QUALIFY ROW_NUMBER() OVER "
        f"(PARTITION BY platform, actor ORDER BY decision_at) = 1 ORDER BY decision_at LIMIT {EXAMPLES}"
    )
    return [decision(of, row) for row in rows.to_arrow_table().to_pylist()]
