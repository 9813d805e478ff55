"""The twin of growing platforms: the same bytes twice, records of the right shape, and the truth is what was drawn."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from guiju.twin.growing import PLATFORMS, generate, month_of, retained
from twin_records import is_of_the_records, read

NAMES = ("fees", "orders", "parties", "sign_ins")
BEIJING = timedelta(hours=8)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("growing")
    generate(out, 8)
    return out


def test_the_same_arguments_give_the_same_bytes(market: Path, tmp_path: Path) -> None:
    generate(tmp_path, 8)
    for name in (*NAMES, "truth"):
        assert (market / f"{name}.parquet").read_bytes() == (tmp_path / f"{name}.parquet").read_bytes()
    with pytest.raises(ValueError, match="24 months at least"):
        generate(tmp_path, 8, months=23)


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_those_of_the_records(market: Path, name: str) -> None:
    is_of_the_records(market, name)


def test_platforms_grow_as_the_truth_says(market: Path) -> None:
    """The year's total against that of the year before, season and noise mostly gone from it."""
    orders = read(market, "orders").with_columns(day=(pl.col("occurred_at") + BEIJING).dt.date())
    begin = date(2023, 1, 1)
    for name, shape in PLATFORMS.items():
        its = orders.filter(pl.col("platform") == name)["day"]
        if shape.months is not None:
            assert its.min() >= date(2025, 5, 1)
            continue
        age = ((its - begin).dt.total_days() / 365.25).floor()
        first, second = int((age == 0).sum()), int((age == 1).sum())
        expected = 12 * shape.growth + shape.acceleration * 12 * 12
        assert np.log(second / first) == pytest.approx(expected, abs=0.08), name


def test_who_joined_comes_back_as_often_as_the_truth_says(market: Path) -> None:
    people, signed = read(market, "parties"), read(market, "sign_ins")
    both = signed.join(people, left_on=["platform", "account"], right_on=["platform", "id"])
    assert (both["occurred_at"] >= both["registered_at"].dt.truncate("1d")).all()
    months = {
        c: month_of((both[c] + BEIJING).dt.date().cast(pl.Int32).to_numpy()) for c in ("occurred_at", "registered_at")
    }
    ages = both.with_columns(age=pl.Series(months["occurred_at"] - months["registered_at"]),
                             begun=pl.Series(months["registered_at"]))  # fmt: skip
    last = month_of(np.array([(date(2025, 12, 17) - date(1970, 1, 1)).days]))[0]
    for age in (1, 3, 12):
        old = ages.filter(pl.col("begun") + age < last)
        here = old.filter(pl.col("age") == age).select("platform", "account").n_unique()
        assert here / old.select("platform", "account").n_unique() == pytest.approx(
            float(retained(np.array([age]))[0]), abs=0.02
        )


def test_fees_are_five_per_cent_of_the_months_orders(market: Path) -> None:
    fees, orders = read(market, "fees"), read(market, "orders")
    assert set(fees["platform"]) == {name for name, shape in PLATFORMS.items() if shape.charges}
    assert fees["period_end"].max() < orders["occurred_at"].max()
    its = fees.filter(pl.col("platform") == "pingwen")
    whole = orders.filter((pl.col("platform") == "pingwen") & (pl.col("occurred_at") < its["period_end"].max()))
    assert float(its["amount"].sum()) == pytest.approx(float(whole["gross_amount"].sum()) * 0.05, rel=1e-4)
