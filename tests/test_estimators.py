"""The estimators: published numbers, statsmodels and scipy as oracles, and sums equal to the last bit."""

from __future__ import annotations

import os
from itertools import combinations
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, fisher_exact
from scipy.stats import t as student

from guiju.estimators import concentration, shared_exits
from guiju.estimators.multiplicity import benjamini_hochberg, benjamini_yekutieli, first_threshold
from guiju.estimators.within import Within, detectable, estimate, slope, within_sums


def sums(frame: pd.DataFrame | pa.Table, threads: int = 1, **asked) -> dict[str, list]:
    """`within_sums` of a frame, run by DuckDB."""
    engine = ibis.duckdb.connect(threads=threads)
    asked = {"by": [], "cell": ["cell"], "cluster": "cluster", "treated": "x", "outcomes": ["y"], **asked}
    table = within_sums(engine.create_table("rows", frame), **asked)
    return table.order_by(asked["by"]).to_pyarrow().to_pydict() if asked["by"] else table.to_pyarrow().to_pydict()


def by_dummies(frame: pd.DataFrame) -> tuple[float, float]:
    """beta and its clustered error from OLS on cell dummies."""
    cells = pd.get_dummies(frame["cell"].astype(str), dtype=float)
    fit = sm.OLS(frame["y"], cells.assign(x=frame["x"].astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(frame["cluster"])[0]}
    )
    return float(fit.params["x"]), float(fit.bse["x"])


def market(seed: int, rows: int, cells: int, clusters: int, continuous: bool = False) -> pd.DataFrame:
    """Clusters with errors of their own, spread over cells of different levels."""
    rng = np.random.default_rng(seed)
    cell, cluster = rng.integers(cells, size=rows), rng.integers(clusters, size=rows)
    x = rng.normal(size=rows) if continuous else (rng.random(rows) < 0.4).astype(float)
    y = 100 + 5 * np.sin(cell) + 1.5 * x + rng.normal(size=clusters)[cluster] + rng.normal(size=rows)
    return pd.DataFrame({"cell": cell, "cluster": cluster, "x": x, "y": y})


def informative(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame.groupby("cell", dropna=False)["x"].transform("nunique") > 1]


# -- Petersen's simulated panel: 500 firms, 10 years --


@pytest.fixture(scope="module")
def petersen() -> pd.DataFrame:
    if "GUIJU_REAL_DATA" not in os.environ:
        pytest.skip("real data not present")
    return pd.read_csv(Path(os.environ["GUIJU_REAL_DATA"]) / "reference" / "petersen.csv")


# beta and se by pyfixest 0.60.0, feols("y ~ x | cell", vcov={"CRV1": cluster}), its defaults
PYFIXEST = [
    ([], "firm", False, 1.0348334394616954, 0.050595725884029615, (0.9354265297589858, 1.1342403491644049)),
    ([], "year", False, 1.0348334394616954, 0.03338891341192651, (0.9593024698288567, 1.110364409094534)),
    (
        ["firm"],
        "firm",
        True,
        0.9698748689548115,
        0.030144988644343656,
        (0.9106481237742794, 1.0291016141353435),
    ),
    (
        ["firm"],
        "year",
        False,
        0.9698748689548115,
        0.02812469543202163,
        (0.9062523877317458, 1.0334973501778772),
    ),
    (
        ["year"],
        "firm",
        False,
        1.0350636360759569,
        0.05083552638001419,
        (0.9351855832908129, 1.1349416888611008),
    ),
    (
        ["year"],
        "year",
        True,
        1.0350636360759569,
        0.033383464471735756,
        (0.9595449928022004, 1.1105822793497133),
    ),
]


@pytest.mark.parametrize(("cell", "cluster", "nested", "beta", "se", "interval"), PYFIXEST)
def test_petersen_as_pyfixest(petersen, cell, cluster, nested, beta, se, interval):
    got = estimate(sums(petersen, cell=cell, cluster=cluster), "y", nested=nested)
    assert got.beta[0] == pytest.approx(beta, rel=1e-9)
    assert got.se[0] == pytest.approx(se, rel=1e-8)
    assert (got.low[0], got.high[0]) == pytest.approx(interval, rel=1e-8)


def test_petersen_as_published(petersen):
    by_firm, by_year = (estimate(sums(petersen, cell=[], cluster=c), "y") for c in ("firm", "year"))
    within = estimate(sums(petersen, cell=["firm"], cluster="firm"), "y", nested=True)
    assert [round(w.beta[0], 4) for w in (by_firm, by_year, within)] == [1.0348, 1.0348, 0.9699]
    assert [round(w.se[0], 4) for w in (by_firm, by_year, within)] == [0.0506, 0.0334, 0.0301]


def test_petersen_white_and_two_way_as_published(petersen):
    """Each row its own cluster is White's error; by firm and by year less both at once, Cameron, Gelbach & Miller's."""
    rows = petersen.assign(row=range(len(petersen)))
    firm, year, row = (estimate(sums(rows, cell=[], cluster=c), "y").se[0] for c in ("firm", "year", "row"))
    assert round(row, 4) == 0.0284
    assert round(np.sqrt(firm**2 + year**2 - row**2), 4) == 0.0536


# -- statsmodels with a dummy for each cell --


@pytest.mark.parametrize(
    ("seed", "rows", "cells", "clusters", "continuous"),
    [
        (1, 300, 1, 30, False),
        (2, 300, 40, 25, False),
        (3, 400, 150, 60, False),
        (4, 400, 50, 40, True),
        (5, 60, 20, 3, False),
    ],
)
def test_equals_statsmodels(seed, rows, cells, clusters, continuous):
    frame = market(seed, rows, cells, clusters, continuous)
    got = estimate(sums(frame), "y")
    beta, se = by_dummies(informative(frame))
    assert (got.beta[0], got.se[0]) == (pytest.approx(beta, rel=1e-8), pytest.approx(se, rel=1e-8))


def test_equals_statsmodels_where_each_cell_lies_in_one_cluster():
    frame = market(6, 400, 60, 1).assign(cluster=lambda f: f["cell"] % 15)
    got, nested = (estimate(sums(frame), "y", nested=nested) for nested in (False, True))
    beta, se = by_dummies(informative(frame))
    assert (got.beta[0], got.se[0]) == (pytest.approx(beta, rel=1e-8), pytest.approx(se, rel=1e-8))
    n, cells = len(informative(frame)), informative(frame)["cell"].nunique()
    assert nested.se[0] == pytest.approx(se * np.sqrt((n - 1 - cells) / (n - 2)), rel=1e-8)


def test_each_group_and_outcome_is_estimated_on_its_own():
    frames = {name: market(seed, 200, 10, 20) for seed, name in ((7, "a"), (8, "b"))}
    frame = pd.concat([f.assign(group=name, z=f["y"] ** 2 / 100) for name, f in frames.items()])
    found = sums(frame, by=["group"], outcomes=["y", "z"])
    for i, one in enumerate(frames.values()):
        assert estimate(found, "y").se[i] == pytest.approx(by_dummies(informative(one))[1], rel=1e-8)
        squared = informative(one.assign(y=one["y"] ** 2 / 100))
        assert estimate(found, "z").se[i] == pytest.approx(by_dummies(squared)[1], rel=1e-8)


# -- what is counted, and what is left out --


def test_nulls_in_a_cell_are_equal_and_no_cell_of_another():
    frame = market(9, 300, 8, 20)
    frame["half"] = np.where(frame["cell"] % 2, None, "here")
    frame["cell"] = frame["cell"].astype(str).where(frame["cell"] > 1, None)
    named = frame.assign(cell=frame["cell"].fillna("none") + frame["half"].fillna("none"))
    assert sums(frame, cell=["cell", "half"]) == sums(named)


def test_nulls_in_a_group_make_a_group():
    frame = market(10, 100, 3, 20).assign(group=None)
    frame["group"] = frame["group"].astype("string")
    found = sums(frame, by=["group"])
    assert found.pop("group") == [None]
    assert found == sums(frame)


def test_a_group_without_variation_stays_and_is_nan():
    frame = pd.concat([market(11, 100, 5, 20).assign(group="a"), market(12, 30, 5, 9).assign(group="b", x=1.0)])
    found = sums(frame, by=["group"])
    assert (found["group"], found["rows"], found["n"][1], found["cells"][1]) == (["a", "b"], [100, 30], 0, 0)
    got = estimate(found, "y")
    assert all(np.isnan(getattr(got, name)).tolist() == [False, True] for name in Within.__dataclass_fields__)


def test_rows_that_lack_a_number_are_left_out_and_counted():
    frame = market(13, 100, 5, 20)
    holes = frame.astype({"cluster": "Int64"}).copy()
    holes.loc[3, "y"] = holes.loc[4, "x"] = None
    holes.loc[5, "cluster"] = None
    found = sums(holes)
    assert (found["rows"], found["left_out"]) == ([100], [3])
    without = sums(frame.drop(index=[3, 4, 5]))
    assert all(found[c] == without[c] for c in without if c not in ("rows", "left_out"))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), None])
@pytest.mark.parametrize("column", ["x", "y"])
def test_a_number_that_is_none_is_left_out_and_counted(column, number):
    frame = market(13, 100, 5, 20)
    values = [number, *frame[column][1:]]
    holes = pa.Table.from_pandas(frame).set_column(frame.columns.get_loc(column), column, pa.array(values))
    found, without = sums(holes), sums(frame.drop(index=[0]))
    assert found["left_out"] == [1]
    assert all(found[c] == without[c] for c in without if c not in ("rows", "left_out"))


def test_counts_and_totals_by_hand():
    frame = pd.DataFrame(
        [
            ("p", "ann", 1, 12.0, 5),
            ("p", "bob", 0, 10.0, 7),
            ("p", "bob", 1, 11.0, 2),
            ("q", "cat", 0, 20.0, 9),
            ("q", "ann", 1, 21.0, 1),
            ("r", "dan", 1, 30.0, 100),  # alone in its cell
        ],
        columns=["cell", "cluster", "x", "y", "money"],
    )
    found = {name: column[0] for name, column in sums(frame, totals=["money"]).items()}
    assert (found["rows"], found["n"], found["cells"]) == (6, 5, 2)
    assert (found["clusters"], found["clusters_above"], found["clusters_below"]) == (3, 2, 2)
    assert found["total_money"] == 8
    assert found["sxx"] == pytest.approx(2 / 3 + 1 / 2)
    assert found["sxy_y"] == pytest.approx(1 + 1 / 2)


def test_outcomes_in_percent_of_the_cells_mean():
    frame = market(14, 300, 20, 25).assign(base=lambda f: f["y"] + 3)
    pct = frame.assign(y=100 * frame["y"] / frame.groupby("cell")["base"].transform("mean"))
    got, expected = estimate(sums(frame, pct_of="base"), "y"), estimate(sums(pct), "y")
    assert (got.beta[0], got.se[0]) == pytest.approx((expected.beta[0], expected.se[0]), rel=1e-8)
    assert sums(frame.assign(base=0.0), pct_of="base")["n"] == [0]


@pytest.mark.parametrize("pct_of", [None, "base"])
def test_a_part_has_the_beta_of_an_outcome(pct_of):
    frame = market(22, 300, 20, 25).assign(base=lambda f: f["y"] + 3)
    frame["z"] = np.where(np.arange(300) == 7, np.nan, frame["y"] ** 2 / 100)
    whole = sums(frame, outcomes=["y", "z"], pct_of=pct_of)
    cheap = sums(frame, outcomes=["y"], parts=["z"], pct_of=pct_of)
    assert set(whole) - set(cheap) == {"xy_xx_z", "xy_xy_z"}
    assert slope(cheap, "z")[0] == pytest.approx(slope(whole, "z")[0], rel=1e-8)
    assert all(cheap[name] == whole[name] for name in cheap if name != "sxy_z")


def test_a_boolean_is_zero_or_one():
    frame = market(15, 100, 5, 20)
    assert sums(frame.assign(x=frame["x"] == 1)) == sums(frame)


# -- the same bits, and a loud bound --


@pytest.mark.parametrize("continuous", [False, True])
def test_sums_do_not_depend_on_order_or_threads(continuous):
    frame = market(16, 400_000, 30_000, 5_000, continuous)
    once = sums(frame)
    for seed, threads in ((1, 1), (2, 2), (3, 2)):
        assert sums(frame.sample(frac=1, random_state=seed), threads=threads) == once


@pytest.mark.parametrize(("column", "scale"), [("x", 1), ("y", 6)])
def test_a_number_beyond_the_bound_is_refused(column, scale):
    frame = market(17, 50, 2, 10)
    frame[column] *= 1e8
    with pytest.raises(Exception, match=r"cast|convert|Cast"):
        sums(frame)
    assert estimate(sums(frame, scale=scale), "y").beta[0] == pytest.approx(by_dummies(frame)[0], rel=1e-5)


@pytest.mark.parametrize("dialect", ["duckdb", "pyspark"])
def test_compiles_without_an_engine(dialect):
    getattr(ibis, dialect)  # Ibis knows a backend's options once the backend is named
    schema = {
        "seller": "string",
        "cell": "string",
        "cluster": "string",
        "x": "boolean",
        "y": "decimal(18, 6)",
        "z": "decimal(18, 6)",
    }
    table = ibis.table({**schema, "list": "decimal(18, 6)", "paid": "decimal(18, 2)"}, name="rows")
    asked = {"by": ["seller"], "cell": ["cell"], "cluster": "cluster", "treated": "x", "outcomes": ["y"]}
    sums = within_sums(table, **asked, parts=["z"], pct_of="list", totals=["paid"])
    assert "IS NOT DISTINCT FROM" in str(ibis.to_sql(sums, dialect=dialect))


# -- inference --


def test_interval_covers_the_truth():
    """400 markets of 60 customers with errors of their own, beta = 1.5."""
    frame = pd.concat(market(1000 + i, 300, 12, 60).assign(market=i) for i in range(400))
    got = estimate(sums(frame, by=["market"]), "y")
    assert 0.93 <= np.mean((got.low <= 1.5) & (got.high >= 1.5)) <= 0.97


def test_p_values_and_interval_agree():
    got = estimate(sums(market(18, 200, 10, 12)), "y")
    at_bound = estimate(sums(market(18, 200, 10, 12)), "y", confidence=1 - got.p_two_sided[0])
    assert at_bound.low[0] == pytest.approx(0, abs=1e-9)
    assert got.p_greater[0] == pytest.approx(got.p_two_sided[0] / 2)
    assert got.df[0] == 11


@pytest.mark.parametrize(("beta", "t", "p"), [(5.0, np.inf, 0.0), (-1 / 3, -np.inf, 1.0), (0.0, 0.0, 0.5)])
def test_a_difference_without_any_error(beta, t, p):
    frame = market(20, 300, 12, 30).assign(y=lambda f: 0.1 + f["cell"] / 7 + beta * f["x"])
    got = estimate(sums(frame), "y")
    assert got.beta[0] == pytest.approx(beta, abs=1e-8)
    assert (got.se[0], got.t[0], got.p_greater[0]) == (0.0, t, p)


def test_too_few_clusters_have_no_error():
    got = estimate(sums(market(21, 50, 3, 1)), "y")
    assert np.isfinite(got.beta[0])
    assert np.isnan([got.se[0], got.t[0], got.p_greater[0], got.low[0]]).all()


def test_detectable_is_found_with_ninety_percent_power():
    m, se, df, rng = 40, 0.2, 200, np.random.default_rng(19)
    least = detectable(se, df, m)
    t = (least + se * rng.normal(size=200_000)) / (se * np.sqrt(rng.chisquare(df, 200_000) / df))
    assert np.mean(student.sf(t, df) <= first_threshold(m, 0.05)) == pytest.approx(0.90, abs=0.01)


def test_what_is_detectable_depends_on_the_family_and_the_least_that_counts():
    both = detectable([0.2, 0.2], [200, 200], [40, 400])
    assert both.tolist() == [detectable(0.2, 200, 40), detectable(0.2, 200, 400)]
    assert both[0] < both[1]
    assert detectable(0.2, 200, 40, least=0.5) == both[0]
    assert detectable(0.2, 200, 40, least=2.0) == pytest.approx(2.0 + 1.2816 * 0.2, abs=1e-4)


# -- multiplicity --

# Benjamini & Hochberg 1995, section 3.2
FIFTEEN = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
FIFTEEN += [0.4262, 0.5719, 0.6528, 0.7590, 1.0000]


def test_the_example_of_1995():
    assert np.sum(benjamini_hochberg(FIFTEEN) <= 0.05) == 4
    assert np.sum(np.array(FIFTEEN) <= first_threshold(15, 0.05, dependent=False)) == 3


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_equals_scipy(p):
    assert benjamini_hochberg(p) == pytest.approx(false_discovery_control(p, method="bh"), rel=1e-12)
    assert benjamini_yekutieli(p) == pytest.approx(false_discovery_control(p, method="by"), rel=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.integers(0, 20))
def test_tests_asked_without_a_p_value_count_as_one(p, more):
    for adjust in (benjamini_hochberg, benjamini_yekutieli):
        assert adjust(p, asked=len(p) + more) == pytest.approx(adjust(p + [1.0] * more)[: len(p)])


@given(st.integers(1, 500), st.booleans())
def test_first_threshold_is_where_one_alone_is_found(m, dependent):
    adjust = benjamini_yekutieli if dependent else benjamini_hochberg
    threshold = first_threshold(m, 0.05, dependent)
    assert adjust([threshold * 0.999999], asked=m)[0] <= 0.05 < adjust([threshold * 1.000001], asked=m)[0]


@pytest.mark.parametrize("p", [[0.1, float("nan")], [-0.1], [1.1], [[0.1]]])
def test_what_is_no_p_value_is_refused(p):
    with pytest.raises(ValueError, match=r"p-values must lie in|one dimension"):
        benjamini_hochberg(p)
    with pytest.raises(ValueError, match="asked"):
        benjamini_hochberg([0.1, 0.2], asked=1)


def test_no_tests_no_answers():
    assert benjamini_yekutieli([]).shape == (0,)
    with pytest.raises(ValueError, match="at least 1"):
        first_threshold(0, 0.05)


# -- concentration --

NINE = [25, 20, 15, 10, 8, 7, 6, 5, 4]


@pytest.mark.parametrize(
    ("sold", "index"),
    [([30, 30, 20, 20], 2600), (NINE, 1540), ([45, *NINE[2:]], 2540), ([*NINE[:7], 9], 1580), ([40, 30, 20, 10], 3000)],
)
def test_published_concentration(sold: list[float], index: float) -> None:
    """The example of the U.S. Department of Justice, and nine firms before and after two mergers."""
    assert concentration.hhi(sold) == pytest.approx((index, index))
    assert concentration.hhi([7.3 * s for s in sold])[0] == pytest.approx(index), "whatever the unit"


@pytest.mark.parametrize(("joining", "gained"), [({25, 20}, 1000), ({5, 4}, 40), ({25}, 0), (set(), 0)])
def test_published_rises(joining: set[int], gained: float) -> None:
    assert concentration.rise(NINE, [s in joining for s in NINE]) == pytest.approx(gained)


def test_largest_shares() -> None:
    assert [concentration.ratio_pct(NINE, k) for k in (1, 2, 3, 9, 20)] == pytest.approx([25, 45, 60, 100, 100])
    assert concentration.ratio_pct([3, 1], 1, unseen_pct=20) == pytest.approx(60)


positive = st.floats(0.01, 1e6)


@given(st.lists(positive, min_size=1, max_size=12), st.lists(positive, min_size=1, max_size=12), st.integers(0, 2**12))
def test_the_bounds_hold_whatever_is_not_seen(seen: list[float], unseen: list[float], which: int) -> None:
    whole = np.array(seen + unseen)
    hidden = float(np.sum(unseen) / whole.sum() * 100)
    truth = concentration.hhi(whole)[0]
    low, high = concentration.hhi(seen, hidden)
    tight = concentration.hhi(seen, hidden, max(unseen) / whole.sum() * 100)
    assert low <= truth * (1 + 1e-9)
    assert truth <= high * (1 + 1e-9)
    assert tight[0] == low
    assert truth <= tight[1] * (1 + 1e-9)
    assert tight[1] <= high * (1 + 1e-9)
    joining = np.array([bool(which >> i & 1) for i in range(len(seen))])
    merged = [*np.array(seen)[~joining], np.array(seen)[joining].sum()]
    gained = concentration.hhi([s for s in merged if s], hidden)[0] - low
    assert concentration.rise(seen, joining, hidden) == pytest.approx(gained, abs=1e-6)


@pytest.mark.parametrize(("sold", "unseen"), [([], 0), ([0.0], 0), ([1, -1, 2], 0), ([1, float("nan")], 0), ([1], 100)])
def test_no_market_no_index(sold: list[float], unseen: float) -> None:
    with pytest.raises(ValueError, match="must be"):
        concentration.hhi(sold, unseen)


def test_few_exits_in_common_by_fishers_table():
    """Fisher 1935: of 8 cups, 4 and 4 chosen at random, the chances of 0 to 4 in common are 1, 16, 36, 16, 1 of 70."""
    cups = [(np.full(5, 8), np.full(5, 4), np.full(5, 4))]
    p = shared_exits.chance_of_so_few(cups, np.arange(5))
    assert p * 70 == pytest.approx([1, 17, 53, 69, 70])
    assert shared_exits.expected_in_common(cups) == pytest.approx(np.full(5, 2.0))


@given(st.integers(0, 30), st.data())
def test_few_exits_in_common_as_scipys_exact_test(n, data):
    a, b = data.draw(st.integers(0, n)), data.draw(st.integers(0, n))
    x = data.draw(st.integers(max(0, a + b - n), min(a, b)))
    p = shared_exits.chance_of_so_few([([n], [a], [b])], [x])[0]
    assert p == pytest.approx(fisher_exact([[x, a - x], [b - x, n - a - b + x]], "less").pvalue, abs=1e-12)


def test_few_exits_in_common_over_strata_by_counting_all_ways():
    """Strata of 4 and 3 areas: every way in which two leave 2 and 2 of the one, 1 and 2 of the other."""
    ways = [
        len(set(a) & set(b)) + len(set(c) & set(d))
        for a in combinations(range(4), 2)
        for b in combinations(range(4), 2)
        for c in combinations(range(3), 1)
        for d in combinations(range(3), 2)
    ]
    strata = [([4] * 4, [2] * 4, [2] * 4), ([3] * 4, [1] * 4, [2] * 4)]
    by_hand = [sum(way <= x for way in ways) / len(ways) for x in range(4)]
    assert shared_exits.chance_of_so_few(strata, range(4)) == pytest.approx(by_hand)


def test_smallest_share_that_shows():
    """With 8 areas only leaving four each shows at 5 % (1 of 70); with 6, three each (1 of 20); 4 can show nothing."""
    shares = shared_exits.least_share([[8, 6, 4, 12]], 0.05)
    assert shares[:2] == pytest.approx([1.0, 1.0])
    assert np.isnan(shares[2])
    assert shares[3] == pytest.approx(10 / 12)  # 21 of 792; four each would be 70 of 495
