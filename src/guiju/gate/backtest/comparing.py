"""Two versions of a set side by side: the events on which they differ, trigger by trigger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from guiju.gate.backtest.counting import Counted
from guiju.gate.backtest.deciding import Decided
from guiju.records.quarantine import literal, parquet, quoted


@dataclass(frozen=True)
class Difference:
    """One trigger in two versions: at how many events both, only the first, only the second hold.

    violations: of those at which only one holds, how many are labelled violations of the trigger; None without labels.
    """

    name: str
    both: int
    only_first: int
    only_second: int
    violations: tuple[int, int] | None


@dataclass(frozen=True)
class Compared:
    """Two versions: what the other one counted, and the events on which they differ (`table`)."""

    other: Counted
    triggers: list[Difference]
    events: int
    table: Path


def compare(first: Decided, second: Decided, other: Counted, out: Path, labelled: bool) -> Compared:
    """Write `differing.parquet`: an event and trigger a row, with what each version says."""
    con = first.con
    con.execute(f"CREATE VIEW others AS FROM {parquet([second.table])}")
    names = sorted({t.name for t in first.of.triggers} | {t.name for t in second.of.triggers})
    parts = []
    for name in names:
        here, there = (quoted(name) if any(t.name == name for t in d.of.triggers) else "FALSE" for d in (first, second))
        one, two = (f"{t}.{c}" if c != "FALSE" else c for t, c in (("a", here), ("b", there)))
        parts.append(
            f"SELECT platform, id, a.decision_at AS decision_at, {literal(name)} AS trigger, {one} AS first, "
            f"{two} AS second FROM decided AS a JOIN others AS b USING (platform, id) WHERE {one} <> {two}"
        )
    label = " LEFT JOIN labels USING (platform, id)" if labelled else ""
    told = ", COALESCE(kind, '') AS kind, COALESCE(pattern, '') AS pattern" if labelled else ""
    own = ", COALESCE(kind = 'violation' AND \"check\" = trigger, FALSE) AS is_violation" if labelled else ""
    con.execute(f"CREATE TABLE differing AS SELECT d.*{told}{own} FROM ({' UNION ALL '.join(parts)}) AS d{label}")
    table = out / "differing.parquet"
    con.execute(f"COPY (FROM differing ORDER BY decision_at, trigger) TO {literal(str(table))} (FORMAT parquet)")
    [(events,)] = con.execute("SELECT COUNT(DISTINCT (platform, id)) FROM differing").fetchall()
    return Compared(other, [_difference(first, other, name, labelled) for name in names], events, table)


def _difference(first: Decided, other: Counted, name: str, labelled: bool) -> Difference:
    con, its = first.con, literal(name)
    violation = "COUNT(*) FILTER (WHERE is_violation AND {side})" if labelled else "NULL"
    asked = ", ".join(violation.format(side=side) for side in ("first", "second"))
    [(one, two, *violations)] = con.execute(
        f"SELECT COUNT(*) FILTER (WHERE first), COUNT(*) FILTER (WHERE second), {asked} FROM differing "
        f"WHERE trigger = {its}"
    ).fetchall()
    hits = next((t.hits for t in other.triggers if t.name == name), 0)
    return Difference(name, hits - two, one, two, (violations[0], violations[1]) if labelled else None)
