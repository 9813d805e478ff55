"""The size of the deposit shelf: the published inference from its inputs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.market.market_size import market_size, render, rounded
from guiju.records.errors import BadInput
from shell import Shell

PARTS = st.decimals(0, 100, places=2)


def test_the_published_figures() -> None:
    size = market_size()
    assert (size.low, size.high) == (Decimal("1.056"), Decimal("1.18"))
    assert (rounded(size.low), rounded(size.high)) == (Decimal("1.06"), Decimal("1.18"))
    assert (rounded(size.low_pct), rounded(size.high_pct)) == (Decimal("1.16"), Decimal("1.30"))
    assert size.arithmetic()[0] == "2.64 × 40 % = 1.056 ≈ 1.06"
    assert {one.mark for one in size.used.values()} == {"S"}


@given(PARTS, PARTS)
def test_it_moves_in_proportion_to_the_supposition(part: Decimal, other: Decimal) -> None:
    one, two = market_size({"deposits_pct": part}), market_size({"deposits_pct": other})
    assert one.low * other == two.low * part
    assert one.low <= one.high


def test_what_cannot_be_reckoned_is_refused() -> None:
    for wrong, told in (({"held_low": 3}, "exchange them"), ({"deposits_pct": 101}, "100 per cent at most"),
                        ({"household_deposits": 0}, "above 0"), ({"held_high": "much"}, "no number"),
                        ({"deposit_pct": 4}, "did you mean deposits_pct")):  # fmt: skip
        with pytest.raises(BadInput, match=told):
            market_size(wrong)


def test_the_command_and_its_page(shell: Shell) -> None:
    page, inputs = shell.folder / "size.html", shell.folder / "in.yaml"
    inputs.write_text("deposits_pct: 50\n")
    told = shell.done("market-size", "--inputs", inputs, "--html", page)
    assert "2.64 × 50 % = 1.32" in told
    assert "given by the caller" in page.read_text(encoding="utf-8")
    assert render(market_size(), "zh").count("1.06–1.18") == 4, "in two languages, in words and in the picture"
    inputs.write_text("- 1\n")
    assert "holds no values by name" in shell.refused("market-size", "--inputs", inputs)
