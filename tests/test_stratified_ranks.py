"""Stratified rank sums: scipy's Mann–Whitney for one stratum, a count by hand for more, and how often they err."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from guiju.estimators.stratified_ranks import higher, lower, rank_sums


def sums(frame: pd.DataFrame, threads: int = 1) -> pd.DataFrame:
    table = ibis.duckdb.connect(threads=threads).create_table("rows", frame)
    table = table.mutate(y=table.y.cast("decimal(18, 9)"))
    found = rank_sums(table, by=["cell"], stratum="stratum", treated="x", value="y", means=["y"])
    return found.order_by("cell").to_pandas()


def drawn(seed: int, cells: int = 1, strata: int = 1, rows: int = 40, shift: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = cells * rows
    frame = pd.DataFrame({"cell": np.repeat(np.arange(cells), rows), "stratum": rng.integers(0, strata, n)})
    frame["x"] = rng.random(n) < 0.4
    frame["y"] = (rng.normal(size=n) + 3 * frame["stratum"] + shift * frame["x"]).round(1)
    return frame


@pytest.mark.parametrize("seed", range(4))
def test_one_stratum_is_mann_whitney(seed):
    frame = drawn(seed, shift=-0.5)
    asked = stats.mannwhitneyu(
        frame.y[frame.x], frame.y[~frame.x], alternative="less", method="asymptotic", use_continuity=False
    )
    assert lower(sums(frame))[0] == pytest.approx(asked.pvalue, rel=1e-9)
    assert higher(sums(frame))[0] == pytest.approx(1 - asked.pvalue, abs=1e-9)


def test_strata_are_weighed_as_van_elteren_did():
    frame = drawn(7, strata=3, rows=60)
    score = variance = weights = 0.0
    mean = np.zeros(2)
    for _, its in frame.groupby("stratum"):
        ranks, total, n = stats.rankdata(its.y), len(its), int(its.x.sum())
        ties = sum(t**3 - t for t in its.y.value_counts())
        w = 1 / (total + 1)
        score += w * (ranks[its.x].sum() - n * (total + 1) / 2)
        variance += w**2 * n * (total - n) / 12 * (total + 1 - ties / (total * (total - 1)))
        weights += n * (total - n) / total
        mean += n * (total - n) / total * np.array([its.y[its.x].mean(), its.y[~its.x].mean()])
    row = sums(frame).iloc[0]
    assert (row["score"], row["variance"]) == (pytest.approx(score, rel=1e-9), pytest.approx(variance, rel=1e-9))
    assert row[["y_treated", "y_controls"]].tolist() == pytest.approx((mean / weights).tolist(), rel=1e-9)


def test_one_sided_strata_and_equal_values_say_nothing():
    frame = pd.DataFrame(
        {"cell": [0] * 4, "stratum": [1, 1, 2, 2], "x": [True, True, False, False], "y": [1.0, 2, 3, 4]}
    )
    assert sums(frame).empty
    equal = frame.assign(stratum=1, y=5.0)
    assert np.isnan(lower(sums(equal))[0])


def test_order_and_threads_change_nothing():
    frame = drawn(3, cells=5, strata=4)
    pd.testing.assert_frame_equal(sums(frame), sums(frame[::-1], threads=4))


def test_where_nothing_differs_it_seldom_errs():
    p = lower(sums(drawn(12, cells=2000, strata=4, rows=60)))
    for level in (0.05, 0.01, 0.001):
        assert stats.binom.sf((p <= level).sum() - 1, len(p), level) > 1e-3
