"""The sets of records below a folder: what is one, what is not and is said, and that no link or name leads out."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from guiju.web.console.records import MOST, leads_outside, looked_at, one, sets


def house(folder: Path | None) -> Any:
    return SimpleNamespace(records=folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "records"
    (root / "spring" / "listings").mkdir(parents=True)
    (root / "spring" / "Orders.CSV").write_text("id\n1\n")
    (root / "spring" / "listings" / "a.parquet").write_bytes(b"")
    (root / "spring" / "ours.yaml").write_text("currency: CNY\n")
    (root / "spring" / "notes.txt").write_text("said by telephone")
    (root / "spring" / "_orders.csv").write_text("id\n1\n")
    return root


def test_a_set_tells_its_tables_mappings_and_when_it_changed(folder: Path):
    for path in folder.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    os.utime(folder / "spring" / "Orders.CSV", (1_800_000_000, 1_800_000_000))
    [spring] = sets(house(folder))
    assert (spring.name, spring.path) == ("spring", folder / "spring")
    assert spring.tables == ("listings", "orders")
    assert spring.mappings == ("ours.yaml",)
    assert spring.changed == datetime.fromtimestamp(1_800_000_000, UTC)
    assert one(house(folder), "spring") == spring


def test_what_is_hidden_or_leads_elsewhere_is_no_set_and_what_looks_like_one_is_said(folder: Path, tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "orders.csv").write_text("id\n1\n")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "inside").symlink_to(folder / "spring")
    (folder / ".hidden").mkdir()
    (folder / "_aside").mkdir()
    (folder / "orders.csv").write_text("id\n1\n")
    os.mkdir(os.fsencode(folder) + b"/\xff")
    found, passed = looked_at(house(folder))
    assert [made.name for made in found] == ["spring"]
    assert {(p.name, p.why) for p in passed} == {
        ("link", "records_link"), ("inside", "records_link"), ("\\xff", "records_name"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["", ".", "..", "../elsewhere", "spring/listings", "/etc", "link", ".hidden", "a\nb"])
def test_no_name_leads_out(folder: Path, tmp_path: Path, name: str):
    (tmp_path / "elsewhere").mkdir()
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / ".hidden").mkdir()
    assert one(house(folder), name) is None


def test_a_link_inside_a_set_that_leads_out_is_found(folder: Path, tmp_path: Path):
    spring = one(house(folder), "spring")
    (folder / "spring" / "also.csv").symlink_to(folder / "spring" / "Orders.CSV")
    assert leads_outside(spring) is None
    (tmp_path / "secrets.csv").write_text("id\n1\n")
    (folder / "spring" / "listings" / "b.csv").symlink_to(tmp_path / "secrets.csv")
    assert leads_outside(spring) == "listings/b.csv"


def test_thousands_of_folders_are_listed_as_far_as_is_said(folder: Path):
    for number in range(MOST + 5):
        (folder / f"set-{number:05}").mkdir()
    found, passed = looked_at(house(folder))
    assert len(found) == MOST
    assert {p.why for p in passed} == {"records_too_many"}
    assert len(found) + len(passed) == MOST + 6


def test_no_folder_no_sets(tmp_path: Path):
    assert sets(house(None)) == []
    assert sets(house(tmp_path / "nowhere")) == []
    assert one(house(None), "spring") is None
