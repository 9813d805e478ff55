"""How well the check of adverts reads: sentences labelled before it was written, half of them held out."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import guiju

FILE = Path(__file__).parent / "sentences" / "absolute_claims.txt"
# What is asked of each half; what was measured is printed. The shape of a term no list names is not seen: see the file.
LEAST_PRECISION, LEAST_RECALL = 0.95, 0.75


@pytest.fixture(scope="module")
def read(tmp_path_factory) -> pl.DataFrame:
    """Every sentence, with what was said of it: found, unanswered (asked for its proof) or clear."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    told = [(n, *line.split(" / ")) for n, line in enumerate(lines, 1) if not line.startswith("#")]
    rows = pl.DataFrame(
        {
            "id": [f"a{n}" for n, *_ in told],
            "seller": [f"s{n}" for n, *_ in told],
            "verdict": [verdict for _, verdict, *_ in told],
            "how": [row[2] for row in told],
            "text": [row[3] for row in told],
            "mark": [row[4] if len(row) > 4 else None for row in told],
            "held_out": [n % 2 == 0 for n, *_ in told],
        },
        schema_overrides={"mark": pl.String},
    ).with_columns(platform=pl.lit("p"), occurred_at=pl.lit("2025-06-01 00:00:00"))
    adverts = rows.select("platform", "id", "occurred_at", "seller", "text", "mark")
    run = guiju.audit(
        {"adverts": adverts}, day="2025-12-31", only="no_absolute_claims", out=tmp_path_factory.mktemp("runs")
    )
    (asked,) = (rule for rule in run.manifest["rules"] if rule["rule"] == "no_absolute_claims")
    found = {finding.subject for finding in run.findings}
    proof = asked["account"]["adverts"]["unanswered"]
    return rows.with_columns(found=pl.col("seller").is_in(list(found)), asked_for=pl.lit(sum(proof.values())))


@pytest.mark.parametrize("held_out", [False, True], ids=["seen", "held out"])
def test_what_is_found_is_a_breach_and_most_breaches_are_found(read, held_out):
    half = read.filter(pl.col("held_out") == held_out)
    breach, found = pl.col("verdict") == "breach", pl.col("found")
    right, wrong, all_of = (half.filter(x).height for x in (breach & found, ~breach & found, breach))
    print(f"\n{half.height} sentences: precision {right}/{right + wrong}, recall {right}/{all_of}")
    by = half.filter(breach).group_by("how", maintain_order=True).agg(found.sum(), pl.len().alias("of"))
    print(", ".join(f"{row['how']} {row['found']}/{row['of']}" for row in by.to_dicts()))
    assert half.height > 100
    assert right >= LEAST_PRECISION * (right + wrong)
    assert right >= LEAST_RECALL * all_of


def test_a_first_place_with_its_proof_is_not_found(read):
    ranks = read.filter(pl.col("verdict") == "proof")
    assert not ranks["found"].any()
    assert read["asked_for"][0] >= ranks.height
