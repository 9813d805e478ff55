"""A season's goods: days by hand, what must hold of any rules, and what a planner meets at the command line."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guiju.checks.words import Words
from guiju.market.season import Season, season
from guiju.market.season.dating import arrival, dates, target
from guiju.market.season.leads import nth
from guiju.market.season.page import notes, render
from guiju.market.season.plan import Rule, covers
from guiju.records.errors import BadInput
from shell import Shell

FEAST, ON = date(2021, 2, 12), date(2020, 12, 20)
DAY = timedelta(days=1)
BECAUSE = Words("假定", "supposed")
PLAN = """
feast: {zh: 春节, en: Spring Festival}
day: 2021-02-12
last_day: 2020-01-25
goods: {nuts: {zh: 坚果, en: Nuts}}
regions: {"130100": {zh: 石家庄, en: Shijiazhuang}, "330100": {zh: 杭州, en: Hangzhou}}
rules:
  - {region: "130000", kind: early_purchase, from: 2021-01-06, to: 2021-02-28, days: 7,
     because: {zh: 甲, en: supposed}}
"""


def rule(kind: Any, first: date, last: date, days: int = 0) -> Rule:
    return Rule("130100", kind, first, last, BECAUSE, days)


def test_days_by_hand():
    plain = dates(FEAST, 5, before_days=3, buying_days=14)
    assert (plain.target, plain.last_order) == (date(2021, 2, 9), date(2021, 2, 4))
    assert (plain.listing, plain.arrival) == (date(2021, 1, 22), date(2021, 2, 9)), "14 days with the last"
    early = rule("early_purchase", date(2021, 1, 6), date(2021, 2, 28), 7)
    assert dates(FEAST, 5, rules=[early], before_days=3, buying_days=14).listing == date(2021, 1, 15)
    ended = rule("early_purchase", date(2021, 1, 6), date(2021, 2, 8), 7)
    assert target(FEAST, 3, [ended]) == date(2021, 2, 9), "it has ended by then"
    assert target(FEAST, 3, [early, rule("early_purchase", early.first, early.last, 2)]) == date(2021, 2, 2), "the most"


def test_slower_and_closed_days():
    slow = rule("slower", date(2021, 1, 30), date(2021, 2, 1), 2)
    assert arrival(date(2021, 1, 25), 4, [slow]) == date(2021, 1, 29), "there the day before"
    assert arrival(date(2021, 1, 25), 5, [slow]) == date(2021, 2, 1)
    assert arrival(date(2021, 2, 1), 4, [slow]) == date(2021, 2, 7), "paid on its last day"
    assert arrival(date(2021, 2, 2), 4, [slow]) == date(2021, 2, 6)
    shut = rule("closed", date(2021, 2, 5), date(2021, 2, 9))
    assert arrival(date(2021, 2, 1), 4, [shut]) == date(2021, 2, 10), "the first day after"
    found = dates(FEAST, 4, rules=[shut], before_days=3, buying_days=3)
    assert (found.last_order, found.listing) == (date(2021, 1, 31), date(2021, 1, 29)), "before it is shut"
    both = [shut, rule("closed", date(2021, 2, 10), date(2021, 2, 11))]
    assert arrival(date(2021, 2, 1), 4, both) == FEAST
    always = rule("closed", date(2019, 1, 1), date(2021, 2, 12))
    assert dates(FEAST, 4, rules=[always], before_days=3).last_order is None


def test_days_too_late_within_the_span_are_no_buying_days():
    """An order of 3 February would come after the closed days, one of the day before in time."""
    slow = rule("slower", date(2021, 1, 20), date(2021, 1, 22), 30)
    found = dates(FEAST, 5, rules=[slow], before_days=3, buying_days=14)
    assert found.last_order == date(2021, 2, 4)
    assert found.listing == date(2021, 1, 22) - 8 * DAY, (
        "13 days from 23 January on; orders of 15 to 22 January come too late"
    )


RULES = st.lists(
    st.builds(
        lambda kind, first, long, days: rule(kind, FEAST - first * DAY, FEAST - first * DAY + long * DAY,
                                             0 if kind == "closed" else days),
        st.sampled_from(["early_purchase", "slower", "closed"]), st.integers(0, 60), st.integers(0, 20),
        st.integers(1, 9),
    ),
    max_size=4,
)  # fmt: skip


@settings(max_examples=150)
@given(RULES, st.integers(0, 25), st.integers(0, 6), st.integers(1, 20))
def test_of_any_rules(rules, lead, before, buying):
    found = dates(FEAST, lead, rules=rules, before_days=before, buying_days=buying)
    assert found.last_order is not None, "whatever was shut, an earlier day was not"
    assert found.listing is not None
    assert found.listing <= found.last_order <= found.target <= FEAST
    assert arrival(found.last_order, lead, rules) == found.arrival <= found.target, "the last order is in time"
    after = [found.last_order + n * DAY for n in range(1, (found.target - found.last_order).days + 1)]
    assert all(arrival(day, lead, rules) > found.target for day in after), "and none after it"
    days = [found.listing + n * DAY for n in range((found.last_order - found.listing).days + 1)]
    assert sum(arrival(day, lead, rules) <= found.target for day in days) == buying
    longer = dates(FEAST, lead + 1, rules=rules, before_days=before, buying_days=buying)
    assert longer.last_order is not None
    assert longer.last_order <= found.last_order, "whoever is slower closes no later"
    plain = dates(FEAST, lead, before_days=before, buying_days=buying)
    assert plain.last_order is not None
    assert found.last_order <= plain.last_order, "no rule gives more time"


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.data())
def test_the_nth_of_counted_values(values, data):
    k = data.draw(st.integers(1, len(values)))
    assert nth({v: values.count(v) for v in values}, k) == sorted(values)[k - 1]


def test_regions():
    assert covers("130000", "130100")
    assert covers("130100", "130102")
    assert not covers("130100", "130200")
    assert covers("DE-BY", "DE-BY")
    assert not covers("DE", "DE-BY"), "only GB/T 2260 says what lies in what"


def delivered(days: list[float | None], **other: Any) -> list[dict[str, Any]]:
    """Deliveries paid at noon on 1 November, UTC, and there so many days later; None: not there."""
    paid = other.pop("paid", datetime(2020, 11, 1, 12))
    row = {"platform": "x", "product": "nuts", "region": "330100", "mode": "merchant", "occurred_at": paid,
           "shipped_at": paid}  # fmt: skip
    return [
        row | {"delivered_at": None if d is None else paid + timedelta(days=d)} | other for d in days
    ]  # fmt: skip


def records(*groups: list[dict[str, Any]], listed: Any = ()) -> dict[str, Any]:
    rows = [row for group in groups for row in group]
    times = dict.fromkeys(("occurred_at", "shipped_at", "delivered_at"), pl.Datetime("us"))
    frame = pl.DataFrame(
        [{"id": str(i), "order_line": f"o{i}"} | row for i, row in enumerate(rows)], infer_schema_length=None,
        schema_overrides=times,
    )  # fmt: skip
    found = {"fulfilments": frame}
    if listed:
        found["regional_listings"] = pl.DataFrame(
            [{"platform": "x", "id": str(i), "occurred_at": at, "product": p, "region": r}
             for i, (at, p, r) in enumerate(listed)]
        )  # fmt: skip
    return found


def planned(folder: Path, given_records: dict[str, Any], plan: str = PLAN, on: date = ON, **other: Any) -> Season:
    (folder / "plan.yaml").write_text(plan, encoding="utf-8")
    return season(given_records, plan=folder / "plan.yaml", on=on, out=folder / "out", **other)


SIXTY = [2.0] * 30 + [3.2] * 29 + [5.0]  # 60 values: their largest is the bound


def test_from_records_to_days(tmp_path):
    listed = [
        (datetime(2020, 1, 4, 16), "nuts", "330100"),  # 5 January in Shanghai, 20 days before that feast
        (datetime(2019, 3, 1), "nuts", "330100"),  # for no such season
        (datetime(2020, 1, 15), "nuts", "130100"),
        (datetime(2020, 12, 20, 15), "nuts", "130100"),  # 23:00 on the day it is reckoned
        (datetime(2020, 12, 20, 16), "nuts", "330100"),  # tomorrow: not known yet
    ]
    made = planned(
        tmp_path, records(delivered(SIXTY), delivered([7.0] * 59, region="130100"), listed=listed)
    )  # fmt: skip
    rows = {row.region: row for row in made.rows}
    near, far = rows["330100"], rows["130100"]
    assert [w.lead.lead_days for w in near.ways] == [5]
    assert (near.ways[0].lead.median_days, near.ways[0].lead.low_days, near.ways[0].lead.seen) == (2, 2, 60)
    assert (near.target, near.last_orders, near.listing) == (date(2021, 2, 9), [date(2021, 2, 4)], date(2021, 1, 22))
    assert (near.last_listed_on, near.earlier_days) == (date(2020, 1, 5), 21 - 20)
    assert (near.listed_on, near.status) == (None, "due")
    assert (far.target, far.last_orders, far.listing) == (date(2021, 2, 2), [date(2021, 1, 26)], date(2021, 1, 13))
    assert (far.listed_on, far.status, far.earlier_days) == (ON, "listed", 30 - 10)
    assert [row.region for row in made.rows] == ["130100", "330100"], "the one that lists soonest first"
    assert any(en.startswith("Earlier than last year") and "median 10.5 (1 to 20; 2" in en for _, en in notes(made))
    table = pl.read_csv(made.folder / "season.csv")
    assert table["last_order"].to_list() == ["2021-01-26", "2021-02-04"]
    cells = list(openpyxl.load_workbook(made.folder / "season.xlsx")["days"].iter_rows(values_only=True))
    column = {name: [row[at] for row in cells[1:]] for at, name in enumerate(cells[0])}
    assert column["lead_days"] == table["lead_days"].to_list() == [7, 5]
    assert [str(day.date()) for day in column["listing"]] == table["listing"].to_list()
    page_ = made.page.read_text(encoding="utf-8")
    for text in ("按时上架", "to be listed", "<svg", "modelled", "建模", "arrive_pct"):
        assert text in page_


def test_where_a_good_stands(tmp_path):
    of = records(delivered(SIXTY, region="330100"), delivered(SIXTY, region="130100"))
    for on, state in ((date(2021, 1, 15), "due"), (date(2021, 1, 22), "due"), (date(2021, 1, 23), "overdue"),
                      (date(2021, 2, 4), "overdue"), (date(2021, 2, 5), "too_late")):  # fmt: skip
        made = planned(tmp_path, of, on=on, assume={"recent_days": 90})
        assert {row.region: row.status for row in made.rows}["330100"] == state, on
    late = records(
        delivered(SIXTY), delivered(SIXTY, region="130100"), listed=[(datetime(2021, 1, 23), "nuts", "330100")]
    )
    made = planned(tmp_path, late, on=date(2021, 1, 25), assume={"recent_days": 90})
    assert {row.region: row.status for row in made.rows}["330100"] == "listed_late"


def test_the_slower_of_recent_days_and_last_years_season_counts(tmp_path):
    before = delivered([9.0] * 59, paid=datetime(2020, 1, 10))
    both = delivered(SIXTY), delivered(SIXTY, region="130100")
    made = planned(tmp_path, records(*both, before))
    lead = {row.region: row.ways[0].lead for row in made.rows}["330100"]
    assert (lead.lead_days, lead.when, lead.whose) == (9, "last_season", "own")
    made = planned(tmp_path, records(*both, before[:58]))
    assert {row.region: row.ways[0].lead.lead_days for row in made.rows}["330100"] == 5, "58 bear no bound"


def test_too_few_of_its_own_borrow_from_the_slower(tmp_path):
    """Three deliveries by the owner to Hangzhou: pearls' by owners there take 8 days, nuts' by owners elsewhere 4."""
    made = planned(
        tmp_path,
        records(
            delivered(SIXTY), delivered(SIXTY, region="130100"), delivered([1.0] * 3, mode="owner"),
            delivered([8.0] * 59, mode="owner", product="pearls"), delivered([4.0] * 59, mode="owner", region="130100"),
        ),
    )  # fmt: skip
    ways = {(row.region, w.mode): w.lead for row in made.rows for w in row.ways}
    assert (ways["330100", "owner"].lead_days, ways["330100", "owner"].whose) == (8, "like")
    assert (ways["130100", "owner"].lead_days, ways["130100", "owner"].whose) == (4, "own")


def test_a_province_of_the_plan_holds_its_cities(tmp_path):
    """Thirty deliveries to each of two cities are enough for the province, and so is a listing in all of it."""
    province = PLAN.replace('"330100": {zh: 杭州, en: Hangzhou}', '"330000": {zh: 浙江, en: Zhejiang}')
    cities = delivered([2.0] * 30, region="330100"), delivered([4.0] * 30, region="330200")
    listed = [(datetime(2020, 1, 5), "nuts", "330000"), (datetime(2020, 1, 3), "nuts", "330100")]
    made = planned(tmp_path, records(*cities, delivered(SIXTY, region="130100"), listed=listed), province)
    row = next(row for row in made.rows if row.region == "330000")
    assert (row.ways[0].lead.seen, row.ways[0].lead.lead_days, row.ways[0].lead.whose) == (60, 4, "own")
    assert row.last_listed_on == date(2020, 1, 5), "one city's listing is not the province's"


def test_a_new_pack_goes_as_another_does(tmp_path):
    plan = PLAN.replace("en: Nuts}}", "en: Nuts}, pack: {zh: 年货大礼包, en: Pack}}\nlike: {pack: nuts}")
    made = planned(tmp_path, records(delivered(SIXTY), delivered(SIXTY, region="130100")), plan)
    days = {(row.product, row.region): row.listing for row in made.rows}
    assert days["pack", "330100"] == days["nuts", "330100"] is not None
    with pytest.raises(BadInput, match="not among goods"):
        planned(tmp_path, records(delivered(SIXTY)), plan.replace("{pack: nuts}", "{box: nuts}"))


def test_what_never_arrives_is_later_than_any(tmp_path):
    rows = delivered([2.0] * 59 + [None] * 2), delivered(SIXTY, region="130100")
    made = planned(tmp_path, records(*rows))
    lead = {row.region: row.ways[0].lead for row in made.rows}["330100"]
    assert (lead.whose, lead.lead_days) == ("own", None), "the 61st of 61 never came: nothing is borrowed to hide it"
    alone = planned(
        tmp_path, records(delivered([2.0] * 40 + [None] * 40)),
        PLAN.replace('"130100": {zh: 石家庄, en: Shijiazhuang}, ', ""),
    )  # fmt: skip
    assert (alone.rows[0].status, alone.rows[0].listing) == ("undated", None)
    page_ = render(alone)
    assert "40 of 80 never arrived, so no day can be given" in page_
    assert "没有一种商品能据记录推算日期" in page_


def test_what_was_not_known_on_the_day_is_not_used(tmp_path):
    """Delivered after the day, or paid after it, or cancelled, or without region or mode: counted, and not asked."""
    late = delivered([60.0], paid=datetime(2020, 11, 1, 12))
    odd = [
        *delivered([1.0] * 2, paid=datetime(2020, 12, 20, 16)), *delivered([None], shipped_at=None),
        *delivered([3.0], region=None), *delivered([3.0], mode=None),
    ]  # fmt: skip
    made = planned(tmp_path, records(delivered(SIXTY), delivered(SIXTY, region="130100"), late, odd))
    assert made.left_out == {"later": 2, "no_mode": 1, "no_region": 1, "not_sent": 1}
    lead = {row.region: row.ways[0].lead for row in made.rows}["330100"]
    assert (lead.seen, lead.never, lead.lead_days) == (61, 1, None), "60 days were not over on that day"


def test_what_is_refused(tmp_path):
    good = records(delivered(SIXTY), delivered(SIXTY, region="130100"))
    for plan, told in (
        (PLAN.replace("330100", "999900"), "nothing was sent to region '999900'"),
        (PLAN.replace("nuts:", "figs:"), "good 'figs' has no lead time on record"),
        (PLAN.replace("day: 2021-02-12", "day: 2020-12-20"), "is not after 2020-12-20"),
        (PLAN.replace("last_day: 2020-01-25", "last_day: 2021-02-12"), "last_day 2021-02-12 is not before"),
        (PLAN.replace("days: 7", "days: 0"), "not by how many days"),
        (PLAN.replace("from: 2021-01-06, to", "from: 2021-03-06, to"), "exchange the days"),
        (PLAN.replace("kind: early_purchase", "kind: closed"), "what is closed has no days"),
        (PLAN.replace("kind: early_purchase", "kind: shut"), "is not a season's plan"),
        ("feast: [", "is not a season's plan"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=told):
            planned(tmp_path, good, plan)
    for assume, told in (({"arrive_pct": 100}, "below 100"), ({"buying_days": 0}, "1 or more"),
                         ({"buying": 3}, "did you mean buying_days")):  # fmt: skip
        with pytest.raises(BadInput, match=told):
            planned(tmp_path, good, assume=assume)
    with pytest.raises(BadInput, match="no delivery was paid from"):
        planned(tmp_path, good, on=date(2020, 6, 1))


def test_the_command(shell: Shell) -> None:
    good = records(delivered(SIXTY), delivered(SIXTY, region="130100"))["fulfilments"]
    good.write_csv(shell.records / "fulfilments.csv")
    plan = shell.folder / "plan.yaml"
    plan.write_text(PLAN, encoding="utf-8")
    call = ("season", shell.records, plan, "--out", shell.folder / "out")
    told = shell.done(*call, "--on", ON)
    assert "Nuts, Shijiazhuang: list by 2021-01-15, order by merchant 2021-01-28 (to be listed)" in told
    assert "坚果，石家庄：2021-01-15 前上架" in shell.done(*call, "--on", ON, "-l", "zh")
    with (shell.records / "fulfilments.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows[0]["delivered_at"] = "2020-10-01T00:00:00"
    pl.DataFrame(rows).write_csv(shell.records / "fulfilments.csv")
    told = shell.done(*call, "--on", ON)
    assert "set aside (quarantine.parquet) and not counted: 1. The first: fulfilments.csv line 2: delivered_at" in told
    for row in rows:
        row["delivered_at"] = "2020-10-01T00:00:00"
    pl.DataFrame(rows).write_csv(shell.records / "fulfilments.csv")
    assert "not one of 120 rows in fulfilments is good" in shell.refused(*call, "--on", ON)
    assert "write it as 2025-12-31" in shell.refused(*call, "--on", "soon")
    assert "name a YAML file" in shell.refused("season", shell.records, shell.folder / "none.yaml", "--on", ON)
