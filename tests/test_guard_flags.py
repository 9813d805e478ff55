"""The flags the guard is judged by: they are as planned, before anything judges them."""

from __future__ import annotations

import pyarrow.compute as pc
import pytest

from guiju.twin.flags import Cause, Plan, Rogues, flags


def counts(table, where=None):
    """Trips, flags and violations flagged, of those a mask keeps."""
    kept = table if where is None else table.filter(where)
    flagged = kept.filter(kept["flagged"])
    return kept.num_rows, flagged.num_rows, pc.sum(flagged["is_violation"]).as_py() or 0


@pytest.fixture(scope="module")
def planted():
    return flags(Plan(causes=(Cause(),)))


def test_a_campaign_of_a_region_is_most_of_the_flags(planted):
    """300,000 trips, 3,351 flags, 5,314 trips of the campaign with 1,304 flags were published: within five per cent."""
    table, _ = planted
    inside = pc.fill_null(pc.and_(pc.equal(table["region"], "7"), pc.equal(table["funder_kind"], "insurer")), False)
    trips, flagged, _ = counts(table)
    n, f, true = counts(table, inside)
    _, others, true_of_others = counts(table, pc.invert(inside))
    assert trips == 300_000
    assert flagged == pytest.approx(3_351, rel=0.05)
    assert n == pytest.approx(5_314, rel=0.05)
    assert f == pytest.approx(1_304, rel=0.05)
    assert true / f == pytest.approx(0.019, abs=0.01)
    assert true_of_others / others == pytest.approx(0.59, abs=0.03)


def test_the_registry_has_what_was_registered(planted):
    _, registry = planted
    [row] = [r for r in registry if r["campaign"] == "drive_home_insured"]
    assert (row["region"], row["funder_kind"]) == ("7", "insurer")
    _, without = flags(Plan(trips=20_000, drivers=300, causes=(Cause(trips=500, registered=False),)))
    assert "drive_home_insured" not in {r["campaign"] for r in without}


def test_a_small_agency_has_its_drivers_and_rogues_cheat():
    table, _ = flags(Plan(trips=20_000, drivers=300, agency=25, rogues=Rogues()))
    own = table.filter(pc.fill_null(pc.equal(table["agency"], "a7-9"), False))
    assert pc.count_distinct(own["driver"]).as_py() == 25
    cheating = own.filter(own["is_violation"])
    assert cheating.num_rows > 300
    assert pc.all(cheating["flagged"]).as_py()
    shown = pc.or_(cheating["shared_device"], pc.less(cheating["displacement_m"], 300))
    assert pc.mean(shown.cast("int8")).as_py() == pytest.approx(0.6, abs=0.08)


def test_the_same_seed_gives_the_same_flags():
    plan = Plan(trips=5_000, drivers=100, causes=(Cause(trips=300),))
    assert flags(plan, 3)[0].equals(flags(plan, 3)[0])
    assert not flags(plan, 3)[0].equals(flags(plan, 4)[0])
