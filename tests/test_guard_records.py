"""The guard over a folder of records: what a trigger used, and from a burst to a sample, a release and an entry."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from guiju.cases.guard.preparing import trigger_of, used
from guiju.cases.guard.running import guard
from guiju.cli.commands import app
from guiju.gate import load
from guiju.records.errors import BadInput
from guiju.twin.trips import generate

SET = Path(__file__).parent / "vouchers_by_share"


def test_what_a_trigger_used_is_read_off_its_tree():
    driving = load("driving")
    by = {t.name: used(driving, t) for t in driving.triggers}
    assert by["voucher_arbitrage"] == {
        "trips.voucher_amount", "trips.fare_amount", "trips.rider", "trips.rider_device", "trips.driver_device",
        "campaigns.condition", "campaigns.min_fare_amount",
    }  # fmt: skip
    assert "trips.accepted_latitude" in by["trips_without_approach"]
    assert not any(name.startswith("campaigns.") for name in by["late_ends"])
    naive = load(SET)
    assert used(naive, trigger_of(naive, None)) == {"trips.voucher_amount", "trips.fare_amount"}


def test_a_trigger_is_named_where_several_hold():
    driving = load("driving")
    assert trigger_of(driving, "late_ends").name == "late_ends"
    with pytest.raises(BadInput, match="name one with --trigger"):
        trigger_of(driving, None)
    with pytest.raises(BadInput, match="no trigger 'late_end'"):
        trigger_of(driving, "late_end")


@pytest.fixture(scope="module")
def trips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trips")
    generate(folder, 16_000, 7, days=70, drivers=260)
    return folder


@pytest.fixture(scope="module")
def first(trips, tmp_path_factory):
    return guard(SET, trips, out=tmp_path_factory.mktemp("guards"), language="zh")


def filled_in(first, trips, folder):
    """The sample as people would fill it in who see the truth."""
    true = pl.read_parquet(trips / "truth_by_trip.parquet").filter(pl.col("kind") == "violation")
    wrong = set(true["id"])
    rows = list(csv.DictReader((first.folder / "samples.csv").open(encoding="utf-8")))
    for row in rows:
        row["is_violation"] = "true" if row["id"] in wrong else "false"
    file = folder / "samples.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return file


def test_the_insurers_campaign_is_named_and_waits_for_a_sample(first):
    groups = [g for g in first.outcome.groups if "drive_home_insured" in {c.campaign for c in g.campaigns}]
    assert [g.status for g in groups] == ["to_audit"]
    assert first.outcome.counts()["released"] == 0
    page = first.page.read_text(encoding="utf-8")
    for words in ("<svg", "drive_home_insured", "待抽查", "min_excess_flags"):
        assert words in page
    assert not first.outcome.unseen, "the trigger used fares and vouchers, which are no context"
    verdicts = pl.read_parquet(first.folder / "verdicts.parquet")
    assert verdicts.height == first.outcome.flags


def test_with_the_sample_filled_in_it_is_released_and_another_run_honours_the_entry(first, trips, tmp_path):
    file = filled_in(first, trips, tmp_path)
    told = ["gate", "guard", str(SET), "--records", str(trips), "--audited", str(file), "--out", str(tmp_path)]
    answer = CliRunner().invoke(app, told)
    assert answer.exit_code == 0, answer.output
    assert "the cause is known" in answer.output
    made = tmp_path / f"guard-paid_by_vouchers-{first.day}"
    verdicts = pl.read_parquet(made / "verdicts.parquet")
    released = verdicts.filter(pl.col("verdict") == "released")
    assert released.height > 100
    true = pl.read_parquet(trips / "truth_by_trip.parquet").filter(pl.col("kind") == "violation")
    assert released.join(true, on="id").height <= 0.05 * released.height
    early = guard(SET, trips, on=date(2025, 12, 8), in_review=made / "in_review.json", out=tmp_path)
    assert early.outcome.in_review
    assert (made / "guard.html").is_file()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"audited": "nowhere.csv"}, "there is no such file"),
        ({"audited": "wrong.csv"}, "lacks platform, id, is_violation"),
        ({"audited": "unsure.csv"}, "write true or false"),
        ({"in_review": "nowhere.json"}, "cannot be read"),
        ({"in_review": "wrong.csv"}, "is no in_review.json"),
        ({"decisions": "nowhere.parquet"}, "name decisions.parquet of a backtest"),
        ({"trigger": "vouchers"}, "no trigger 'vouchers'"),
    ],
)
def test_what_a_caller_can_mend_is_one_sentence(trips, tmp_path, given, said):
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n")
    (tmp_path / "unsure.csv").write_text("platform,id,is_violation\nyexing,t1,perhaps\n")
    named = {k: v if k == "trigger" else str(tmp_path / v) for k, v in given.items()}
    with pytest.raises(BadInput, match=said):
        guard(SET, trips, out=tmp_path / "out", **named)
