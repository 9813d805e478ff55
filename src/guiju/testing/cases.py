"""Cases of a check: records drawn as small tables, asked as an audit asks, judged by what they expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from guiju.audit.asking import Asker, Reply
from guiju.audit.engine import Engine
from guiju.checks import KEY, Check, keyed_by
from guiju.checks.words import Words
from guiju.records import tables
from guiju.records.drawn import read_drawn as read_records
from guiju.records.errors import BadInput, hint
from guiju.rulebook import Entry, Limit, Rule, jurisdictions
from guiju.testing.engine import Repeating

VERDICTS = ("found", "clear", "unanswered")
PARTS = {"limits", "day", "jurisdiction", "window_days", "period", "rows", *VERDICTS, "mutations"}
IN_A_CASE = {*PARTS, "records", "expect", "explains", "found_if"} - {"rows", "mutations", *VERDICTS}
KINDS = {
    "comparison",
    "exemption",
    "window",
    "unit",
    "key",
}  # of mutations; of each, one that the cases catch
TOLERANCE = 1e-9  # relative, of numbers from two engines
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where PyYAML was built with it
DATED = date(2000, 1, 1)  # from when a case's limits hold


class BadCase(Exception):
    """A case file breaks the one shape; the message says which and how."""


def read_drawn(table_name: str, text: str) -> pa.Table:
    """A drawn table, as `records.drawn` reads it. Raises BadCase where it is not well drawn."""
    try:
        return read_records(table_name, text)
    except BadInput as error:
        raise BadCase(str(error)) from None


@dataclass(frozen=True)
class Case:
    """One drawn case of a check.

    verdict: found, clear or unanswered.
    expect: the found rows, or the counts of unanswered rows by table and reason.
    explains: the beginning of the innocent explanation it shows.
    found_if: values of limits, each of which alone makes it found.
    """

    check: str
    verdict: str
    name: str
    records: dict[str, pa.Table]
    limits: dict[str, Any]
    day: date
    jurisdiction: str
    window_days: int
    period: str | None
    expect: Any
    explains: str | None
    found_if: dict[str, Any]

    def rule(self, **limits: Any) -> Rule:
        """A rule made of the case's limits; a value by date holds from that day on."""
        values = {**self.limits, **limits}.items()
        by_day = {name: value if isinstance(value, dict) else {DATED: value} for name, value in values}
        dated = {name: {day: Limit(v, "drawn", "D") for day, v in days.items()} for name, days in by_day.items()}
        needs = list(self.records)
        entry = Entry(
            Words("例", "case"), [], dated, self.check, window_days=self.window_days, period=self.period, needs=needs
        )
        return Rule("case", self.jurisdiction, jurisdictions()[self.jurisdiction].zone, entry, ())


@dataclass(frozen=True)
class Mutation:
    """One small fault put into the source on purpose; `caught_by` names the case that must then fail."""

    kind: str
    path: Path
    find: str
    replace: str
    caught_by: str


@dataclass(frozen=True)
class CaseFile:
    """The `<check>.yaml` beside a check."""

    check: Check
    cases: dict[str, Case]
    mutations: dict[str, Mutation]
    limits: dict[str, Any]
    some: Case = field(repr=False)  # any one, for what needs a rule and a day

    def of(self, verdict: str) -> list[Case]:
        return [c for c in self.cases.values() if c.verdict == verdict]


def read_cases(check: Check) -> CaseFile:
    """The cases beside a check's file."""
    path = check.path.with_suffix(".yaml")
    if not path.exists():
        raise BadCase(f"{check.path.name}: no {path.name} lies beside it; a check has cases")
    body: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
    if strange := sorted(set(body) - PARTS):
        raise BadCase(f"{path.name}: no part of a case file is {strange[0]}; these are: {', '.join(sorted(PARTS))}")
    if missing := [part for part in ("limits", "day") if part not in body]:
        raise BadCase(f"{path.name}: it lacks {missing[0]}:")
    cases: dict[str, Case] = {}
    for verdict in VERDICTS:
        for name, drawn in (body.get(verdict) or {}).items():
            if name in cases:
                raise BadCase(f"{path.name}: two cases are named {name!r}")
            if strange := sorted(set(drawn) - IN_A_CASE):
                known = ", ".join(sorted(IN_A_CASE))
                raise BadCase(f"{path.name}, case {name!r}: {strange[0]} is no part of a case; these are: {known}")
            if "records" not in drawn:
                raise BadCase(f"{path.name}, case {name!r}: it draws no records")
            cases[name] = _case(
                check, verdict, name, {**{k: body[k] for k in PARTS & set(body)}, **drawn}, body["limits"]
            )
    for kind, m in (body.get("mutations") or {}).items():
        if m["caught_by"] not in cases:
            raise BadCase(
                f"{path.name}: the mutation {kind} is caught by {m['caught_by']!r}; {hint(m['caught_by'], cases)}"
            )
    mutations = {
        kind: Mutation(
            kind, check.path.parent / m.get("file", check.path.name), m["find"], m["replace"], m["caught_by"]
        )
        for kind, m in (body.get("mutations") or {}).items()
    }
    return CaseFile(check, cases, mutations, body["limits"], next(iter(cases.values())))


def _case(check: Check, verdict: str, name: str, drawn: dict[str, Any], limits: dict[str, Any]) -> Case:
    records = {table: read_drawn(table, text) for table, text in drawn["records"].items()}
    return Case(
        check.name,
        verdict,
        name,
        records,
        {**limits, **drawn["limits"]},
        drawn["day"],
        drawn.get("jurisdiction", "CN"),
        drawn.get("window_days", 365),
        drawn.get("period"),
        drawn.get("expect"),
        drawn.get("explains"),
        drawn.get("found_if") or {},
    )


@dataclass(frozen=True)
class Told:
    """What asking gave, in plain values: the reply, found rows by `KEY`, evidence by that and table."""

    reply: Reply
    found: dict[tuple[Any, ...], dict[str, Any]]
    evidence: dict[tuple[Any, ...], dict[str, list[dict[str, Any]]]]
    workings: dict[str, dict[tuple[Any, ...], list[dict[str, Any]]]]

    @property
    def plain(self) -> Any:
        """What must not depend on the order of records."""
        return self.found, self.evidence, self.workings, self.reply.outcome, self.reply.asked


@cache
def engine_of_cases(name: str) -> Engine:
    """One of each a process: Spark takes its time to start."""
    work = Path(mkdtemp(prefix="guiju-cases-"))
    if name == "duckdb":
        return Repeating(work, memory="500MB")
    from guiju.testing.spark import Small

    return Small(work, memory="500MB", quick=True)


def ask(
    check: Check,
    case: Case,
    records: Mapping[str, pa.Table] | None = None,
    seen: int | None = None,
    engine: str = "duckdb",
    rests: bool = True,
    **limits: Any,
) -> Told:
    """Ask a case as an audit would: by the audit's own asker, on a real engine.

    `seen`: how many rows the asker is told each table has. `rests`: ask what is found what it rests on, too.
    """
    on, given = engine_of_cases(engine), case.records if records is None else records
    if isinstance(on, Repeating):
        check = on.remembering(check)
    try:
        asker = Asker(
            on,
            {name: on.put(table) for name, table in given.items()},
            {name: table.num_rows if seen is None else seen for name, table in given.items()},
            lambda name, until: _after(given[name], until),
            lambda name: on.put(tables()[name].schema.to_pyarrow().empty_table()),
            case.day,
        )
        reply = asker.ask(case.rule(**limits), check)
        found = {
            tuple(r.fixed[k] for k in KEY): {**r.fixed, **r.facts, "p_value": r.p_value, "q_value": r.q_value}
            for r in reply.rows
        }
        assert len(found) == len(reply.rows), f"{case.name}: two found rows have one key"
        if not reply.rows or not rests:
            return Told(reply, found, {}, {})
        return Told(reply, found, _evidence(on, reply, given), _workings(on, reply))
    finally:
        on.drop_kept()


def _after(table: pa.Table, until: datetime) -> int:
    return (
        pc.sum(pc.greater_equal(table["occurred_at"], until)).as_py() or 0 if "occurred_at" in table.column_names else 0
    )


def _evidence(
    engine: Engine, reply: Reply, records: Mapping[str, pa.Table]
) -> dict[tuple[Any, ...], dict[str, list[dict[str, Any]]]]:
    held: dict[tuple[Any, ...], dict[str, list[dict[str, Any]]]] = {}
    for table, expression in sorted((t, rows) for t, rows in reply.evidence().items() if t in records):
        keys = keyed_by(expression.columns)
        least, given = {*keys, "platform", "id"}, set(expression.columns)
        assert least <= given <= least | set(tables()[table].names), f"evidence of {table}: columns {given ^ least}"
        of_key = {(row["platform"], row["id"]): row for row in records[table].to_pylist()}
        for row in engine.fetch(expression).to_pylist():
            key = (row["platform"], row["id"])
            assert key in of_key, f"evidence that is not in {table}"
            own = of_key[key]
            assert all(row[n] == own[n] for n in own if n in row), f"a row of {table} is not as it is in the records"
            held.setdefault(tuple(row[k] for k in keys), {}).setdefault(table, []).append(own)
    return {key: {t: sorted(rows, key=lambda r: str(r["id"])) for t, rows in of.items()} for key, of in held.items()}


def _workings(engine: Engine, reply: Reply) -> dict[str, dict[tuple[Any, ...], list[dict[str, Any]]]]:
    held: dict[str, dict[tuple[Any, ...], list[dict[str, Any]]]] = {}
    for name, expression in sorted(reply.workings().items()):
        columns = [c for c in expression.columns if c not in KEY]
        for row in engine.fetch(expression.order_by([*KEY, *columns])).to_pylist():
            of = held.setdefault(name, {}).setdefault(tuple(row[k] for k in KEY), [])
            of.append({c: row[c] for c in columns})
    return held


def judge(case: Case, told: Told) -> None:
    """AssertionError where the answer is not the case's."""
    rows = list(told.found.values())
    if case.verdict == "found":
        assert len(rows) == len(case.expect), f"{len(rows)} found, not {len(case.expect)}: {rows}"
        left = [
            {
                **row,
                "evidence": {t: [r["id"] for r in of] for t, of in told.evidence.get(key, {}).items()},
                "workings": {name: of.get(key, []) for name, of in told.workings.items()},
            }
            for key, row in told.found.items()
        ]
        for wanted in case.expect:
            alike = [row for row in left if _agrees(wanted, row)]
            assert alike, _differences(wanted, left)
            left.remove(alike[0])
        return
    assert not rows, f"found in a case that is {case.verdict}: {rows}"
    if case.verdict == "clear":
        assert told.reply.outcome == "asked", f"clear only because nothing could be asked: {told.reply.why}"
    else:
        counts = {t: {why: n for why, n in of.items() if why is not None} for t, of in told.reply.asked.items()}
        assert {t: n for t, n in counts.items() if n} == case.expect


def _differences(wanted: Mapping[str, Any], rows: list[dict[str, Any]]) -> str:
    """What of a wanted row is otherwise in each of those found, a line each."""
    lines = [f"{wanted} is not found:"]
    for row in rows:
        strange = sorted(set(wanted) - set(row))
        other = {n: row[n] for n, value in wanted.items() if n in row and not _same(value, row[n])}
        lines.append(f"  no such fact: {', '.join(strange)}" if strange else f"  otherwise in one: {other}")
    return "\n".join(lines)


def _agrees(wanted: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    return all(name in row and _same(value, row[name]) for name, value in wanted.items())


def _whole(wanted: list[Any], got: list[Any]) -> bool:
    if wanted and isinstance(wanted[0], dict):
        return len(wanted) == len(got) and all(_agrees(w, g) for w, g in zip(wanted, got, strict=True))
    return sorted(map(str, wanted)) == sorted(got)


def _same(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, dict):  # of evidence, of workings: a case draws the tables it is about, each whole
        return set(wanted) <= set(got) and all(_whole(wanted[t], got[t]) for t in wanted)
    if isinstance(wanted, datetime) and wanted.tzinfo is not None:
        wanted = wanted.astimezone(UTC).replace(tzinfo=None)
    if isinstance(got, (float, Decimal)) and isinstance(wanted, (int, float)):
        return abs(float(got) - wanted) <= 1e-6 * max(1.0, abs(wanted))
    return bool(wanted == got)


def differences(one: Any, other: Any, place: str = "") -> list[str]:
    """Where two answers, as plain values, differ; numbers within `TOLERANCE` are equal."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return [d for key in one for d in differences(one[key], other[key], f"{place}/{key}")]
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)) and len(one) == len(other):
        return [d for n, (a, b) in enumerate(zip(one, other, strict=True)) for d in differences(a, b, f"{place}/{n}")]
    if isinstance(one, float) and isinstance(other, float):
        is_near = abs(one - other) <= TOLERANCE * max(1.0, abs(one), abs(other))
        return [] if is_near or one == other or (one != one and other != other) else [f"{place}: {one!r}, {other!r}"]
    return [] if type(one) is type(other) and one == other else [f"{place}: {one!r}, {other!r}"]
