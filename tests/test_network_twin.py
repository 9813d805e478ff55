"""The twin of a network: a function of its seed, whose lines, pay and funds are what it says."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from guiju.twin.recruiting import generate
from guiju.twin.teams.plans import teams
from shell import Shell

MEMBERS = 10_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("network")
    generate(out, MEMBERS, 3)
    return out


def test_the_same_seed_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again", MEMBERS, 3)
    generate(tmp_path / "other", MEMBERS, 4)
    for file in made.iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes(), file.name
        assert file.read_bytes() != (tmp_path / "other" / file.name).read_bytes(), file.name


def test_every_recruiter_had_joined(made: Path) -> None:
    joined = pl.read_parquet(made / "recruitments.parquet")
    assert joined.height == joined["member"].n_unique() == MEMBERS
    brought = joined.filter(pl.col("recruiter").is_not_null())
    both = brought.join(joined.select(recruiter="member", before="occurred_at"), on="recruiter")
    assert both.height == brought.height
    assert (both["before"] <= both["occurred_at"]).all()


def test_pay_goes_up_the_line_as_many_levels_as_it_says(made: Path) -> None:
    joined = pl.read_parquet(made / "recruitments.parquet")
    up = dict(joined.select("member", "recruiter").iter_rows())
    paid = pl.read_parquet(made / "commissions.parquet")
    for member, caused_by, level in paid.select("member", "caused_by", "level").iter_rows():
        at = caused_by
        for _ in range(level):
            at = up[at]
        assert at == member
    assert paid["level"].max() == 4


def test_funds_add_up_to_the_fen(made: Path) -> None:
    flows = pl.read_parquet(made / "cash_flows.parquet")
    of = flows.sort("organiser", "id").with_columns(
        step=pl.col("balance_amount").diff().over("organiser"),
    )
    later = of.filter(pl.col("step").is_not_null())
    assert (later["step"] == later["amount"]).all()
    joined = pl.read_parquet(made / "recruitments.parquet")
    cost = joined["entry_fee_amount"].sum() + joined["pack_amount"].sum()
    assert flows.filter(pl.col("kind") == "entry")["amount"].sum() == cost


def test_honest_networks_have_no_violation(tmp_path: Path) -> None:
    generate(tmp_path, MEMBERS, 3, plants=False)
    truth = pl.read_parquet(tmp_path / "truth.parquet")
    assert set(truth["kind"]) == {"lookalike"}
    assert truth["pattern"].n_unique() == 7 - 1  # a franchise without finders pays nobody


def test_every_size_has_just_so_many_members() -> None:
    for members in (10_000, 12_345, 2_000_000):
        for plants in (True, False):
            made = teams(members, plants)
            assert sum(team.size for team in made) == members
            assert min(team.size for team in made) >= 29
            assert made[0].size > members * 0.2


def test_from_the_command_line(shell: Shell, tmp_path: Path) -> None:
    said = shell.done("twin", "network", "--members", 10_000, "--out", tmp_path / "n")
    assert "a network of 10,000 members, seed 7; truth.parquet says what was planted" in said
    assert "10000" in shell.refused("twin", "network", "--members", 9_999)
