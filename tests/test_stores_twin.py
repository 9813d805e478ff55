"""The store network's twin: the same bytes twice, records of the right shape, orders that bear its truth out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from guiju.twin.stores import generate
from twin_records import is_of_the_records, read

STORES, GOODS = 3_000, 60
NAMES = ("delivery_areas", "orders", "products", "stores", "supplies")
TRUTHS = ("truth_rates", "truth_stores")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("network")
    generate(out, STORES, GOODS)
    return out


def test_the_same_arguments_give_the_same_bytes(network, tmp_path):
    generate(tmp_path / "again", STORES, GOODS)
    generate(tmp_path / "other", STORES, GOODS, seed=8)
    assert {file.stem for file in network.iterdir()} == {*NAMES, *TRUTHS}
    for name in (*NAMES, *TRUTHS):
        assert (network / f"{name}.parquet").read_bytes() == (tmp_path / "again" / f"{name}.parquet").read_bytes()
    assert (network / "orders.parquet").read_bytes() != (tmp_path / "other" / "orders.parquet").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_those_of_the_records(network, name):
    is_of_the_records(network, name)


def test_every_name_refers_to_a_row(network):
    stores, goods, supplies = (read(network, name) for name in ("stores", "products", "supplies"))
    for table, column, of in (("orders", "seller", stores), ("orders", "product", goods),
                              ("supplies", "product", goods), ("delivery_areas", "supply", supplies)):  # fmt: skip
        assert read(network, table).join(of, left_on=column, right_on="id", how="anti").is_empty(), (table, column)


def test_there_is_what_a_matching_meets(network):
    supplies, stores, areas = (read(network, name) for name in ("supplies", "stores", "delivery_areas"))
    assert set(supplies["mode"]) == {"merchant", "warehouse", "owner"}
    assert supplies["only_channel"].drop_nulls().is_in(stores["channel"].implode()).all()
    assert 0 < supplies["only_channel"].null_count() < supplies.height
    end = datetime(2020, 12, 31, 16)
    assert areas.filter(pl.col("last_order_at") < end).height
    assert areas.filter(pl.col("last_order_at") > end).height
    assert stores.height == STORES
    assert stores["owner"].n_unique() < STORES


def test_orders_bear_the_truth_out(network):
    """Nobody buys in a store before it opens, nor a new good; large stores sell what is said, within six deviations."""
    stores, goods, orders = (read(network, name) for name in ("stores", "products", "orders"))
    sold = orders.join(stores, left_on="seller", right_on="id").join(
        goods.select("id", "listed_at"), left_on="product", right_on="id"
    )
    assert (sold["occurred_at"] >= sold["opened_at"]).all()
    assert (sold["occurred_at"] >= sold["listed_at"]).all()
    truth = read(network, "truth_stores").join(stores, left_on="store", right_on="id")
    end, days = datetime(2020, 12, 31, 16), pl.lit(60.0)
    truth = truth.with_columns(days=pl.min_horizontal(days, (end - pl.col("opened_at")).dt.total_seconds() / 86_400))
    expected = truth.group_by("large").agg((pl.col("days") * pl.col("orders_a_day")).sum())
    made = sold.join(truth.select("store", "large"), left_on="seller", right_on="store").group_by("large").len()
    for row in expected.join(made, on="large").iter_rows(named=True):
        assert abs(row["len"] - row["days"]) < 6 * row["days"] ** 0.5


def test_shares_of_old_goods_sum_to_one(network):
    sums = read(network, "truth_rates").filter(~pl.col("new")).group_by("taste", "region").agg(pl.col("share").sum())
    assert sums["share"].to_list() == pytest.approx([1.0] * sums.height)


def test_too_small_is_refused(tmp_path):
    with pytest.raises(ValueError, match="200 stores"):
        generate(tmp_path, 199)
