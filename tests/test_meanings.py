"""What tables and columns mean is said in Chinese too: of every one, with the same figures, words and references."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from guiju.records import schemas, tables
from guiju.records.meanings import Meaning, TableWords, meanings, table_meaning

BESIDE = Path(schemas.__path__[0])
KEPT = {  # of the English: what the Chinese must hold as it is, and nothing else of its kind
    "figures": r"(?<![\w.])\d[\d.:]*\d|\d+",
    "references": r"\b[a-z_]+\.[a-z_]+\b",
    "values": r"\b[a-z0-9]+_[a-z_0-9]+\b|\byes\b",
    "standards": r"UTC|GB/T|ISO|WGS",
}

each_table = pytest.mark.parametrize("table", tables())


@each_table
def test_each_column_means_something_in_both_languages(table: str) -> None:
    told = meanings(table)
    assert list(told) == list(tables()[table].names)
    for name, meaning in (*told.items(), ("", table_meaning(table))):
        where = f"{table}.words.yaml: {name or 'table'}"
        assert meaning.en.strip(), where
        assert meaning.zh != meaning.en, where
        assert all(re.search(r"[\u4e00-\u9fff]", text) for text in (meaning.name, meaning.zh)), where
        for kind, pattern in KEPT.items():
            zh, en = (set(re.findall(pattern, text)) for text in (meaning.zh, meaning.en))
            assert zh == en, f"{where}: {kind} that only one language has: {zh ^ en}"


@each_table
def test_two_columns_of_a_table_are_not_called_alike(table: str) -> None:
    called = [meaning.name for meaning in meanings(table).values()]
    assert len(set(called)) == len(called), sorted(name for name in called if called.count(name) > 1)


@each_table
def test_words_are_of_columns_that_there_are(table: str) -> None:
    kept = msgspec.yaml.decode((BESIDE / f"{table}.words.yaml").read_bytes(), type=TableWords)
    assert set(kept.columns) <= set(tables()[table].names)


def test_every_file_of_words_is_a_table_s() -> None:
    assert {path.name.removesuffix(".words.yaml") for path in BESIDE.glob("*.yaml")} == set(tables())


def test_a_meaning_in_the_language_of_its_reader() -> None:
    seller = meanings("orders")["seller"]
    assert seller == Meaning("卖家", "卖家：售出的店铺", "the shop that sold it")
    assert (seller.in_("zh"), seller.in_("en")) == (seller.zh, seller.en)
