"""Records come in: good rows become views, every other row is kept with its file, line and reason."""

from __future__ import annotations

import codecs
import io
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guiju.records import tables
from guiju.records.errors import BadInput
from guiju.records.mapping import Mapping
from guiju.records.staging import Staged, stage

HEAD = "platform,id,occurred_at,seller,product,quantity,currency,gross_amount"
GOOD = "p,{},2024-01-01 08:00:00,s,x,1,CNY,5.00"


class Desk:
    """A records folder, an engine and what staging made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "records"
        self.work = folder / "work"
        self.folder.mkdir()
        self.con = duckdb.connect()

    def write(self, name: str, text: str | bytes) -> Desk:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return self

    def stage(self, mapping: Mapping | None = None, records: Any = None) -> Staged:
        return stage(self.con, records if records is not None else self.folder, mapping, self.work)

    def orders(self, *lines: str, head: str = HEAD, mapping: Mapping | None = None) -> Staged:
        self.write("orders.csv", "\n".join([head, *lines]) + "\n")
        return self.stage(mapping)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.con.execute(query).fetchall()

    def bad(self, staged: Staged) -> list[tuple[Any, ...]]:
        return self.rows(f"SELECT line, reason FROM '{staged.quarantine}' ORDER BY ALL")

    def refused(self, mapping: Mapping | None = None, records: Any = None) -> str:
        with pytest.raises(BadInput) as told:
            self.stage(mapping, records)
        text = str(told.value)
        assert "\n" not in text
        assert "Error" not in text
        return text


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def order(number: int, **changes: Any) -> dict[str, Any]:
    row = {
        "platform": "p",
        "id": f"o{number}",
        "occurred_at": datetime(2024, 1, 1, 8),
        "seller": "s",
        "product": "x",
        "quantity": Decimal("1.000"),
        "currency": "CNY",
        "gross_amount": Decimal("5.00"),
    }
    return row | changes


ARROW = {
    "string": pa.string(),
    "timestamp(6)": pa.timestamp("us"),
    "int64": pa.int64(),
    "decimal(18, 2)": pa.decimal128(18, 2),
    "decimal(18, 3)": pa.decimal128(18, 3),
    "decimal(18, 6)": pa.decimal128(18, 6),
}


def ours(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """An Arrow table that has our types already."""
    given = {k for r in rows for k in r}
    return pa.Table.from_pylist(
        rows, schema=pa.schema([(c.name, ARROW[c.type]) for c in tables()[name].columns if c.name in given])
    )


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
    pq.write_table(
        ours("products", [{"platform": "p", "id": "x"}]).slice(0, 0), desk.folder / "products.parquet"
    )
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


# CSV


def test_gb18030_with_chinese_names(desk: Desk) -> None:
    text = f"{HEAD}\n" + "p,1,2024-01-01,阳澄湖蟹庄,大闸蟹(公4两),1,CNY,5\np,2,2024-01-01,㐀镕记,x,0,CNY,5\n"
    desk.write("orders.csv", text.encode("gb18030"))
    staged = desk.stage()
    assert desk.rows("SELECT seller, product FROM orders") == [("阳澄湖蟹庄", "大闸蟹(公4两)")]
    assert desk.bad(staged) == [(3, "quantity: 0 is not above 0")]


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, b""])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_marks_delimiters_and_line_ends(desk: Desk, mark: bytes, delimiter: str, end: str) -> None:
    lines = [HEAD, GOOD.format(1), 'p,2,2024-01-01,"a ""b"" 店",x,1,CNY,5', "p,3,2024-01-01,s"]
    text = end.join(lines).replace(",", delimiter)
    desk.write("orders.csv", mark + text.encode())
    staged = desk.stage()
    assert desk.rows("SELECT id, seller FROM orders ORDER BY id") == [("1", "s"), ("2", 'a "b" 店')]
    assert [line for line, _ in desk.bad(staged)] == [4]


def test_damaged_characters_cost_their_line_only(desk: Desk) -> None:
    lines = [HEAD, *(f"p,{i},2024-01-01,店铺{i},x,1,CNY,5" for i in range(50))]
    data = "\n".join(lines).encode().replace("店铺7,".encode(), "店铺7,".encode()[1:])
    desk.write("orders.csv", data)
    staged = desk.stage()
    assert staged.tables["orders"].good == 49
    assert desk.bad(staged) == [(9, "the line is not readable text (broken characters)")]


def test_text_that_is_neither_encoding_is_refused(desk: Desk) -> None:
    desk.write("orders.csv", HEAD.encode() + b"\n" + b"\xff\xfe\xff,\xff\n" * 5)
    assert "neither UTF-8 nor GB18030" in desk.refused()


def test_broken_lines_keep_their_number_and_text(desk: Desk) -> None:
    staged = desk.orders(
        GOOD.format(1),
        "p,2,2024",
        GOOD.format(3) + ",more",
        "",
        'p,4,2024-01-01,"s,x,1,CNY,5',
        'p,5,2024-01-01,"s\n旗舰店",x,1,CNY,5',
        GOOD.format("\0"),
        GOOD.format("6" * 300_000),
        GOOD.format(7),
    )
    assert desk.rows("SELECT id, seller FROM orders ORDER BY id") == [
        ("1", "s"),
        ("5", "s\n旗舰店"),
        ("7", "s"),
    ]
    assert [(line, re.sub(r"\d+", "N", reason)) for line, reason in desk.bad(staged)] == [
        (3, "the line has N fields where the header has N"),
        (4, "the line has N fields where the header has N"),
        (6, "the line holds a quote that is not closed, or closed too early"),
        (9, "the line holds a NUL character"),
        (10, "the line is longer than N characters"),
    ]
    assert desk.rows(f"SELECT row FROM '{staged.quarantine}' WHERE line = 3") == [('{"text": "p,2,2024"}',)]


def test_one_line_in_a_hundred_broken(desk: Desk) -> None:
    breaks = [
        lambda g: g[:12],
        lambda g: g + ",,",
        lambda g: g.replace(",s,", ',"s,'),
        lambda g: g.replace(",1,", ",one,"),
    ]
    lines, broken = [], []
    for i in range(20_000):
        line = GOOD.format(i) if i % 3 else GOOD.format(i).replace(",s,", ',"s ""1""",')
        if i % 100 == 50:
            broken.append(i + 2)
            line = breaks[i // 100 % 4](GOOD.format(i))
        lines.append(line)
    staged = desk.orders(*lines)
    table = staged.tables["orders"]
    assert (table.read, table.good, table.quarantined) == (20_000, 19_800, 200)
    assert [line for line, _ in desk.bad(staged)] == broken


def test_a_header_is_needed_and_names_no_column_twice(desk: Desk) -> None:
    desk.write("orders.csv", "")
    assert "orders.csv: has no header" in desk.refused()
    desk.write("orders.csv", HEAD + ",id\n")
    assert "names 'id' twice" in desk.refused()


FIELD = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1, max_size=8
)
NAME = FIELD.filter(lambda t: t.strip() == t)
WHOLE_LINE = st.tuples(st.just(True), NAME, st.decimals(0, 10**6, places=2))
BROKEN_LINE = st.tuples(
    st.just(False),
    st.sampled_from(['p,x,"', "p", "p,1,2024-01-01,s,x,one,CNY,5", "p" + "," * 20, "\x7f,a,b", '"x']),
    st.none(),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(WHOLE_LINE, BROKEN_LINE), max_size=30))
def test_any_mixture_of_good_and_broken_lines_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[bool, str, Decimal | None]]
) -> None:
    import csv

    text = io.StringIO()
    text.write(HEAD + "\n")
    writer = csv.writer(text, lineterminator="\n")
    for i, (whole, value, amount) in enumerate(lines):
        if whole:
            writer.writerow(["p", i, "2024-01-01", value, "x", 1, "CNY", amount])
        else:
            text.write(value + "\n")
    desk = Desk(tmp_path_factory.mktemp("mixture"))
    desk.write("orders.csv", text.getvalue())
    table = desk.stage().tables["orders"]
    assert table.read == table.good + table.quarantined == len(lines)
    wanted = [(str(i), v, a) for i, (whole, v, a) in enumerate(lines) if whole]
    assert sorted(desk.rows("SELECT id, seller, gross_amount FROM orders")) == sorted(wanted)


# JSON Lines


def test_json_lines(desk: Desk) -> None:
    good = '{"platform":"p","id":1,"occurred_at":"2024-01-01T00:00:00Z","seller":"店",'
    good += '"product":"x","quantity":2,"currency":"CNY","gross_amount":12345678901.12,"coupon_amount":null}'
    desk.write(
        "orders.jsonl",
        "\n".join([good, good[:30], "[1]", "", good.replace('"id":1', '"id":"2","extra":{"a":1}')]),
    )
    staged = desk.stage()
    assert desk.rows("SELECT id, seller, gross_amount FROM orders ORDER BY id") == [
        ("1", "店", Decimal("12345678901.12")),
        ("2", "店", Decimal("12345678901.12")),
    ]
    assert desk.bad(staged) == [(2, "the line is not a JSON object"), (3, "the line is not a JSON object")]
    assert staged.tables["orders"].read == 4
    assert staged.ignored == ["orders.jsonl: column extra"]


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
    staged = desk.orders(
        "p,1,1990-01-01,s,x,0.001,CNY,0", "p,2,2100-12-31 23:59:59,s,x,1,CNY,9999999999999999.99"
    )
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


# Keys and currencies


def test_copies_go_and_the_first_stays(desk: Desk) -> None:
    staged = desk.orders(GOOD.format(1), GOOD.format(2), GOOD.format(1), GOOD.format(1))
    assert desk.bad(staged) == [
        (n, "a copy of the row with the same id in orders.csv line 2") for n in (4, 5)
    ]
    assert desk.rows("SELECT id FROM orders ORDER BY id") == [("1",), ("2",)]


def test_rows_of_one_key_that_differ_all_go(desk: Desk) -> None:
    staged = desk.orders(
        GOOD.format(1), GOOD.format(1).replace("5.00", "6.00"), GOOD.format(1), GOOD.format(2)
    )
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
    desk.write(
        "orders.csv", "\n".join([HEAD, GOOD.format(1), GOOD.format(2), GOOD.format(3).replace("CNY", "USD")])
    )
    said = desk.refused()
    assert "platform 'p' has more than one currency: CNY (2 rows), USD (1 rows)" in said
    desk.write(
        "orders.csv", "\n".join([HEAD, GOOD.format(1), "q" + GOOD.format(2)[1:].replace("CNY", "USD")])
    )
    assert desk.stage().tables["orders"].good == 2


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
    staged = desk.orders(
        GOOD.format(1).replace("2024-01-01 08:00:00", written), mapping=Mapping(time_zone=zone)
    )
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
    pq.write_table(
        table.set_column(at, "occurred_at", pa.array([value], type_)), desk.folder / "orders.parquet"
    )
    staged = desk.stage(Mapping(time_zone="Asia/Shanghai"))
    assert desk.rows("SELECT occurred_at FROM orders") == [(utc,)]
    assert staged.tables["orders"].first == utc


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
    assert said.startswith(
        "orders.csv: the table orders needs quantity (did you mean quantities?); supply or map"
    )
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


def test_numbers_where_times_are_needed(desk: Desk) -> None:
    table = ours("orders", [order(1)])
    at = table.column_names.index("occurred_at")
    pq.write_table(
        table.set_column(at, "occurred_at", pa.array([1_704_067_200_000])), desk.folder / "orders.parquet"
    )
    assert "orders.parquet: column occurred_at: holds BIGINT, not times" in desk.refused()
