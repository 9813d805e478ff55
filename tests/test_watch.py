"""A market watched: every figure of a small one by hand, and what it may not say."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from guiju.audit.watch import Watch, watch
from guiju.checks import checks
from guiju.records.errors import BadInput
from shell import Shell

MONDAY = datetime(2025, 6, 1, 16)  # midnight in Shanghai
WEEKS = 20
DAY = date(2025, 10, 19)  # a Sunday


def sale(week: int, seller: str, platform: str = "p", gross: str = "20.00", **other: Any) -> dict[str, Any]:
    at = MONDAY + timedelta(weeks=week)
    row = {
        "platform": platform,
        "occurred_at": at,
        "seller": seller,
        "product": "tea",
        "quantity": "2",
        "currency": "CNY",
    }
    return row | {
        "gross_amount": gross, "seller_funded_amount": "0", "platform_funded_amount": "0",
        "third_party_funded_amount": "0", "region": "330402-01", "buyer": "b",
    } | other  # fmt: skip


def records(*rows: dict[str, Any], **tables: Any) -> dict[str, Any]:
    orders = [{"id": f"o{i}"} | row for i, row in enumerate(rows)]
    costs = [
        {"platform": p, "id": f"c{s}", "seller": s, "product": "tea", "valid_from": MONDAY, "currency": "CNY",
         "purchase_cost": "8.00"} for p in ("p", "q") for s in ("old", "new", "gone", "rival")
    ]  # fmt: skip
    given: dict[str, Any] = {"orders": pl.DataFrame(orders), "costs": pl.DataFrame(costs)} | tables
    return {name: table for name, table in given.items() if table is not None}


def market() -> list[dict[str, Any]]:
    """Platform p: one merchant all the time, one from week 10 on, one until week 9; platform q: a rival in Hangzhou."""
    return [
        *(sale(w, "old") for w in range(WEEKS)),
        *(sale(w, "new", platform_funded_amount="8.00") for w in range(10, WEEKS)),
        *(sale(w, "gone", seller_funded_amount="6.00") for w in range(10)),
        *(sale(w, "rival", "q", gross="60.00", region="330106") for w in range(WEEKS)),
    ]


@pytest.fixture(scope="module", params=["duckdb", pytest.param("spark", marks=pytest.mark.soak)])
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Watch:
    jobs = pl.DataFrame([
        {"platform": "p", "id": f"j{i}", "occurred_at": at, "region": region, "kind": "courier", "people": n}
        for i, (at, region, n) in enumerate([
            (MONDAY, "330402", 5), (MONDAY + timedelta(days=2), "330402", 7), (MONDAY, "330411-02", 10),
        ])
    ])  # fmt: skip
    heard = pl.DataFrame([
        {"platform": "p", "id": "c", "occurred_at": MONDAY, "region": "330402", "subject": "shop-Zhang-Wei", "line": 1},
    ])  # fmt: skip
    given = records(*market(), jobs=jobs, complaints=heard)
    return watch(given, day=DAY, out=tmp_path_factory.mktemp("watch"), engine=request.param, settled_weeks=4)


def week(seen: Watch, number: int, platform: str = "p") -> dict[str, Any]:
    at = MONDAY + timedelta(weeks=number)
    [row] = seen.whole.filter(pl.col("week") == at, pl.col("platform") == platform).to_dicts()
    return row


def test_price_against_cost_is_what_buyers_paid_of_what_the_goods_cost(seen: Watch) -> None:
    assert week(seen, 12)["paid_to_cost_pct"] == pytest.approx((20 + 12) / 32 * 100)
    assert week(seen, 2)["paid_to_cost_pct"] == pytest.approx((20 + 14) / 32 * 100)
    assert week(seen, 2)["losing_merchants"] == 1, "left with 14 for goods of 16"
    assert week(seen, 12)["losing_merchants"] == 0, "what the platform bears is not the merchant's loss"
    assert week(seen, 2)["income_per_merchant"] == pytest.approx((20 + 14) / 2)


def test_shares_and_their_hhi(seen: Watch) -> None:
    assert week(seen, 3)["share_pct"] == pytest.approx(40)
    assert week(seen, 3)["hhi"] == pytest.approx(40**2 + 60**2)
    assert set(seen.cities["city"]) == {"330400", "330100"}
    assert set(seen.cities["share_pct"]) == {100.0}, "each alone in its city"


def test_who_came_and_who_went_and_where_that_is_not_known(seen: Watch) -> None:
    entered = {n: week(seen, n)["entered"] for n in range(WEEKS)}
    left = {n: week(seen, n)["left"] for n in range(WEEKS)}
    assert {n for n, v in entered.items() if v is None} == set(range(4))
    assert {n for n, v in left.items() if v is None} == set(range(WEEKS - 4, WEEKS))
    assert {n for n, v in entered.items() if v} == {10}
    assert {n for n, v in left.items() if v} == {9}


def test_jobs_are_the_last_count_of_each_region_and_complaints_are_leads(seen: Watch) -> None:
    assert seen.jobs.select("city", "people").rows() == [("330400", 17)]
    page = seen.page.read_text(encoding="utf-8")
    assert "a complaint is a lead" in page
    assert "shop-Zhang-Wei" not in page
    assert seen.complaints.height == 1


def test_no_check_reads_complaints() -> None:
    assert not [name for name, check in checks().items() if "complaints" in check.tables]


def test_without_costs_it_says_so_and_goes_on(tmp_path: Path) -> None:
    seen = watch(records(*market(), costs=None), day=DAY, out=tmp_path)
    assert seen.whole["paid_to_cost_pct"].null_count() == seen.whole.height
    assert "known of 0.0 %" in seen.page.read_text(encoding="utf-8")
    assert "No table jobs was supplied" in seen.page.read_text(encoding="utf-8")


def test_what_is_not_known_is_not_zero(tmp_path: Path) -> None:
    rows = [row | {"seller_funded_amount": None} if row["seller"] == "old" else row for row in market()]
    seen = watch(records(*rows), day=DAY, out=tmp_path)
    assert week(seen, 3)["kept"] is None
    assert week(seen, 3)["income_per_merchant"] is None
    assert week(seen, 3, "q")["income_per_merchant"] == 60


def test_only_whole_weeks_are_summed_and_the_rest_is_counted(tmp_path: Path) -> None:
    early = sale(0, "old", occurred_at=MONDAY - timedelta(days=2))
    seen = watch(records(early, *market(), sale(WEEKS, "old")), day=date(2025, 10, 23), out=tmp_path)
    assert seen.whole["week"].max() == MONDAY + timedelta(weeks=WEEKS - 1)
    assert seen.whole["week"].min() == MONDAY
    assert seen.unplaced == 2, "the first week begins before the first order, the last is not over"


def test_what_cannot_be_watched_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no good row in orders"):
        watch({"costs": records(sale(0, "old"))["costs"]}, out=tmp_path)
    with pytest.raises(BadInput, match="no whole week"):
        watch(records(sale(0, "old")), day=date(2025, 6, 5), out=tmp_path)
    assert not list(tmp_path.iterdir()), "no half-written folder is left"


def test_the_market_by_several_definitions_of_it(seen: Watch, tmp_path: Path) -> None:
    assert seen.markets.height == 2 * (1 + 2), "no products are given: all goods, in all cities or in each of two"
    whole = seen.markets.filter(pl.col("area_by") == "all")
    assert dict(whole.select("measure", "hhi_low").rows()) == pytest.approx(
        {"turnover": 40**2 + 60**2, "order_lines": (200 / 3) ** 2 + (100 / 3) ** 2}
    )
    assert set(seen.markets.filter(pl.col("area_by") == "city")["hhi_high"]) == {10_000.0}
    assert (seen.markets["rise"] == 0).all()


def test_what_joining_adds_and_what_is_not_seen(tmp_path: Path) -> None:
    goods = pl.DataFrame([{"platform": p, "id": "tea", "category": "tea"} for p in ("p", "q")])
    seen = watch(
        records(*market(), products=goods), day=DAY, out=tmp_path, unseen_pct=20, joining=["q", "p"], now_weeks=8
    )
    [row] = seen.markets.filter(
        pl.col("measure") == "turnover", pl.col("area_by") == "all", pl.col("goods_by") == "category"
    ).to_dicts()
    assert row["category"] == "tea"
    assert (row["hhi_low"], row["hhi_high"]) == pytest.approx((32**2 + 48**2, 32**2 + 48**2 + 20**2))
    assert row["cr1_pct"] == pytest.approx(48)
    assert row["rise"] == pytest.approx(2 * 32 * 48)
    page = seen.page.read_text(encoding="utf-8")
    assert "20.0 % of each market is not in the records" in page
    assert "Joining, as asked: p, q" in " ".join(page.split()).replace("</span>", "")
    for wrong, told in (({"joining": ["p", "r"]}, "no platform 'r'"), ({"joining": ["p"]}, "joins nobody"),
                        ({"unseen_pct": 100.0}, "0 to 99 per cent")):  # fmt: skip
        with pytest.raises(BadInput, match=told):
            watch(records(*market()), day=DAY, out=tmp_path, **wrong)


def test_the_command(shell: Shell) -> None:
    for name, table in records(*market()).items():
        table.write_csv(shell.records / f"{name}.csv")
    told = shell.done("watch", shell.records, "--day", DAY, "--out", shell.folder / "watched")
    assert told.strip().endswith("watch.html")
    assert (shell.folder / "watched" / f"watch-{DAY}" / "cities.parquet").is_file()
    assert "is no date" in shell.refused("watch", shell.records, "--day", "soon")
