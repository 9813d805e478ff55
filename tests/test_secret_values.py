"""Values that may identify a person: judged as they are, kept masked, and nowhere else in a run folder."""

from __future__ import annotations

import ibis
import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

import guiju
from guiju.audit.freezing import _masked
from guiju.records.drawn import read_drawn
from guiju.twin.exposing import KINDS, identifier


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A field of each kind of identifier, thirty values each, read by the public; and their values."""
    rng = np.random.default_rng(7)
    values = {kind: sorted({identifier(rng, kind) for _ in range(30)}) for kind in KINDS}
    rows = [(kind, value) for kind, of in values.items() for value in of]
    given = pl.DataFrame(
        {"field": [kind for kind, _ in rows], "value": [value for _, value in rows]}
    ).with_columns(
        id=pl.int_range(pl.len()).cast(pl.String), platform=pl.lit("p"), occurred_at=pl.lit("2025-05-01 00:00:00"),
        holder=pl.lit("s"), place=pl.lit("page"), audience=pl.lit("public"), whose=pl.lit("person"),
    )  # fmt: skip
    out = tmp_path_factory.mktemp("runs")
    made = guiju.audit({"disclosures": given}, day="2025-12-31", only="no_exposed_identifiers", out=out)
    return made, [value for of in values.values() for value in of]


def test_every_kind_is_found(run):
    made, _ = run
    assert {finding.facts["kind"] for finding in made.findings} == set(KINDS)


def test_no_file_of_the_run_holds_a_value(run):
    made, values = run
    files = [path for path in made.folder.rglob("*") if path.is_file()]
    assert any(path.name == "disclosures.parquet" for path in files)
    for path in files:
        held = str(pq.read_table(path).to_pylist()) if path.suffix == ".parquet" else path.read_text(encoding="utf-8")
        assert not [value for value in values if value in held], path.name


def test_rows_in_quarantine_do_not_show_it_either(tmp_path):
    """One without its holder, two that differ under one id, and a column the table does not know."""
    number = "13800002381"
    rows = {
        "platform": ["p"] * 3, "id": ["1", "2", "2"], "occurred_at": ["2025-05-01 00:00:00"] * 3,
        "holder": [None, "s", "s"], "place": ["page"] * 3, "field": ["phone"] * 3, "phone": [number] * 3,
        "value": [number, number, f"{number}0"],
    }  # fmt: skip
    made = guiju.audit(
        {"disclosures": pl.DataFrame(rows)}, day="2025-12-31", only="no_exposed_identifiers", out=tmp_path
    )
    kept = pq.read_table(made.folder / "quarantine.parquet").to_pylist()
    assert len(kept) == 3
    assert number not in str(kept)


def test_evidence_shows_three_characters_and_two(run):
    made, values = run
    shown = set(pq.read_table(next(made.folder.rglob("disclosures.parquet")))["value"].to_pylist())
    assert shown == {f"{value[:3]}…{value[-2:]}" for value in values}


def test_nothing_is_left_of_a_secret_number() -> None:
    drawn = read_drawn("trips", "id | driver | started_latitude\nt1 | d1 | 30.510000")
    con = ibis.duckdb.connect()
    told = con.to_pyarrow(_masked(con.create_table("trips", drawn), "trips"))
    assert told["started_latitude"].to_pylist() == [None]
    assert told["started_latitude"].type == drawn["started_latitude"].type
    assert told["driver"].to_pylist() == ["d1"]
