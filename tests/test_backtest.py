"""Backtests and replays: counts made anew from what they write, two versions, the live engine's same answers."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from guiju.audit.opened import opened
from guiju.cli.commands import app
from guiju.gate import load
from guiju.gate.backtest import backtest
from guiju.gate.backtest.counting import are_labels
from guiju.gate.backtest.deciding import columns_of, decide, events, plain_rows, references
from guiju.gate.engine import live
from guiju.gate.history import decision
from guiju.gate.replaying import replay
from guiju.records.errors import BadInput
from guiju.twin.trips import generate

TRIPS = 20_000


@pytest.fixture(scope="module")
def twin(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("trips")
    generate(out, TRIPS)
    return out


@pytest.fixture(scope="module")
def older(tmp_path_factory) -> Path:
    """The set as it was before an honest rider's trip with a cheating driver was let go."""
    folder = tmp_path_factory.mktemp("older") / "driving"
    shutil.copytree(load("driving").folder, folder)
    file = folder / "voucher_arbitrage.yaml"
    text = file.read_text(encoding="utf-8")
    assert "OR at_least_fare AND" in text
    file.write_text(text.replace("OR at_least_fare AND", "OR"), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def done(twin, older, tmp_path_factory):
    return backtest(
        "driving", twin, against=older, labels=twin / "truth_by_trip.parquet", out=tmp_path_factory.mktemp("out")
    )


def test_counts_are_those_of_the_decisions_written(done, twin):
    rows = pl.read_parquet(done.decisions)
    trips, labels = pl.read_parquet(twin / "trips.parquet"), pl.read_parquet(twin / "truth_by_trip.parquet")
    assert done.counted.events == rows.height == TRIPS
    assert rows["decision_at"].is_sorted()
    both = rows.join(labels, on=["platform", "id"], how="left").join(trips, on=["platform", "id"])
    for hits in done.counted.triggers:
        held = both.filter(pl.col(hits.name))
        assert hits.hits == held.height
        assert hits.actors == held["driver"].n_unique()
        assert sum(hits.by_day.values()) == held.height
        right = held.filter((pl.col("kind") == "violation") & (pl.col("check") == hits.name)).height
        wanted = labels.filter((pl.col("kind") == "violation") & (pl.col("check") == hits.name)).height
        assert (hits.precision.k, hits.precision.n) == (right, held.height)
        assert (hits.recall.k, hits.recall.n) == (right, wanted)
        assert sum(hits.patterns.values()) == held.height
        for other, n in hits.both.items():
            assert n == held.filter(pl.col(other)).height
    assert rows.filter(pl.col("action") == "hold").height == done.counted.actions["hold"]


def test_no_more_is_held_than_the_driver_is_paid(done, twin):
    rows = pl.read_parquet(done.decisions).join(pl.read_parquet(twin / "trips.parquet"), on=["platform", "id"])
    held = rows.filter(pl.col("held_amount").is_not_null())
    assert held.height == done.counted.actions["hold"]
    assert (held["held_amount"] <= held["driver_amount"]).all()
    assert (held["held_amount"] > 0).all()
    assert done.counted.held_amount == held["held_amount"].sum()


def test_precise_enough_to_be_shown_to_a_person(done):
    """No look-alike is held; of those put before a person, most are cheats of one kind or another."""
    for hits in done.counted.triggers:
        lookalikes = sum(n for (kind, _), n in hits.patterns.items() if kind == "lookalike")
        if hits.action == "hold":
            assert lookalikes == 0
        assert (hits.hits - lookalikes) / hits.hits > 0.9


def test_two_versions_differ_where_they_were_changed(done):
    by = {d.name: d for d in done.compared.triggers}
    assert by["late_ends"].only_first == by["late_ends"].only_second == 0
    changed = by["voucher_arbitrage"]
    assert changed.only_first == 0
    assert changed.only_second > 0
    assert changed.violations[1] < changed.only_second  # whom the older one would have wronged
    rows = pl.read_parquet(done.folder / "differing.parquet")
    assert rows.height == changed.only_second
    assert set(rows["trigger"]) == {"voucher_arbitrage"}
    assert not rows["first"].any()


def test_the_page_tells_both_languages_and_the_order(done):
    page = done.page.read_text(encoding="utf-8")
    for told in ("没有记录的 decision_at", "No decision_at was logged", "Not ruled out", "没有排除", "两个版本"):
        assert told in page
    assert page.count("<svg") == 2


def test_a_span_is_decided_as_within_the_whole(done, twin, tmp_path):
    part = backtest("driving", twin, first=done.last.replace(day=20), last=done.last, out=tmp_path)
    assert part.counted.warmed > 0
    rows, whole = pl.read_parquet(part.decisions), pl.read_parquet(done.decisions)
    assert rows.equals(whole.filter(pl.col("decision_at") >= rows["decision_at"].min()).select(rows.columns))


def alike(folder: Path, work: Path) -> int:
    """How many events the live engine decided on, each as DuckDB did."""
    with opened(folder, out=work, tables={"trips", "campaigns"}) as desk:
        of, table = load("driving"), desk.staged.tables["trips"]
        until = table.last.replace(year=table.last.year + 1)
        made = decide(desk, of, table.first, until, None, "duckdb", lambda what, share: None)
        engine, n = live(of, references(desk, of), clock=None), 0
        batched = made.con.execute(f"SELECT * FROM {plain_rows(made.plain)} ORDER BY decision_at")
        reader = iter(row for batch in batched.to_arrow_reader(50_000) for row in batch.to_pylist())
        for batch in events(desk, of, table.first, until, None):
            for event in batch.select(columns_of(of)).to_pylist():
                here, there = engine.decide(event), decision(of, next(reader))
                assert here == there, event["id"]
                n += 1
        made.con.close()
    return n


def test_live_and_batch_decide_alike(twin, tmp_path):
    assert alike(twin, tmp_path) == TRIPS


@pytest.mark.soak
def test_live_and_batch_decide_alike_on_a_million_trips(tmp_path):
    generate(tmp_path / "trips", 1_000_000)
    assert alike(tmp_path / "trips", tmp_path / "work") == 1_000_000


@pytest.mark.soak
def test_spark_decides_alike(twin, done, tmp_path):
    pytest.importorskip("pyspark")
    spark = backtest("driving", twin, engine="spark", out=tmp_path)
    assert pl.read_parquet(spark.decisions).equals(pl.read_parquet(done.decisions))


def test_a_replay_has_the_hits_of_the_backtest(done, twin):
    heard = []
    played = replay("driving", twin, heard=heard.append)
    assert played.events == TRIPS
    assert not played.refused
    assert {h.name: h.hits for h in done.counted.triggers} == {
        h.name: played.hits[h.name] for h in done.counted.triggers
    }
    assert len(heard) == sum(any(d.triggers.values()) for d in heard)


def test_a_replay_takes_its_time(twin):
    day = pl.read_parquet(twin / "trips.parquet")["occurred_at"].max().date()
    played = replay("driving", twin, first=day, last=day, speed=200_000)
    assert 0 < played.events < 2000


def test_a_logged_order_is_followed(twin, tmp_path):
    """What was learned late counts when it was learned."""
    trips = pl.read_parquet(twin / "trips.parquet").sort("occurred_at", "id").select("platform", "id", "occurred_at")
    place = pl.int_range(pl.len())
    learned = pl.col("occurred_at") + pl.duration(hours=pl.when(place % 7 == 0).then(9).otherwise(0))
    late = trips.with_columns(decision_at=learned).sort("decision_at", "id")
    late = late.with_columns(decision_at=pl.col("decision_at") + pl.duration(microseconds=place))
    late.select("platform", "id", "decision_at").write_parquet(tmp_path / "log.parquet")
    logged = backtest("driving", twin, log=tmp_path / "log.parquet", out=tmp_path / "out")
    assert logged.counted.is_logged
    rows = pl.read_parquet(logged.decisions)
    assert rows.select("id", "decision_at").equals(
        late.filter(pl.col("decision_at") <= rows["decision_at"].max()).select("id", "decision_at")
    )
    assert "replayed by the decision_at" in logged.page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"labels": "nowhere.parquet"}, "no such file"),
        ({"against": "driving"}, "the same text"),
        ({"against": "orders"}, "decides on orders"),
        ({"first": "2020-01-01", "last": "2020-01-02"}, "no event of trips"),
        ({"first": "2025-12-02", "last": "2025-12-01"}, "before they begin"),
    ],
)
def test_what_cannot_be_asked_is_refused(twin, tmp_path, asked, says):
    from datetime import date

    given = {k: date.fromisoformat(v) if k in ("first", "last") else v for k, v in asked.items()}
    with pytest.raises(BadInput, match=says):
        backtest("driving", twin, out=tmp_path, **given)


def test_labels_that_cannot_be_read_are_refused(twin, tmp_path):
    file = tmp_path / "labels.csv"
    for text, says in (
        ("platform,id,kind\nyexing,t1,violation\n", "has no column check; labels of events need"),
        ("platform,id,check,kind\nyexing,t1,a,violation\nyexing,t1,b,violation\n", "two labels"),
    ):
        file.write_text(text)
        with pytest.raises(BadInput, match=says):
            backtest("driving", twin, labels=file, out=tmp_path / "out")


def test_labels_on_goods_are_no_labels_of_events(tmp_path):
    goods, events, torn = (tmp_path / name for name in ("labels.csv", "events.csv", "torn.parquet"))
    goods.write_text("platform,product,code\np,tea,a\n")
    events.write_text("platform,id,check,kind\np,1,a,violation\n")
    torn.write_bytes(b"PAR1")
    assert not are_labels(goods)
    assert are_labels(events)
    assert are_labels(torn), "whoever takes them says what is wrong"


def test_a_cost_lasts_until_the_next_is_known(tmp_path):
    """Costs without an end are ended for the lookup, as `costs` defines."""
    (tmp_path / "listings.csv").write_text(
        "platform,id,occurred_at,seller,product,currency,price\n"
        "p,1,2025-06-02 10:00:00,s,tea,CNY,9.00\np,2,2025-06-12 10:00:00,s,tea,CNY,9.00\n"
        "p,3,2025-06-22 10:00:00,s,tea,CNY,9.00\n"
    )
    (tmp_path / "costs.csv").write_text(
        "platform,id,seller,product,currency,valid_from,valid_to,known_at,purchase_cost\n"
        "p,1,s,tea,CNY,2025-06-01 00:00:00,,,8.00\n"
        "p,2,s,tea,CNY,2025-06-10 00:00:00,,2025-06-20 00:00:00,12.00\n"
    )
    done = backtest("prices", tmp_path, out=tmp_path / "out")
    rows = pl.read_parquet(done.decisions)
    assert rows["purchase_cost"].to_list() == [Decimal("8.000000"), Decimal("8.000000"), Decimal("12.000000")]
    assert rows["below_cost_listings"].to_list() == [False, False, True]


def test_commands(twin, tmp_path):
    run = CliRunner().invoke
    days, labels = ["--from", "2025-12-01", "--to", "2025-12-31"], ["--labels", str(twin / "truth_by_trip.parquet")]
    told = run(app, ["gate", "backtest", "driving", "--records", str(twin), *days, *labels, "--out", str(tmp_path)])
    assert told.exit_code == 0, told.output
    assert "precision" in told.output
    assert (tmp_path / "backtest-driving-2025-12-01-2025-12-31" / "backtest.html").is_file()
    told = run(app, ["gate", "replay", "driving", "--records", str(twin), "--reasons", "1", "-l", "zh"])
    assert told.exit_code == 0, told.output
    assert "没有排除" in told.output
