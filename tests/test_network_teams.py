"""A network looked at: what is shown of a team is what an audit finds of it, and the order of members is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import guiju
from guiju.audit.folder import Run
from guiju.audit.opened import opened
from guiju.market.network import teams
from guiju.market.network.forest import forest
from guiju.market.network.pictures import least_share, levels_picture, tree_picture
from guiju.market.network.reading import RULES, Network, of_desk
from guiju.records.errors import BadInput
from guiju.twin.recruiting import generate

MEMBERS, SEED = 10_000, 7
EXACT = ("members", "persons", "levels", "recruit", "purchase", "retail", "counted", "entries")
NAMES = {"recruit": "recruit_amount", "purchase": "purchase_amount", "retail": "retail_amount",
         "counted": "counted_amount", "entries": "entries_amount"}  # fmt: skip


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Run]:
    out = tmp_path_factory.mktemp("network")
    generate(out / "records", MEMBERS, SEED)
    with opened(out / "records") as desk:
        network = of_desk(desk)
    return network, guiju.audit(out / "records", day=str(network.day), out=out / "runs", only=RULES)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.integers(-1, 1_000_000), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_whoever_is_below_comes_directly_after(drawn, rng):
    """Against a walk upwards, member by member."""
    rows = list(range(len(drawn)))
    rng.shuffle(rows)  # a recruiter may stand anywhere in the file
    ups = np.full(len(rows), -1)
    for at, up in enumerate(drawn):
        ups[rows[at]] = rows[up % at] if at and up >= 0 else -1
    made = forest(ups.astype(np.int64))
    assert sorted(made.order.tolist()) == list(range(len(rows)))
    for place, row in enumerate(made.order.tolist()):
        line = [row]
        while ups[line[-1]] >= 0:
            line.append(int(ups[line[-1]]))
        assert made.depth[place] == len(line) - 1
        assert [int(made.order[made.up[place]])] == line[1:2] if len(line) > 1 else made.up[place] == -1
        for above in line:
            at = int(np.flatnonzero(made.order == above)[0])
            its = made.below(at)
            assert its.start <= place < its.stop, "within the stretch of each of whom it is below"
    assert int(made.size[made.heads].sum()) == len(rows)


def test_a_team_is_told_as_the_audit_finds_it(seen: tuple[Network, Run]) -> None:
    network, run = seen
    assert len({f.rule for f in run.findings}) == len(RULES)
    for found in run.findings:
        limits = network.limits[found.rule]
        pay = network.pays[limits["causes"]]
        if found.subject in network.organisers:
            of = teams.team(network, f"o{network.organisers.index(found.subject)}")
        else:
            of = teams.team(network, member=found.subject)
        told = teams.facts(network, of, pay)
        assert {n: round(getattr(told, n), 2) for n in EXACT} == {n: found.facts[NAMES.get(n, n)] for n in EXACT}
        for name in ("counted_pct", "paying_pct", "losing_pct", "entry_multiple"):
            assert (getattr(told, name) or 0) == pytest.approx(found.facts[name] or 0, abs=1e-5)
        assert told.found(limits)


def test_no_listed_team_reaches_limits_that_the_audit_did_not_find(seen: tuple[Network, Run]) -> None:
    network, run = seen
    found = {(f.rule, f.subject) for f in run.findings}
    listed = teams.teams(network, 1_000)
    assert len(listed) > 30
    for key, name, _ in listed:
        of = teams.team(network, key)
        for rule, limits in network.limits.items():
            told = teams.facts(network, of, network.pays[limits["causes"]])
            assert told.found(limits) == ((rule, name) in found), (rule, name)


def test_levels_and_branches_hold_everybody(seen: tuple[Network, Run]) -> None:
    network, _ = seen
    pay = network.pays["recruitment, headcount"]
    for key in ("", *(key for key, _, _ in teams.teams(network, 5))):
        of = teams.team(network, key)
        levels = teams.levels(network, of, pay)
        assert sum(one.members for one in levels) == of.members
        whole = sum(float(pay.sums[n][of.inside].sum()) for n in ("recruit", "purchase", "retail")) / 100
        assert sum(one.recruit + one.purchase + one.retail for one in levels) == pytest.approx(whole)
        drawn = teams.branches(network, of, pay, 4, least_share())
        first = [one for one in drawn if one.level == 1]
        assert sum(one.members for one in first) == of.members or key.startswith("o")
        for one in drawn:
            assert 0 <= one.left <= one.right <= 1 + 1e-9
            assert one.place < 0 or one.members == network.forest.size[one.place]
        assert "<svg" in levels_picture(levels, "CNY")
        assert "<svg" in tree_picture(drawn, lambda place: network.member[place])


def test_who_is_no_member_is_said(seen: tuple[Network, Run]) -> None:
    network, _ = seen
    for key, member in (("o999", ""), ("99999999", ""), ("x", ""), ("0", ""), ("", "nobody")):
        with pytest.raises(BadInput):
            teams.team(network, key, member)


def test_by_hand(tmp_path: Path) -> None:
    """The example of docs/networks.md: 240 for joinings and 40 for a sale, three levels, and who is cut and why."""
    text = (Path(__file__).parents[1] / "docs" / "networks.md").read_text(encoding="utf-8")
    for name, block in zip(("recruitments", "commissions"), text.split("```csv\n")[1:3], strict=True):
        (tmp_path / f"{name}.csv").write_text(block.split("```")[0], encoding="utf-8")
    with opened(tmp_path) as desk:
        network = of_desk(desk)
    of = teams.team(network, member="anna")
    told = teams.facts(network, of, network.pays["recruitment, headcount"])
    assert (told.members, told.levels, told.recruit, told.retail, told.entries) == (4, 3, 240.0, 40.0, 900.0)
    assert told.entry_multiple == 5
    assert [one.members for one in teams.levels(network, of, network.pays["recruitment, headcount"])] == [1, 1, 1, 1]
    assert sum(network.cut.values()) == 5
