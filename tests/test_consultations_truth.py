"""A platform of consultations, in long runs drawn anew, audited by the rule on practice and held against its truth."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest

import guiju
from guiju.twin.consultations import generate

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

DAY, RULE = "2025-12-31", "no_practice_without_licence"
EPISODE = ["rule", "platform", "subject", "object", "starts_at", "ends_at"]


def asked(out: Path, seed: int, *, plants: bool) -> tuple[guiju.Run, pl.DataFrame]:
    """The run of the one rule, and the truth."""
    generate(out / "records", 200, seed, plants=plants)
    run = guiju.audit(out / "records", day=DAY, out=out / "runs", only=[RULE])
    return run, pl.read_parquet(out / "records" / "truth.parquet")


@pytest.fixture(scope="module")
def judged(seed: int, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, guiju.Run, pl.DataFrame]:
    print(f"\nseed {seed}: guiju twin consultations --inquiries 200 --seed {seed}")
    return seed, *asked(tmp_path_factory.mktemp("consultations"), seed, plants=True)


def test_what_was_planted_is_found_exactly(judged: tuple[int, guiju.Run, pl.DataFrame]) -> None:
    seed, run, truth = judged
    found = run.to_polars().rename({"episode_start": "starts_at", "episode_end": "ends_at"})
    true = truth.filter(pl.col("kind") == "violation")
    assert true.height >= 9
    both = true.select(*EPISODE, "strength").join(found.select(*EPISODE, "version"), on=EPISODE, how="full")
    wrong = both.filter(pl.col("strength").is_null() | pl.col("version").is_null())
    assert not wrong.height, f"seed {seed}: {wrong.to_dicts()}"
    days = {(f.subject, f.object): f.facts["days"] for f in run.findings}
    assert all(days[row["subject"], row["object"]] == row["strength"] for row in true.to_dicts()), f"seed {seed}"


def test_each_finding_has_its_picture_and_speaks_in_both_languages(
    judged: tuple[int, guiju.Run, pl.DataFrame],
) -> None:
    _, run, _ = judged
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    assert "licences, and answers without one" in page
    assert all("许可状况" in finding.says_zh and "licence" in finding.says_en for finding in run.findings)


def test_an_honest_platform_has_no_finding(seed: int, tmp_path: Path) -> None:
    run, truth = asked(tmp_path, seed, plants=False)
    assert not run.findings, f"seed {seed}: {[f.says_en for f in run.findings]}"
    assert set(truth["kind"]) == {"lookalike"}
