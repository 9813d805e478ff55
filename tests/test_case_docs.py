"""The operators' page says what is so: its code runs, its terms are the rulebook's, its commands are there."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from guiju.cases import Cases
from guiju.rulebook import rules
from guiju.rulebook.redress import Terms, terms
from made_cases import MATTER
from shell import Shell

PAGE = (Path(__file__).parents[1] / "docs" / "cases.md").read_text(encoding="utf-8")


def test_the_code_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(code, {"matter": MATTER, "guard": lambda due: {}})
    assert Cases("books.db").case(MATTER.id).state == "flagged"


def test_the_terms_of_the_page_are_the_rulebook_s() -> None:
    rows = {row[0]: row[1:] for row in re.findall(r"\| `(\w+)` \| .*? \| (\d+) \| (\d+) \| (\d+)", PAGE)}
    assert set(rows) == set(Terms.__struct_fields__)
    asked = [("no_voucher_arbitrage", "hold"), ("no_voucher_arbitrage", "stop"), ("true_prior_prices", "hold")]
    for place, (rule, kind) in enumerate(asked):
        known = terms(rules()[rule], kind, date.today())
        assert {name: int(row[place]) for name, row in rows.items()} == {n: getattr(known, n) for n in rows}


def test_the_commands_of_the_page_are_there(shell: Shell) -> None:
    for name in sorted(set(re.findall(r"guiju cases (\w+)", PAGE))):
        shell.done("cases", name, "--help")
