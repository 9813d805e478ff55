"""The twin of a platform's files: the same bytes twice, records of the right shape, accounts that add up, its truth."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from guiju.twin.holds import generate
from twin_records import is_of_the_records, read

DRIVERS = 1_500
NAMES = (
    "account_entries", "agencies", "appeals", "campaigns", "decisions", "hold_steps", "holds", "trips", "work_stops",
)  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("files")
    generate(out, DRIVERS)
    return out


def true_of(out: Path, check: str, kind: str = "violation") -> pl.DataFrame:
    return read(out, "truth").filter((pl.col("check") == check) & (pl.col("kind") == kind))


def test_the_same_arguments_give_the_same_bytes(files, tmp_path):
    generate(tmp_path / "again", DRIVERS)
    assert {file.stem for file in files.iterdir()} == {*NAMES, "truth"}
    for name in (*NAMES, "truth"):
        assert (files / f"{name}.parquet").read_bytes() == (tmp_path / "again" / f"{name}.parquet").read_bytes()
    with pytest.raises(ValueError, match="1,500 drivers at least"):
        generate(tmp_path / "few", DRIVERS - 1)


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_those_of_the_records(files, name):
    is_of_the_records(files, name)


def test_every_name_refers_to_a_row(files):
    decisions, holds, trips = (read(files, name) for name in ("decisions", "holds", "trips"))
    assert set(holds["decision"].drop_nulls()) < set(decisions["id"])
    assert set(read(files, "appeals")["decision"]) < set(decisions["id"])
    assert set(read(files, "hold_steps")["hold"]) < set(holds["id"])
    assert set(decisions["agency"].drop_nulls()) <= set(read(files, "agencies")["agency"])
    about = decisions.drop_nulls("order_id").join(trips, left_on=["order_id", "party"], right_on=["id", "driver"])
    assert about.height == decisions["order_id"].drop_nulls().len() > 500
    assert (about["occurred_at_right"] < about["occurred_at"]).all()


def test_accounts_add_up_to_the_fen(files):
    entries = read(files, "account_entries").sort("party", "occurred_at", "id")
    reckoned = entries.select(pl.col("amount").cum_sum().over("party")).to_series()
    assert (reckoned == entries["balance_amount"]).all()
    held = entries.filter(pl.col("kind") == "hold").join(read(files, "holds"), left_on="hold", right_on="id")
    assert (held["amount"] == -held["amount_right"]).all()
    assert held.height == read(files, "holds").height


def test_who_stands_below_zero_is_named(files):
    entries = read(files, "account_entries")
    below = entries.filter(
        (pl.col("balance_amount") < pl.lit(-0.05)) & pl.col("kind").is_in(["hold", "fee", "deposit", "capture"])
    )
    true, alike = (
        true_of(files, "accounts_driven_below_zero"),
        true_of(files, "accounts_driven_below_zero", "lookalike"),
    )
    short = set(alike.filter(pl.col("pattern") == "paid_within_the_hour")["object"])
    assert set(below["party"]) - short == set(true.filter(pl.col("strength") > 0)["object"])
    stops = read(files, "work_stops").filter((pl.col("reason") == "balance_below_zero") & pl.col("decision").is_null())
    assert set(stops["party"]) <= set(true["object"])
    assert true.filter(pl.col("strength") == 0).height == 6


def test_what_was_won_and_kept_is_named(files):
    undone = read(files, "decisions").drop_nulls("undone_at").select("id", "undone_at")
    won = read(files, "holds").join(undone, left_on="decision", right_on="id")
    back = read(files, "hold_steps").filter(pl.col("kind") == "released")
    due = won.join(back, left_on="id", right_on="hold", how="left").group_by("id", "party", "amount").agg(
        pl.col("amount_right").filter(
            pl.col("occurred_at_right") <= pl.col("undone_at") + timedelta(hours=72)
        ).sum().alias("given")
    )  # fmt: skip
    kept = set(due.filter(pl.col("given") < pl.col("amount"))["party"])
    named = true_of(files, "holds_beyond_dispute").filter(
        pl.col("pattern").is_in(["kept_after_winning", "captured_and_won"])
    )
    assert kept == set(named["object"])
    assert len(kept) == 12


def test_an_honest_platform_has_lookalikes_and_no_violation(files, tmp_path):
    generate(tmp_path, DRIVERS, seed=11, plants=False)
    truth, planted = read(tmp_path, "truth"), read(files, "truth")
    assert set(truth["kind"]) == {"lookalike"}
    assert truth["check"].n_unique() == planted["check"].n_unique() == 5
    assert set(truth["pattern"]) == set(planted.filter(pl.col("kind") == "lookalike")["pattern"])
    assert "by_chance" not in set(planted["pattern"])
    assert read(tmp_path, "decisions").height > 300
