"""Matching: tiny instances are HiGHS's optimum, bounds are never passed, no lot is sold twice, whatever is asked."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog

from guiju.audit.engine import Engine, start
from guiju.market.matching.ascent import ascend, asked
from guiju.market.matching.demand import lot_sales
from guiju.market.matching.problem import Problem
from guiju.market.matching.reach import together
from guiju.market.matching.relational import ascend_in, demanded, edges_of
from guiju.market.matching.repair import objective, repaired, short, used
from guiju.market.matching.solving import solve


def drawn(stores: int, supplies: int, candidates: int, seed: int, *, alike: bool = False, goods: int = 0) -> Problem:
    """A problem of made-up scores: several supplies of one good where `goods` are fewer than supplies."""
    dice = np.random.default_rng(seed)
    width = min(candidates, supplies)
    supply = np.sort(np.stack([dice.choice(supplies, width, replace=False) for _ in range(stores)]), axis=1)
    supply[dice.random(supply.shape) < 0.1] = -1
    size = np.exp2(np.round(dice.normal(0, 1.5, stores))) if alike else dice.lognormal(0, 1, stores)
    fits = 1.0 if alike else dice.lognormal(0, 0.5, supply.shape)
    appeal = dice.lognormal(0, 0.7, supplies)
    score = (size[:, None] * appeal[supply] * fits).astype(np.float32)
    good = np.sort(np.arange(supplies) % (goods or supplies)).astype(np.int32)
    places = dice.integers(1, 4, stores).astype(np.int32)
    capacity = dice.integers(0, max(2 * stores // supplies, 2) + 1, supplies)
    floor = np.where(dice.random(stores) < 0.5, 1, 0).astype(np.int32)
    return Problem(score, supply.astype(np.int32), good, capacity, places, floor, 5 * float(score.mean()))


def by_hand(problem: Problem) -> float:
    """The programme written out row by row, for HiGHS by its interior point: another form and method than ours."""
    pairs = [(i, c) for i in range(problem.stores) for c in range(problem.supply.shape[1]) if problem.supply[i, c] >= 0]
    n, rows, most = len(pairs), [], []

    def row(of: list[int], limit: float, lacking: int | None = None, sign: int = 1) -> None:
        line = np.zeros(n + problem.stores)
        line[of] = sign
        if lacking is not None:
            line[n + lacking] = -1
        rows.append(line)
        most.append(limit)

    for k, lots in enumerate(problem.capacity):
        row([p for p, (i, c) in enumerate(pairs) if problem.supply[i, c] == k], lots)
    for i in range(problem.stores):
        own = [p for p, (store, _) in enumerate(pairs) if store == i]
        row(own, problem.places[i])
        row(own, -problem.floor[i], i, -1)
        goods = {int(problem.good[problem.supply[i, c]]) for _, c in (pairs[p] for p in own)}
        for good in goods:
            row([p for p in own if problem.good[problem.supply[i, pairs[p][1]]] == good], 1)
    costs = [*(-float(problem.score[i, c]) for i, c in pairs), *[problem.penalty] * problem.stores]
    solved = linprog(costs, A_ub=np.array(rows), b_ub=most, bounds=[(0, 1)] * n + [(0, None)] * problem.stores,
                     method="highs-ipm")  # fmt: skip
    assert solved.status == 0
    return -float(solved.fun)


def feasible(problem: Problem, plan: np.ndarray) -> None:
    """AssertionError where a lot is sold twice, a store lists too much, a good twice or what is no candidate."""
    assert (used(problem, plan) <= problem.capacity).all()
    assert (plan.sum(axis=1) <= problem.places).all()
    assert not plan[problem.supply < 0].any()
    for row, listed in zip(problem.supply, plan, strict=True):
        goods = problem.good[row[listed]]
        assert len(set(goods.tolist())) == len(goods)


SIZES = {"stores": st.integers(1, 60), "supplies": st.integers(1, 12), "candidates": st.integers(1, 8),
         "seed": st.integers(0, 10**6), "alike": st.booleans(), "goods": st.integers(0, 6)}  # fmt: skip


@given(**(SIZES | {"stores": st.integers(1, 12)}))
@settings(max_examples=40, deadline=None)
def test_tiny_is_the_optimum(**size) -> None:
    problem = drawn(**size)
    plan = solve(problem)
    feasible(problem, plan.listed)
    best = by_hand(problem)
    assert plan.worth == pytest.approx(best, rel=1e-5, abs=1e-4)
    if plan.exact:
        assert plan.bound == pytest.approx(best, rel=1e-5, abs=1e-4)


@given(**SIZES)
@settings(max_examples=60, deadline=None)
def test_a_bound_is_never_passed(**size) -> None:
    """At any prices, and at those that are found: no plan is worth more, and none oversells."""
    problem = drawn(**size)
    plan = solve(problem, exact=0, rounds=25)
    feasible(problem, plan.listed)
    slack = 1e-5 * (1 + abs(plan.bound))
    assert plan.worth <= plan.bound + slack
    best = solve(problem, exact=10**6).worth if (problem.supply >= 0).any() else plan.worth
    assert plan.worth <= best + slack
    prices = np.random.default_rng(size["seed"]).exponential(2.0, len(problem.capacity))
    for at in (np.zeros(len(prices)), prices, plan.prices):
        assert asked(problem, at, problem.runs)[1] >= best - slack


@pytest.mark.parametrize("alike", [False, True])
def test_a_network_ends_near_the_bound(alike: bool) -> None:
    problem = drawn(8_000, 400, 12, 3, alike=alike, goods=300)
    plan = solve(problem)
    feasible(problem, plan.listed)
    assert plan.gap < (0.03 if alike else 0.003)  # stores exactly alike, and few lots a supply: the worst there is
    assert problem.floor.sum() - short(problem, plan.listed).sum() >= 0.95 * problem.floor.sum()


def test_one_place_and_one_lot_each_is_an_assignment() -> None:
    dice = np.random.default_rng(5)
    score = dice.random((40, 40)).astype(np.float32)
    supply = np.tile(np.arange(40, dtype=np.int32), (40, 1))
    ones, none = np.ones(40, np.int32), np.zeros(40, np.int32)
    problem = Problem(score, supply, np.arange(40, dtype=np.int32), ones.astype(np.int64), ones, none, 1.0)
    best = score[linear_sum_assignment(score, maximize=True)].sum()
    assert solve(problem).worth == pytest.approx(float(best), rel=1e-6)
    near = solve(problem, exact=0)
    assert 0.9 * best < near.worth <= best * (1 + 1e-6) <= near.bound * (1 + 2e-6)


def test_a_floor_moves_lots_to_the_small_and_costs_what_it_says() -> None:
    """Two lots of one good: the large stores would sell both; a floor gives one to the small store."""
    score = np.array([[10.0], [9.0], [1.0]], np.float32)
    supply, good = np.zeros((3, 1), np.int32), np.zeros(1, np.int32)
    ones = np.ones(3, np.int32)
    free = Problem(score, supply, good, np.array([2]), ones, np.zeros(3, np.int32), 100.0)
    assert solve(free).listed.ravel().tolist() == [True, True, False]
    fair = replace(free, floor=np.array([0, 0, 1], np.int32))
    for exact in (0, 100):
        plan = solve(fair, exact=exact)
        assert plan.listed.ravel().tolist() == [True, False, True]
        assert plan.worth == pytest.approx(11)
    assert solve(replace(fair, penalty=5.0)).listed.ravel().tolist() == [True, True, False]  # 9 − 1 is more than 5


def test_no_floor_promises_what_all_together_cannot_have() -> None:
    """Four small stores with a floor of two each, four lots of two goods: each gets its first before any a second."""
    cells = [(slice(0, 4), np.array([0, 1]))]
    floors = together(np.full(4, 2, np.int32), cells, np.array([3, 2]), np.array([0, 1], np.int32), 7)
    assert sorted(floors.tolist()) == [1, 1, 1, 2]
    assert together(np.full(4, 2, np.int32), cells, np.array([9, 9]), np.array([0, 1], np.int32), 7).tolist() == [2] * 4
    assert together(np.full(4, 2, np.int32), cells, np.array([9, 9]), np.array([0, 0], np.int32), 7).tolist() == [1] * 4


def test_equal_stores_are_drawn_by_lot_and_the_lot_by_a_seed() -> None:
    problem = Problem(np.ones((500, 1), np.float32), np.zeros((500, 1), np.int32), np.zeros(1, np.int32),
                      np.array([250]), np.ones(500, np.int32), np.zeros(500, np.int32), 1.0)  # fmt: skip
    one, again, other = (solve(problem, seed=seed, exact=0).listed for seed in (1, 1, 2))
    assert (one == again).all()
    assert (one != other).any()
    assert one.sum() == 250
    assert 90 < one[:250].sum() < 160  # the first in the file are not the first served


def test_the_same_on_any_number_of_cores(monkeypatch) -> None:
    problem = drawn(3_000, 50, 8, 1)
    many = ascend(problem, 10)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert many.bounds == ascend(problem, 10).bounds


@given(st.floats(0.001, 30), st.integers(1, 12))
def test_sales_of_a_lot_are_those_of_a_poisson_demand(mean: float, lot: int) -> None:
    demand = np.arange(200)
    chance = np.exp(demand * np.log(mean) - mean - np.cumsum(np.log(np.maximum(demand, 1))))
    wanted = (np.minimum(demand, lot) * chance).sum()
    assert lot_sales(np.array(mean), np.array(float(lot))) == pytest.approx(wanted, rel=1e-6)


def test_a_plan_is_worth_what_it_sells_less_what_is_short() -> None:
    problem = drawn(200, 10, 5, 9)
    plan = repaired(problem, np.zeros(10))
    value = sum(float(s) for s in problem.score[plan]) - problem.penalty * int(short(problem, plan).sum())
    assert objective(problem, plan) == pytest.approx(value, rel=1e-5)


# The same as relational steps


def nearly_the_same(problem: Problem, engine: Engine, rounds: int) -> None:
    """AssertionError where an engine's bounds are not those of the arrays (single against double precision)."""
    edges = engine.put(edges_of(problem))
    here, there = ascend(problem, rounds), ascend_in(engine, edges, problem.capacity, problem.penalty, rounds)
    assert there.bounds[0] == pytest.approx(here.bounds[0], rel=1e-6)
    assert there.bounds == pytest.approx(here.bounds, rel=2e-3)
    prices = np.random.default_rng(1).exponential(1.0, len(problem.capacity))
    given = engine.put(pa.table({"supply": np.arange(len(prices)), "price": prices}))
    sums = engine.fetch(demanded(edges, given, problem.penalty))
    lots = np.zeros(len(prices), np.int64)
    lots[sums["supply"].to_numpy()] = sums["lots"].to_numpy()
    assert (lots == asked(problem, prices, problem.runs)[0]).all()


def test_the_engine_asks_what_the_arrays_ask(tmp_path) -> None:
    engine = start("duckdb", tmp_path)
    try:
        nearly_the_same(drawn(2_000, 60, 8, 4, goods=40), engine, 12)
    finally:
        engine.close()


@pytest.mark.soak
def test_spark_asks_what_the_arrays_ask(tmp_path) -> None:
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("no Java")
    engine = start("spark", tmp_path)
    try:
        nearly_the_same(drawn(300, 20, 6, 4, goods=15), engine, 3)
    finally:
        engine.close()
