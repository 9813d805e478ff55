"""Clearing payments: the published ring, the linear programme, and what must hold of every network."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from guiju.estimators.clearing import clear, clear_many, shares

Reals = NDArray[np.float64]
RING = [[0, 4, 0], [0, 0, 3], [2, 0, 0]]


def network(seed: int, senior: bool = False) -> tuple[Reals, Reals]:
    """Up to twelve banks; with `senior`, debts that come first may exceed what a bank has beside its claims."""
    dice = np.random.default_rng(seed)
    n = int(dice.integers(2, 13))
    owed = dice.random((n, n)) * (dice.random((n, n)) < 0.4) * 10
    np.fill_diagonal(owed, 0)
    return owed, dice.random(n) * 4 * (dice.random(n) < 0.6) - (dice.random(n) * 3 if senior else 0)


def test_the_published_ring() -> None:
    assert clear(RING, [1, 0, 1]).tolist() == [3, 3, 2]
    assert clear_many(RING, [[1, 0, 1], [9, 9, 9]]).round(9).tolist() == [[3, 3, 2], [4, 3, 2]]


def test_200_random_networks_are_the_linear_programme() -> None:
    defaults = 0
    for seed in range(200):
        owed, outside = network(seed)
        n, total = len(owed), owed.sum(axis=1)
        limits = [(0, t) for t in total]
        best = linprog(-np.ones(n), A_ub=np.eye(n) - shares(owed).T, b_ub=outside, bounds=limits, method="highs")
        paid = clear(owed, outside)
        assert paid == pytest.approx(best.x, abs=1e-6)
        assert clear_many(owed, outside[None])[0] == pytest.approx(paid, abs=1e-6)
        defaults += int((paid < total - 1e-9).any())
    assert defaults > 50, "else nothing was asked"


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_nobody_pays_more_than_it_owes_or_has_and_creditors_share_in_proportion(seed: int) -> None:
    owed, outside = network(seed, senior=True)
    paid, total = clear(owed, outside), owed.sum(axis=1)
    assert (paid >= 0).all()
    assert (paid <= total + 1e-9).all()
    has = outside + shares(owed).T @ paid
    assert paid == pytest.approx(np.clip(has, 0, total), abs=1e-7), "all it owes, or all it has, or nothing"
    short = has < total - 1e-7
    assert (paid[short] <= np.maximum(has[short], 0) + 1e-7).all(), "what comes first is paid first"


@settings(deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 5))
def test_more_beside_the_claims_never_means_less_is_paid(seed: int, more: float) -> None:
    owed, outside = network(seed, senior=True)
    richer = outside.copy()
    richer[seed % len(outside)] += more
    assert (clear(owed, richer) >= clear(owed, outside) - 1e-7).all()


def test_it_is_the_greatest_fixed_point_where_there_are_several() -> None:
    circle = [[0, 5], [5, 0]]  # paying nothing round the circle would be a fixed point, too
    assert clear(circle, [0, 0]).tolist() == [5, 5]
    assert clear_many(circle, [[0, 0]]).tolist() == [[5, 5]]
    assert clear(circle, [-1, 1]) == pytest.approx([4, 5])


def test_what_comes_to_rest_slowly_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guiju.estimators.clearing.ROUNDS", 1)
    assert clear_many(RING, [[1, 0, 1]])[0] == pytest.approx([3, 3, 2])


def test_one_who_cannot_pay_what_comes_first_pays_banks_nothing() -> None:
    assert clear([[0, 4], [0, 0]], [-2, 0]).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("owed", "outside"),
    [([[0, -1], [0, 0]], [0, 0]), ([[1, 0], [0, 0]], [0, 0]), ([[0, 1]], [0]), ([[0, np.inf], [0, 0]], [0, 0])],
)
def test_what_is_no_network_is_refused(owed: list[list[float]], outside: list[float]) -> None:
    with pytest.raises(ValueError, match=r"debt|owes"):
        clear(owed, outside)
