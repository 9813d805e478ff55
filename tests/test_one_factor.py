"""Shocks joined by one factor: uniform by themselves, and as dependent in the tail as the closed form says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau, kstest

from guiju.estimators.one_factor import Draws, tail_dependence
from guiju.estimators.survival import survival_days

DRAWS = 100_000


@pytest.fixture(scope="module")
def drawn() -> Draws:
    return Draws.of(7, DRAWS, 3, 4)


@pytest.mark.parametrize("rho", [None, 0.0, 0.3, 0.6, 1.0])
def test_each_is_uniform(drawn: Draws, rho: float | None) -> None:
    for column in drawn.uniform(rho)[:20_000].T:
        assert kstest(column, "uniform").pvalue > 0.001


@pytest.mark.parametrize(("rho", "closed"), [(0.0, 0.08), (0.5, 0.25), (0.9, 0.63)])
def test_the_tail_depends_as_the_closed_form_says(rho: float, closed: float) -> None:
    """Closed values: McNeil, Frey & Embrechts, Quantitative Risk Management, the table for four degrees of freedom."""
    assert tail_dependence(rho, 4) == pytest.approx(closed, abs=0.005)
    drawn = Draws.of(11, 300_000, 2, 4).uniform(rho)
    rates = []
    for q in (0.99, 0.998):
        first = drawn[:, 0] > q
        rates.append(float((drawn[first, 1] > q).mean()))
    assert rates[1] == pytest.approx(closed, abs=0.06), "near the limit; a normal copula's would be far below"
    assert rates[0] > closed
    assert tail_dependence(1, 4) == 1


def test_the_rank_correlation_is_the_factors(drawn: Draws) -> None:
    u = drawn.uniform(0.6)[:20_000]
    assert kendalltau(u[:, 0], u[:, 1]).statistic == pytest.approx(2 / np.pi * np.arcsin(0.6), abs=0.015)


def test_independent_shocks_meet_as_often_as_chance_has_it(drawn: Draws) -> None:
    u = drawn.uniform(None)
    both = ((u[:, 0] > 0.9) & (u[:, 1] > 0.9)).mean()
    assert both == pytest.approx(0.01, abs=4 * (0.01 * 0.99 / DRAWS) ** 0.5)


@pytest.mark.parametrize("rho", [None, 0.0, 0.6])
def test_excesses_are_what_lies_beyond_each_chance(drawn: Draws, rho: float | None) -> None:
    chances = np.array([0.05, 0.2, 0.0])
    u, beyond = drawn.uniform(rho), drawn.excesses(rho, chances)
    wanted = np.clip(1 - (1 - u[:, :2]) / chances[:2], 0, None)
    assert np.abs(beyond[:, :2] - wanted).max() < 1e-9
    assert not beyond[:, 2].any()
    assert (beyond > 0).mean(axis=0) == pytest.approx(chances, abs=0.003)


def test_the_same_seed_gives_the_same_and_correlations_share_their_numbers() -> None:
    assert (Draws.of(3, 50, 2, 4).own == Draws.of(3, 50, 2, 4).own).all()
    assert (Draws.of(3, 50, 2, 4).own != Draws.of(4, 50, 2, 4).own).any()
    with pytest.raises(ValueError, match="degrees"):
        Draws.of(3, 50, 2, 0)
    with pytest.raises(ValueError, match="correlation"):
        Draws.of(3, 50, 2, 4).uniform(1.5)


def test_survival_is_the_first_day_below_zero() -> None:
    assert survival_days([[5, 1, 0, 3], [5, -1, 2, -3], [-1, 0, 0, 0], [0, 0, -0.004, 0]]).tolist() == [0, 2, 1, 0]
