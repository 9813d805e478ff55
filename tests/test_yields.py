"""Yields: the worked examples of Regulation DD, scipy as an oracle, and what must hold of any cash flows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from guiju.estimators.yields import all_in_yield_pct, apy_pct, plain_rate_pct, plain_yield_pct

# 12 CFR 1030, appendix A: paid in, interest, days, annual percentage yield
REGULATION_DD = [
    (1000, 61.68, 365, 6.17),
    (1000, 30.37, 182, 6.18),
    (1000, 53.90, 365, 5.39),
    (8000, 452.29, 365, 5.65),
    (20000, 1183.61, 365, 5.92),
]


@pytest.mark.parametrize(("paid_in", "interest", "days", "apy"), REGULATION_DD)
def test_the_worked_yields_of_regulation_dd(paid_in: float, interest: float, days: int, apy: float) -> None:
    assert round(apy_pct(paid_in, interest, days), 2) == apy
    [by_flows] = all_in_yield_pct([paid_in], [[paid_in + interest]], [[days]])
    assert round(by_flows, 2) == apy


def test_a_rebate_is_part_of_the_all_in_yield() -> None:
    """What Regulation DD leaves out: the 182-day deposit above with 50 given back beside."""
    assert round(apy_pct(1000, 30.37 + 50, 182), 2) == 16.77
    at_the_end, at_once = all_in_yield_pct([1000, 1000], [[1030.37, 50]] * 2, [[182, 182], [182, 0]])
    assert round(at_the_end, 2) == 16.77
    assert at_once == pytest.approx(100 * ((1030.37 / 950) ** (365 / 182) - 1))


def test_a_plain_deposit_at_the_ceiling_has_the_ceilings_rate_over_any_term() -> None:
    days = np.array([30, 90, 182, 365, 1095, 1825, 3650])
    at_the_end = 1 + 0.04875 * days / 365
    yields = all_in_yield_pct(np.ones(7), at_the_end[:, None], days[:, None])
    assert yields == pytest.approx(plain_yield_pct(4.875, days), rel=1e-12)
    assert plain_rate_pct(yields, days) == pytest.approx(np.full(7, 4.875), rel=1e-11)
    assert round(plain_yield_pct(4.875, 1825), 2) == 4.46


@pytest.mark.parametrize(
    ("paid_in", "amounts", "days"),
    [([1.0], [[0.0, 0.0]], [[10, 20]]), ([100.0], [[100.0, 5.0]], [[0, 20]]), ([0.0], [[5.0]], [[20]])],
    ids=["nothing comes out", "all came back at once", "nothing was paid in"],
)
def test_where_there_is_no_yield(paid_in: list[float], amounts: list[list[float]], days: list[list[int]]) -> None:
    assert np.isnan(all_in_yield_pct(paid_in, amounts, days)).all()


def test_what_is_no_cash_flow_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        all_in_yield_pct([1.0], [[-1.0]], [[10]])
    with pytest.raises(ValueError, match=r"\(2,\) and \(1, 1\)"):
        all_in_yield_pct([1.0, 1.0], [[1.0]], [[10]])


FLOW = st.tuples(st.floats(0, 1e5), st.integers(0, 3650))


@given(st.floats(1, 1e6), st.floats(1, 1.6), st.integers(1, 3650), st.lists(FLOW, max_size=4))
def test_it_is_the_root_of_the_cash_flows(paid_in: float, grown: float, term: int, bonuses: list) -> None:
    flows = [(paid_in * grown, term), *((paid_in * min(b / 1e5, 0.15), min(day, term)) for b, day in bonuses)]
    amounts, days = zip(*flows, strict=True)
    [found] = all_in_yield_pct([paid_in], [amounts], [days])

    def worth(log_yield: float) -> float:
        return sum(a * np.exp(-log_yield * d / 365) for a, d in flows) / paid_in - 1

    assert worth(np.log1p(found / 100)) == pytest.approx(0, abs=1e-9)
    if term >= 30:
        assert np.log1p(found / 100) == pytest.approx(brentq(worth, -30, 60, xtol=1e-13), abs=1e-9)
    [more] = all_in_yield_pct([paid_in], [(*amounts, paid_in * 0.01)], [(*days, term)])
    assert more > found
