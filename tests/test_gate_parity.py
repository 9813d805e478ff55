"""One text, one answer: DuckDB, the live engine and a naive interpreter decide alike, event for event."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import HealthCheck, given, note, reject, settings
from hypothesis import strategies as st

from guiju.audit.spark import needs
from guiju.gate import Decision, TriggerSet, history, live, load
from guiju.gate.refusal import Refused
from guiju.records import tables
from guiju.records.errors import BadInput
from made_sets import REFERENCES, rulebook, sets, streams
from naive_gate import Naive

Made = tuple[str, list[str], dict[str, Any]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("made")
    rulebook(made)
    return made


def written(folder: Path, made: Made) -> TriggerSet:
    sql, conditions, trigger = made
    (folder / "features.sql").write_text(sql, encoding="utf-8")
    for name, condition in zip(("first", "second"), conditions, strict=True):
        text = yaml.safe_dump({**trigger, "condition": condition}, allow_unicode=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    note(sql)
    note(conditions)
    try:
        return load(folder)
    except Refused as why:
        if "digits" not in str(why) and "in one another" not in str(why):
            raise
        reject()


def references(of: TriggerSet) -> dict[str, Any]:
    return dict.fromkeys(of.references, REFERENCES)


def in_duckdb(of: TriggerSet, events: list[dict[str, Any]], moments: list[datetime]) -> list[Decision]:
    schema = tables()[of.stream].schema.to_pyarrow()
    table = pa.Table.from_pylist(events, schema).append_column("decision_at", pa.array(moments, pa.timestamp("us")))
    ready = pa.Table.from_batches(list(history.admitted(of, table.to_batches())))
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register(of.stream, ready)
        connection.register("campaigns", pa.Table.from_pylist(REFERENCES, tables()["campaigns"].schema.to_pyarrow()))
        rows = connection.execute(of.duckdb()).to_arrow_table().to_pylist()
    return sorted((history.decision(of, row) for row in rows), key=lambda d: d.moment)


def in_spark(of: TriggerSet, ready: Path, spark: Any) -> list[Decision]:
    for name in (of.stream, "campaigns"):
        spark.read.parquet((ready / f"{name}.parquet").as_uri()).createOrReplaceTempView(name)
    rows = spark.sql(of.spark()).collect()
    return sorted((history.decision(of, row.asDict()) for row in rows), key=lambda d: d.moment)


def plain(value: Any) -> Any:
    number = isinstance(value, int | Decimal | Fraction) and not isinstance(value, bool)
    return Fraction(value) if number else value


def shown(decision: Decision) -> tuple[Any, ...]:
    reasons = [(r.trigger, r.facts, r.limits, r.says("zh"), r.says("en")) for r in decision.reasons]
    return decision.id, decision.decision_at, decision.features, decision.triggers, reasons, decision.action


def judged_naively(naive: Naive, made: Made, decision: Decision, event: dict[str, Any]) -> None:
    """Features, which triggers hold, the facts and limits, the action: all found again, another way."""
    row = {**event, "decision_at": decision.decision_at}
    features = naive.features(row)
    assert {n: plain(v) for n, v in decision.features.items()} == {n: plain(v) for n, v in features.items()}
    june = event["occurred_at"] >= datetime(2025, 5, 31, 16)
    limits = {"min_things": Decimal("1.5") if june else Decimal(2), "word": "a" if june else None}
    known = {**row, **features, **limits}
    expected = {name: naive.condition(text, known) for name, text in zip(("first", "second"), made[1], strict=True)}
    assert decision.triggers == expected
    for reason in decision.reasons:
        for name, value in {**reason.facts, **reason.limits}.items():
            assert plain(value) == plain(known[name]), name
    acts = made[2]["mode"] == "live" and any(expected.values())
    assert decision.action == (made[2]["action"] if acts else "allow")


def parity(folder: Path, made: Made, events: list[dict[str, Any]], cut: int) -> None:
    of = written(folder, made)
    engine = live(of, references(of), clock=None)
    decisions = []
    for n, event in enumerate(events):
        if n == cut:  # a restart in the middle, from a snapshot on disk
            state = msgspec.msgpack.decode(msgspec.msgpack.encode(engine.state()))
            engine = live(of, references(of), clock=None)
            engine.restore(state)
        decisions.append(engine.decide(event))
    naive = Naive(made[0], {"campaigns": REFERENCES})
    for decision, event in zip(decisions, events, strict=True):
        judged_naively(naive, made, decision, event)
    moments = [d.decision_at for d in decisions]
    assert all(a < b for a, b in pairwise(moments))
    there = in_duckdb(of, events, moments)
    assert [shown(d) for d in decisions] == [shown(d) for d in there]


def asked(examples: int) -> Callable[[Any], Any]:
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much]
    return lambda test: given(made=sets(), events=streams(), cut=st.integers(0, 20))(
        settings(max_examples=examples, deadline=None, suppress_health_check=checks)(test)
    )


@asked(40)
def test_random_sets_decide_alike(folder: Path, made: Made, events: list[dict[str, Any]], cut: int) -> None:
    parity(folder, made, events, cut)


@pytest.mark.soak
@asked(3000)
def test_many_random_sets_decide_alike(folder: Path, made: Made, events: list[dict[str, Any]], cut: int) -> None:
    parity(folder, made, events, cut)


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    try:
        needs()
    except BadInput as why:
        pytest.skip(str(why))
    from guiju.audit.spark import Spark

    engine = Spark(tmp_path_factory.mktemp("spark"), quick=True)
    yield engine.session
    engine.close()


@pytest.mark.soak
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(made=sets(), events=streams())
def test_random_sets_decide_alike_on_spark(folder: Path, spark: Any, made: Made, events: list[dict[str, Any]]) -> None:
    of = written(folder, made)
    engine = live(of, references(of), clock=None)
    here = [engine.decide(event) for event in events]
    ready = Path(tempfile.mkdtemp(dir=folder))
    schema = tables()[of.stream].schema.to_pyarrow()
    moments = pa.array([d.decision_at for d in here], pa.timestamp("us"))
    pq.write_table(pa.Table.from_pylist(events, schema).append_column("decision_at", moments), ready / "orders.parquet")
    campaigns = pa.Table.from_pylist(REFERENCES, tables()["campaigns"].schema.to_pyarrow())
    pq.write_table(campaigns, ready / "campaigns.parquet")
    assert [shown(d) for d in here] == [shown(d) for d in in_spark(of, ready, spark)]
