"""The night of the frozen drivers, lived through in both worlds on a smaller fleet."""

from __future__ import annotations

import polars as pl
import pytest

from guiju.cases import Cases
from guiju.cases.steps import OVERTURNED
from guiju.cases.verify import verify
from guiju.cli.haining import haining
from guiju.ledger import verify as verify_ledger
from shell import Shell

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    out = tmp_path_factory.mktemp("haining") / "night"
    out.mkdir()
    told, page = haining(out, trips=110_000, drivers=400, days=96)
    return out, told, page.read_text(encoding="utf-8")


def test_as_it_was(lived):
    _, told, _ = lived
    own = told.night.of_agency()
    assert len(own) == 25
    stopped = own & {*told.naive.stopped}
    assert len(stopped) >= 15, "nearly all of the agency's drivers stand below zero"
    assert min(told.naive.balances[d] for d in own) < -300_00
    assert told.froze.precision < 0.8


def test_by_the_rules_nobody_stands_below_zero(lived):
    _, told, _ = lived
    assert all(free >= 0 and held >= 0 for free, held in told.done.standing.values())
    assert not any(case.matter.kind == "stop" for case in told.final), "a balance stops nobody's work"
    for case in told.final:
        assert case.held + case.claimed <= case.matter.amount


def test_the_cause_is_named_and_real_cheats_are_still_caught(lived):
    _, told, page = lived
    assert told.group is not None
    assert told.group.slice == {"campaign": "drive_home_insured"}
    assert [payer.funder for payer in told.group.campaigns] == ["anhe_insurance"]
    assert "drive_home_insured" in page
    before = {status for day, status in told.done.told.items() if status and f"{day}" <= "2020-12-12"}
    assert before <= {"unexplained", "too_few"}, "nobody had told risk control: a person decides"
    hidden = told.night.trips.filter(pl.col("campaign") == "drive_home_insured", pl.col("cheated"))
    upheld = {c.matter.subject for c in told.final if c.rounds and c.outcome != OVERTURNED}
    assert upheld & set(hidden["id"]), "who hid in the campaign is caught"
    assert told.upheld.precision == 1
    assert told.upheld.recall == pytest.approx(told.froze.recall)
    assert told.held.precision > told.froze.precision


def test_in_the_end_the_ledger_is_what_the_truth_says_to_the_cent(lived):
    out, told, _ = lived
    assert told.off == []
    assert not told.final or all(not case.is_open for case in told.final)
    cases = Cases(out / "ledger.db", make=False)
    sets = {case.matter.trigger.partition("/")[0] for case in told.final}
    assert sets == {"driving"}, "a trigger has one name in every ledger"
    assert verify(cases).faults == []
    assert verify_ledger(cases.ledger).faults == []


def test_every_driver_has_the_statements(lived):
    out, told, _ = lived
    for case in told.final:
        for language in ("zh", "en"):
            text = (out / "statements" / case.matter.party / f"{case.id}.{language}.html").read_text(encoding="utf-8")
            assert case.matter.subject in text


def test_a_regulator_finds_the_night_in_the_files(lived):
    _, told, _ = lived
    found = {rule for rule, *_ in told.findings}
    assert found >= {
        "no_holds_beyond_dispute", "no_accounts_driven_below_zero", "no_unanswered_appeals", "no_holds_without_reasons",
    }  # fmt: skip
    assert any(rule.startswith("no_mass_flags") for rule in found)


def test_a_folder_that_is_there_is_refused(shell: Shell):
    assert "is there already" in shell.refused("example", "haining", "--out", shell.folder)
