"""One market, in long runs another every time, audited and held against its truth; bench/truth.py does so with many."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest
from scipy.stats import binom

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))
import truth
import truth_table

pytestmark = pytest.mark.slow

ORDERS = 300_000
WEIGHING = [
    "known_customer_markup",
    "exclusivity_pressure",
    "identical_price_moves",
    "rigged_bids",
    "profiled_quotes",
    "self_preferencing",
    "divided_markets",
]
NEVER = 1e-5  # a bound is set so that honest figures pass it no oftener than this


@pytest.fixture(scope="module")
def judged(seed: int) -> truth.Judged:
    print(f"\nseed {seed}: python bench/truth.py --orders {ORDERS} --planted {seed} --innocent ''")
    return truth.judge(seed, ORDERS, planted=True)


def test_what_is_counted_is_the_truth(judged):
    wrong = judged.episodes.filter(pl.col("true") != pl.col("found"))
    assert not wrong.height, f"seed {judged.seed}: {wrong.to_dicts()}"
    assert judged.episodes["true"].sum() > 10


def test_what_is_weighed_is_planted_but_for_a_share(judged):
    """Of n findings one in twenty may be false on average: more than the binomial allows is a fault."""
    found = judged.cells.filter(truth_table.FOUND)
    false = found.filter(~truth_table.PLANTED)
    assert false.height <= binom.isf(NEVER, found.height, 0.05), f"seed {judged.seed}: {false.to_dicts()}"


def test_what_is_above_the_stated_strength_is_found(judged):
    """Of n gaps of which nine in ten are stated to show, no more is missed than the binomial allows."""
    above = judged.cells.filter(truth_table.ABOVE)
    missed = above.filter(~truth_table.FOUND)
    assert missed.height <= binom.isf(NEVER, above.height, 0.1), f"seed {judged.seed}: {missed.to_dicts()}"


def test_pressure_found_is_planted(judged):
    """Twelve platforms and quarters, three means: more than one false finding is a fault."""
    false = judged.pressure.filter(truth_table.FOUND & ~truth_table.PLANTED)
    assert false.height <= 1, f"seed {judged.seed}: {false.to_dicts()}"


def test_pressure_above_the_stated_strength_is_found(judged):
    """Nine in ten show, and nine in ten of those have weeks before that pass their test."""
    above = judged.pressure.filter(truth_table.ABOVE)
    missed = above.filter(~truth_table.FOUND)
    assert missed.height <= binom.isf(NEVER, above.height, 0.19), f"seed {judged.seed}: {missed.to_dicts()}"


def test_joint_rises_found_are_planted(judged):
    """Of n findings, of prices or of bids, one in twenty may be false on average."""
    found = judged.moves.filter(truth_table.FOUND)
    false = found.filter(~truth_table.PLANTED)
    assert false.height <= binom.isf(NEVER, found.height, 0.05), f"seed {judged.seed}: {false.to_dicts()}"


def test_most_joint_rises_are_found(judged):
    """Of markets that became dearer by 8 % or more, as many as are stated, in one shop or bidder or more."""
    markets = truth_table.fixed_markets(judged.moves.with_columns(seed=judged.seed))
    for (rule,), able in markets.filter(pl.col("strength") >= truth_table.CLEAR_RISE).group_by("rule"):
        missed = able.filter(pl.col("found") == 0)
        least = truth_table.LEAST[rule] / 100
        assert missed.height <= binom.isf(NEVER, able.height, 1 - least), f"seed {judged.seed}: {missed.to_dicts()}"


def test_prices_by_profile_are_planted_and_found(judged):
    found, above = (judged.probes.filter(which) for which in (truth_table.FOUND, truth_table.ABOVE))
    false, missed = found.filter(~truth_table.PLANTED), above.filter(~truth_table.FOUND)
    assert false.height <= binom.isf(NEVER, found.height, 0.05), f"seed {judged.seed}: {false.to_dicts()}"
    assert missed.height <= binom.isf(NEVER, above.height, 0.1), f"seed {judged.seed}: {missed.to_dicts()}"


def test_own_goods_first_are_planted_and_found(judged):
    """Twelve platforms and quarters; of the two that are clear one may be missed."""
    false = judged.ranks.filter(truth_table.FOUND & ~truth_table.PLANTED)
    clear = judged.ranks.filter(pl.col("strength") >= truth_table.CLEAR_LEAD)
    assert not false.height, f"seed {judged.seed}: {false.to_dicts()}"
    assert clear.filter(truth_table.FOUND).height >= clear.height - 1, f"seed {judged.seed}: {clear.to_dicts()}"


def test_parted_areas_are_planted_and_found(judged):
    found, above = (judged.parting.filter(which) for which in (truth_table.FOUND, truth_table.ABOVE))
    false, missed = found.filter(~truth_table.PLANTED), above.filter(~truth_table.FOUND)
    assert false.height <= binom.isf(NEVER, found.height, 0.05), f"seed {judged.seed}: {false.to_dicts()}"
    assert missed.height <= 2 * binom.isf(NEVER, above.height / 2, 0.15), f"seed {judged.seed}: {missed.to_dicts()}"


def test_honest_conduct_is_not_taken_for_a_violation(judged):
    wrong = judged.lookalikes.filter((pl.col("errors") > 0) & ~pl.col("check").is_in(WEIGHING))
    assert not wrong.height, f"seed {judged.seed}: {wrong.to_dicts()}"


def test_the_table_says_where_a_mark_is_missed(judged):
    facts = truth_table.Facts("python bench/truth.py", {"guiju": "0"}, (ORDERS, ORDERS))
    text, _ = truth_table.draw([judged], facts)
    assert str(judged.seed) in text
    episode = dict.fromkeys(truth_table.EPISODE[:4], "x") | dict.fromkeys(truth_table.EPISODE[4:], None)
    wrong = pl.DataFrame([episode | {"true": 1, "found": 0}], schema=judged.episodes.schema)
    missed = truth.Judged(1, True, wrong, judged.cells, judged.lookalikes, 0.0)
    text, reached = truth_table.draw([missed], facts)
    assert not reached
    assert "| 1 of 1 | 0 | **no** |" in text
