"""Growth as a board asks for it: what the records show of platforms whose growth is known, and what they do not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from openpyxl import load_workbook

from guiju.audit.report import standalone
from guiju.estimators.growth import Course
from guiju.market.growth import Grown, grown, retained
from guiju.market.growth.counting import following
from guiju.market.growth.page import apart, course, sentences, year_on_year
from guiju.twin.growing import generate
from guiju.twin.growing import retained as truly_retained
from shell import Shell


@pytest.fixture(scope="module", autouse=True)
def no_png() -> Iterator[None]:
    """Sixty pictures need not be rastered here: tests/test_standalone_pictures.py does it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standalone, "why_no_png", lambda: standalone.NO_RENDERER)
        yield


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("growing")
    generate(out, 5)
    return out


@pytest.fixture(scope="module")
def seen(market: Path, tmp_path_factory: pytest.TempPathFactory) -> Grown:
    return grown(market, out=tmp_path_factory.mktemp("reckoned"))


def one(seen: Grown, platform: str, measure: str):
    [found] = [a for a in seen.of(platform) if a.series.measure == measure]
    return found


def orders(per_month: list[int], first: date = date(2023, 1, 1), platform: str = "p") -> pl.DataFrame:
    """So many orders a day in each month, at noon in Beijing, until the list ends."""
    rows, period = [], first
    for n in per_month:
        end = following(period, "month")
        days = [period + timedelta(days=d) for d in range((end - period).days)]
        rows += [datetime(d.year, d.month, d.day, 4, 0, i) for d in days for i in range(n)]
        period = end
    return pl.DataFrame(
        {"platform": platform, "id": [str(i) for i in range(len(rows))], "occurred_at": rows, "seller": "s",
         "buyer": [f"b{i % 50}" for i in range(len(rows))], "product": "a", "quantity": 1, "currency": "CNY",
         "gross_amount": 10}
    )  # fmt: skip


@pytest.mark.parametrize(("least", "values", "digits"), [(1, (0.3, 0.0), 1), (1, (0.3, 0.004), 3), (2, (1e-9,), 6)])
def test_what_is_not_nothing_is_not_written_as_nothing(least: int, values: tuple[float, ...], digits: int) -> None:
    assert apart(least, *values) == digits


def test_what_the_twin_says_is_found_and_nothing_else(seen: Grown, market: Path) -> None:
    truth = {row["platform"]: row for row in pl.read_parquet(market / "truth.parquet").to_dicts()}
    wanted = {"accelerating": Course.faster, "slowing": Course.slower, "young": Course.too_short}
    for platform, true in truth.items():
        its = one(seen, platform, "orders")
        assert course(its) == wanted.get(true["shape"], Course.not_shown), platform
        if course(its) != Course.too_short:
            assert its.relative.acceleration.low <= true["acceleration"] <= its.relative.acceleration.high
            middle = true["growth"] + true["acceleration"] * 17.5
            assert its.relative.growth.low <= middle <= its.relative.growth.high


def test_an_unfinished_month_is_no_fall(seen: Grown) -> None:
    """December breaks off on the 17th: it is told apart, and no platform's last month is lower for it."""
    its = one(seen, "pingwen", "orders").series
    assert its.periods[-1] == date(2025, 11, 1)
    assert its.after is not None
    assert its.after[0] == date(2025, 12, 1)
    assert its.after[1] < its.values[-1]
    at_end = grown({"orders": orders([9] * 24)})
    assert at_end.asked[0].series.after is None
    assert len(at_end.asked[0].series.periods) == 24
    early = grown({"orders": orders([9] * 24)}, day=date(2024, 12, 30))
    assert early.asked[0].series.periods[-1] == date(2024, 11, 1)


def test_a_platform_whose_file_ends_early_does_not_fall(tmp_path: Path) -> None:
    """The other's records go on; of this one nothing is known after the 20th."""
    long, short = orders([9] * 26, platform="long"), orders([9] * 25, platform="short")
    both = pl.concat([long, short.filter(pl.col("occurred_at") < datetime(2025, 1, 20))])
    seen = grown({"orders": both}, out=tmp_path)
    assert one(seen, "short", "orders").series.periods[-1] == date(2024, 12, 1)
    assert one(seen, "long", "orders").series.periods[-1] == date(2025, 2, 1)


def test_revenue_is_fees_where_they_are_on_record_and_says_so_where_not(seen: Grown, market: Path) -> None:
    assert {a.series.platform: a.series.basis for a in seen.asked if a.series.measure == "revenue"} == {
        "pingwen": "fees", "jiasu": "fees", "jiansu": "paid", "jijie": "paid", "xinsheng": "paid",
    }  # fmt: skip
    fees = pl.read_parquet(market / "fees.parquet").filter(pl.col("platform") == "pingwen")
    its = one(seen, "pingwen", "revenue").series
    assert sum(its.values) == pytest.approx(float(fees["amount"].sum()))
    assert its.periods[-1] == date(2025, 11, 1), "November is charged on the first of December"
    page = seen.page.read_text("utf-8")
    assert "which is not the platform&#39;s own income" in page
    assert one(grown({"orders": orders([3] * 3)}), "p", "revenue").series.basis == "gross"


def test_refunds_are_taken_off_and_penalties_are_no_revenue(tmp_path: Path) -> None:
    head = {"platform": "p", "seller": "s", "currency": "CNY"}
    noon = datetime(2024, 1, 10, 4)
    fees = pl.DataFrame([
        {**head, "id": "1", "occurred_at": noon, "kind": "fee", "amount": 100},
        {**head, "id": "2", "occurred_at": noon, "kind": "refund", "amount": 30, "refund_of": "1"},
        {**head, "id": "3", "occurred_at": noon, "kind": "penalty", "amount": 500},
        {**head, "id": "4", "occurred_at": datetime(2024, 2, 29, 4), "kind": "fee", "amount": 20},
    ])  # fmt: skip
    seen = grown({"orders": orders([3, 3], date(2024, 1, 1)), "fees": fees}, out=tmp_path)
    its = one(seen, "p", "revenue").series
    known = dict([*zip(its.periods, its.values, strict=True), *(e for e in (its.before, its.after) if e)])
    assert known == {date(2024, 1, 1): 70.0, date(2024, 2, 1): 20.0}


def test_who_comes_back_is_what_the_twin_says(seen: Grown) -> None:
    for platform in ("pingwen", "jijie"):
        curve = retained(seen.counted.cohorts, platform)
        for age in (1, 3, 12):
            share = curve.filter(pl.col("age") == age)["pct"].item()
            assert share == pytest.approx(float(truly_retained(np.array([age]))[0]) * 100, abs=3)
    last = seen.counted.cohorts["period"].max()
    assert last == date(2025, 11, 1), "no cohort is told of a month that is not over"


def test_without_registrations_the_first_month_is_no_cohort(tmp_path: Path) -> None:
    seen = grown({"orders": orders([3] * 6)}, out=tmp_path)
    assert seen.counted.cohorts_of == "first_seen"
    assert not seen.counted.cohorts.height, "whoever is there in the first month may be an old customer"
    assert seen.absent == ["sign_ins", "parties", "fees"]


def test_by_week_and_without_a_season(market: Path, tmp_path: Path) -> None:
    its = pl.read_parquet(market / "orders.parquet").filter(pl.col("platform") == "jiasu")
    weeks = grown({"orders": its}, unit="week", out=tmp_path)
    its = one(weeks, "jiasu", "orders")
    assert all(p.weekday() == 0 for p in its.series.periods)
    assert its.series.periods[-1] == date(2025, 12, 8)
    assert its.relative.acceleration.high > 0
    assert year_on_year(its, weeks) == pytest.approx(58, abs=6)
    short = grown({"orders": orders([3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])}, season=False, out=tmp_path)
    assert course(one(short, "p", "orders")) == Course.slower, "one more a day each month is less and less in per cent"
    assert course(grown({"orders": orders([3] * 12)}).asked[0]) == Course.too_short


def test_months_with_nothing_have_no_per_cent(tmp_path: Path) -> None:
    seen = grown({"orders": orders([2] * 12 + [0] + [2] * 13)}, out=tmp_path)
    its = one(seen, "p", "orders")
    assert its.series.values[12] == 0
    assert its.relative is None
    assert "per cent have no meaning" in sentences(its, seen)[0][1]


def test_every_number_is_in_the_workbook(seen: Grown) -> None:
    book = load_workbook(seen.folder / "growth.xlsx", read_only=True)
    assert book.sheetnames == ["growth", "periods", "retention", "cohorts"]
    rows = list(book["growth"].iter_rows(values_only=True))
    head = rows[0]
    its = {(r[0], r[1]): dict(zip(head, r, strict=True)) for r in rows[1:]}
    found = one(seen, "jiasu", "orders").relative
    row = its["jiasu", "orders"]
    assert row["relative_course"] == "faster"
    assert row["relative_acceleration_low"] == pytest.approx(found.acceleration.low)
    assert its["xinsheng", "orders"]["relative_acceleration_value"] is None
    assert len({p.name for p in seen.folder.glob("*.svg")}) == 2 * (25 + 5)


def test_the_command(shell: Shell, market: Path) -> None:
    out = shell.folder / "out"
    its = shell.folder / "its"
    its.mkdir()
    for name in ("orders", "parties"):
        table = pl.read_parquet(market / f"{name}.parquet").filter(pl.col("platform").is_in(["jiasu", "xinsheng"]))
        table.write_parquet(its / f"{name}.parquet")
    said = shell.done("growth", its, "--out", out, "--platform", "xinsheng")
    assert "Too short to say: 7 whole months are on record, and 24 are needed" in said
    assert "越来越快" in shell.done("growth", its, "--out", out, "--platform", "jiasu", "--language", "zh")
    (its / "orders.parquet").unlink()
    assert "there are" in shell.refused("growth", its, "--out", out, "--platform", "nobody", "--day", "2025-12-17")
    assert "no row says when it happened" in shell.refused("growth", its, "--out", out)
    assert "nothing is on record" in shell.refused("growth", its, "--out", out, "--day", "2001-01-01")
