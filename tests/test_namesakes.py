"""How often names of strangers are alike by chance: a bound that holds, and pairs counted by hand."""

from __future__ import annotations

from itertools import combinations

import ibis
import pandas as pd
import pytest
from scipy.stats import chi2

from guiju.checks.promotion._namesakes import chance


@pytest.mark.parametrize("alike", [0, 1, 2, 3, 5, 10, 50, 100, 1000, 100_000])
def test_the_bound_is_above_the_exact_one_of_a_poisson_count(alike):
    assert alike + 3 + 1.645 * alike**0.5 >= chi2.isf(0.05, 2 * alike + 2) / 2


def test_pairs_of_strangers_in_different_trades_are_counted_once():
    names = [("a", "x", "soap"), ("b", "x", "tea"), ("c", "x", "tea"), ("d", "y", "soap"), ("e", "y", "soap")]
    names += [("f", "z", "rice"), ("g", "y", "rice"), ("a", "x", "rice")]  # one in two trades counts in one
    rows = [{"platform": "p", "holder": h, "sound": s, "category": c, "distinctive": True} for h, s, c in names]
    told = chance(ibis.memtable(pd.DataFrame(rows)), "sound", 9).execute().iloc[0]
    once = {(h, s): min(c for i, j, c in names if (i, j) == (h, s)) for h, s, _ in names}
    pairs = [(a, b) for a, b in combinations(once.items(), 2) if a[1] != b[1]]
    assert told["pairs"] == len(pairs)
    assert told["alike"] == sum(a[0][1] == b[0][1] for a, b in pairs)
