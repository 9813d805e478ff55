"""Bounds above a quantile: against the binomial counted by hand, and how often they hold on drawn values."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.estimators.quantile_bounds import least_values, order_of_bound


def by_hand(n: int, share: float, confidence: float) -> int:
    for k in range(1, n + 1):
        if sum(comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k)) >= confidence:
            return k
    return 0


@given(st.integers(1, 150), st.sampled_from([0.5, 0.8, 0.9, 0.95]), st.sampled_from([0.3, 0.8, 0.9, 0.95]))
def test_the_place_is_that_of_the_binomial(n, share, confidence):
    assert order_of_bound(n, share, confidence) == by_hand(n, share, confidence)


def test_few_values_bear_no_bound():
    assert least_values(0.95, 0.95) == 59, "Hahn and Meeker's table"
    assert least_values(0.9, 0.9) == 22
    assert order_of_bound(58, 0.95, 0.95) == 0
    assert order_of_bound(59, 0.95, 0.95) == 59
    assert order_of_bound(0, 0.95, 0.95) == 0


def test_many_values_come_near_the_quantile():
    assert order_of_bound(1_000_000, 0.95, 0.95) == pytest.approx(950_359, abs=3)


def test_it_holds_as_often_as_it_says():
    """Lead times of a skewed distribution: the bound is above the true quantile in 95 of 100 samples, hardly more."""
    rng = np.random.default_rng(3)
    n, share, confidence = 200, 0.9, 0.95
    quantile = np.quantile(rng.gamma(2, 1.5, 2_000_000), share)
    drawn = np.sort(rng.gamma(2, 1.5, (4_000, n)), axis=1)
    held = (drawn[:, order_of_bound(n, share, confidence) - 1] >= quantile).mean()
    assert 0.94 <= held <= 0.98


def test_what_is_refused():
    for share, confidence in ((0, 0.9), (1, 0.9), (0.9, 0), (0.9, 1)):
        with pytest.raises(ValueError, match="between 0 and 1"):
            order_of_bound(10, share, confidence)
