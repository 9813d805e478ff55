"""What makes a row bad, in words; and what moment a written time is."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from desk import GOOD, HEAD, Desk, order, ours
from guiju.records.mapping import Mapping

# Faults of rows


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("quantity", "abc", "quantity: 'abc' is not a decimal(18, 3)"),
        ("quantity", "-1", "quantity: -1 is not above 0"),
        ("quantity", "0", "quantity: 0 is not above 0"),
        ("quantity", "", "needed value missing: quantity"),
        ("quantity", "NaN", "quantity: 'NaN' is not a decimal(18, 3)"),
        ("quantity", "1_000", "quantity: '1_000' is not a decimal(18, 3)"),
        ("gross_amount", "1,5", "gross_amount: '1,5' is not a decimal(18, 2)"),
        (
            "gross_amount",
            "99999999999999999",
            "gross_amount: '99999999999999999' is out of range for a decimal(18, 2)",
        ),
        ("gross_amount", "-0.01", "gross_amount: -0.01 is below 0"),
        ("occurred_at", "yesterday", "occurred_at: 'yesterday' cannot be read as a time"),
        ("occurred_at", "2024-02-30", "occurred_at: '2024-02-30' cannot be read as a time"),
        ("occurred_at", "1989-12-31", "occurred_at: 1989-12-31 is not between the years 1990 and 2100"),
        ("occurred_at", "2101-01-01", "occurred_at: 2101-01-01 is not between the years 1990 and 2100"),
        ("occurred_at", "infinity", "occurred_at: infinity is not between the years 1990 and 2100"),
        ("currency", "RMB ", "currency 'RMB ' is not three capital letters"),
        ("currency", "cny", "currency 'cny' is not three capital letters"),
        ("seller", "", "needed value missing: seller"),
        ("id", "", "needed value missing: id"),
    ],
)
def test_faults(desk: Desk, column: str, value: str, reason: str) -> None:
    row = dict(zip(HEAD.split(","), GOOD.format(2).split(","), strict=True)) | {column: f'"{value}"'}
    staged = desk.orders(GOOD.format(1), ",".join(row.values()))
    assert desk.bad(staged) == [(3, reason)]
    assert staged.tables["orders"].good == 1


def test_bounds_themselves_are_good(desk: Desk) -> None:
    staged = desk.orders("p,1,1990-01-01,s,x,0.001,CNY,0", "p,2,2100-12-31 23:59:59,s,x,1,CNY,9999999999999999.99")
    assert desk.bad(staged) == []


def test_spans_are_not_reversed(desk: Desk) -> None:
    desk.write(
        "costs.csv",
        "platform,id,seller,product,valid_from,valid_to,currency,purchase_cost\n"
        "p,1,s,x,2024-01-02,2024-01-01,CNY,1\np,2,s,x,2024-01-02,2024-01-02,CNY,1\np,3,s,x,2024-01-02,9999-12-31,CNY,1\n",
    )
    assert desk.bad(desk.stage()) == [
        (2, "valid_to is before valid_from"),
        (4, "valid_to: 9999-12-31 is not between the years 1990 and 2100; leave an open end empty"),
    ]


FUNDED = "seller_funded_amount,platform_funded_amount,third_party_funded_amount"
KINDS = "undisclosed_amount,coupon_amount,newcomer_amount"


@pytest.mark.parametrize(
    ("amounts", "reason"),
    [
        ("2,2,1,0,5,0", ""),
        ("2,2,1.01,0,5.02,0", ""),  # a cent of rounding each
        (
            "2,2,1.02,0,0,0",
            f"{FUNDED.replace(',', ' + ')} 5.02 exceeds gross_amount",
        ),
        (
            "6,,,0,0,0",
            f"{FUNDED.replace(',', ' + ')} 6.00 exceeds gross_amount",
        ),
        (
            "1,0,0,0.5,0.52,",
            "undisclosed_amount + coupon_amount + newcomer_amount 1.02 exceeds seller_funded_amount",
        ),
        ("1,,0,0.5,0.52,", ""),  # a part is not known
    ],
)
def test_reductions_add_up(desk: Desk, amounts: str, reason: str) -> None:
    staged = desk.orders(f"{GOOD.format(1)},{amounts}", head=f"{HEAD},{FUNDED},{KINDS}")
    found = desk.bad(staged)
    assert len(found) == bool(reason)
    assert all(said.startswith(reason) for _, said in found)


def test_whole_numbers(desk: Desk) -> None:
    lines = [
        "platform,id,shelf_life_days",
        "p,1,3.0",
        "p,2,3.7",
        "p,3,-1",
        "p,4,",
        "p,5,99999999999999999999",
    ]
    desk.write("products.csv", "\n".join(lines))
    assert desk.bad(desk.stage()) == [
        (3, "shelf_life_days: '3.7' is not a whole number (int64)"),
        (4, "shelf_life_days: -1 is below 0"),
        (6, "shelf_life_days: '99999999999999999999' is out of range for a whole number (int64)"),
    ]
    assert desk.rows("SELECT id, shelf_life_days FROM products ORDER BY id") == [("1", 3), ("4", None)]


# Times


@pytest.mark.parametrize(
    ("written", "zone", "utc"),
    [
        ("2024-01-01 23:59:59", "Asia/Shanghai", datetime(2024, 1, 1, 15, 59, 59)),
        ("2024-01-02 00:00:00", "Asia/Shanghai", datetime(2024, 1, 1, 16)),
        ("2024-01-02", "Asia/Shanghai", datetime(2024, 1, 1, 16)),
        ("2024/1/2 8:05", "Asia/Shanghai", datetime(2024, 1, 2, 0, 5)),
        ("2024-01-02T00:00:00Z", "Asia/Shanghai", datetime(2024, 1, 2)),
        ("2024-01-02T00:00:00.123456+08:00", "UTC", datetime(2024, 1, 1, 16, 0, 0, 123456)),
        ("2024-01-02 00:00:00+0800", "UTC", datetime(2024, 1, 1, 16)),
        ("2024-01-02 00:00:00 +08", "UTC", datetime(2024, 1, 1, 16)),
        ("2024-01-02", "UTC", datetime(2024, 1, 2)),
        ("2024-07-01 12:00", "America/New_York", datetime(2024, 7, 1, 16)),
        ("2024-01-01 12:00", "America/New_York", datetime(2024, 1, 1, 17)),
        (" 2024-01-02 ", "UTC", datetime(2024, 1, 2)),
    ],
)
def test_times_become_utc(desk: Desk, written: str, zone: str, utc: datetime) -> None:
    staged = desk.orders(GOOD.format(1).replace("2024-01-01 08:00:00", written), mapping=Mapping(time_zone=zone))
    assert desk.bad(staged) == []
    assert desk.rows("SELECT occurred_at FROM orders") == [(utc,)]


@pytest.mark.parametrize(
    ("type_", "value", "utc"),
    [
        (pa.timestamp("us"), datetime(2024, 1, 2), datetime(2024, 1, 1, 16)),
        (pa.timestamp("ms"), datetime(2024, 1, 2), datetime(2024, 1, 1, 16)),
        (pa.date32(), datetime(2024, 1, 2), datetime(2024, 1, 1, 16)),
        (pa.timestamp("us", "Asia/Tokyo"), datetime(2024, 1, 2), datetime(2024, 1, 2)),
    ],
)
def test_typed_times_become_utc(desk: Desk, type_: pa.DataType, value: datetime, utc: datetime) -> None:
    table = ours("orders", [order(1)])
    at = table.column_names.index("occurred_at")
    pq.write_table(table.set_column(at, "occurred_at", pa.array([value], type_)), desk.folder / "orders.parquet")
    staged = desk.stage(Mapping(time_zone="Asia/Shanghai"))
    assert desk.rows("SELECT occurred_at FROM orders") == [(utc,)]
    assert staged.tables["orders"].first == utc
