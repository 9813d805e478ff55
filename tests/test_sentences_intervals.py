"""How a sentence tells the ends of an interval, and thousands where no format says how."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from guiju.findings.sentences import sentence

ENDS = st.decimals(0, 100, places=6).map(float)


@given(ENDS, ENDS)
def test_two_ends_that_differ_are_never_written_alike(low: float, high: float) -> None:
    told = sentence("{low_pct:.2f} to {high_pct:.2f}", {"low_pct": low, "high_pct": high})
    first, _, last = told.partition(" to ")
    assert (first == last) == (low == high)
    if f"{low:.2f}" != f"{high:.2f}":
        assert told == f"{low:.2f} to {high:.2f}", "no more decimals than are needed"


def test_an_end_that_is_not_known_stays_a_dash() -> None:
    assert sentence("{low_pct:.1f} to {high_pct:.1f}", {"low_pct": None, "high_pct": 2.0}) == "– to 2.0"


def test_thousands_are_separated_where_asked_and_years_are_not() -> None:
    facts = {"n": 4627, "year": 2025, "share": 12345.5, "id": "4627"}
    assert sentence("{n} {n:g} {year} {id}", facts, grouped=True) == "4,627 4,627 2025 4627"
    assert sentence("{n} {year} {id}", facts) == "4627 2025 4627"
