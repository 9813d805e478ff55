"""Ask one rule's check of the records, up to a day: the limits of the day of the act, and an account of every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from guiju.audit.columns import array, arrays
from guiju.audit.engine import Engine
from guiju.checks import FIXED, KEY, Answer, Check
from guiju.findings import identity
from guiju.findings.families import q_values
from guiju.findings.sentences import sentence
from guiju.records.meanings import table_meaning
from guiju.rulebook import BadRule, Rule, Span

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

AFTER = "after the last day judged"


@dataclass(frozen=True)
class Row:
    """A found row on its way to a finding: the columns of `FIXED`, its facts, and the limits it was found by."""

    id: str
    fixed: dict[str, Any]
    facts: dict[str, Any]
    limits: dict[str, Any]
    says: dict[str, str]
    p_value: float | None
    q_value: float | None


@dataclass
class Reply:
    """What one rule's asking gave.

    outcome: asked, not_available (a table is missing, or no row could be asked) or not_in_force. `why` says so in zh
        and en.
    asked: by table, counts of rows by why they were not asked (None: they were).
    weighings: of a weighing check, a table a span: every cell asked, with its facts and q-value, and whether it is
        `found`.
    """

    rule: Rule
    outcome: str = "asked"
    why: dict[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    evidence: Callable[[], dict[str, ibis.Table]] = dict
    workings: Callable[[], dict[str, ibis.Table]] = dict
    asked: dict[str, dict[str | None, int]] = field(default_factory=dict)
    weighings: list[pa.Table] = field(default_factory=list)

    @property
    def cells(self) -> int | None:
        """Of a weighing check, how many cells its families have."""
        return sum(w.num_rows for w in self.weighings) if self.weighings else None

    @property
    def weighed(self) -> int | None:
        """Those of them that could be estimated."""
        tables = [w for w in self.weighings if w.num_rows]
        return sum(w.num_rows - _nans(w["q_value"]) for w in tables) if self.weighings else None


@dataclass(frozen=True)
class Asker:
    """Puts rules to the records of a run: `read` good rows in each table, `later` those that come after `day`."""

    engine: Engine
    records: dict[str, ibis.Table]
    read: dict[str, int]
    later: Callable[[str, datetime], int]
    empty: Callable[[str], ibis.Table]
    day: date
    unused: dict[str, str] = field(default_factory=dict)  # by table: a file named like it that the mapping leaves out

    def ask(self, rule: Rule, check: Check) -> Reply:
        reply = Reply(rule)
        if missing := [t for t in (rule.entry.needs or check.tables) if t not in self.records]:
            return _not_available(reply, missing, unused=[self.unused[t] for t in missing if t in self.unused])
        if empty := [t for t in (rule.entry.needs or check.tables) if not self.read[t]]:
            return _not_available(reply, empty, rows=True)
        spans = rule.spans(self.day)
        if not spans:
            reply.outcome = "not_in_force"
            reply.why = {
                "zh": f"{rule.first_day(self.day)} 至 {self.day} 无现行限值",
                "en": f"no limits in force from {rule.first_day(self.day)} to {self.day}",
            }
            return reply
        asked = [self._ask_span(rule, check, span) for span in spans]
        found = [rows for rows, _, _ in asked]
        # A row's evidence is drawn by the limits it was found by.
        rests_on = [(rows, answer) for rows, answer, _ in asked]
        answer, cells = asked[-1][1], [cells for _, _, cells in asked]
        if len(spans) > 1:
            whole = [self._ask_span(rule, check, Span(spans[0].first, spans[-1].last, s.limits)) for s in spans]
            cuts = [rule.instant(s.first) for s in spans[1:]]
            across = _under_every(cuts, [rows for rows, _, _ in whole])
            # What a span has found stays that finding, whatever comes after the change of limits.
            found.append([r for r in across if not any(_same_conduct(r, o) for rows in found for o in rows)])
            rests_on.append((found[-1], whole[-1][1]))
            answer = whole[-1][1]
            cells.append(_across(cuts, whole[-1][2]))
        reply.weighings = cells if check.weigh else []
        reply.rows = sorted((row for rows in found for row in rows), key=lambda r: (r.fixed["platform"], r.id))
        reply.asked = self._account(answer, check, rule)
        reply.evidence = lambda: _together([one.evidence(self._put(rows)) for rows, one in rests_on if rows])
        reply.workings = lambda: _together([one.workings(self._put(rows)) for rows, one in rests_on if rows])
        _nothing_asked(reply, check)
        return reply

    def _ask_span(self, rule: Rule, check: Check, span: Span) -> tuple[list[Row], Answer, pa.Table]:
        """What was found under one set of limits; the question; all rows it gave, of a weighing check found or not."""
        if wrong := check.misfit(span.limits):
            raise BadRule(f"{rule.name}: {wrong}")
        moments = moments_of(rule, span)
        if "utc_offset" in check.moments and moments["utc_offset"] is None:
            raise BadRule(
                f"{rule.name}: {check.name} counts by one offset from UTC, and {rule.zone.key} has two a year; "
                "choose another check"
            )
        until = rule.instant(span.last + timedelta(days=1))
        records = {name: self._past(name, until) for name in check.tables}
        answer = check.ask(records, moments, span.limits, self.engine.keep)
        found = given = self.engine.fetch(answer.found)
        if check.weigh is not None and given.num_rows:
            given = _weigh(check, given, span.limits)
            found = given.filter(given["found"]).drop_columns("found")
        return list(_rows(rule, check, found, span.limits)), answer, given

    def _past(self, name: str, until: datetime) -> ibis.Table:
        import ibis

        table = self.records.get(name)
        if table is None:
            return self.empty(name)
        return table.filter(table.occurred_at < ibis.literal(until)) if "occurred_at" in table.columns else table

    def _account(self, answer: Answer, check: Check, rule: Rule) -> dict[str, dict[str | None, int]]:
        until = rule.instant(self.day + timedelta(days=1))
        account: dict[str, dict[str | None, int]] = {}
        for name in (t for t in check.tables if t in self.records):
            later = self.later(name, until)
            if name in answer.asked:
                reasons: Counter[str | None] = Counter()
                for line in self.engine.fetch(answer.asked[name]).to_pylist():
                    reasons[line["unanswered"]] += line["rows"]
            else:
                reasons = Counter({None: self.read[name] - later})
            account[name] = {why: int(n) for why, n in (reasons + Counter({AFTER: later})).items()}
        return account

    def _put(self, rows: list[Row]) -> ibis.Table:
        import pyarrow as pa

        columns = {"finding": array((r.id for r in rows), pa.string())}
        for name in FIXED:
            columns[name] = array((r.fixed[name] for r in rows), _ARROW[name]())
        for name in rows[0].facts if rows else ():
            columns[name] = array(r.facts[name] for r in rows)
        return self.engine.put(pa.table(columns))


def _arrow_types() -> dict[str, Callable[[], pa.DataType]]:
    import pyarrow as pa

    text = dict.fromkeys(("platform", "subject", "object", "currency"), pa.string)
    times = dict.fromkeys(("episode_start", "episode_end"), lambda: pa.timestamp("us"))
    return {**text, **times, "amount_at_stake": lambda: pa.decimal128(18, 2)}


_ARROW = _arrow_types()


def moments_of(rule: Rule, span: Span) -> dict[str, Any]:
    """`since`, `until` and `periods` as literals in UTC; `utc_offset` of the rule's zone, if it has one all year."""
    import ibis

    def instant(day: date) -> Any:
        return ibis.literal(rule.instant(day), "timestamp(6)")

    offset, other = (
        datetime(span.last.year, month, 1, tzinfo=rule.zone).utcoffset() or timedelta() for month in (1, 7)
    )
    return {
        "since": instant(span.first),
        "until": instant(span.last + timedelta(days=1)),
        "utc_offset": ibis.interval(seconds=int(offset.total_seconds())) if offset == other else None,
        "periods": [(instant(a), instant(b + timedelta(days=1))) for a, b in rule.periods(span.first, span.last)],
    }


def _weigh(check: Check, cells: pa.Table, limits: dict[str, Any]) -> pa.Table:
    """All cells asked, with the facts `weigh` adds; `found`: those that stand after error control over them."""
    import pyarrow as pa

    assert check.weigh is not None
    weighed = check.weigh(arrays(cells), **limits)
    q = q_values(weighed["p_value"], cells["episode_start"].to_pylist())
    found = weighed.pop("stands") & (np.nan_to_num(q, nan=1.0) * 100 <= limits["max_fdr_pct"])
    money = [Decimal(repr(round(float(v), 2))) if v == v else None for v in weighed.pop("amount_at_stake")]
    cells = cells.select([name for name in FIXED if name != "amount_at_stake"])
    cells = cells.append_column("amount_at_stake", array(money, pa.decimal128(18, 2)))
    for name, values in {**weighed, "q_value": q, "found": found}.items():
        cells = cells.append_column(name, array(_one_nan(np.asarray(values))))
    return cells


def _one_nan(values: np.ndarray) -> np.ndarray:
    """The same values, every NaN of one sign: arithmetic leaves either, and the run's name would change."""
    return np.where(np.isnan(values), np.nan, values) if values.dtype.kind == "f" else values


def _across(cuts: list[datetime], cells: pa.Table) -> pa.Table:
    """The rows whose episode reaches across a cut."""
    import pyarrow as pa

    spans = zip(cells["episode_start"].to_pylist(), cells["episode_end"].to_pylist(), strict=True)
    return cells.filter(array((any(a < cut < b for cut in cuts) for a, b in spans), pa.bool_()))


def _nans(column: pa.ChunkedArray) -> int:
    return sum(v != v for v in column.to_pylist())


def _rows(rule: Rule, check: Check, found: pa.Table, limits: dict[str, Any]) -> Iterable[Row]:
    for line in found.to_pylist():
        fixed = {name: line.pop(name) for name in FIXED}
        p, q = line.pop("p_value", None), line.pop("q_value", None)
        said, values = {**limits, **line, **fixed}, check.words.values
        says = {language: sentence(t, said, language, values, rule.zone) for language, t in check.says.items()}
        yield Row(identity(rule.name, fixed, limits), fixed, line, limits, says, p, q)


def _under_every(cuts: list[datetime], whole: list[list[Row]]) -> list[Row]:
    """Rows found over the whole window under every set of limits, across a cut; the spans have found the others."""
    across = [r for r in whole[-1] if any(r.fixed["episode_start"] < c < r.fixed["episode_end"] for c in cuts)]
    return [r for r in across if all(any(_same_conduct(r, o) for o in others) for others in whole[:-1])]


def _together(parts: list[dict[str, ibis.Table]]) -> dict[str, ibis.Table]:
    """What rows found by several sets of limits rest on, table by table."""
    import ibis

    return {name: ibis.union(*(part[name] for part in parts)) for name in parts[0]} if len(parts) > 1 else dict(*parts)


def _same_conduct(a: Row, b: Row) -> bool:
    alike = all(a.fixed[k] == b.fixed[k] for k in KEY if k != "episode_start")
    begun = a.fixed["episode_start"] <= b.fixed["episode_end"] and b.fixed["episode_start"] <= a.fixed["episode_end"]
    return alike and begun


def _not_available(reply: Reply, tables: list[str], rows: bool = False, unused: Iterable[str] = ()) -> Reply:
    names, called = ", ".join(tables), "、".join(f"{name}（{table_meaning(name).name}）" for name in tables)
    reply.outcome = "not_available"
    if rows:
        reply.why = {"zh": f"表中无一行：{called}", "en": f"not one good row in {names}: supply them"}
    else:
        reply.why = {"zh": f"缺少表：{called}；请提供", "en": f"no table {names}: supply what is missing"}
    if files := ", ".join(unused):
        reply.why = {
            "zh": f"{reply.why['zh']}（{files} 在文件夹中，但映射未列出：请加入映射）",
            "en": f"{reply.why['en']} ({files} lies there and the mapping does not name it: add it)",
        }
    return reply


def _nothing_asked(reply: Reply, check: Check) -> None:
    """If of some table no row at all could be asked, the rule was not available, whatever else is so."""
    for table, counts in reply.asked.items():
        if counts and not counts.get(None) and any(counts.values()):
            top = max((why for why in counts if why), key=lambda why: counts[why] or 0)
            reply.outcome = "not_available"
            reply.why = {
                "zh": f"{table}（{table_meaning(table).name}）：没有一行可以回答（{check.words.zh.get(top, top)}）",
                "en": f"{table}: not one row could be asked ({top})",
            }
            return
