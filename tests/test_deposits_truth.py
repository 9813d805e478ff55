"""A deposit shelf, in long runs drawn anew, audited by the seven rules on deposits and held against its truth."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest

import guiju
from guiju.rulebook import rules
from guiju.twin.deposits import generate

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

DEPOSITORS = 8_000
DAY = "2021-03-31"
EPISODE = ["rule", "platform", "subject", "object", "starts_at", "ends_at"]
RULES = [
    "no_deposits_through_third_parties", "no_disguised_loans", "no_finance_without_licence", "no_out_of_area_deposits",
    "no_undue_platform_dependence", "no_uninsured_balances_unseen", "no_yields_over_ceiling",
]  # fmt: skip


@pytest.fixture(scope="module")
def judged(seed: int, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, pl.DataFrame, pl.DataFrame]:
    """The seed, the truth, what was found."""
    out = tmp_path_factory.mktemp("shelf")
    print(f"\nseed {seed}: guiju twin deposits --depositors {DEPOSITORS} --seed {seed}")
    generate(out / "records", DEPOSITORS, seed)
    run = guiju.audit(out / "records", day=DAY, out=out / "runs", only=RULES)
    found = run.to_polars().rename({"episode_start": "starts_at", "episode_end": "ends_at"})
    return seed, pl.read_parquet(out / "records" / "truth.parquet"), found


def test_what_is_counted_is_the_truth(judged):
    seed, truth, found = judged
    true = truth.filter(pl.col("kind") == "violation")
    assert {rules()[name].check for name in true["rule"].unique()} == set(true["check"])
    both = true.select(*EPISODE, "pattern").join(found.select(*EPISODE, "q_value"), on=EPISODE, how="full")
    wrong = both.filter(pl.col("pattern").is_null() | pl.col("rule_right").is_null())
    assert not wrong.height, f"seed {seed}: {wrong.to_dicts()}"
    assert set(true["rule"]) == set(RULES)


def test_honest_conduct_is_not_taken_for_a_violation(judged):
    seed, truth, found = judged
    known = truth.filter(pl.col("kind") == "violation").select(EPISODE)
    extra = found.select("check", *EPISODE).join(known, on=EPISODE, how="anti").to_dicts()
    alike = truth.filter(pl.col("kind") == "lookalike")
    met = [
        row for row in alike.to_dicts()
        if any(row[k] == f[k] for f in extra for k in ("subject",) if row["check"] == f["check"])
    ]  # fmt: skip
    assert not met, f"seed {seed}: {met}"
    assert alike["check"].n_unique() == len(RULES)
