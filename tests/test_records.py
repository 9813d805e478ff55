"""Records come in from files and frames: good rows become views, and what cannot be used is refused."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from desk import GOOD, HEAD, Desk, order, ours
from guiju.records import tables

# What a table is, however it came


def test_a_view_has_all_columns_in_our_types(desk: Desk) -> None:
    desk.orders(GOOD.format(1))
    found = [(n, t) for n, t, *_ in desk.rows("DESCRIBE orders")]
    assert [n for n, _ in found] == list(tables()["orders"].names)
    types = dict(found)
    assert types["quantity"] == "DECIMAL(18,3)"
    assert types["occurred_at"] == "TIMESTAMP"
    assert types["coupon_amount"] == "DECIMAL(18,2)"
    assert desk.rows("SELECT buyer, coupon_amount, quantity FROM orders") == [(None, None, Decimal("1.000"))]


def test_staged_tells_what_was_read(desk: Desk) -> None:
    desk.write("readme.txt", "hello")
    staged = desk.orders(GOOD.format(1), "p,2,2024-01-03,s,x,1,CNY,5", "p,3,2024", head=HEAD)
    table = staged.tables["orders"]
    assert (table.read, table.good, table.quarantined, table.left_out) == (3, 2, 1, 0)
    assert table.supplied == frozenset(HEAD.split(","))
    assert (table.first, table.last) == (datetime(2024, 1, 1, 8), datetime(2024, 1, 3))
    assert [f.name for f in table.files] == ["orders.csv"]
    assert len(table.files[0].sha256) == 64
    assert table.files[0].bytes == (desk.folder / "orders.csv").stat().st_size
    assert staged.ignored == ["readme.txt"]
    assert staged.jurisdictions == ("CN",)


def test_good_parquet_in_our_types_is_not_copied(desk: Desk) -> None:
    pq.write_table(ours("orders", [order(i) for i in range(5)]), desk.folder / "orders.parquet")
    staged = desk.stage()
    assert staged.tables["orders"].good == 5
    assert [p.name for p in desk.work.iterdir()] == ["quarantine.parquet"]
    assert str(desk.folder) in desk.rows("SELECT sql FROM duckdb_views() WHERE view_name = 'orders'")[0][0]


def test_parquet_of_other_types_is_copied_and_cast(desk: Desk) -> None:
    table = pa.table(
        {
            "platform": ["p", "p"],
            "id": [1, 2],
            "occurred_at": pa.array([datetime(2024, 1, 1)] * 2, pa.timestamp("ns")),
            "seller": [7.0, None],
            "product": ["x", "x"],
            "quantity": [1.5, float("nan")],
            "currency": ["CNY", "CNY"],
            "gross_amount": [10.1, float("inf")],
        }
    )
    pq.write_table(table, desk.folder / "orders.parquet")
    staged = desk.stage()
    assert desk.rows("SELECT id, seller, quantity, gross_amount FROM orders") == [
        ("1", "7", Decimal("1.500"), Decimal("10.10"))
    ]
    [(line, reason)] = desk.bad(staged)
    assert line == 2
    assert "needed value missing: seller" in reason
    assert "quantity: 'nan' is not a decimal(18, 3)" in reason
    assert "gross_amount: 'inf' is not a decimal(18, 2)" in reason


def test_one_bad_row_in_our_parquet_leaves_the_others(desk: Desk) -> None:
    rows = [order(1), order(2, quantity=Decimal(-1)), order(3, buyer="")]
    pq.write_table(ours("orders", rows), desk.folder / "orders.parquet")
    staged = desk.stage()
    assert desk.bad(staged) == [(2, "quantity: -1.000 is not above 0")]
    assert desk.rows("SELECT id, buyer FROM orders ORDER BY id") == [("o1", None), ("o3", None)]


def test_parts_of_a_folder_are_one_table_and_each_row_knows_its_part(desk: Desk) -> None:
    (desk.folder / "orders").mkdir()
    pq.write_table(ours("orders", [order(1)]), desk.folder / "orders/a.parquet")
    pq.write_table(ours("orders", [order(2), order(3, seller=None)]), desk.folder / "orders/b [1].parquet")
    desk.write("orders/_SUCCESS", "")
    staged = desk.stage()
    assert [f.name for f in staged.tables["orders"].files] == ["orders/a.parquet", "orders/b [1].parquet"]
    assert desk.rows(f"SELECT file, line FROM '{staged.quarantine}'") == [("orders/b [1].parquet", 2)]
    assert staged.ignored == []


def test_a_table_without_rows_is_fine(desk: Desk) -> None:
    staged = desk.orders()
    assert staged.tables["orders"].read == 0
    pq.write_table(ours("products", [{"platform": "p", "id": "x"}]).slice(0, 0), desk.folder / "products.parquet")
    assert desk.stage().tables["products"].good == 0


def test_all_rows_bad_is_fine_and_counted(desk: Desk) -> None:
    staged = desk.orders("a", "b")
    assert (staged.tables["orders"].good, staged.tables["orders"].quarantined) == (0, 2)


# Frames


@pytest.mark.parametrize("kind", ["polars", "pandas", "arrow", "relation"])
def test_frames_serve_as_tables(desk: Desk, kind: str) -> None:
    table = ours("orders", [order(1), order(2, seller=None)])
    frame: Any = {
        "polars": lambda: pl.from_arrow(table),
        "pandas": lambda: table.to_pandas(),
        "arrow": lambda: table,
        "relation": lambda: duckdb.connect().from_arrow(table),
    }[kind]()
    staged = desk.stage(records={"orders": frame, "notes": frame})
    assert desk.rows("SELECT id, quantity FROM orders") == [("o1", Decimal("1.000"))]
    assert desk.bad(staged) == [(2, "needed value missing: seller")]
    assert staged.ignored == ["notes"]
    assert staged.tables["orders"].files[0].name == "orders"


def test_a_frame_of_mixed_values_is_refused(desk: Desk) -> None:
    assert "orders" in desk.refused(records={"orders": pd.DataFrame({"id": [1, "a", b"c"]})})
    assert "is a list" in desk.refused(records={"orders": [1]})
    assert "did you mean orders" in desk.refused(records={"oders": ours("orders", [order(1)])})


# Keys and currencies


def test_copies_go_and_the_first_stays(desk: Desk) -> None:
    staged = desk.orders(GOOD.format(1), GOOD.format(2), GOOD.format(1), GOOD.format(1))
    assert desk.bad(staged) == [(n, "a copy of the row with the same id in orders.csv line 2") for n in (4, 5)]
    assert desk.rows("SELECT id FROM orders ORDER BY id") == [("1",), ("2",)]


def test_rows_of_one_key_that_differ_all_go(desk: Desk) -> None:
    staged = desk.orders(GOOD.format(1), GOOD.format(1).replace("5.00", "6.00"), GOOD.format(1), GOOD.format(2))
    reason = "id '1' stands for 3 rows that differ; the first is in orders.csv line 2"
    assert desk.bad(staged) == [(2, reason), (3, reason), (4, reason)]
    assert desk.rows("SELECT id FROM orders") == [("2",)]


def test_one_id_on_two_platforms_is_two_rows(desk: Desk) -> None:
    assert desk.orders(GOOD.format(1), "q" + GOOD.format(1)[1:]).tables["orders"].good == 2


def test_doubles_in_our_own_parquet(desk: Desk) -> None:
    pq.write_table(ours("orders", [order(1), order(2), order(1)]), desk.folder / "orders.parquet")
    staged = desk.stage()
    assert desk.bad(staged) == [(3, "a copy of the row with the same id in orders.parquet line 1")]
    assert desk.rows("SELECT id FROM orders ORDER BY id") == [("o1",), ("o2",)]


def test_two_currencies_on_one_platform_are_refused(desk: Desk) -> None:
    desk.write("orders.csv", "\n".join([HEAD, GOOD.format(1), GOOD.format(2), GOOD.format(3).replace("CNY", "USD")]))
    said = desk.refused()
    assert "platform 'p' has more than one currency: CNY (2 rows), USD (1 row)" in said
    desk.write("orders.csv", "\n".join([HEAD, GOOD.format(1), "q" + GOOD.format(2)[1:].replace("CNY", "USD")]))
    assert desk.stage().tables["orders"].good == 2


# What is refused


def test_a_folder_without_a_table(desk: Desk) -> None:
    assert "it is empty" in desk.refused()
    desk.write("oders.csv", HEAD)
    assert "did you mean orders.csv where oders.csv stands?" in desk.refused()
    assert "no such folder" in desk.refused(records=desk.folder / "none")


def test_two_files_for_one_table(desk: Desk) -> None:
    desk.write("orders.csv", HEAD).write("orders.jsonl", "")
    assert "orders.csv, orders.jsonl are all the table orders" in desk.refused()


def test_a_missing_needed_column(desk: Desk) -> None:
    desk.write("orders.csv", HEAD.replace("quantity", "quantities") + "\n")
    said = desk.refused()
    assert said.startswith("orders.csv: the table orders needs quantity (did you mean quantities?); supply or map")
    assert "there is platform, id, occurred_at" in said


def test_a_mistyped_optional_column_is_told(desk: Desk) -> None:
    staged = desk.orders(GOOD.format(1) + ",a", head=HEAD + ",reigon")
    assert staged.ignored == ["orders.csv: column reigon (did you mean region?)"]


def test_half_a_parquet_file(desk: Desk) -> None:
    path = desk.folder / "orders.parquet"
    pq.write_table(ours("orders", [order(i) for i in range(100)]), path)
    path.write_bytes(path.read_bytes()[:-200])
    assert desk.refused() == "orders.parquet: is not a whole Parquet file; copy it again"
    path.write_bytes(b"")
    assert "orders.parquet: is not a whole Parquet file" in desk.refused()


def test_a_parquet_file_damaged_inside(desk: Desk) -> None:
    path = desk.folder / "orders.parquet"
    pq.write_table(ours("orders", [order(i) for i in range(1000)]), path, compression="gzip")
    data = bytearray(path.read_bytes())
    data[10:2000] = b"\xff" * 1990
    path.write_bytes(data)
    assert "orders.parquet" in desk.refused()


def test_a_column_without_values_may_have_any_type(desk: Desk) -> None:
    frame = pd.DataFrame([order(1)]).assign(buyer=float("nan"), coupon_amount=None, occurred_at="2024-01-01")
    listing = {"platform": "p", "id": "1", "occurred_at": datetime(2024, 1, 1), "seller": "s", "product": "x"}
    listings = pd.DataFrame([{**listing, "currency": "CNY", "price": 1.5}]).assign(
        ended_at=float("nan"), reference_price=None
    )
    staged = desk.stage(records={"orders": frame, "listings": listings})
    assert [t.good for t in staged.tables.values()] == [1, 1]
    assert desk.rows("SELECT typeof(ended_at), typeof(reference_price) FROM listings") == [
        ("TIMESTAMP", "DECIMAL(18,6)")
    ]


def test_text_of_other_programs(desk: Desk) -> None:
    text = "\n".join([HEAD, GOOD.format(1).replace(",s,", ",店,")])
    desk.write("orders.csv", text.encode("utf-16"))
    desk.stage()
    assert desk.rows("SELECT seller FROM orders") == [("店",)]


def test_folders_that_name_a_column(desk: Desk) -> None:
    for platform in ("p", "q"):
        (desk.folder / f"orders/platform={platform}").mkdir(parents=True)
        table = ours("orders", [order(1)]).drop_columns(["platform"])
        pq.write_table(table, desk.folder / f"orders/platform={platform}/part.parquet")
    desk.stage()
    assert desk.rows("SELECT platform, id FROM orders ORDER BY platform") == [("p", "o1"), ("q", "o1")]


def test_numbers_where_times_are_needed(desk: Desk) -> None:
    table = ours("orders", [order(1)])
    at = table.column_names.index("occurred_at")
    pq.write_table(table.set_column(at, "occurred_at", pa.array([1_704_067_200_000])), desk.folder / "orders.parquet")
    assert "orders.parquet: column occurred_at: holds BIGINT, not times" in desk.refused()
