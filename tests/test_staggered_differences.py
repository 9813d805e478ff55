"""Staggered differences: the published numbers of mpdta, a count by hand, and sums that no order of rows changes."""

from __future__ import annotations

import os
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from guiju.estimators.staggered_differences import Events, average, event_sums, events, joint_p

COHORTS, YEARS = (2004, 2006, 2007), range(2004, 2008)
# The R package did, att_gt(control_group = "nevertreated") without covariates: ATT(g, t) and its analytic error
PUBLISHED = {
    (2004, 2004): (-0.0105, 0.0233),
    (2004, 2005): (-0.0704, 0.0310),
    (2004, 2006): (-0.1373, 0.0364),
    (2004, 2007): (-0.1008, 0.0344),
    (2006, 2004): (0.0065, 0.0233),
    (2006, 2005): (-0.0028, 0.0196),
    (2006, 2006): (-0.0046, 0.0178),
    (2006, 2007): (-0.0412, 0.0202),
    (2007, 2004): (0.0305, 0.0150),
    (2007, 2005): (-0.0027, 0.0164),
    (2007, 2006): (-0.0311, 0.0179),
    (2007, 2007): (-0.0261, 0.0167),
}


def sums(frame: pd.DataFrame, threads: int = 1, **asked) -> dict[str, list]:
    engine = ibis.duckdb.connect(threads=threads)
    table = engine.create_table("rows", pa.Table.from_pandas(frame, preserve_index=False))
    asked = {"by": [], "cohort": ["cohort"], "cluster": "unit", "treated": "treated", **asked}
    return event_sums(table, **asked).to_pyarrow().to_pydict()


@pytest.fixture(scope="module")
def mpdta() -> pd.DataFrame:
    """A row a county and cohort: changes by event year, and once more by cohort and year."""
    if "GUIJU_REAL_DATA" not in os.environ:
        pytest.skip("real data not present")
    rows = pd.read_csv(Path(os.environ["GUIJU_REAL_DATA"]) / "reference" / "mpdta.csv")
    level = rows.pivot(index="countyreal", columns="year", values="lemp")
    first = rows.groupby("countyreal")["first.treat"].first()
    made = []
    for g in COHORTS:
        for county in level.index[first.isin([0, g])]:
            # Before treatment the package differences year on year, after it against the last year before.
            change = {t: level.loc[county, t] - level.loc[county, g - 1 if t >= g else t - 1] for t in YEARS}
            named = {f"event{t - g}": c for t, c in change.items()} | {f"att{g}_{t}": c for t, c in change.items()}
            made.append({"unit": county, "cohort": g, "treated": bool(first[county] == g), **named})
    return pd.DataFrame(made)


def test_mpdta_all_twelve_att_as_published(mpdta):
    by_cell = events(sums(mpdta, changes=[f"att{g}_{t}" for g, t in PUBLISHED]), 12, small_sample=False)
    errors = np.sqrt(np.diag(by_cell.covariance[0]))
    got = zip(by_cell.effect[0].round(4), errors.round(4), strict=True)
    assert dict(zip(PUBLISHED, got, strict=True)) == PUBLISHED
    before = [i for i, (g, t) in enumerate(PUBLISHED) if t < g]
    assert joint_p(by_cell, before, small_sample=False)[0] == pytest.approx(0.16812, abs=5e-6)


def test_mpdta_event_study_as_published(mpdta):
    study = events(sums(mpdta, changes=[f"event{e}" for e in range(-3, 4)]), 7, small_sample=False)
    assert list(study.effect[0].round(4)) == [0.0305, -0.0006, -0.0245, -0.0199, -0.0510, -0.1373, -0.1008]
    dynamic = average(study, [3, 4, 5, 6], small_sample=False)
    assert round(dynamic.effect[0], 4) == -0.0772
    assert round(dynamic.se[0], 4) == 0.0200


def test_the_difference_of_proposition_99_as_published():
    """Packs a head in California against 38 states, 1989 to 2000 less 1970 to 1988: of one treated unit no error."""
    if "GUIJU_REAL_DATA" not in os.environ:
        pytest.skip("real data not present")
    rows = pd.read_csv(Path(os.environ["GUIJU_REAL_DATA"]) / "reference" / "prop99.csv", sep=";")
    packs = rows.assign(after=rows["Year"] >= 1989).pivot_table("PacksPerCapita", "State", "after")
    of = pd.DataFrame({"unit": packs.index, "cohort": 1989, "treated": packs.index == "California"})
    study = events(sums(of.assign(change=(packs[True] - packs[False]).to_numpy()), changes=["change"]), 1)
    assert round(study.effect[0, 0], 2) == -27.35
    assert np.isnan(study.covariance[0, 0, 0])


def made(seed: int, per_cohort: int = 3, stayers: int = 40) -> pd.DataFrame:
    """Three cohorts of a few units, two units a cluster, two changes; stayers are controls of every cohort."""
    rng, rows = np.random.default_rng(seed), []
    for unit in range(stayers):
        rows += [{"unit": f"c{unit // 2}", "cohort": g, "treated": False} for g in range(3)]
    rows += [{"unit": f"t{u // 2}", "cohort": u % 3, "treated": True} for u in range(3 * per_cohort)]
    frame = pd.DataFrame(rows)
    frame["a"], frame["b"] = rng.normal(size=(2, len(frame))).round(6) + 0.3 * frame["treated"].to_numpy()
    return frame


def by_hand(frame: pd.DataFrame, name: str) -> tuple[float, pd.Series]:
    """The effect, and u summed by cluster and divided by the treated."""
    means = frame[~frame["treated"]].groupby("cohort")[name].agg(["mean", "size"])
    off = frame[name] - frame["cohort"].map(means["mean"])
    treated = frame["treated"]
    effect, n = off[treated].mean(), treated.sum()
    share = frame["cohort"].map(frame[treated].groupby("cohort").size() / means["size"])
    return effect, (off - effect).where(treated, -share * off).groupby(frame["unit"]).sum() / n


def test_effect_and_covariance_as_by_hand():
    frame = made(1)
    of = events(sums(frame, changes=["a", "b"]), 2)
    (a, ua), (b, ub) = by_hand(frame, "a"), by_hand(frame, "b")
    factor = of.clusters[0] / (of.clusters[0] - 1)
    assert of.clusters[0] == frame[frame["treated"]]["unit"].nunique()
    assert of.effect[0] == pytest.approx([a, b], abs=1e-9)
    assert of.covariance[0] == pytest.approx(factor * np.cov(np.stack([ua, ub]), ddof=0) * len(ua), rel=1e-6)
    mean = average(of, [0, 1])
    assert mean.p_greater[0] == pytest.approx(stats.t.sf(mean.effect[0] / mean.se[0], of.clusters[0] - 1))
    assert mean.p_less[0] == pytest.approx(1 - mean.p_greater[0])


def test_cohorts_of_one_keep_their_level():
    """Under no effect a test at 5 % is wrong about one time in twenty, however small the cohorts are."""
    worlds = pd.concat([made(seed, 4).assign(world=seed) for seed in range(300)])
    worlds[["a", "b"]] -= 0.3 * worlds["treated"].to_numpy()[:, None]
    of = events(sums(worlds, by=["world"], changes=["a", "b"]), 2)
    for p in (average(of, [0, 1]).p_greater, joint_p(of, [0, 1])):
        assert (p < 0.05).sum() <= stats.binom.isf(1e-4, 300, 0.06)


def test_no_order_of_rows_and_no_threads_change_a_bit():
    frame = pd.concat([made(s).assign(of=s) for s in range(4)])
    asked = {"by": ["of"], "cohort": ["cohort"], "changes": ["a", "b"]}
    told = {str(pd.DataFrame(sums(f, threads=n, **asked)).sort_values("of").to_dict("list"))
            for n, f in ((1, frame), (2, frame.sample(frac=1, random_state=1)), (2, frame[::-1]))}  # fmt: skip
    assert len(told) == 1


def test_what_cannot_be_estimated_is_nan():
    frame = made(3)
    lone = frame[~frame["treated"] | (frame["unit"] == "t0")].assign(b=None).astype({"b": float})
    of = events(sums(lone, changes=["a", "b"]), 2)
    assert np.isnan(average(of, [0]).p_less[0])
    assert np.isnan(of.effect[0, 1])
    assert np.isnan(joint_p(of, [0])[0])
    assert sums(frame[frame["treated"]], changes=["a"])["effect_0"] == [None]
    assert sums(frame.assign(treated=False), changes=["a"])["clusters"] == [0]
    few = Events(np.zeros((1, 2)), np.eye(2)[None], np.array([2.0]))
    assert np.isnan(joint_p(few, [0, 1])[0])
    assert np.isnan(joint_p(few, [])[0])


def test_what_never_varies_is_zero_or_is_not():
    for effect, p_less, joint in ((0.0, 0.5, 1.0), (-0.1, 0.0, 0.0)):
        of = Events(np.array([[effect]]), np.zeros((1, 1, 1)), np.array([9.0]))
        assert average(of, [0]).p_less[0] == p_less
        assert joint_p(of, [0])[0] == joint
