"""Public records through the whole audit.

The figures they are held to come from the files themselves, by plain SQL or plain Python.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from guiju.audit.folder import Run
from guiju.audit.run import audit

MAPPINGS = Path(__file__).parent.parent / "examples" / "mappings"
DAYS = {
    "olist": "2024-08-31",
    "completejourney": "2023-12-31",
    "uci_online_retail_ii": "2022-11-30",
    "marketplace_price_history": "2023-05-27",
}
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def data() -> Path:
    if "GUIJU_REAL_DATA" not in os.environ:
        pytest.skip("real data not present")
    return Path(os.environ["GUIJU_REAL_DATA"])


@pytest.fixture(scope="module")
def audited(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Run]:
    """The run of a set up to a day; made once."""
    made: dict[tuple[str, str], Run] = {}

    def run(name: str, day: str | None = None) -> Run:
        key = (name, day or DAYS[name])
        if key not in made:
            out = tmp_path_factory.mktemp(name)
            made[key] = audit(data / name, mapping=MAPPINGS / f"{name}.yaml", day=key[1], out=out)
        return made[key]

    return run


def rows(query: str, **files: Path) -> list[tuple[Any, ...]]:
    """Rows of a query in which {name} stands for a file."""
    return duckdb.connect().execute(query.format(**{n: f"'{f}'" for n, f in files.items()})).fetchall()


def outcome(run: Run, rule: str) -> dict[str, Any]:
    return next(r for r in run.manifest["rules"] if r["rule"] == rule)


@pytest.mark.parametrize("name", DAYS)
def test_every_row_is_accounted_for(name: str, audited: Callable[..., Run]) -> None:
    run = audited(name)
    accounts = [account for rule in run.manifest["rules"] for account in rule["account"].values()]
    assert any(rule["outcome"] == "asked" for rule in run.manifest["rules"])
    for one in accounts:
        assert one["read"] == one["asked"] + one["quarantined"] + sum(one["unanswered"].values())
    for table in run.manifest["inputs"].values():
        assert table["read"] == table["good"] + table["quarantined"]


@pytest.mark.parametrize("name", DAYS)
def test_a_run_says_what_it_could_not_ask(name: str, audited: Callable[..., Run]) -> None:
    """None of the sets knows a cost, so nothing may be said about sales below it."""
    for rule in ("no_below_cost_sales", "no_predatory_pricing_by_dominant"):
        assert outcome(audited(name), rule)["outcome"] == "not_available"
        assert "costs" in outcome(audited(name), rule)["why"]["en"]


# -- what was read --


def test_olist_rows(data: Path, audited: Callable[..., Run]) -> None:
    here = data / "olist"
    inputs = audited("olist").manifest["inputs"]
    lines = """
        SELECT count(*) FROM {i} i JOIN {o} o USING (order_id)
        WHERE o.order_approved_at IS NOT NULL OR o.order_status = 'delivered'
    """
    counted = rows(lines, i=here / "items_sample.parquet", o=here / "orders_sample.parquet")
    assert inputs["orders"]["good"] == counted[0][0]
    customers = "SELECT count(DISTINCT customer_unique_id) FROM {c}"
    counted = rows(customers, c=here / "customers_sample.parquet")
    counted += rows("SELECT count(*) FROM {s}", s=here / "sellers.parquet")
    assert inputs["parties"]["good"] == sum(n for (n,) in counted)
    counted = rows("SELECT count(*) FROM {p}", p=here / "products.parquet")
    assert inputs["products"]["good"] == counted[0][0]
    # Nobody's tenure is known, and the rule says so instead of finding nothing.
    assert outcome(audited("olist"), "no_undisclosed_personal_prices")["outcome"] == "not_available"


def test_completejourney_quarantine_and_gross(data: Path, audited: Callable[..., Run]) -> None:
    query = """
        WITH lines AS (
            SELECT quantity, CAST(sales_value AS DECIMAL(18, 2)) AS received,
                CAST(coupon_disc AS DECIMAL(18, 2)) AS coupon,
                CAST(retail_disc AS DECIMAL(18, 2)) + CAST(coupon_match_disc AS DECIMAL(18, 2)) AS own
            FROM {t}
        ), judged AS (SELECT *, quantity <= 0 OR coupon > received + 0.01 AS bad FROM lines)
        SELECT count_if(bad), count_if(NOT bad), sum(received + own) FILTER (NOT bad) FROM judged
    """
    bad, good, shelf = rows(query, t=data / "completejourney" / "transactions_sample.parquet")[0]
    table = audited("completejourney").manifest["inputs"]["orders"]
    assert (table["quarantined"], table["good"]) == (bad, good)
    assert gross(data, "completejourney") == shelf


def gross(data: Path, name: str) -> Decimal:
    """The sum of gross amounts as staged."""
    from tempfile import TemporaryDirectory

    from guiju.records.mapping import load_mapping
    from guiju.records.staging import stage

    con = duckdb.connect()
    with TemporaryDirectory() as work:
        stage(con, data / name, load_mapping(MAPPINGS / f"{name}.yaml"), Path(work))
        return Decimal(con.execute("SELECT sum(gross_amount) FROM orders").fetchall()[0][0])


def test_plausible_offers(data: Path, audited: Callable[..., Run]) -> None:
    file = data / "marketplace_price_history" / "shopee_tiki_price_history.parquet"
    query = """
        SELECT count(*), count_if(plausible), count_if(plausible AND item_status IN ('normal', 'available'))
        FROM {s}
    """
    whole, plausible, offers = rows(query, s=file)[0]
    table = audited("marketplace_price_history").manifest["inputs"]["listings"]
    assert (table["good"], table["left_out"]) == (offers, whole - offers)
    assert offers < plausible < whole


# -- sham orders --

BASKETS = """
    SELECT store_id, min(transaction_timestamp), household_id FROM {t} WHERE quantity > 0
    GROUP BY store_id, household_id, basket_id
"""
ITEMS = """
    SELECT seller_id, min(CAST(order_purchase_timestamp AS TIMESTAMP)), customer_unique_id
    FROM {i} JOIN {o} USING (order_id) JOIN {c} USING (customer_id)
    GROUP BY seller_id, customer_unique_id, order_id
"""
INVOICES = """
    SELECT 'wholesaler', min(CAST(InvoiceDate AS TIMESTAMP)), "Customer ID",
        sum(CAST(Quantity * CAST(Price AS DECIMAL(18, 6)) AS DECIMAL(18, 2)))
    FROM {l} WHERE Quantity > 0 AND Price > 0 AND "Customer ID" IS NOT NULL
    AND Invoice NOT LIKE 'C%' AND Invoice NOT LIKE 'A%'
    AND (regexp_matches(StockCode, '^ *[0-9]{{5}}') OR regexp_matches(StockCode, '^(DCGS|SP1002|PADS|gift)'))
    GROUP BY Invoice, "Customer ID"
"""


def crowded(orders: list[tuple[Any, ...]]) -> Iterator[tuple[Any, list[tuple[Any, ...]]]]:
    """Every flagged hour of every shop, with its orders (shop, moment, buyer, …): the rule word by word."""
    for shop, of_shop in groupby(sorted(orders, key=lambda o: o[:2]), key=lambda o: o[0]):
        inside = list(of_shop)
        moments = [o[1] for o in inside]
        for start in {t + timedelta(microseconds=1) for t in moments} | {t - HOUR for t in moments}:
            window = inside[bisect_left(moments, start) : bisect_right(moments, start + HOUR)]
            if len(window) >= 10 and len(window) >= 3 * len({o[2] for o in window}):
                yield shop, window


def test_no_hour_is_crowded_where_none_was_found(data: Path, audited: Callable[..., Run]) -> None:
    here = data / "olist"
    files = {name[0]: here / f"{name}_sample.parquet" for name in ("items", "orders", "customers")}
    assert list(crowded(rows(ITEMS, **files))) == []
    assert outcome(audited("olist"), "no_sham_orders")["findings"] == 0

    baskets = rows(BASKETS, t=data / "completejourney" / "transactions_sample.parquet")
    assert list(crowded(baskets)) == []
    assert outcome(audited("completejourney"), "no_sham_orders")["findings"] == 0


def test_the_crowded_hours_of_a_wholesaler(data: Path, audited: Callable[..., Run]) -> None:
    orders = rows(INVOICES, l=data / "uci_online_retail_ii" / "online_retail_ii_2009_2010.parquet")
    found = {order for _, window in crowded(orders) for order in window}
    (finding,) = [f for f in audited("uci_online_retail_ii").findings if f.rule == "no_sham_orders"]
    assert finding.facts["orders"] == len(found)
    assert finding.facts["buyers"] == len({o[2] for o in found})
    assert finding.amount_at_stake == sum(o[3] for o in found)


# -- known customers --


def test_known_customers_of_a_wholesaler(data: Path, audited: Callable[..., Run]) -> None:
    """Cells and gap of every quarter; in the first nobody has been known for half a year."""
    query = """
        WITH lines AS (
            SELECT *, CAST(InvoiceDate AS TIMESTAMP) AS moment FROM {l} WHERE "Customer ID" IS NOT NULL
        ), tenures AS (
            SELECT *, epoch(moment - min(moment) OVER (PARTITION BY "Customer ID")) / 86400 AS days,
                date_trunc('quarter', timezone('Asia/Shanghai', timezone('Europe/London', moment))) AS quarter
            FROM lines
        ), sides AS (
            SELECT *, if(days >= 180, 1, 0) AS known, date_trunc('hour', moment) AS hour FROM tenures
            WHERE (days <= 30 OR days >= 180) AND Quantity > 0 AND Price > 0
            AND (regexp_matches(StockCode, '^[0-9]{{5}}') OR regexp_matches(StockCode, '^(DCGS|SP1002|PADS)'))
        ), cells AS (
            SELECT *, known - avg(known) OVER cell AS x, 100 * Price / avg(Price) OVER cell AS y FROM sides
            WINDOW cell AS (PARTITION BY quarter, StockCode, Quantity, Country, hour)
        )
        SELECT count(DISTINCT (StockCode, Quantity, Country, hour)), sum(x * (y - 100)) / sum(x * x)
        FROM cells WHERE x <> 0 AND quarter BETWEEN '2010-01-01' AND '2010-07-01'
        GROUP BY quarter ORDER BY quarter
    """
    expected = rows(query, l=data / "uci_online_retail_ii" / "online_retail_ii_2009_2010.parquet")
    run, rule = audited("uci_online_retail_ii"), "no_undisclosed_personal_prices"
    weighed = rows(
        "SELECT cells, gap_pct FROM {w} ORDER BY episode_start", w=run.folder / "weighed" / f"{rule}.parquet"
    )
    assert [cells for cells, _ in weighed] == [0, *(cells for cells, _ in expected)]
    assert [gap for _, gap in weighed[1:]] == pytest.approx([gap for _, gap in expected], abs=1e-6)
    assert outcome(run, rule)["findings"] == 0


# -- prior prices --

OFFERS = """
    SELECT itemid, observed_at, price_vnd,
        CASE WHEN discount IS NOT NULL AND ref_price_vnd > price_vnd THEN ref_price_vnd END
    FROM {s} WHERE plausible AND item_status IN ('normal', 'available') ORDER BY itemid, observed_at
"""
MONTH, LATE = timedelta(days=30), timedelta(hours=73)


def midnight(day: str) -> datetime:
    """The moment a day begins in Brussels, in UTC."""
    begins = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Europe/Brussels"))
    return begins.astimezone(UTC).replace(tzinfo=None)


def inflated(offers: list[tuple[Any, ...]], since: datetime, until: datetime) -> Iterator[tuple[str, datetime]]:
    """Item and beginning of every promotion whose reference is above the lowest offer of 30 days."""
    for item, of_item in groupby(offers, key=lambda o: o[0]):
        seen = list(of_item)
        nexts = [o[1] for o in seen[1:]] + [datetime.max]
        ends = [n if n - o[1] <= LATE else o[1] + HOUR for o, n in zip(seen, nexts, strict=True)]
        for i, (_, at, _price, claim) in enumerate(seen):
            goes_on = i and seen[i - 1][3] == claim and ends[i - 1] >= at
            if claim is None or goes_on or not since <= at < until:
                continue
            prior = [(o, e) for o, e in zip(seen[:i], ends, strict=False) if e > at - MONTH]
            covered = sum((min(e, at) - max(o[1], at - MONTH) for o, e in prior), timedelta())
            if covered >= MONTH * 0.9 and claim > min(o[2] for o, _ in prior) * 1.005:
                yield item, at


@pytest.mark.parametrize(("since", "day"), [("2022-05-28", "2023-05-27"), ("2022-07-16", "2023-07-15")])
def test_prior_prices(since: str, day: str, data: Path, audited: Callable[..., Run]) -> None:
    offers = rows(OFFERS, s=data / "marketplace_price_history" / "shopee_tiki_price_history.parquet")
    until = midnight(day) + timedelta(days=1)
    expected = sorted(inflated(offers, midnight(since), until))
    found = audited("marketplace_price_history", day).findings
    assert sorted((f.object, f.episode_start) for f in found) == expected
    assert expected
