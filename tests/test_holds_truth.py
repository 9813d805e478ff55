"""A platform's own files drawn at run time, audited by the rules on holds and appeals and held against their truth."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest

import guiju
from guiju.rulebook import rules
from guiju.twin.holds import generate

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))
import truth as bench

DRIVERS = 1_500
DAY = "2025-12-31"
EPISODE = ["rule", "platform", "subject", "object", "starts_at", "ends_at"]
COUNTED = [
    "no_accounts_driven_below_zero", "no_holds_beyond_dispute", "no_holds_without_reasons", "no_unanswered_appeals",
]  # fmt: skip


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, pl.DataFrame, pl.DataFrame]:
    """The seed, the truth, what was found."""
    (seed,) = bench.drawn(1)
    out = tmp_path_factory.mktemp("files")
    print(f"\nseed {seed}: guiju twin holds --drivers {DRIVERS} --seed {seed}")
    generate(out / "records", DRIVERS, seed)
    run = guiju.audit(out / "records", day=DAY, out=out / "runs", only=COUNTED)
    found = run.to_polars().rename({"episode_start": "starts_at", "episode_end": "ends_at"})
    return seed, pl.read_parquet(out / "records" / "truth.parquet"), found


def test_what_is_counted_is_the_truth(judged):
    seed, truth, found = judged
    true = truth.filter((pl.col("kind") == "violation") & pl.col("rule").is_in(COUNTED))
    assert {rules()[name].check for name in true["rule"].unique()} == set(true["check"])
    both = true.select(*EPISODE, "pattern").join(found.select(*EPISODE, "version"), on=EPISODE, how="full")
    wrong = both.filter(pl.col("pattern").is_null() | pl.col("version").is_null())
    assert not wrong.height, f"seed {seed}: {wrong.to_dicts()}"
    assert set(true["rule"]) == set(COUNTED)


def test_what_is_at_stake_is_the_truth_to_the_fen(judged):
    seed, truth, found = judged
    money = truth.filter(pl.col("check").is_in(["holds_beyond_dispute", "accounts_driven_below_zero"]))
    both = money.filter(pl.col("kind") == "violation").join(found, on=EPISODE)
    assert both.height > 50
    at_stake = both["amount_at_stake"].cast(pl.Float64).fill_null(0)
    assert ((at_stake - both["strength"]).abs() < 0.005).all(), f"seed {seed}"


def test_honest_conduct_is_not_taken_for_a_violation(judged):
    seed, truth, found = judged
    alike = truth.filter((pl.col("kind") == "lookalike") & pl.col("rule").is_in(COUNTED))
    met = alike.join(found.select("rule", "object"), on=["rule", "object"], how="semi")
    assert not met.height, f"seed {seed}: {met.to_dicts()}"
    assert alike["rule"].n_unique() == len(COUNTED)
