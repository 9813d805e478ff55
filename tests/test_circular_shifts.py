"""Circular shifts: every shift counted by hand, a bound never below the exact chance, and how often it errs."""

from __future__ import annotations

from itertools import product

import ibis
import numpy as np
import pandas as pd
import pytest

from guiju.estimators.circular_shifts import BASES, chance, shift_sums

STEP, SHIFTS, WITHIN = 7, 12, 2
CIRCLE = STEP * SHIFTS
COLUMNS = ["market", "party", "day", "size"]


def sums(rows: list[tuple[str, str, int, float]], since: int = 0, alike: float = 0.5, threads: int = 1) -> pd.DataFrame:
    engine = ibis.duckdb.connect(threads=threads)
    table = engine.create_table("events", pd.DataFrame(rows, columns=COLUMNS).assign(unit=lambda f: f["party"]))
    asked = {"by": ["market"], "unit": ["unit"], "party": "party", "day": "day", "size": "size", "alike": alike}
    found = shift_sums(table, **asked, since=since, step=STEP, shifts=SHIFTS, within=WITHIN)
    return found.order_by("market", "unit").to_pandas()


def matches(own: list[int], other: list[int], shift: int) -> int:
    """Own days that have one of the other's, moved so many steps round the circle, within two days."""
    return sum(any(_meets(day, theirs, shift) for theirs in other) for day in own)


def _meets(day: int, theirs: int, shift: int) -> bool:
    lag = day - theirs  # the last day and the first are not neighbours
    return abs(lag) < CIRCLE - STEP and any(abs(lag - shift * STEP + k * CIRCLE) <= WITHIN for k in (0, 1))


def exact(own: list[int], others: list[list[int]]) -> float:
    """The chance of so many matches over all ways to shift the others, tried one by one."""
    counts = [[matches(own, other, s) for s in range(SHIFTS)] for other in others]
    seen = sum(of[0] for of in counts)
    ways = [sum(way) >= seen for way in product(*counts)]
    return sum(ways) / len(ways)


CALENDARS = [
    ([10, 31, 52], [[10, 31, 52], [11, 32, 53], [9, 30, 51]]),
    ([10, 31, 52], [[10, 30, 70], [3, 31, 45], [12, 60]]),
    ([5], [[5], [40], [77]]),
    ([3, 20, 44, 61, 80], [[4, 22, 43, 60, 79], [1, 12, 33, 41, 66]]),
    ([0, 83], [[83, 1], [40]]),
]


@pytest.mark.parametrize(("own", "others"), CALENDARS)
def test_it_is_never_below_the_exact_chance_and_near_it(own, others):
    rows = [("m", "a", day, 1.0) for day in own]
    rows += [("m", f"b{j}", day, 1.0) for j, other in enumerate(others) for day in other]
    found = sums(rows)
    mine = found[found["unit"] == "a"]
    assert mine["matched"].item() == sum(matches(own, other, 0) for other in others)
    p, true = chance({c: mine[c] for c in mine})[0], exact(own, others)
    assert true <= p + 1e-9
    assert p <= max(12 * true, 1e-12)


def test_where_all_is_matched_it_is_exact():
    rows = [("m", party, day, 1.0) for party in "abcd" for day in (10, 31, 50)]
    p = chance(sums(rows))
    assert p == pytest.approx([SHIFTS**-3] * 4, rel=0.01)


def test_moments_are_those_of_all_shifts():
    own, other = CALENDARS[3][0], CALENDARS[3][1][0]
    rows = [("m", "a", day, 1.0) for day in own] + [("m", "b", day, 1.0) for day in other]
    mine = sums(rows).iloc[0]
    counts = np.array([matches(own, other, s) for s in range(SHIFTS)], float)
    for r, x in enumerate(BASES):
        assert mine[f"log_mean_{r}"] == pytest.approx(np.log((float(x) ** counts).mean()), abs=1e-8)


def test_size_since_party_and_market_are_kept_apart():
    rows = [("m", "a", 40, 1.0), ("m", "b", 40, 1.6), ("n", "a", 40, 1.0), ("n", "b", 41, 1.0), ("n", "c", 38, 1.0)]
    found = sums(rows, since=40).set_index(["market", "unit"])
    assert list(found["matched"].items()) == [
        (("n", "a"), 2),
        (("n", "b"), 1),
    ]  # c's own is too early, and far from b's
    assert found.loc[("n", "a"), ["led", "followed"]].tolist() == [1, 1]
    assert sums(rows, since=40, alike=0.7)["market"].tolist() == ["m", "m", "n", "n"]


def test_shifts_that_overlap_are_refused():
    asked = {"by": [], "unit": [], "party": "m", "day": "m", "size": "m", "alike": 0, "since": 0, "within": 4}
    with pytest.raises(ValueError, match="3 at most"):
        shift_sums(ibis.table({"m": "string"}), **asked, step=7, shifts=9)


def test_threads_and_order_change_nothing():
    rng = np.random.default_rng(3)
    rows = [("m", f"p{rng.integers(5)}", int(d), 1.0) for d in rng.integers(0, CIRCLE, 60)]
    pd.testing.assert_frame_equal(sums(rows), sums(rows[::-1], threads=4))


def test_calendars_that_have_nothing_to_do_with_each_other_seldom_look_so():
    """400 markets of four: at 5 % no more than 5 % err, also where all reprice on one day of the week."""
    rng = np.random.default_rng(11)
    for weekday in (False, True):
        rows = [
            (f"m{m}", party, int(day // 7 * 7 if weekday else day), 1.0)
            for m in range(400)
            for party in "abcd"
            for day in rng.choice(CIRCLE, rng.integers(3, 9), replace=False)
        ]
        p = chance(sums(rows))
        assert (p <= 0.05).sum() / 1600 <= 0.05
        assert (p <= 0.001).sum() / 1600 <= 0.002
