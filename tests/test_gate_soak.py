"""Long runs: 1,754,155 payments of a published simulation decide alike in DuckDB and live, 100,000 of them on Spark."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from guiju.audit.spark import needs
from guiju.gate import Decision, TriggerSet, history, live, load
from guiju.records.errors import BadInput

pytestmark = pytest.mark.soak
EVENTS = 1_754_155
OVER = "OVER (PARTITION BY platform, {} ORDER BY decision_at RANGE BETWEEN INTERVAL '{}' DAY PRECEDING AND CURRENT ROW)"
BUYER, WEEK, SHOP, FORTNIGHT = (OVER.format(*of) for of in (
    ("COALESCE(buyer, id)", 1), ("COALESCE(buyer, id)", 7), ("seller", 1), ("seller", 14)
))  # fmt: skip
FEATURES = f"""SELECT
  COUNT(*) {BUYER} AS payments_1d,
  SUM(gross_amount) {BUYER} AS paid_1d,
  AVG(gross_amount) {WEEK} AS mean_7d,
  MAX(gross_amount) {WEEK} AS most_7d,
  MIN(gross_amount) FILTER (WHERE gross_amount > 10) {WEEK} AS least_7d,
  COUNT(DISTINCT seller) {WEEK} AS shops_7d,
  LAG(occurred_at) {WEEK} AS before,
  COUNT(*) {SHOP} AS shop_payments_1d,
  COUNT(DISTINCT buyer) {FORTNIGHT} AS shop_buyers_14d,
  FIRST_VALUE(gross_amount) {FORTNIGHT} AS first_14d,
  SUM(gross_amount) FILTER (WHERE gross_amount > 100) {FORTNIGHT} / SUM(gross_amount) {FORTNIGHT} AS share_14d,
  EXTRACT(HOUR FROM occurred_at + INTERVAL '8' HOUR) AS hour
FROM orders"""
CONDITIONS = {
    "large": "gross_amount > 220",
    "unlike": "gross_amount > 3 * mean_7d AND gross_amount >= most_7d",
    "burst": "payments_1d >= 3 * min_orders_per_buyer",
    "quick": "occurred_at - before < INTERVAL '10' MINUTE",
    "night": "hour BETWEEN 1 AND 4 AND paid_1d > 200",
    "one_shop": "share_14d > 0.9 AND shop_payments_1d > 8",
}


@pytest.fixture(scope="module")
def of(tmp_path_factory: pytest.TempPathFactory) -> TriggerSet:
    folder = tmp_path_factory.mktemp("payments")
    (folder / "features.sql").write_text(FEATURES)
    for name, condition in CONDITIONS.items():
        says = {"zh": "{buyer} {payments_1d} {share_14d}", "en": "{buyer} {payments_1d} {share_14d}"}
        entry = {"rule": "no_sham_orders", "condition": condition, "says": says, "action": "review", "mode": "live"}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({**entry, "found": {}, "clear": {}}, allow_unicode=True))
    return load(folder)


@pytest.fixture(scope="module")
def ready(of: TriggerSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The payments as orders, admitted."""
    if "GUIJU_REAL_DATA" not in os.environ:
        pytest.skip("real data not present")
    source = Path(os.environ["GUIJU_REAL_DATA"]) / "fraud_handbook_simulated" / "transactions.parquet"
    path = tmp_path_factory.mktemp("ready") / "orders.parquet"
    reader = duckdb.sql(f"""
        SELECT 'p' AS platform, printf('%08d', TRANSACTION_ID) AS id, TX_DATETIME::TIMESTAMP AS occurred_at,
               'b' || CUSTOMER_ID AS buyer, 's' || TERMINAL_ID AS seller, TX_AMOUNT::DECIMAL(18, 2) AS gross_amount
        FROM '{source}' ORDER BY occurred_at, id, platform""").to_arrow_reader(100_000)
    writer = None
    for batch in history.admitted(of, reader):
        writer = writer or pq.ParquetWriter(path, batch.schema)
        writer.write_batch(batch)
    assert writer is not None
    writer.close()
    return path


def in_duckdb(of: TriggerSet, ready: Path) -> Iterator[Decision]:
    connection = duckdb.connect(config={"memory_limit": "4GB"})
    connection.execute(f"CREATE VIEW orders AS FROM '{ready}'")
    answer = connection.execute(f"{of.duckdb()} ORDER BY decision_at").to_arrow_reader(50_000)
    yield from (history.decision(of, row) for batch in answer for row in batch.to_pylist())


def events(ready: Path) -> Iterator[dict[str, Any]]:
    for batch in pq.ParquetFile(ready).iter_batches(50_000, columns=None):
        yield from batch.to_pylist()


def test_every_payment_decides_alike_in_duckdb_and_live(of: TriggerSet, ready: Path) -> None:
    engine, asked, held = live(of, clock=None), 0, 0
    for event, there in zip(events(ready), in_duckdb(of, ready), strict=True):
        here = engine.decide(event)
        assert here == there, event
        assert here.decision_at == event["decision_at"]
        asked, held = asked + 1, held + len(here.held)
    assert asked == EVENTS
    assert held > 1000
    print(f"\n{asked:,} payments, {held:,} times a trigger held; {sum(engine.keys):,} keys, {engine.entries:,} entries")


def test_a_hundred_thousand_decide_alike_on_spark(of: TriggerSet, ready: Path) -> None:
    try:
        needs()
    except BadInput as why:
        pytest.skip(str(why))
    from guiju.audit.spark import Spark

    with tempfile.TemporaryDirectory() as work:
        few = Path(work) / "orders.parquet"
        pq.write_table(pa.Table.from_batches([next(pq.ParquetFile(ready).iter_batches(100_000))]), few)
        spark = Spark(Path(work))
        spark.session.read.parquet(few.as_uri()).createOrReplaceTempView("orders")
        rows = sorted(spark.session.sql(of.spark()).collect(), key=lambda row: row["decision_at"])
        there = [history.decision(of, row.asDict()) for row in rows]
        engine = live(of, clock=None)
        here = [engine.decide(event) for event in events(few)]
        spark.close()
    assert len(here) == 100_000
    assert here == there
    assert here[-1].decision_at > datetime(2018, 4, 1)
