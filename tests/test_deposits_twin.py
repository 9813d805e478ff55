"""The deposit shelf's twin: the same bytes twice, records of the right shape, a truth that a naive count bears out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from guiju.twin.deposits import generate
from twin_records import is_of_the_records, read

DEPOSITORS = 5_000
NAMES = (
    "balance_sheet_items", "balances", "bank_positions", "deposit_offers", "deposits", "exit_rates",
    "financial_business", "financial_licences", "incentives", "interbank_claims", "liquid_assets", "loan_consents",
    "loans", "outlets", "prepayments", "repayments",
)  # fmt: skip
BEIJING = timedelta(hours=8)
CEILINGS = {12: 2.25, 36: 4.125, 60: 4.875}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shelf")
    generate(out, DEPOSITORS)
    return out


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("honest")
    generate(out, DEPOSITORS, seed=11, plants=False)
    return out


def local_day(column: str) -> pl.Expr:
    return (pl.col(column) + BEIJING).dt.date()


def test_the_same_arguments_give_the_same_bytes(shelf, tmp_path):
    generate(tmp_path / "again", DEPOSITORS)
    generate(tmp_path / "other", DEPOSITORS, seed=8)
    assert {file.stem for file in shelf.iterdir()} == {*NAMES, "truth"}
    for name in (*NAMES, "truth"):
        assert (shelf / f"{name}.parquet").read_bytes() == (tmp_path / "again" / f"{name}.parquet").read_bytes()
    assert (shelf / "deposits.parquet").read_bytes() != (tmp_path / "other" / "deposits.parquet").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_those_of_the_records(shelf, name):
    is_of_the_records(shelf, name)


def test_every_name_refers_to_a_row(shelf):
    offers, deposits = read(shelf, "deposit_offers"), read(shelf, "deposits")
    bought = deposits.filter(pl.col("offer").is_not_null())
    keys = {"left_on": ["platform", "offer", "bank"], "right_on": ["platform", "id", "bank"]}
    met = bought.join(offers, **keys)
    assert met.height == bought.height > DEPOSITORS
    standing = pl.col("valid_to").is_null() | (pl.col("opened_at") < pl.col("valid_to"))
    assert met.select((pl.col("opened_at") >= pl.col("valid_from")) & standing).to_series().all()
    assert (met["rate_pct"] == met["rate_pct_right"]).all()
    renewals = deposits.filter(pl.col("renews").is_not_null())
    before = renewals.join(deposits, left_on=["renews", "depositor", "bank"], right_on=["id", "depositor", "bank"])
    assert before.height == renewals.height > 0
    assert (before["opened_at"] == before["closed_at_right"]).all()
    for name in ("incentives", "exit_rates"):
        rows = read(shelf, name)
        its = {"left_on": ["platform", "offer"], "right_on": ["platform", "id"]}
        assert rows.join(offers, **its).height == rows.height > 0
    loans, sold = read(shelf, "loans"), read(shelf, "prepayments")
    bought_with = loans.join(sold, left_on=["platform", "prepayment", "borrower"], right_on=["platform", "id", "buyer"])
    assert bought_with.height == loans.height
    due = read(shelf, "repayments").group_by("platform", "loan").agg(pl.sum("due_amount"))
    both = loans.join(due, left_on=["platform", "id"], right_on=["platform", "loan"])
    assert both.height == loans.height
    assert (both["due_amount"] >= both["principal_amount"]).all()


def test_balances_are_what_the_deposits_leave_each_evening(shelf):
    balances, deposits = read(shelf, "balances"), read(shelf, "deposits")
    rows = balances.filter(local_day("occurred_at").is_in([date(2020, 3, 1), date(2020, 12, 15), date(2021, 3, 31)]))
    days = rows.select("occurred_at").unique()
    open_then = deposits.join(days, how="cross").filter(
        (local_day("opened_at") <= local_day("occurred_at"))
        & (pl.col("closed_at").is_null() | (local_day("closed_at") > local_day("occurred_at")))
    )
    sums = open_then.group_by("occurred_at", "platform", "bank").agg(pl.sum("amount").alias("told"))
    both = rows.join(sums, on=["occurred_at", "platform", "bank"], how="full", coalesce=True)
    assert both["amount"].null_count() == 0
    assert (both["amount"] == both["told"].fill_null(0)).all()
    gaps = balances.sort("occurred_at").select(
        pl.col("occurred_at").diff().over("platform", "bank").drop_nulls().alias("step")
    )
    assert (gaps["step"] == timedelta(days=1)).all()


def test_the_bank_reported_on_goes_from_36_to_85_per_cent(shelf):
    positions = read(shelf, "bank_positions").filter(pl.col("bank") == "lanting").sort("occurred_at")
    savings = (positions["savings_amount"] / positions["deposits_amount"]).cast(pl.Float64)
    assert savings[0] == pytest.approx(0.36, abs=1e-6)
    [on] = positions.with_row_index().filter(local_day("occurred_at") == date(2020, 12, 15))["index"]
    assert savings[on] == pytest.approx(0.85, abs=1e-6)
    that_day = read(shelf, "balances").filter(
        (pl.col("bank") == "lanting") & (local_day("occurred_at") == date(2020, 12, 15))
    )
    brought = that_day.filter(pl.col("operator") != "lanting")["amount"].sum()
    assert float(brought / positions["deposits_amount"][on]) == pytest.approx(0.83, abs=1e-6)


def test_balance_sheets_add_up(shelf):
    keys = ["bank", "occurred_at"]
    positions = read(shelf, "bank_positions").drop_nulls("assets_amount")
    items = (
        read(shelf, "balance_sheet_items")
        .group_by(keys)
        .agg(
            had=pl.col("amount").filter(pl.col("kind").str.contains("loan|mortgage|asset")).sum(),
            capital=pl.col("amount").filter(pl.col("kind") == "capital").sum(),
        )
    )
    liquid = read(shelf, "liquid_assets").group_by(keys).agg(liquid=pl.col("amount").sum())
    claims = read(shelf, "interbank_claims").group_by("occurred_at", bank="creditor").agg(claims=pl.col("amount").sum())
    rows = positions.join(items, on=keys).join(liquid, on=keys).join(claims, on=keys, how="left")
    assert rows.height == positions.height == 60 * 16
    assets = rows["had"] + rows["liquid"] + rows["claims"].fill_null(0)
    owed = rows["deposits_amount"] + rows["interbank_amount"] + rows["capital"]
    assert ((assets - rows["assets_amount"]).cast(pl.Float64).abs() < 1).all(), "but for fen of rounding"
    assert ((owed - rows["assets_amount"]).cast(pl.Float64).abs() < 1).all()


def test_an_honest_shelf_has_lookalikes_and_no_violation(honest, shelf):
    truth, planted = read(honest, "truth"), read(shelf, "truth")
    assert set(truth["kind"]) == {"lookalike"}
    assert set(truth["pattern"]) == set(planted.filter(pl.col("kind") == "lookalike")["pattern"])
    assert truth["check"].n_unique() == planted["check"].n_unique() == 7
    assert planted["pattern"].is_in(["by_chance"]).sum() == 0
    assert (planted["starts_at"] <= planted["ends_at"]).all()


def true_of(out: Path, check: str) -> pl.DataFrame:
    return read(out, "truth").filter((pl.col("check") == check) & (pl.col("kind") == "violation"))


def test_dependence_is_what_a_naive_sweep_finds(shelf):
    brought = read(shelf, "balances").filter(pl.col("operator") != pl.col("bank"))
    sums = brought.group_by("bank", "occurred_at").agg(pl.sum("amount"))
    rows = read(shelf, "bank_positions").join(sums, on=["bank", "occurred_at"], how="left").sort("bank", "occurred_at")
    found = set()
    for (bank,), days in rows.partition_by("bank", as_dict=True).items():
        run: list[datetime] = []
        for row in [*days.iter_rows(named=True), None]:
            if row and (row["amount"] or 0) * 100 >= row["deposits_amount"] * 30:
                run.append(row["occurred_at"])
            else:
                found |= {(bank, run[0], run[-1])} if len(run) >= 2 else set()
                run = []
    assert found == set(true_of(shelf, "platform_dependence").select("subject", "starts_at", "ends_at").rows())
    assert len(found) >= 4


def test_nominal_rates_above_the_ceiling_are_planned(shelf):
    offers = read(shelf, "deposit_offers")
    over = {
        row["id"] for row in offers.iter_rows(named=True)
        if float(row["rate_pct"]) > CEILINGS.get(row["term_months"], 100) + 0.01
    }  # fmt: skip
    truth = true_of(shelf, "yields_over_ceiling")
    assert over == set(truth.filter(pl.col("pattern") == "rate_above_ceiling")["object"])
    named = truth.filter(pl.col("pattern") == "rebate").row(0, named=True)
    offer = offers.row(by_predicate=pl.col("id") == named["object"], named=True)
    [rebate] = read(shelf, "incentives").filter(pl.col("offer") == named["object"])["amount"]
    # Paid at once on 10,000: what is left to pay in grows to what comes out.
    years = offer["term_months"] / 12
    yearly = ((10_000 * (1 + float(offer["rate_pct"]) / 100 * years)) / (10_000 - float(rebate))) ** (1 / years)
    assert (yearly**years - 1) / years * 100 - CEILINGS[offer["term_months"]] == pytest.approx(
        named["strength"] / 100, abs=1e-9
    )


def test_deposits_after_the_notice_are_counted(shelf):
    deposits = read(shelf, "deposits").filter(local_day("opened_at") >= date(2021, 1, 16))
    through = deposits.filter((pl.col("operator") != pl.col("bank")) & (pl.col("kind") != "demand"))
    truth = true_of(shelf, "deposits_through_third_parties")
    pairs = through.group_by("platform", "bank").len().filter(pl.col("len") >= 5)
    assert set(pairs.rows()) == set(truth.select("platform", "subject", pl.col("strength").cast(pl.UInt32)).rows())
    outlets = read(shelf, "outlets")
    anywhere = outlets.filter(pl.col("kind") != "outlet")["bank"].to_list()
    its = outlets.filter(pl.col("kind") == "outlet").select("bank", "valid_from", city=pl.col("region").str.slice(0, 4))
    here = (pl.col("region").str.slice(0, 4) == pl.col("city")) | (
        pl.col("home_region").str.slice(0, 4) == pl.col("city")
    )
    near = deposits.join(its, on="bank").filter(here & (pl.col("opened_at") >= pl.col("valid_from")))["id"]
    far = deposits.filter(~pl.col("bank").is_in(anywhere) & ~pl.col("id").is_in(near.to_list()))
    pairs = far.group_by("platform", "bank").len().filter(pl.col("len") >= 5)
    truth = true_of(shelf, "out_of_area_deposits")
    assert set(pairs.rows()) == set(truth.select("platform", "subject", pl.col("strength").cast(pl.UInt32)).rows())
    assert far.height > pairs["len"].sum() > 100, "and a few that are too few"


def test_what_is_above_the_insured_sum_is_counted(shelf):
    until = datetime(2021, 3, 31, 16)
    rows = read(shelf, "deposits").filter(
        ~pl.col("holder").is_in(["bank", "manager"]) & (pl.col("closed_at").is_null() | (pl.col("closed_at") >= until))
    )
    held = (pl.lit(until) - pl.col("opened_at")).dt.total_microseconds() / 86_400e6 / 365
    worth = pl.col("amount").cast(pl.Float64) * (1 + pl.col("rate_pct").cast(pl.Float64) / 100 * held)
    sums = rows.group_by("depositor", "bank").agg(worth.sum().alias("worth"))
    found = sums.filter(pl.col("worth") > 500_000)
    truth = true_of(shelf, "uninsured_balances")
    assert set(found["bank"]) == set(truth["subject"])
    above = found.select((pl.col("worth") - 500_000).sum()).item()
    assert above == pytest.approx(truth["strength"].sum(), abs=1)
    assert found.height > 20
