"""How far raters agree, and how sure a ranking is: published numbers, and what must always hold."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import friedmanchisquare

from guiju.estimators.agreement import METRICS, intraclass, kendall_w, krippendorff_alpha
from guiju.estimators.ordinal import cumulative_logit
from guiju.estimators.rank_sets import marginal, simultaneous, tiers

REAL = os.environ.get("GUIJU_REAL_DATA")
real = pytest.mark.skipif(not REAL, reason="real data not present")
NA = np.nan
CANONICAL = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NA, NA, NA],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NA, 3],
    [NA, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NA],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NA],
]
FOUR_JUDGES = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
).T  # Shrout and Fleiss 1979, table 2
dice = np.random.default_rng


def test_alpha_of_krippendorffs_canonical_table():
    found = [krippendorff_alpha(CANONICAL, metric) for metric in METRICS]
    assert found == pytest.approx([0.7434, 0.8154, 0.8491, 0.7974], abs=5e-5)


@real
def test_every_published_alpha():
    folder = Path(str(REAL)) / "multirater_agreement"
    expected = json.loads((folder / "expected_alpha.json").read_text())
    assert len(expected) >= 15
    for one in expected:
        rows = list(csv.reader((folder / "cran_icr" / one["file"]).open()))[int(one["header"]) :]
        names = {cell: place for place, cell in enumerate(dict.fromkeys(c for row in rows for c in row))}
        as_number = [[_value(cell, names) for cell in row] for row in rows]
        table = np.array(as_number).T if one["orientation"] == "units_in_rows" else np.array(as_number)
        assert krippendorff_alpha(table, one["metric"]) == pytest.approx(one["published"], abs=1e-3), one


def _value(cell, names):
    if cell in ("NA", ""):
        return NA
    try:
        return float(cell)
    except ValueError:
        return float(names[cell])


def test_correlations_and_concordance_of_four_judges():
    assert list(intraclass(FOUR_JUDGES)) == pytest.approx([0.166, 0.290, 0.715, 0.443, 0.620, 0.909], abs=5e-4)
    found = kendall_w(FOUR_JUDGES, dice(1))
    assert found.chi2 == pytest.approx(17.7407, abs=5e-5)
    assert found.p < 0.001


@given(st.lists(st.lists(st.integers(1, 4), min_size=5, max_size=5), min_size=3, max_size=6))
def test_concordance_is_friedmans(rows):
    table = np.array(rows, float)
    found = kendall_w(table, dice(1), 99)
    if np.isnan(found.w):
        assert all(len(set(row)) == 1 for row in rows)
    else:
        assert found.chi2 == pytest.approx(friedmanchisquare(*table.T).statistic)
        assert 0 <= found.w <= 1 + 1e-12


@given(st.integers(0, 2**32 - 1), st.sampled_from(METRICS))
def test_alpha_knows_neither_the_order_of_raters_nor_of_subjects(seed, metric):
    rng = dice(seed)
    table = rng.integers(0, 5, (4, 7)).astype(float)
    table[rng.random(table.shape) < 0.2] = NA
    mixed = table[rng.permutation(4)][:, rng.permutation(7)]
    assert krippendorff_alpha(table, metric) == pytest.approx(krippendorff_alpha(mixed, metric), nan_ok=True)


def test_what_cannot_be_said_is_nan_or_refused():
    assert np.isnan(krippendorff_alpha([[3, 3, 3], [3, 3, 3]], "ordinal")), "constant scores"
    assert np.isnan(krippendorff_alpha([[3, NA], [NA, 3]], "ordinal")), "no subject with two scores"
    assert np.isnan(kendall_w([[3, 3], [3, 3]], dice(1), 9).w)
    assert np.isnan(intraclass([[3, 3], [3, 3]]).one)
    for table in ([[1, NA], [2, 3]], [[1, 2]]):
        with pytest.raises(ValueError, match=r"missing|at least"):
            kendall_w(table, dice(1))
    with pytest.raises(ValueError, match="no scores below 0"):
        krippendorff_alpha([[-1, 2], [1, 2]], "ratio")


def test_rank_sets_of_ten_known_variances():
    """The example of the authors' own package: means from 1 to 3, standard errors 0.2."""
    sets = simultaneous(np.linspace(1, 3, 10), np.eye(10) * 0.04, dice(1))
    assert sets.best.tolist() == [7, 6, 5, 4, 3, 2, 1, 1, 1, 1]
    assert sets.worst.tolist() == [10, 10, 10, 10, 9, 8, 7, 6, 5, 4]


@given(st.integers(0, 2**32 - 1), st.sampled_from([None, 5.0]))
def test_rank_sets_hold_the_rank_of_the_estimate(seed, df):
    rng = dice(seed)
    theta, root = rng.normal(size=6), rng.normal(size=(6, 8))
    spread = root @ root.T / 8
    for sets in (simultaneous(theta, spread, dice(1), df=df), marginal(theta, spread, dice(1), df=df)):
        rank = (-theta).argsort().argsort() + 1
        assert (sets.best <= rank).all()
        assert (rank <= sets.worst).all()
        assert not (sets.better & sets.better.T).any()


def test_tiers_break_only_where_no_set_reaches_over():
    sure = simultaneous([1, 1.1, 5, 5.2], np.eye(4) * 0.01, dice(1))
    assert tiers([1, 1.1, 5, 5.2], sure).tolist() == [2, 2, 1, 1]
    unsure = simultaneous([1, 1.1, 5, 5.2], np.eye(4) * 9, dice(1))
    assert tiers([1, 1.1, 5, 5.2], unsure).tolist() == [1, 1, 1, 1]


@real
def test_the_wine_model():
    """Christensen's example of 72 bottles and nine judges, without and with their leniency."""
    rows = list(csv.DictReader((Path(str(REAL)) / "reference" / "wine.csv").open()))
    y = [int(row["rating"]) for row in rows]
    x = [[row["temp"] == "warm", row["contact"] == "yes"] for row in rows]
    plain = cumulative_logit(y, x)
    assert plain.theta == pytest.approx([-1.344, 1.251, 3.467, 5.006], abs=1e-3)
    assert plain.beta == pytest.approx([2.503, 1.528], abs=1e-3)
    assert plain.loglik == pytest.approx(-86.49, abs=5e-3)
    assert np.sqrt(np.diag(plain.covariance))[-2:] == pytest.approx([0.529, 0.477], abs=1e-3)
    mixed = cumulative_logit(y, x, [row["judge"] for row in rows])
    assert mixed.theta == pytest.approx([-1.623, 1.513, 4.227, 6.086], abs=2e-3)
    assert mixed.beta == pytest.approx([3.062, 1.833], abs=1e-3)
    assert mixed.sd**2 == pytest.approx(1.288, abs=2e-3)
    assert mixed.loglik == pytest.approx(-81.53, abs=5e-3)


def test_a_model_of_equal_or_separated_scores_is_refused():
    with pytest.raises(ValueError, match="all scores are the same"):
        cumulative_logit([3, 3, 3], [[0], [1], [1]])
    with pytest.raises(ValueError, match="separated"):
        cumulative_logit([1, 1, 1, 5, 5, 5], [[0], [0], [0], [1], [1], [1]])
