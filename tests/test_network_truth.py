"""Teams, in long runs drawn anew, audited by the rules on networks and held against their truth."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest

import guiju
from guiju.audit.folder import Run
from guiju.twin.recruiting import generate

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))
import network

MEMBERS = 10_000
CRIME = "no_pyramid_of_thirty_in_three_levels"


@pytest.fixture(scope="module")
def audited(seed: int, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    out = tmp_path_factory.mktemp("network")
    print(f"\nseed {seed}: guiju twin network --members {MEMBERS} --seed {seed}")
    generate(out / "records", MEMBERS, seed)
    return out / "records", guiju.audit(out / "records", day=network.DAY, out=out / "runs", only=network.RULES)


def test_what_is_done_is_found_to_the_moment_and_nothing_else(seed: int, audited: tuple[Path, Run]) -> None:
    records, run = audited
    rows = network.against(pl.read_parquet(records / "truth.parquet"), run.to_polars())
    wrong = rows.filter(pl.col("done") != pl.col("found"))
    assert not wrong.height, f"seed {seed}: {wrong.to_dicts()}"
    assert set(rows.filter("done")["rule"]) == set(rows.filter("alike")["rule"]) == set(network.RULES)


def test_honest_networks_have_no_finding(seed: int, tmp_path: Path) -> None:
    generate(tmp_path / "records", MEMBERS, seed, plants=False)
    run = guiju.audit(tmp_path / "records", day=network.DAY, out=tmp_path / "runs", only=network.RULES)
    assert not run.findings, f"seed {seed}"
    assert {rule["outcome"] for rule in run.manifest["rules"]} == {"asked"}


def test_the_ways_into_a_network_are_told_to_the_fen(seed: int, audited: tuple[Path, Run]) -> None:
    records, run = audited
    joined, truth = (pl.read_parquet(records / f"{name}.parquet") for name in ("recruitments", "truth"))
    of = [finding for finding in run.findings if finding.rule == CRIME]
    share = dict(truth.filter(pl.col("rule") == CRIME).select("subject", "strength").iter_rows())
    assert len(of) > 10
    for finding in of:
        head, members = finding.subject, finding.facts["members"]
        in_line = joined.slice(int(head[1:]), members) if head.startswith("m") else None
        its = joined.filter(pl.col("organiser") == head) if in_line is None else in_line
        paid = its["entry_fee_amount"].sum() + its["pack_amount"].sum()
        assert (members, finding.amount_at_stake) == (its.height, paid), f"seed {seed}: {head}"
        assert finding.facts["recruit_pct"] == pytest.approx(share[head], abs=1e-5), f"seed {seed}: {head}"
