"""Breaks: the flow of the Nile as published, drawn series, and every split tried by hand."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.estimators.breaks import break_in_mean, break_in_mean_and_variance

FLOWS = st.lists(st.integers(-1000, 1000).map(float), min_size=6, max_size=30)


def test_the_nile_breaks_after_1898_as_published():
    if "GUIJU_REAL_DATA" not in os.environ:
        pytest.skip("real data not present")
    nile = pd.read_csv(Path(os.environ["GUIJU_REAL_DATA"]) / "reference" / "nile.csv")
    for of in (break_in_mean, break_in_mean_and_variance):
        (before,) = of(nile["value"])
        assert (before, nile["time"][before - 1]) == (28, 1898)


def test_each_row_has_its_own_break():
    rows = np.array([[1, 1, 1, 5, 5, 5, 5], [1, 1, 9, 9, 9, 9, 9], [0, 0, 0, 0, 0, 3, 3]], float)
    assert break_in_mean(rows).tolist() == [3, 2, 5]


def test_a_variance_that_falls_is_found_where_the_mean_stays():
    rng = np.random.default_rng(5)
    series = np.concatenate([rng.normal(0, 2, 39), rng.normal(0, 0.1, 13)])
    assert break_in_mean_and_variance(series).tolist() == [39]


def test_what_cannot_be_split_has_no_break():
    assert break_in_mean([[1.0, np.nan, 2.0, 3.0]]).tolist() == [-1]
    assert break_in_mean([[1.0, 2.0, 3.0]]).tolist() == [-1]
    assert break_in_mean(np.empty((0, 52))).tolist() == []
    assert break_in_mean_and_variance([[1.0] * 8]).tolist() == [3]  # every split is as good: the first


@given(FLOWS)
def test_no_other_split_has_less_squares(series):
    (best,) = break_in_mean(series)
    x = np.array(series)

    def cost(k: int) -> float:
        return float(((x[:k] - x[:k].mean()) ** 2).sum() + ((x[k:] - x[k:].mean()) ** 2).sum())

    assert cost(best) <= min(cost(k) for k in range(2, len(x) - 1)) + 1e-6
