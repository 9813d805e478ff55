"""The page on holds: what it asks by hand in SQL is answered as it says, and the audit says the same."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

import guiju
from guiju.twin.holds import generate

PAGE = (Path(__file__).parents[1] / "docs" / "holds.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    drivers, seed = map(int, re.findall(r"guiju twin holds --drivers (\d+) --seed (\d+) --out files", PAGE)[0])
    out = tmp_path_factory.mktemp("page")
    generate(out / "files", drivers, seed)
    return out


def test_each_question_is_answered_as_it_stands_there(files, monkeypatch):
    monkeypatch.chdir(files)
    asked = re.findall(r"```sql\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert len(asked) == 3
    for question, answer in asked:
        rows = duckdb.sql(question).fetchall()
        assert "\n".join(" | ".join(map(str, row)) for row in rows) == answer.strip()


def test_the_audit_says_what_the_page_reckons(files):
    only = ["no_holds_beyond_dispute", "no_accounts_driven_below_zero"]
    run = guiju.audit(files / "files", day="2025-12-31", out=files / "runs", only=only)
    found = {(f.check, f.object): f for f in run.findings}
    beyond, below = found["holds_beyond_dispute", "d001415"], found["accounts_driven_below_zero", "d001395"]
    assert "**100 beyond**" in PAGE
    assert beyond.facts["beyond_amount"] == 100
    assert "**300 were not there**" in PAGE
    assert below.facts["taken_amount"] == 300
    assert (below.facts["stops"], below.facts["refused"]) == (1, 7)
