"""Screens of bids: published columns of two sets of real tenders, published examples, and definitions by hand."""

from __future__ import annotations

import os
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from guiju.estimators.screens import screens

SETS = {"Italy": 278, "Switzerland_Ticino": 224}


def told(frame: pd.DataFrame) -> pd.DataFrame:
    table = ibis.duckdb.connect().create_table("bids", frame)
    return screens(table, by=["tender"], amount="amount").order_by("tender").to_pandas().set_index("tender")


def tendered(name: str) -> pd.DataFrame:
    """A published set, a row a bid."""
    if "GUIJU_REAL_DATA" not in os.environ:
        pytest.skip("real data not present")
    file = Path(os.environ["GUIJU_REAL_DATA"]) / "cartels" / f"DB_Collusion_{name}_processed.csv.gz"
    return pd.read_csv(file)


def told_of(rows: pd.DataFrame) -> pd.DataFrame:
    return told(rows.rename(columns={"Tender": "tender", "Bid_value": "amount"})[["tender", "amount"]])


@pytest.mark.parametrize("name", SETS)
def test_published_screens_of_all_tenders(name):
    """CV, SPD, KURT and SKEW of every tender that has as many bids as each needs, to the digits published."""
    rows = tendered(name)
    published = rows.groupby("Tender")[["CV", "SPD", "KURT", "SKEW"]].first()
    assert len(published) == SETS[name]
    found = told_of(rows)
    for screen, least in (("CV", 2), ("SPD", 2), ("KURT", 4), ("SKEW", 3)):
        able = found[found["bids"] >= least]
        off = (able[screen.lower()].astype(float) - published.loc[able.index, screen]).abs()
        assert len(able) > 0.8 * len(published)
        assert off.max() <= 6e-5, f"{screen}: {off[off > 6e-5]}"


@pytest.mark.parametrize(("name", "competitive", "collusive"), [("Italy", 0.048, 0.039),
                                                               ("Switzerland_Ticino", 0.088, 0.033)])  # fmt: skip
def test_labelled_tenders_scatter_as_published(name, competitive, collusive):
    """The mean CV of tenders of three bids and more, by label: what is usual here is collusive there."""
    rows = tendered(name)
    found = told_of(rows)
    found = found[found["bids"] >= 3]
    label = rows.groupby("Tender")["Collusive_competitor"].max().loc[found.index] > 0
    means = found["cv"].astype(float).groupby(label).mean()
    assert means.round(3).to_dict() == {False: competitive, True: collusive}


def test_the_first_gap_is_the_difference_of_cardinals_examples():
    """Open Contracting's Cardinal, R024 and R058: 1 and 2 differ by 1.0, 1 and 100 by 99.

    Where a quarter of tenders differ by 5 % at most and three quarters by 7 %, the fences are at 2 % and 10 %: 101,000
    against 100,000 is below the lower, 115,000 above the upper.
    """
    second = {"F": 2, "1": 100}
    assert gaps({t: (1, b) for t, b in second.items()}) == {"1": 99.0, "F": 1.0}
    beside = {"close": 101_000, "q1": 105_000, "between": 106_000, "q3": 107_000, "far": 115_000}
    found = gaps({t: (b, 100_000) for t, b in beside.items()})
    low, high = np.quantile(list(found.values()), [0.25, 0.75])
    lower, upper = low - 1.5 * (high - low), high + 1.5 * (high - low)
    assert (low, high, lower, upper) == pytest.approx((0.05, 0.07, 0.02, 0.10))
    assert [t for t, gap in found.items() if gap <= lower] == ["close"]
    assert [t for t, gap in found.items() if gap >= upper] == ["far"]


def gaps(bids: dict[str, tuple[float, ...]]) -> dict[str, float]:
    found = told(pd.DataFrame([{"tender": t, "amount": float(b)} for t, of in bids.items() for b in of]))
    return found["diffp"].astype(float).to_dict()


def test_definitions_by_hand():
    rng = np.random.default_rng(2)
    bids = {t: np.sort(rng.normal(100, 8, n).round(2)) for t, n in enumerate((2, 3, 4, 9))}
    found = told(pd.DataFrame([{"tender": t, "amount": b} for t, of in bids.items() for b in of]))
    for t, b in bids.items():
        row, n = found.loc[t], len(b)
        assert float(row["cv"]) == pytest.approx(b.std(ddof=1) / b.mean(), abs=1e-8)
        assert float(row["spd"]) == pytest.approx((b[-1] - b[0]) / b[0], abs=1e-8)
        assert float(row["diffp"]) == pytest.approx((b[1] - b[0]) / b[0], abs=1e-8)
        assert float(row["rdnor"]) == pytest.approx((n - 1) * (b[1] - b[0]) / np.diff(b).sum(), abs=1e-8)
        assert (n < 3) == pd.isna(row["skew"])
        assert (n < 4) == pd.isna(row["kurt"])
        if n >= 4:
            assert row["skew"] == pytest.approx(stats.skew(b, bias=False), abs=1e-6)
            assert row["kurt"] == pytest.approx(stats.kurtosis(b, bias=False), abs=1e-6)


def test_equal_bids_and_a_lone_one():
    found = told(pd.DataFrame({"tender": [1, 1, 1, 2, 3, 3], "amount": [5.0, 5.0, 5.0, 7.0, 5.0, 5.0]}))
    assert found.index.tolist() == [1, 3]
    assert [float(x) for x in found.loc[1, ["cv", "spd", "diffp", "rdnor"]]] == [0, 0, 0, 1]
    assert found[["skew", "kurt"]].isna().all(axis=None)
