"""A network matched as a user does it: the command, what lies in its folder, what is refused or left out and said."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from guiju.market.matching import match
from guiju.market.matching.reading import covers, home
from guiju.twin.stores import generate
from shell import Shell

STORES, GOODS = 1_500, 60
ON = "2021-01-01"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("network")
    generate(out, STORES, GOODS)
    return out


@pytest.fixture(scope="module")
def made(network: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from datetime import date

    return match(network, day=date(2021, 1, 1), out=tmp_path_factory.mktemp("made")).folder


def read(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{name}.parquet")


def test_the_plan_keeps_every_bound(network: Path, made: Path) -> None:
    """Stock, places, exclusive packs, delivery and last-order dates, counted from the records by another way."""
    plan, stores, supplies = read(made, "plan"), read(network, "stores"), read(network, "supplies")
    areas = read(network, "delivery_areas").filter(
        pl.col("last_order_at").is_null() | (pl.col("last_order_at") > pl.datetime(2020, 12, 31, 16))
    )
    listed = plan.group_by("supply").len().join(supplies, left_on="supply", right_on="id")
    assert (listed["len"] * listed["lot_quantity"] <= listed["quantity"]).all()
    its = plan.join(stores.select("id", "channel", "max_listings"), left_on="store", right_on="id")
    assert (
        (its.group_by("store", "max_listings").len().select(pl.col("len") <= pl.col("max_listings"))).to_series().all()
    )
    assert not its.select("store", "product").is_duplicated().any()
    only = its.join(supplies.select("id", "only_channel"), left_on="supply", right_on="id").drop_nulls("only_channel")
    assert len(only)
    assert (only["channel"] == only["only_channel"]).all()
    where = plan.with_columns(province=pl.col("region").str.slice(0, 2) + "0000")
    assert where.join(areas, left_on=["supply", "province"], right_on=["supply", "region"], how="anti").is_empty()


def test_small_owners_get_their_floor_and_the_manifest_says_how_near_the_bound(made: Path) -> None:
    stores, said = read(made, "stores"), json.loads((made / "manifest.json").read_text())
    short = (stores["floor"] - stores["listings"]).clip(0).sum()
    assert stores["floor"].sum() > 0
    assert short <= 0.05 * stores["floor"].sum()
    assert stores.filter(pl.col("floor") > 0)["small"].all()
    assert 0 <= said["gap_pct"] < 1
    assert said["expected_sales"] == pytest.approx(read(made, "plan")["expected_sales"].sum(), rel=1e-3)
    assert said["expected_sales"] > said["expected_sales_by_popularity"]


def test_expected_sales_are_what_the_twin_says_is_true(network: Path, made: Path) -> None:
    """All in all within a tenth, of goods that are not new; what the model learned it learned from orders alone."""
    plan = (
        read(made, "plan")
        .join(read(network, "truth_stores"), on="store")
        .with_columns(area=pl.col("region").str.slice(0, 2) + "0000")
    )
    true = plan.join(read(network, "truth_rates").filter(~pl.col("new")), left_on=["taste", "area", "product"],
                     right_on=["taste", "region", "product"])  # fmt: skip
    lots = read(made, "supplies").select("supply", "lot_quantity")
    areas = read(network, "delivery_areas").select("supply", "region", "last_order_at")
    true = true.join(lots, on="supply").join(areas, left_on=["supply", "area"], right_on=["supply", "region"])
    left = (pl.col("last_order_at") - pl.datetime(2020, 12, 31, 16)).dt.total_seconds() / 86_400
    units = pl.col("orders_a_day") * pl.col("share") * pl.min_horizontal(left.fill_null(30), pl.lit(30))
    sales = true.select(told="expected_sales", true=pl.min_horizontal(units, "lot_quantity") * pl.col("price"))
    assert sales["told"].sum() == pytest.approx(sales["true"].sum(), rel=0.25)
    assert sales.select(pl.corr("told", "true")).item() > 0.7


def test_every_listing_says_why_in_both_languages(made: Path) -> None:
    for name in ("plan", "supplies", "stores"):
        rows = read(made, name)
        for column in ("why_zh", "why_en"):
            assert rows[column].null_count() == 0
            assert not rows[column].str.contains(r"[{}\x00]").any()
    page = (made / "match.html").read_text(encoding="utf-8")
    assert page.count("<svg") >= 3
    assert "影子价" in page
    assert "Shadow prices" in page


def test_the_same_records_give_the_same_plan(network: Path, made: Path, shell: Shell) -> None:
    said = shell.done("match", network, "--on", ON, "--out", shell.folder / "again", "--store", "s0000001", "-l", "zh")
    assert "家店铺" in said
    assert "s0000001：" in said
    again = shell.folder / "again" / f"match-{ON}"
    for name in ("plan", "supplies", "stores", "excluded"):
        assert (again / f"{name}.parquet").read_bytes() == (made / f"{name}.parquet").read_bytes()


# Bad input

HEADS = {
    "stores": "platform,id,owner,region,channel,max_listings",
    "supplies": "platform,id,occurred_at,seller,product,mode,quantity,currency,price,only_channel",
    "delivery_areas": "platform,id,supply,region,last_order_at",
    "products": "platform,id,name,category",
    "orders": "platform,id,occurred_at,seller,product,quantity,currency,gross_amount",
}
GOOD = {
    "stores": ["p,s1,anna,330100,app,2", "p,s2,bo,330200,app,2", "p,s3,cai,310100,app,2"],
    "supplies": ["p,u1,2020-12-31,b,rice,merchant,2,CNY,10,", "p,u2,2020-12-31,b,tea,warehouse,5,CNY,20,"],
    "delivery_areas": ["p,a1,u1,330000,", "p,a2,u2,330000,", "p,a3,u2,310000,"],
    "products": ["p,rice,Rice,food", "p,tea,Tea,food"],
    "orders": ["p,o1,2020-12-20,s1,rice,1,CNY,10", "p,o2,2020-12-21,s3,tea,2,CNY,40"],
}


def written(folder: Path, **changed: list[str]) -> Path:
    place = folder / "records"
    place.mkdir(exist_ok=True)
    for name, rows in (GOOD | changed).items():
        (place / f"{name}.csv").write_text("\n".join([HEADS[name], *rows]) + "\n", encoding="utf-8")
    return place


def test_a_handful_by_hand(shell: Shell) -> None:
    """Three stores, two goods, the optimum exactly; without orders too, where all stores are alike."""
    for orders in (GOOD["orders"], []):
        said = shell.done("match", written(shell.folder, orders=orders), "--on", ON, "--out", shell.folder / "out")
        assert "The optimum" in (shell.folder / "out" / f"match-{ON}" / "match.html").read_text(encoding="utf-8")
        plan = read(shell.folder / "out" / f"match-{ON}", "plan")
        assert set(plan.select("store", "supply").iter_rows()) == {
            ("s1", "u1"), ("s1", "u2"), ("s2", "u1"), ("s2", "u2"), ("s3", "u2")
        }  # fmt: skip
        assert "3 stores, 2 supplies: 5 listings" in said


LEFT_OUT = {
    "a store without region": ({"stores": [*GOOD["stores"], "p,s4,du,,app,2"]}, "the store has no region"),
    "a region without delivery": ({"stores": [*GOOD["stores"], "p,s4,du,540100,app,2"]},
                                  "nothing is delivered to region 540100"),
    "a good nobody may carry": ({"supplies": [*GOOD["supplies"], "p,u3,2020-12-31,b,tea,merchant,9,CNY,9,live"],
                                 "delivery_areas": [*GOOD["delivery_areas"], "p,a4,u3,330000,"]},
                                "no store may list it"),
    "last orders are over": ({"supplies": [*GOOD["supplies"], "p,u3,2020-12-31,b,tea,merchant,9,CNY,9,"],
                              "delivery_areas": [*GOOD["delivery_areas"], "p,a4,u3,330000,2020-12-30"]},
                             "no store may list it"),
    "nowhere delivered": ({"supplies": [*GOOD["supplies"], "p,u3,2020-12-31,b,tea,merchant,9,CNY,9,"]},
                          "no area it is delivered to is on record"),
    "an unknown mode": ({"supplies": [*GOOD["supplies"], "p,u3,2020-12-31,b,tea,drone,9,CNY,9,"]},
                        "the mode is none of merchant, warehouse, owner"),
    "no stock": ({"supplies": [*GOOD["supplies"], "p,u3,2020-12-31,b,tea,owner,0,CNY,9,"]}, "less than one lot"),
    "an unknown good": ({"supplies": [*GOOD["supplies"], "p,u3,2020-12-31,b,silk,owner,4,CNY,9,"]}, "not in products"),
    "stock below zero": ({"supplies": [*GOOD["supplies"], "p,u3,2020-12-31,b,tea,owner,-4,CNY,9,"]},
                         "set aside: 1 rows of supplies"),
}  # fmt: skip


@pytest.mark.parametrize("case", LEFT_OUT)
def test_what_takes_no_part_is_said(shell: Shell, case: str) -> None:
    changed, words = LEFT_OUT[case]
    said = shell.done("match", written(shell.folder, **changed), "--on", ON, "--out", shell.folder / "out")
    assert words in said
    assert "5 listings" in said


def test_stock_below_zero_lies_in_quarantine_with_its_line(shell: Shell) -> None:
    rows = [*GOOD["supplies"], "p,u3,2020-12-31,b,tea,owner,-4,CNY,9,"]
    shell.done("match", written(shell.folder, supplies=rows), "--on", ON, "--out", shell.folder / "out")
    [row] = read(shell.folder / "out" / f"match-{ON}", "quarantine").to_dicts()
    assert (row["table"], row["line"]) == ("supplies", 4)
    assert "quantity" in row["reason"]


REFUSED = {
    "no stores": ({"stores": []}, [], "supply stores"),
    "no supplies": ({"supplies": []}, [], "supply supplies"),
    "no delivery": ({"delivery_areas": []}, [], "supply delivery_areas"),
    "nobody has a region": ({"stores": ["p,s1,anna,,app,2"]}, [], "has no region"),
    "everything is sold out": ({"supplies": ["p,u1,2020-12-31,b,rice,merchant,0,CNY,10,"]}, [], "less than one lot"),
    "two platforms": ({"stores": [*GOOD["stores"], "q,s1,anna,330100,app,2"]}, [], "say which by --platform"),
    "another platform": ({}, ["--platform", "q"], "there are no stores of platform 'q'"),
    "no day": ({}, ["--on", "soon"], "is no date"),
    "a strange store": ({}, ["--store", "s9"], "there is no store 's9'"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_in_a_sentence(shell: Shell, case: str) -> None:
    changed, options, words = REFUSED[case]
    records = written(shell.folder, **changed)
    assert words in shell.refused("match", records, "--out", shell.folder / "out", "--on", ON, *options)


def test_what_is_supposed_can_be_given(shell: Shell) -> None:
    numbers = shell.folder / "numbers.yaml"
    numbers.write_text("category_weight: {food: 2}\nfloor_pct: 0\n", encoding="utf-8")
    place = written(shell.folder)
    one = shell.done("match", place, "--on", ON, "--out", shell.folder / "one")
    two = shell.done("match", place, "--on", ON, "--out", shell.folder / "two", "--suppose", numbers)
    assert one != two
    numbers.write_text("category_weight: {silk: 2}\n", encoding="utf-8")
    assert "silk" in shell.refused("match", place, "--on", ON, "--suppose", numbers)
    numbers.write_text("candidates: 2.5\n", encoding="utf-8")
    assert "whole number" in shell.refused("match", place, "--on", ON, "--suppose", numbers)


def test_regions_lie_in_areas() -> None:
    assert covers("330000", "330481")
    assert covers("330400", "330481")
    assert covers("CN-ZJ", "CN-ZJ-01")
    assert not covers("330400", "330100")
    assert not covers("CN-Z", "CN-ZJ")
    assert home("330481") == "33"
    assert home("CN-ZJ") == "CN"
