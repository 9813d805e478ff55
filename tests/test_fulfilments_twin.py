"""The twin of two New Year seasons: the same bytes, only what had happened, and rates as they were planted."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from guiju.twin.fulfilments import generate
from guiju.twin.network.goods import MODES

KEY = "occurred_at"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("seasons")
    generate(out, 20_000, 48, 11)
    return out


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for folder in ("one", "other"):
        generate(tmp_path / folder, 2_000, 24, 11)
    for file in (tmp_path / "one").iterdir():
        digests = [sha256((tmp_path / folder / file.name).read_bytes()).hexdigest() for folder in ("one", "other")]
        assert digests[0] == digests[1], file.name


def test_nothing_happens_before_what_it_follows_or_after_the_records_end(made):
    of = pl.read_parquet(made / "fulfilments.parquet")
    for earlier, later in ((KEY, "shipped_at"), ("shipped_at", "delivered_at"), (KEY, "promised_at"),
                           ("delivered_at", "returned_at"), ("delivered_at", "complained_at")):  # fmt: skip
        known = of.drop_nulls([earlier, later])
        assert (known[earlier] <= known[later]).all(), (earlier, later)
        assert of.filter(pl.col(later).is_not_null() & pl.col(earlier).is_null()).is_empty()
    ends = pl.datetime(2020, 12, 31, 16)
    for name in ("shipped_at", "delivered_at", "returned_at", "complained_at"):
        assert of.filter(pl.col(name) >= ends).is_empty()
    assert set(of["mode"]) == set(MODES)
    orders = pl.read_parquet(made / "orders.parquet")
    joined = of.join(orders, left_on="order_line", right_on="id")
    assert joined.height == of.height == orders.height
    assert (joined["product"] == joined["product_right"]).all()


def test_goods_go_by_modes_in_which_they_are_supplied(made):
    of = pl.read_parquet(made / "fulfilments.parquet").group_by("product", "mode").len()
    supplied = pl.read_parquet(made / "supplies.parquet").select("product", "mode").unique()
    elsewhere = of.join(supplied, on=["product", "mode"], how="anti")
    assert set(elsewhere["mode"]) <= {"merchant"}, "where nobody else delivers the merchant does"


def test_what_is_planted_is_worse_by_as_much(made):
    """Points above the good's other modes of the quarter, raw; the provinces' mix moves them by one or two."""
    truth = pl.read_parquet(made / "truth.parquet").filter(pl.col("kind") == "violation")
    of = pl.read_parquet(made / "fulfilments.parquet").with_columns(
        no_uneven_returns=pl.col("return_reason").is_in(["quality", "damaged", "not_as_described"]).fill_null(False),
        no_uneven_complaints=(pl.col("complaint") != "service").fill_null(False),
        no_uneven_delay=(pl.col("delivered_at") > pl.col("promised_at")).fill_null(True),
    )
    assert set(truth["rule"]) == {"no_uneven_returns", "no_uneven_complaints", "no_uneven_delay"}
    met = 0
    for row in truth.to_dicts():
        product, mode = row["object"].split("/")
        its = of.filter(pl.col("product") == product, pl.col(KEY).is_between(row["starts_at"], row["ends_at"]))
        worse, others = (its.filter(side)[row["rule"]] for side in (pl.col("mode") == mode, pl.col("mode") != mode))
        if min(len(worse), len(others)) >= 150:
            error = 100 * (worse.mean() * (1 - worse.mean()) / len(worse) + 0.08 / len(others)) ** 0.5
            assert 100 * (worse.mean() - others.mean()) == pytest.approx(row["strength"], abs=3 * error + 2), row
            met += 1
    assert met >= 2


def test_an_honest_network_has_every_look_alike_and_nothing_else(made, tmp_path):
    generate(tmp_path, 20_000, 48, 11, plants=False)
    truth, honest = (pl.read_parquet(folder / "truth.parquet") for folder in (made, tmp_path))
    assert set(honest["kind"]) == {"lookalike"}
    assert honest.equals(truth.filter(pl.col("kind") == "lookalike"))
    assert honest["pattern"].n_unique() == 4


def test_a_span_without_last_years_season_is_refused(tmp_path):
    with pytest.raises(ValueError, match="370 days"):
        generate(tmp_path, 2_000, 24, 11, days=200)
