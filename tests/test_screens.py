"""Screens of bids: the published columns of two sets of real tenders, and definitions by hand."""

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


@pytest.mark.parametrize("name", SETS)
def test_published_screens_of_all_tenders(name):
    """CV, SPD, KURT and SKEW of every tender that has as many bids as each needs, to the digits published."""
    if "GUIJU_REAL_DATA" not in os.environ:
        pytest.skip("real data not present")
    file = Path(os.environ["GUIJU_REAL_DATA"]) / "cartels" / f"DB_Collusion_{name}_processed.csv.gz"
    rows = pd.read_csv(file)
    published = rows.groupby("Tender")[["CV", "SPD", "KURT", "SKEW"]].first()
    assert len(published) == SETS[name]
    found = told(rows.rename(columns={"Tender": "tender", "Bid_value": "amount"})[["tender", "amount"]])
    for screen, least in (("CV", 2), ("SPD", 2), ("KURT", 4), ("SKEW", 3)):
        able = found[found["bids"] >= least]
        off = (able[screen.lower()].astype(float) - published.loc[able.index, screen]).abs()
        assert len(able) > 0.8 * len(published)
        assert off.max() <= 6e-5, f"{screen}: {off[off > 6e-5]}"


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
