"""Every check of the house keeps its contract; what breaks the one shape is refused with one sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from guiju.audit.engine import DuckDB
from guiju.checks import BadCheck, checks, checks_in
from guiju.testing import BadCase, ContractTests, Mutation, ask, mutated, read_cases, read_drawn

HEAD = '''"""Something is found.

## What it finds
## Why it matters
## Innocent explanations
## Method and source
"""

from ibis import Table

from guiju.checks import Answer, check


@check(zh="{subject}", en="{subject}", formula="{most}")
'''


class TestHouse(ContractTests):
    package = "guiju.checks"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package `odd_pack` with one family, in which a test writes a check."""
    family = tmp_path / "odd_pack" / "checks" / "trade"
    family.mkdir(parents=True)
    for folder in (family, *family.parents[:2]):
        (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield family
    for name in [n for n in sys.modules if n.split(".")[0] == "odd_pack"]:
        del sys.modules[name]


BAD = {
    "a default": (
        "def odd(orders: Table, *, most: int = 3): ...",
        "'most' has a default; values live in the rulebook",
    ),
    "another name": (
        "def even(orders: Table, *, most: int): ...",
        "must be named 'odd', as its file is, not 'even'",
    ),
    "an unknown table": ("def odd(unicorns: Table, *, most: int): ...", "there is no table 'unicorns' in records/"),
}


@pytest.mark.parametrize(("source", "sentence"), BAD.values(), ids=BAD)
def test_a_check_that_breaks_the_shape_is_refused(written: Path, source: str, sentence: str) -> None:
    (written / "odd.py").write_text(HEAD + source)
    with pytest.raises(BadCheck, match=r"odd_pack\.checks\.trade\.odd: ") as refused:
        checks_in("odd_pack.checks")
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("heading", ["What it finds", "Why it matters", "Innocent explanations", "Method and source"])
def test_a_check_without_a_heading_is_refused(written: Path, heading: str) -> None:
    (written / "odd.py").write_text(HEAD.replace(f"## {heading}\n", "") + "def odd(orders: Table, *, most: int): ...")
    with pytest.raises(BadCheck, match=f"its docstring lacks '## {heading}'"):
        checks_in("odd_pack.checks")


def test_a_file_without_a_check_is_refused(written: Path) -> None:
    (written / "odd.py").write_text('"""Nothing."""\n')
    with pytest.raises(BadCheck, match="holds no check named 'odd'"):
        checks_in("odd_pack.checks")


def test_a_check_without_cases_is_refused(written: Path) -> None:
    (written / "odd.py").write_text(HEAD + "def odd(orders: Table, *, most: int): ...")
    with pytest.raises(BadCase, match=r"no odd\.yaml lies beside it"):
        read_cases(checks_in("odd_pack.checks")["odd"])


def test_a_drawn_table_is_read_as_its_schema_says() -> None:
    drawn = read_drawn("costs", "valid_from | purchase_cost\n2025-01-02 03:04 | 1.5\n2025-01-03 |")
    assert drawn.to_pylist()[0]["purchase_cost"].as_tuple().exponent == -6
    assert drawn["purchase_cost"].to_pylist()[1] is None
    assert drawn.select(["platform", "id", "currency"]).to_pylist()[1] == {
        "platform": "p",
        "id": "2",
        "currency": "CNY",
    }
    with pytest.raises(BadCase, match="costs has no column price"):
        read_drawn("costs", "price\n1")
    with pytest.raises(BadCase, match="has 1 cells, the header 2"):
        read_drawn("costs", "id | seller\n1")


def test_a_mutation_is_gone_afterwards_and_must_change_one_place() -> None:
    house = checks()["order_brushing"]
    mutation = Mutation("key", house.path, "subject=_.seller", "subject=_.platform", "")
    with mutated(house, mutation) as wrong:
        assert wrong.build is not house.build
    assert import_module(house.build.__module__).order_brushing is house
    with (
        pytest.raises(BadCase, match="occurs 0 times"),
        mutated(house, Mutation("key", house.path, "nowhere", "", "")),
    ):
        pass
    assert import_module(house.build.__module__).order_brushing is house


def test_what_is_remembered_of_a_question_answers_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = read_cases(checks()["uninsured_balances"])

    def answers() -> list[object]:
        told = []
        for case in [case for case in file.cases.values() if case.found_if][:2]:
            told += [ask(file.check, case, **limits).plain for limits in ({}, case.found_if, {})]
        for mutation in list(file.mutations.values())[:2]:
            with mutated(file.check, mutation) as wrong:
                told.append(ask(wrong, file.cases[mutation.caught_by]).plain)
        return told

    remembering, again = answers(), answers()
    monkeypatch.setattr("guiju.testing.cases.engine_of_cases", lambda name: DuckDB(tmp_path))
    assert answers() == remembering == again
