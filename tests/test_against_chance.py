"""The binomial test against published values and by enumeration; identifiers against published numbers."""

from __future__ import annotations

from math import comb

import numpy as np
import pyarrow as pa
import pytest

from guiju.audit.engine import DuckDB
from guiju.checks import checks
from guiju.checks.privacy import _identifiers as identifiers
from guiju.estimators.against_chance import p_more, wilson
from guiju.rulebook import rules

# Newcombe 1998, Stat. Med. 17, table I, method 3 (Wilson's score without correction).
NEWCOMBE = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]


@pytest.mark.parametrize(("passed", "n", "low", "high"), NEWCOMBE)
def test_the_interval_is_newcombes(passed, n, low, high):
    assert [round(float(x), 4) for x in wilson(passed, n)] == [low, high]


def test_the_tail_is_the_sum_of_its_terms():
    for n, p0 in ((1, 0.5), (12, 1 / 11), (40, 0.1), (40, 0.54)):
        terms = [comb(n, k) * p0**k * (1 - p0) ** (n - k) for k in range(n + 1)]
        for k in range(n + 1):
            assert p_more(k, n, p0) == pytest.approx(sum(terms[k:]), rel=1e-9)
    assert np.isnan(p_more(0, 0, 0.1))
    with pytest.raises(ValueError, match="must lie"):
        p_more(3, 2, 0.1)


@pytest.fixture(scope="module")
def passing(tmp_path_factory):
    """Which values have an identifier's shape, and which pass, as the engine says."""
    engine = DuckDB(tmp_path_factory.mktemp("work"), memory="500MB")
    prefixes = str(rules()["no_exposed_identifiers"].entry.limits["mobile_prefixes"])
    assert checks()["exposed_identifiers"]

    def ask(values: list[str], kind: str) -> tuple[int, int]:
        rows = engine.put(pa.table({"value": pa.array(values, pa.string())}))
        bare = rows.mutate(bare=identifiers.bare(rows.value))
        ranges = [str(n) for n in range(100, 200) if str(n) in prefixes]
        shape, passes = identifiers.shaped(bare.bare)[kind], identifiers.passing(bare.bare, ranges)[kind]
        told = engine.fetch(bare.select(shaped=shape, passes=shape & passes))
        return sum(told["shaped"].to_pylist()), sum(told["passes"].to_pylist())

    return ask


def test_published_numbers(passing):
    """python-stdnum's own examples of resident identity numbers, and the standard's; Luhn's of ISO/IEC 7812."""
    assert passing(["360426199101010071", "11010519491231002X", "11010519491231002x"], "resident_id") == (3, 3)
    assert passing(["360426199101010072", "110105194912310029", "A10105194912310029"], "resident_id") == (2, 0)
    assert passing(["4111111111111111", "79927398713"], "bank_card") == (0, 0)
    assert passing(["", "1", "62", "6" * 16, "１３８００００２３８１"], "bank_card") == (0, 0)


def test_random_digits_pass_as_often_as_is_said(passing):
    """Within five standard errors of the chance that is tested against."""
    rng = np.random.default_rng(11643)
    digits = rng.integers(0, 10, (20_000, 17)).astype(str)
    tails = ["".join(row) for row in digits]
    made = {
        "resident_id": [f"33040219{80 + i % 20}{1 + i % 12:02}{1 + i % 28:02}{t[:4]}" for i, t in enumerate(tails)],
        "bank_card": [f"62{t}" for t in tails],
        "mobile": [f"1{t[:10]}" for t in tails],
    }
    chances = {"resident_id": 1 / 11, "bank_card": 0.1}
    for kind, values in made.items():
        shaped, passed = passing(values, kind)
        assert shaped == len(values)
        # Of identity numbers one in eleven ends in X, which digits never are; of the others one in ten: 1/11 in all.
        expected = chances.get(kind, 0.54)
        assert abs(passed / shaped - expected) < 5 * (expected * (1 - expected) / shaped) ** 0.5
