"""The twin of trips: the same bytes twice, the records' columns, sums that positions bear out, a truth counted."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from guiju.twin.driving import PATTERNS, VIOLATIONS
from guiju.twin.fleet import Insurer
from guiju.twin.tracks import apart
from guiju.twin.trips import generate
from twin_records import is_of_the_records, read

TRIPS = 20_000
NAMES = ("trips", "pings", "vouchers", "campaigns", "agencies", "engagements", "parties")


@pytest.fixture(scope="module")
def night(tmp_path_factory) -> Path:
    """25 drivers of one agency among 2,000, on the day whose night became known."""
    out = tmp_path_factory.mktemp("night")
    generate(out, 150_000, end=date(2020, 12, 12), days=40, drivers=2000, insurer=Insurer(told=False, days=20))
    return out


@pytest.fixture(scope="module")
def twin(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("trips")
    generate(out, TRIPS)
    return out


def test_the_same_arguments_give_the_same_bytes(twin, tmp_path):
    generate(tmp_path / "again", TRIPS)
    generate(tmp_path / "other", TRIPS, seed=8)
    for name in (*NAMES, "truth", "truth_by_trip"):
        assert (twin / f"{name}.parquet").read_bytes() == (tmp_path / "again" / f"{name}.parquet").read_bytes()
    assert (twin / "trips.parquet").read_bytes() != (tmp_path / "other" / "trips.parquet").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_those_of_the_records(twin, name):
    is_of_the_records(twin, name)
    rows = read(twin, name)
    if "occurred_at" in rows.columns:
        assert rows["occurred_at"].is_sorted()


def test_trips_are_as_many_as_asked_and_a_driver_drives_one_at_a_time(twin):
    trips = read(twin, "trips")
    assert trips.height == TRIPS
    follows = pl.col("occurred_at").shift().over("driver")
    assert trips.filter(pl.col("accepted_at") < follows).height == 0
    assert trips.filter(pl.col("accepted_at") > pl.col("started_at")).height == 0
    assert (trips["occurred_at"] + timedelta(hours=8)).max().date() <= date(2026, 1, 1)


def test_every_name_refers_to_a_row(twin):
    trips, parties = read(twin, "trips"), read(twin, "parties")
    kinds = dict(parties.select("id", "kind").rows())
    assert set(trips["driver"].replace_strict(kinds).unique()) == {"driver"}
    assert set(trips["rider"].replace_strict(kinds).unique()) == {"customer"}
    assert set(trips["agency"].drop_nulls()) <= set(read(twin, "agencies")["agency"])
    used = trips.filter(pl.col("voucher").is_not_null())
    vouchers = used.join(read(twin, "vouchers"), left_on="voucher", right_on="id", suffix="_given")
    assert vouchers.height == used.height == read(twin, "vouchers").height
    assert (vouchers["rider"] == vouchers["holder"]).all()
    assert (vouchers["campaign"] == vouchers["campaign_given"]).all()
    assert (vouchers["voucher_amount"] == vouchers.select(pl.min_horizontal("amount", "fare_amount"))["amount"]).all()
    assert vouchers.filter(pl.col("fare_amount") < pl.col("min_fare_amount")).height == 0
    engaged = read(twin, "engagements").select("driver", agency_of="agency")
    both = trips.join(engaged, on="driver")
    assert both.height == TRIPS
    assert both["agency"].eq_missing(both["agency_of"]).all()


def test_sums_of_a_trip_are_those_of_its_positions(twin):
    """Anew and one trip at a time: how many, the longest gap, the farthest from the first, how long near the last."""
    trips, pings = read(twin, "trips"), read(twin, "pings")
    labels = read(twin, "truth_by_trip").filter(pl.col("kind") == "violation")
    written = set(labels["id"]) | {f"t{n:09d}" for n in range(0, TRIPS, 200)}
    assert set(pings["trip"]) == written
    sums = {row["id"]: row for row in trips.filter(pl.col("id").is_in(list(written))).iter_rows(named=True)}
    micro = [(pl.col(c) * 1_000_000).cast(pl.Int64) for c in ("latitude", "longitude")]
    for (trip,), track in pings.with_columns(micro).partition_by("trip", as_dict=True).items():
        row, at = sums[trip], track["occurred_at"]
        north, east = track["latitude"].to_numpy(), track["longitude"].to_numpy()
        assert (at[0], at[-1], len(at)) == (row["started_at"], row["occurred_at"], row["pings"])
        assert at.diff().drop_nulls().max().total_seconds() == row["max_gap_s"]
        farthest = max(apart(north, east, north[:1].repeat(len(at)), east[:1].repeat(len(at))))
        assert int(farthest) == row["displacement_m"]
        last = apart(north, east, north[-1:].repeat(len(at)), east[-1:].repeat(len(at)))
        there = len(at) - next((i for i, far in enumerate(last[::-1]) if far > 100), len(at))
        assert (at[-1] - at[there]).total_seconds() == row["stayed_s"]


def test_truth_is_counted_from_the_trips(twin):
    trips, labels, truth = (read(twin, n) for n in ("trips", "truth_by_trip", "truth"))
    both = labels.join(trips, on="id")
    assert both.height == labels.height
    counted = both.group_by("pattern", "driver").agg(
        pl.len().cast(pl.Float64), first=pl.min("occurred_at"), last=pl.max("occurred_at")
    )
    joined = truth.join(counted, left_on=["pattern", "subject"], right_on=["pattern", "driver"])
    assert joined.height == truth.height == counted.height
    assert (joined["strength"] == joined["len"]).all()
    assert (joined["starts_at"] == joined["first"]).all()
    assert (joined["ends_at"] == joined["last"]).all()
    assert set(labels["pattern"]) == {p.name for p in PATTERNS} - {""}


def test_cheats_are_in_the_trips(twin):
    trips = read(twin, "trips").join(read(twin, "truth_by_trip"), on=["platform", "id"], how="left")
    of = {k[0]: v for k, v in trips.partition_by("pattern", as_dict=True).items()}
    still = pl.concat([of["standing_still"], of["small_circles"]])
    assert still["displacement_m"].max() < 330
    assert still["billed_m"].median() > 3_000
    beside = of["waiting_beside"].with_columns(soon=pl.col("started_at") - pl.col("accepted_at"))
    assert beside["soon"].max() < timedelta(seconds=30)
    assert of["accounts_on_one_phone"].group_by("rider_device").agg(pl.n_unique("rider"))["rider"].max() > 2
    paid = of["drivers_own_phone"]
    assert (paid["rider_device"] == paid["driver_device"]).all()
    assert (paid["voucher_amount"] * 2 > paid["fare_amount"]).all()
    late = of["meter_left_on"]["stayed_s"]
    assert late.min() > 200
    assert late.quantile(0.9) > 3 * late.quantile(0.1)  # a range of strengths
    assert of["asked_to_wait"].filter(pl.col("stayed_s") < pl.col("waited_s") - 60).height == 0
    schedule = of["school_run"].group_by("driver", "rider").len()
    assert schedule["len"].min() > 100
    many = trips.filter(pl.col("pattern").is_in(["one_friend", "three_friends"])).group_by("driver").len()["len"]
    assert np.log(many.max() / many.min()) > 1.5


def test_nobody_cheats_in_an_honest_twin(twin, tmp_path):
    generate(tmp_path, TRIPS, plants=False)
    patterns = set(read(tmp_path, "truth")["pattern"])
    assert patterns == set(read(twin, "truth")["pattern"]) - set(VIOLATIONS)


def test_the_night_of_the_insurers_vouchers(night):
    trips, agency = read(night, "trips"), read(night, "agencies").filter(region="330481")
    assert read(night, "parties").filter(kind="driver").height == 2000
    insured = trips.filter(campaign="drive_home_insured")
    assert insured["agency"].n_unique() == 1
    assert insured["agency"][0] in agency["agency"].to_list()
    assert insured["driver"].n_unique() == 25
    theirs = trips.filter(pl.col("driver").is_in(insured["driver"].unique().to_list()))
    since = insured["occurred_at"].min()
    assert 0.5 < insured.height / theirs.filter(pl.col("occurred_at") >= since).height < 0.7
    campaign = read(night, "campaigns").filter(funder_kind="insurer", region="330481").row(0, named=True)
    assert campaign["known_at"] > trips["occurred_at"].max() - timedelta(hours=8)


def test_cheats_hide_among_drivers_who_do_not(night, tmp_path):
    insurer = Insurer(told=False, days=20, cheats=2)
    generate(tmp_path, 150_000, end=date(2020, 12, 12), days=40, drivers=2000, insurer=insurer)
    insured = read(tmp_path, "trips").filter(campaign="drive_home_insured").join(
        read(tmp_path, "truth_by_trip").filter(kind="violation"), on=["platform", "id"]
    )  # fmt: skip
    assert set(insured["pattern"]) == {"accounts_on_one_phone"}
    assert insured["driver"].n_unique() == insured["rider_device"].n_unique() == 2
    honest = read(night, "trips").filter(pl.col("region") != "330481").height
    assert abs(read(tmp_path, "trips").filter(pl.col("region") != "330481").height - honest) < 5, (
        "elsewhere nothing else"
    )


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"trips": 100}, "at least"),
        ({"days": 10}, "at least"),
        ({"drivers": 50}, "too few"),
        ({"drivers": 250, "trips": 400_000}, "cannot make"),
        ({"insurer": Insurer(region="110100")}, "one of"),
        ({"days": 40, "insurer": Insurer(days=60)}, "longer"),
    ],
)
def test_what_cannot_be_made_is_refused(tmp_path, asked, says):
    with pytest.raises(ValueError, match=says):
        generate(tmp_path, **{"trips": 20_000, **asked})
