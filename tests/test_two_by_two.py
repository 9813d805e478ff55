"""Odds ratios over strata, differences and slices: published tables, statsmodels and scipy as oracles."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2
from statsmodels.stats.proportion import confint_proportions_2indep

from guiju.estimators.against_chance import newcombe
from guiju.estimators.clustered import compare, detectable_odds_ratio
from guiju.estimators.slices import p_blind, p_clustered, sliceline, weighted_relative_accuracy
from guiju.estimators.two_by_two import breslow_day, cochran_mantel_haenszel, mantel_haenszel, odds_ratio

# Berkeley 1973, as R's UCBAdmissions: men admitted and not, women admitted and not, of six departments.
BERKELEY = np.array([
    [512, 313, 89, 19], [353, 207, 17, 8], [120, 205, 202, 391], [138, 279, 131, 244], [53, 138, 94, 299],
    [22, 351, 24, 317],
])  # fmt: skip


def test_berkeley_alone_and_by_department():
    """R's mantelhaen.test and DescTools' BreslowDayTest: what seemed against women was which department they chose."""
    assert odds_ratio(*BERKELEY.sum(axis=0)).value == pytest.approx(1.84, abs=0.005)
    assert mantel_haenszel(BERKELEY).value == pytest.approx(0.904697, abs=5e-7)
    assert cochran_mantel_haenszel(BERKELEY) == pytest.approx((1.5246, 0.2169), abs=5e-5)
    assert cochran_mantel_haenszel(BERKELEY, correct=True) == pytest.approx((1.4269, 0.2323), abs=5e-5)
    statistic, p = breslow_day(BERKELEY)
    assert statistic == pytest.approx(18.83, abs=0.005)
    assert p == pytest.approx(0.0021, abs=5e-5)


@pytest.mark.parametrize("seed", range(4))
def test_equals_statsmodels(seed):
    rng = np.random.default_rng(seed)
    strata = rng.integers(1, 60, (5, 4))
    oracle = StratifiedTable([row.reshape(2, 2) for row in strata])
    ours = mantel_haenszel(strata)
    assert ours.value == pytest.approx(oracle.oddsratio_pooled)
    assert (ours.low, ours.high) == pytest.approx(oracle.oddsratio_pooled_confint())
    told = oracle.test_null_odds(correction=True)
    assert cochran_mantel_haenszel(strata, correct=True) == pytest.approx((told.statistic, told.pvalue))
    told = oracle.test_equal_odds()
    assert breslow_day(strata) == pytest.approx((told.statistic, told.pvalue))
    one = Table2x2(strata[0].reshape(2, 2))
    ours = odds_ratio(*strata[0])
    assert (ours.value, ours.low, ours.high) == pytest.approx((one.oddsratio, *one.oddsratio_confint()))


def test_strata_that_say_nothing_change_nothing():
    empty = [[0, 0, 5, 9], [0, 8, 0, 9], [3, 0, 9, 0]]
    assert mantel_haenszel([*BERKELEY, *empty]) == mantel_haenszel(BERKELEY)
    assert breslow_day([*BERKELEY, *empty]) == breslow_day(BERKELEY)
    assert np.isnan(breslow_day(BERKELEY[:1])).all()
    assert np.isnan(mantel_haenszel([[0, 0, 1, 2]]).value)
    with pytest.raises(ValueError, match="below 0"):
        mantel_haenszel([[1, 2, 3, -4]])


def test_breslow_day_where_the_common_odds_ratio_is_one():
    strata = [[10, 20, 10, 20], [30, 10, 30, 10]]
    assert mantel_haenszel(strata).value == pytest.approx(1.0)
    assert breslow_day(strata)[0] == pytest.approx(0.0, abs=1e-9)


# Newcombe 1998, Stat. Med. 17, 873-890, table II, method 10.
DIFFERENCES = [
    (56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926),
]  # fmt: skip


@pytest.mark.parametrize(("k", "n", "j", "m", "low", "high"), DIFFERENCES)
def test_the_difference_is_newcombes(k, n, j, m, low, high):
    assert [round(float(x), 4) for x in newcombe(k, n, j, m)] == [low, high]
    assert newcombe(k, n, j, m) == pytest.approx(confint_proportions_2indep(k, n, j, m, method="newcomb"))


def test_a_slice_is_scored_by_hand():
    """10 of 100 are hit, 6 of the 20 in the slice: 20/100 (0.3 - 0.1), and 0.95 (3 - 1) - 0.05 (5 - 1)."""
    assert weighted_relative_accuracy(20, 6, 100, 10) == pytest.approx(0.04)
    assert sliceline(20, 6, 100, 10) == pytest.approx(1.7)
    assert sliceline(100, 10, 100, 10) == pytest.approx(0.0)


def test_a_blind_draw_is_counted_out():
    """Of 8 cases 3 are hit; of all slices of 4, how many hold 2 or more."""
    slices = list(combinations(range(8), 4))
    as_many = sum(1 for s in slices if sum(k < 3 for k in s) >= 2) / len(slices)
    assert p_blind(4, 2, 8, 3) == pytest.approx(as_many)


def test_few_subjects_never_say_much():
    """Ten subjects, all of whose cases are hit: the score is the root of ten, however many cases they have."""
    many = p_clustered(np.full(10, 1_000), np.full(10, 1_000), 0.01)
    few = p_clustered(np.full(10, 5), np.full(10, 5), 0.01)
    assert many == pytest.approx(few) == pytest.approx(0.0007827, rel=1e-3)
    assert p_clustered([5, 5], [0, 0], 0.0) == 1.0


def test_one_case_a_subject_is_woolfs_interval():
    """Without dependence the clustered error is that of independent cases, but for G / (G - 1)."""
    one, other = np.repeat([1, 0], [30, 170]), np.repeat([1, 0], [40, 960])
    n = np.r_[np.ones(200), np.zeros(1_000)]
    made = compare(n, np.r_[one, np.zeros(1_000)], 1 - n, np.r_[np.zeros(200), other])
    woolf = odds_ratio(30, 170, 40, 960)
    assert made.odds.value == pytest.approx(woolf.value)
    assert made.odds.low == pytest.approx(woolf.low, rel=0.02)
    assert made.odds.high == pytest.approx(woolf.high, rel=0.02)
    assert (made.low, made.high) == pytest.approx(newcombe(30, 200, 40, 1_000), rel=0.02)


def test_the_clustered_interval_covers_where_the_plain_one_does_not():
    """40 subjects a group, 50 cases each, subjects very unequal, the groups alike: how often 1 lies inside."""
    rng, inside, plain = np.random.default_rng(5), 0, 0
    for _ in range(400):
        share = rng.beta(0.5, 4.5, 80)
        f, group = rng.binomial(50, share), np.arange(80) < 40
        made = compare(50 * group, f * group, 50 * ~group, f * ~group)
        inside += made.odds.low <= 1 <= made.odds.high
        a, c = f[group].sum(), f[~group].sum()
        woolf = odds_ratio(a, 2_000 - a, c, 2_000 - c)
        plain += woolf.low <= 1 <= woolf.high
    assert 0.92 <= inside / 400 <= 0.99
    assert plain / 400 < 0.7


def test_a_group_without_cases_or_with_one_subject_says_so():
    assert np.isnan(compare([0], [0], [5], [1]).odds.value)
    alone = compare([50, 0, 0], [5, 0, 0], [0, 50, 50], [0, 1, 2])
    assert alone.odds.high == np.inf
    assert detectable_odds_ratio(alone.se) == np.inf
    assert detectable_odds_ratio(0.25) == pytest.approx(np.exp((1.959964 + 0.841621) * 0.25), rel=1e-5)
    with pytest.raises(ValueError, match="subject by subject"):
        compare([1, 2], [0, 1], [1], [0])
