"""Whether growth speeds up, asked of series whose growth is known; and of a library, where the noise's memory is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guiju.estimators import growth as made
from guiju.estimators.growth import Course, growth


def series(periods: int, slope: float, bend: float, rho: float = 0.3, noise: float = 0.02, seed: int = 1) -> np.ndarray:
    dice, t = np.random.default_rng(seed), np.arange(periods)
    u = np.zeros(periods)
    for i in range(1, periods):
        u[i] = rho * u[i - 1] + dice.normal(0, noise)
    return np.exp(5 + slope * t + bend * t**2 / 2 + 0.3 * np.cos(2 * np.pi * t / 12) + u)


def test_what_was_drawn_is_said() -> None:
    assert growth(series(48, 0.01, 0.001)).course == Course.faster
    assert growth(series(48, 0.06, -0.001)).course == Course.slower
    steady = growth(series(48, 0.03, 0.0))
    assert steady.course == Course.not_shown
    assert steady.growth.low < 0.03 < steady.growth.high
    assert steady.season.max() - steady.season.min() == pytest.approx(0.6, abs=0.1)


def test_steady_per_cent_adds_more_and_more() -> None:
    """3 % a month is no acceleration of the rate, and is one of what each month adds."""
    its = series(48, 0.03, 0.0, noise=0.005)
    assert growth(its).course == Course.not_shown
    assert growth(its, logarithm=False).course == Course.faster


def test_a_season_alone_is_no_growth() -> None:
    for start in range(12):
        t = np.arange(30) + start
        its = growth(np.exp(4 + 0.5 * np.cos(2 * np.pi * t / 12) + np.random.default_rng(start).normal(0, 0.03, 30)))
        assert abs(its.growth.value) < 0.01
        assert its.acceleration.low < 0 < its.acceleration.high


def test_too_short_is_said_and_nothing_else() -> None:
    for a_year, periods in ((12, 23), (52, 103), (None, 11)):
        its = growth(np.arange(1.0, periods + 1), a_year)
        assert its.course == Course.too_short
        assert its.least == periods + 1
        assert np.isnan(its.acceleration.value)
        assert growth(np.arange(1.0, periods + 2) ** 2, a_year).course != Course.too_short


def test_values_that_have_no_logarithm_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        growth([*range(30)])
    growth([*range(30)], logarithm=False)
    with pytest.raises(ValueError, match="value in every period"):
        growth([1.0, np.nan] * 20, logarithm=False)


@pytest.mark.parametrize("rho", [0.0, 0.4, 0.9])
def test_with_a_known_memory_it_is_generalised_least_squares(rho: float) -> None:
    sm = pytest.importorskip("statsmodels.api", reason="the oracle is not installed")
    y = np.log(series(40, 0.02, 0.0005))
    t = np.arange(40) - 19.5
    columns = np.column_stack([t, t**2 / 2, made.season_waves(40, 12)])
    dy, dx = np.diff(y), np.diff(columns, axis=0)
    oracle = sm.GLS(dy, dx, sigma=made.covariance(rho, 39)).fit()
    b, mixture, _ = made.fit(dy, dx, memories=[rho], prior=[1.0])
    assert b == pytest.approx(oracle.params, rel=1e-8)
    low, high = (mixture.quantile(1, q) for q in (0.025, 0.975))
    assert (low, high) == pytest.approx(tuple(oracle.conf_int()[1]), rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 1e6), st.sampled_from([12, None]))
def test_units_change_nothing_and_rising_tilt_is_growth(seed: int, unit: float, a_year: int | None) -> None:
    its = series(30, 0.01, 0.0, seed=seed)
    one, other = growth(its, a_year), growth(its * unit, a_year)
    assert other.acceleration.value == pytest.approx(one.acceleration.value, abs=1e-6)
    assert (other.acceleration.low, other.acceleration.high) == pytest.approx(
        (one.acceleration.low, one.acceleration.high), abs=1e-5
    )
    assert other.course == one.course or min(abs(one.acceleration.low), abs(one.acceleration.high)) < 1e-4
    tilted = growth(its * np.exp(0.05 * np.arange(30)), a_year)
    assert tilted.growth.value == pytest.approx(one.growth.value + 0.05, abs=1e-6)
    assert tilted.acceleration.value == pytest.approx(one.acceleration.value, abs=1e-6)
    assert (tilted.trend + tilted.season).mean() == pytest.approx(np.log(its).mean() + 0.05 * 14.5, abs=1e-6)
