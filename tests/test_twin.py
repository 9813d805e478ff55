"""The twin: the same bytes twice, records of the right shape, and a truth that a naive count bears out."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from guiju.twin.groupbuy import generate
from guiju.twin.settling import flagged_hours, runs
from twin_records import is_of_the_records, read

ORDERS = 60_000
NAMES = (
    "quotes",
    "jobs",
    "complaints",
    "orders",
    "listings",
    "products",
    "costs",
    "stocks",
    "parties",
    "concentrations",
    "turnovers",
    "fees",
    "fee_schedules",
    "requirements",
    "licences",
    "collections",
    "impressions",
    "memberships",
    "rival_offers",
    "tenders",
    "bids",
    "brands",
    "authorisations",
    "sign_ins",
    "adverts",
    "disclosures",
    "recalls",
    "labels",
    "trade_names",
    "emergencies",
    "measures",
    "consents",
    "personal_data",
    "rankings",
    "link_openings",
    "add_ons",
    "area_sales",
)
HOUR = 3_600_000_000
REFERENCE_RULES = {"transacted": "true_reference_prices", "offered": "true_prior_prices"}


@pytest.fixture(scope="module")
def market(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("market")
    generate(out, ORDERS)
    return out


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("honest")
    generate(out, ORDERS, seed=11, plants=False)
    return out


def test_the_same_arguments_give_the_same_bytes(market, tmp_path):
    generate(tmp_path / "again", ORDERS)
    generate(tmp_path / "other", ORDERS, seed=8)
    for name in (*NAMES, "truth"):
        first = (market / f"{name}.parquet").read_bytes()
        assert first == (tmp_path / "again" / f"{name}.parquet").read_bytes()
    assert (market / "orders.parquet").read_bytes() != (tmp_path / "other" / "orders.parquet").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_those_of_the_records(market, name):
    is_of_the_records(market, name)
    rows = read(market, name)
    if "occurred_at" in rows.columns:
        assert rows["occurred_at"].is_sorted()


def test_orders_are_as_many_as_asked_and_inside_the_days(market):
    orders = read(market, "orders")
    until = date(2026, 1, 1)
    local = orders["occurred_at"] + timedelta(hours=8)
    assert orders.height == ORDERS
    assert local.min().date() >= until - timedelta(days=378)
    assert local.max().date() < until


def test_reductions_add_up(market):
    o = read(market, "orders")
    funded = o["seller_funded_amount"] + o["platform_funded_amount"] + o["third_party_funded_amount"]
    named = o["undisclosed_amount"] + o["coupon_amount"] + o["newcomer_amount"]
    assert (named <= funded).all()
    assert (funded < o["gross_amount"]).all()
    unit = o["gross_amount"].cast(pl.Float64) / o["quantity"].cast(pl.Float64)
    assert ((unit * 100 - (unit * 100).round()).abs() < 1e-6).all()


def test_every_name_refers_to_a_row(market):
    orders, parties, products = (read(market, n) for n in ("orders", "parties", "products"))
    customers = parties.filter(pl.col("kind") == "customer")
    joined = orders.join(customers, left_on=["platform", "buyer"], right_on=["platform", "id"])
    assert joined.height == orders.height
    assert (joined["occurred_at"] >= joined["registered_at"]).all()
    sellers = parties.filter(pl.col("kind") == "seller")
    for name in ("orders", "listings", "costs", "stocks"):
        rows = read(market, name)
        assert rows.join(sellers, left_on=["platform", "seller"], right_on=["platform", "id"]).height == rows.height
        keys = {"left_on": ["platform", "product"], "right_on": ["platform", "id"]}
        assert rows.join(products, **keys).height == rows.height
    tenure = (joined["occurred_at"] - joined["registered_at"]).dt.total_days()
    assert 0.12 < (tenure < 30).mean() < 0.18
    assert 0.46 < (tenure >= 180).mean() < 0.54


def test_list_prices_are_the_listing_of_the_moment_but_for_moves_blind_to_the_buyer(market):
    truth = read(market, "truth")
    other = truth.filter(pl.col("pattern").is_in(["markup_by_list_price", "zone_price", "price_test"]))
    planned = truth["object"].str.split("/").list.last().unique().to_list()
    rows = with_listings(market).filter(~pl.col("seller").is_in(other["subject"].unique().to_list()))
    still = pl.col("product").is_in(planned)
    assert rows.height > ORDERS / 2
    assert rows.filter(still)["moved"].abs().max() < 1e-9
    moving = rows.filter(~still)
    assert 0.02 < moving["moved"].std() < 0.04
    assert moving["moved"].abs().max() < 1.06 * 1.05 - 1 + 0.001
    ordinary = moving.with_columns(known=pl.col("tenure").dt.total_days() >= 180)
    mean, error = (
        ordinary.group_by("known").agg(f(pl.col("moved"))).sort("known")["moved"].to_numpy()
        for f in (lambda c: c.mean(), lambda c: c.var() / pl.len())
    )
    assert abs(mean[1] - mean[0]) < 4.5 * error.sum() ** 0.5


def with_listings(out: Path) -> pl.DataFrame:
    """Orders with their buyer's tenure, and how far their list price is from the listing's of the moment."""
    listings = read(out, "listings").select("occurred_at", "platform", "product", "price")
    buyers = read(out, "parties").select("platform", "registered_at", buyer="id")
    rows = read(out, "orders").join(buyers, on=["platform", "buyer"], maintain_order="left")
    rows = rows.join_asof(listings, on="occurred_at", by=["platform", "product"], check_sortedness=False)
    listed = pl.col("price").cast(pl.Float64) * pl.col("quantity").cast(pl.Float64)
    return rows.with_columns(
        moved=pl.col("gross_amount").cast(pl.Float64) / listed - 1,
        tenure=pl.col("occurred_at") - pl.col("registered_at"),
    )


def test_truth_lies_inside_the_records(market):
    truth, orders = read(market, "truth"), read(market, "orders")
    sellers = set(read(market, "parties").filter(pl.col("kind") != "customer")["id"])
    groups = set(read(market, "concentrations")["company_group"])
    sellers |= set(read(market, "collections")["app"]) | set(read(market, "bids")["bidder"])
    sellers |= set(read(market, "area_sales")["party"])
    first, last = orders["occurred_at"].min(), orders["occurred_at"].max()
    for row in truth.iter_rows(named=True):
        assert row["kind"] in ("violation", "lookalike")
        if row["check"] == "unnotified_concentrations":  # deals are of five years, each of one moment
            assert row["subject"] in groups
            assert row["starts_at"] <= row["ends_at"]
            continue
        assert row["starts_at"] <= row["ends_at"]
        assert row["subject"] in sellers
        inside = first <= row["starts_at"] and row["ends_at"] <= last + timedelta(days=1)
        assert row["kind"] == "lookalike" or inside
    assert truth["pattern"].is_in(["by_chance"]).sum() == 0
    planted = truth.filter(pl.col("kind") == "violation")
    assert set(planted["rule"]) == {
        "no_below_cost_sales",
        "no_predatory_pricing_by_dominant",
        "no_exclusionary_pricing_by_dominant",
        "true_reference_prices",
        "true_prior_prices",
        "no_sham_orders",
        "no_undisclosed_personal_prices",
        "no_unnotified_concentrations",
        "no_unreasonable_fees",
        "no_sales_without_licence",
        "no_excess_collection",
        "no_exposure_cuts_for_multihoming",
        "no_rank_cuts_for_multihoming",
        "no_fee_rises_for_multihoming",
        "no_price_fixing",
        "no_prices_by_profile",
        "no_recalled_goods",
        "no_confusable_names",
        "no_bid_rigging",
        "no_counterfeit_goods",
        "no_trades_with_oneself",
        "no_absolute_claims",
        "no_exposed_identifiers",
        "no_price_gouging",
        "no_forced_price_parity",
        "no_collection_without_basis",
        "no_self_preferencing",
        "no_blocked_rivals",
        "no_unasked_add_ons",
        "no_divided_markets",
    }


def test_an_honest_market_has_lookalikes_and_no_violation(honest, market):
    truth = read(honest, "truth")
    assert set(truth["kind"]) == {"lookalike"}
    lookalikes = read(market, "truth").filter(pl.col("kind") == "lookalike")
    assert set(truth["pattern"]) == set(lookalikes["pattern"])
    assert naive_references(honest) == set()


def test_every_reference_is_honest_unless_planted(market):
    truth = read(market, "truth").filter(
        (pl.col("kind") == "violation") & (pl.col("check") == "inflated_reference_prices")
    )
    rows = truth.select("rule", "subject", "object", "starts_at", "ends_at").rows()
    assert naive_references(market) == set(rows)


def naive_references(out: Path) -> set[tuple]:
    """Each promotion asked row by row, in floats."""
    listings, orders = read(out, "listings"), read(out, "orders")
    net = (pl.col("gross_amount") - pl.col("seller_funded_amount")).cast(pl.Float64)
    orders = orders.with_columns(unit=net / pl.col("quantity").cast(pl.Float64))
    sold = {k[0]: v for k, v in orders.partition_by("product", as_dict=True).items()}
    found = set()
    for (product,), offers in listings.partition_by("product", as_dict=True).items():
        rows = offers.rows(named=True)
        for i, row in enumerate(rows):
            reference, t0 = row["reference_price"], row["occurred_at"]
            if reference is None or reference <= row["price"] or row["reference_basis"] == "suggested_retail":
                continue
            if i and rows[i - 1]["reference_price"] == reference:
                continue
            after = [r for r in rows[i:] if r["reference_price"] != reference]
            ends = after[0]["occurred_at"]
            week = sold[product].filter(pl.col("occurred_at").is_between(t0 - timedelta(days=7), t0, closed="left"))
            month = t0 - timedelta(days=30)
            stood = [r["price"] for r, s in pairwise(rows[: i + 1]) if s["occurred_at"] > month]
            for basis, prior in (("transacted", week["unit"].min()), ("offered", float(min(stood)))):
                if float(reference) > prior * 1.005:
                    found.add((REFERENCE_RULES[basis], row["seller"], product, t0, ends))
    return found


def test_brushing_is_what_a_naive_sweep_finds(market):
    orders = read(market, "orders").unique(["platform", "order_id"], keep="first", maintain_order=True)
    found = set()
    for (seller,), its in orders.partition_by("seller", as_dict=True).items():
        at = its["occurred_at"].dt.timestamp("us").to_numpy()
        crowded = np.flatnonzero(at[9:] - at[:-9] <= HOUR) if at.size > 9 else []
        if len(crowded):
            buyers = its["buyer"].to_numpy()
            found |= {(seller, first, last) for first, last, _ in flagged_hours(at, buyers)}
    truth = read(market, "truth").filter((pl.col("check") == "order_brushing") & (pl.col("kind") == "violation"))
    columns = [pl.col(c).dt.timestamp("us") for c in ("starts_at", "ends_at")]
    assert found == set(truth.select("subject", *columns).rows())
    assert len(found) >= 2


def test_markup_is_in_the_prices(market):
    """Within a product and day known buyers pay the planted gap more than new ones, before public cuts."""
    truth = read(market, "truth").filter(pl.col("pattern").str.starts_with("markup_by"))
    strongest = truth.sort("strength").row(-1, named=True)
    customers = read(market, "parties").filter(pl.col("kind") == "customer").select("platform", "id", "registered_at")
    rows = read(market, "orders").filter(
        (pl.col("seller") == strongest["subject"])
        & pl.col("occurred_at").is_between(strongest["starts_at"], strongest["ends_at"], closed="left")
    )
    rows = rows.join(customers, left_on=["platform", "buyer"], right_on=["platform", "id"])
    tenure = (pl.col("occurred_at") - pl.col("registered_at")).dt.total_days()
    cell = ["product", "region", pl.col("occurred_at").dt.date()]
    paid = (pl.col("gross_amount") - pl.col("undisclosed_amount")).cast(pl.Float64) / pl.col("quantity").cast(
        pl.Float64
    )
    rows = rows.with_columns(paid=paid, known=tenure >= 180).filter((tenure >= 180) | (tenure < 30))
    means = rows.group_by(*cell, "known").agg(pl.col("paid").mean())
    both = means.filter(pl.col("known")).join(
        means.filter(~pl.col("known")), on=["product", "region", "occurred_at"], suffix="_new"
    )
    gap = ((both["paid"] / both["paid_new"]) - 1).median() * 100
    assert strongest["strength"] * 0.8 < gap < strongest["strength"] * 1.2


def test_pressure_is_in_the_exposure_of_those_who_join_a_rival(market, honest):
    """Joiners' log exposure less the stayers' of the week: after joining less before, it is the planned change."""
    for out, pattern, sign in ((market, "exposure_cut", -1), (honest, "grew_after_joining", 1)):
        plan = read(out, "truth").filter(pl.col("pattern") == pattern).sort("strength").row(-1, named=True)
        own = pl.col("platform") == plan["platform"]
        members, shown = read(out, "memberships"), read(out, "impressions").filter(own)
        away = members.filter(~own).group_by("party").agg(joined=pl.min("valid_from"))
        here = members.filter(own).join(away, on="party", how="left").select("seller", "joined")
        logs = shown.join(here, on="seller").with_columns(y=pl.col("impressions").log())
        usual = logs.filter(pl.col("joined").is_null()).group_by("occurred_at").agg(usual=pl.mean("y"))
        ready = pl.col("joined").is_between(
            plan["starts_at"] - timedelta(weeks=3), plan["ends_at"] - timedelta(weeks=4)
        )
        rows = logs.filter(ready).join(usual, on="occurred_at")
        day = (pl.col("occurred_at") - pl.col("joined")).dt.total_days()
        before, after = (
            (rows.filter(day.is_between(*days))["y"] - rows.filter(day.is_between(*days))["usual"]).mean()
            for days in ((-56, -8), (0, 21))
        )
        assert abs(np.exp(after - before) / (1 + sign * plan["strength"] / 100) - 1) < 0.15


def test_joint_rises_are_in_the_posted_prices(market, honest):
    """Members raise their prices on the same days, by the planted share; a season has no such days."""
    for out, pattern in ((market, "on_one_day"), (honest, "high_season")):
        plans = read(out, "truth").filter(pl.col("pattern") == pattern)
        rows = read(out, "listings").join(read(out, "rival_offers"), on=["platform", "seller", "product"])
        rows = rows.sort("occurred_at").with_columns(step=pl.col("price").cast(float).log().diff().over("product"))
        rows = rows.with_columns(day=(pl.col("occurred_at") + timedelta(hours=8)).dt.date())
        rows = rows.with_columns(object=pl.col("market") + "/" + pl.col("product"))
        rises = rows.join(plans, on="object").filter(
            pl.col("occurred_at").is_between(pl.col("starts_at"), pl.col("ends_at")) & (pl.col("step") > 0.005)
        )
        together = rises.group_by("market", "day").agg(pl.col("product").n_unique()).filter(pl.col("product") >= 4)
        assert (together.group_by("market").len()["len"] >= 3).sum() == (3 if pattern == "on_one_day" else 0)


def test_flagged_hours_on_drawn_orders():
    at = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, HOUR + 8, 5 * HOUR])
    buyer = np.array([1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 9])
    assert flagged_hours(at, buyer) == []
    at[9] = HOUR
    assert flagged_hours(at, buyer) == [(0, HOUR, 10 / 3)]
    assert runs(np.array([True, True, False, True])) == [(0, 2), (3, 4)]


def test_too_small_a_market_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least"):
        generate(tmp_path, 100)
    with pytest.raises(ValueError, match="at least"):
        generate(tmp_path, days=30)
