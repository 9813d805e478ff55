"""Waits of which some were not over: Freireich's children of 1963, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from guiju.estimators.waiting import contacts_needed, kaplan_meier, log_rank

TREATED = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_freireichs_remissions():
    treated, placebo = kaplan_meier(TREATED, RELAPSED), kaplan_meier(PLACEBO, [1] * 21)
    assert treated.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    expected = [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert treated.share == pytest.approx(expected, abs=5e-5)
    assert (treated.median, placebo.median) == (23, 8)
    both = log_rank(TREATED + PLACEBO, RELAPSED + [1] * 21, ["6-MP"] * 21 + ["placebo"] * 21)
    assert both.chi2 == pytest.approx(16.793, abs=5e-4)
    assert both.df == 1
    assert np.isnan(treated.at(36)), "nobody was looked at so long"
    assert placebo.at(36) == 0
    assert placebo.mean_until(23) == pytest.approx(np.mean(PLACEBO))


waits = st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.sampled_from("abc")), min_size=4, max_size=40)


@given(waits)
def test_as_statsmodels_has_it(rows):
    time, event, group = (np.array(column) for column in zip(*rows, strict=True))
    if event.any():
        oracle, curve = sm.SurvfuncRight(time, event.astype(int)), kaplan_meier(time, event)
        assert curve.share == pytest.approx([oracle.surv_prob[list(oracle.surv_times).index(t)] for t in curve.times])
    found = log_rank(time, event, group)
    if found.df >= 1 and not np.isnan(found.chi2):
        assert found.observed.sum() == pytest.approx(found.expected.sum())
        assert 0 <= found.p <= 1


def test_what_is_no_wait_is_refused():
    for bad in ([], [-1.0], [float("nan")]):
        with pytest.raises(ValueError, match="wait"):
            kaplan_meier(bad, [True] * len(bad))
    assert np.isnan(log_rank([1, 2], [False, False], ["a", "b"]).chi2)


def test_contacts_that_are_needed():
    """Schoenfeld's formula: a ratio of 2 at 80 % power takes 66 events."""
    assert contacts_needed(2.0) == 33
    assert contacts_needed(2.0, replied=0.5) == 66
