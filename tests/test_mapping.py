"""A mapping makes a user's own files fit; every slip in it is told with the file, the place and the cure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from guiju.records.errors import BadInput
from guiju.records.mapping import load_mapping
from guiju.records.staging import Staged, stage

ITEMS = """order_id,item,at,shop,sku,price,note
1,1,2024-03-01 23:30:00,A,x,10.00,a
1,2,2024-03-01 23:30:00,A,y,20.00,b
2,1,2024-03-02 00:00:00,B,x,abc,c
"""
STATES = "order_id,state\n1,paid\n2,paid\n3,paid\n"
COLUMNS = (
    """{id: "order_id || '-' || item", occurred_at: at, seller: shop, product: sku, """
    "quantity: 1, gross_amount: price}"
)
PLAIN = f"""
platform: shop
currency: CNY
time_zone: Asia/Shanghai
tables:
  orders:
    from: items.csv
    columns: {COLUMNS}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "records").mkdir()
    (tmp_path / "records/items.csv").write_text(ITEMS)
    (tmp_path / "records/states.csv").write_text(STATES)
    return tmp_path


def run(folder: Path, text: str) -> tuple[Staged, duckdb.DuckDBPyConnection]:
    (folder / "mapping.yaml").write_text(text, encoding="utf-8")
    con = duckdb.connect()
    return stage(con, folder / "records", load_mapping(folder / "mapping.yaml"), folder / "work"), con


def refused(folder: Path, text: str) -> str:
    with pytest.raises(BadInput) as told:
        run(folder, text)
    said = str(told.value)
    assert "mapping.yaml" in said
    assert "\n" not in said
    assert "Error" not in said
    return said


def test_one_file_with_constants_and_a_time_zone(folder: Path) -> None:
    staged, con = run(folder, PLAIN)
    assert con.execute(
        "SELECT platform, id, occurred_at, currency, gross_amount FROM orders ORDER BY id"
    ).fetchall() == [
        ("shop", "1-1", datetime(2024, 3, 1, 15, 30), "CNY", Decimal("10.00")),
        ("shop", "1-2", datetime(2024, 3, 1, 15, 30), "CNY", Decimal("20.00")),
    ]
    assert con.execute(f"SELECT file, line, reason FROM '{staged.quarantine}'").fetchall() == [
        ("items.csv", 4, "gross_amount: 'abc' is not a decimal(18, 2)")
    ]
    table = staged.tables["orders"]
    assert {"platform", "currency", "quantity"} <= table.supplied
    assert "buyer" not in table.supplied
    assert staged.ignored == ["states.csv"]


@pytest.mark.parametrize(
    ("from_", "line"),
    [
        ("items JOIN states USING (order_id)", 4),
        ("items NATURAL JOIN states", 4),
        ("items AS i JOIN states AS s ON i.order_id = s.order_id", None),
        ("items, (SELECT DISTINCT order_id AS o FROM states) s WHERE o = order_id", 4),
    ],
)
def test_several_sources_and_a_from_clause(folder: Path, from_: str, line: int | None) -> None:
    columns = COLUMNS.replace(
        "order_id", "i.order_id" if " AS i" in from_ else "items.order_id" if ", (" in from_ else "order_id"
    )
    text = PLAIN.replace(
        "from: items.csv", f'sources: {{items: items.csv, states: states.csv}}\n    from: "{from_}"'
    ).replace(COLUMNS, columns)
    staged, con = run(folder, text)
    table = staged.tables["orders"]
    assert (table.read, table.good) == (3, 2)
    assert [f.name for f in table.files] == ["items.csv", "states.csv"]
    assert con.execute(f"SELECT line FROM '{staged.quarantine}'").fetchall() == [(line,)]


def test_where_counts_what_it_leaves_out(folder: Path) -> None:
    staged, _ = run(folder, PLAIN.replace("from: items.csv", "from: items.csv\n    where: nullif(note, 'c') <> 'a'"))
    table = staged.tables["orders"]
    assert (table.read, table.good, table.left_out) == (1, 1, 2)


def test_a_glob_and_a_folder(folder: Path) -> None:
    (folder / "records/parts").mkdir()
    for i in range(2):
        (folder / f"records/parts/items_{i}.csv").write_text(
            ITEMS.replace("\n1,", f"\n1{i},").replace("\n2,", f"\n2{i},")
        )
    for from_ in ("parts", "parts/", "parts/items_*.csv"):
        staged, _ = run(folder, PLAIN.replace("items.csv", from_))
        assert staged.tables["orders"].good == 4


def test_two_tables_from_one_file_and_a_short_form(folder: Path) -> None:
    (folder / "records/products.csv").write_text("id,name\nx,蟹\n")
    text = (
        PLAIN
        + "  products: products.csv\n  parties:\n    from: items.csv\n"
        + "    columns: {id: shop, kind: \"'seller'\"}\n"
    )
    staged, con = run(folder, text)
    assert con.execute("SELECT * FROM products").fetchall() == [("shop", "x", "蟹", None, None, None)]
    assert staged.tables["parties"].good == 2  # the shop's second row is a copy
    assert sorted(staged.tables) == ["orders", "parties", "products"]


def test_constants_alone_serve_files_named_after_tables(folder: Path) -> None:
    (folder / "records/products.csv").write_text("id,listed_at\nx,2024-01-01\n")
    _, con = run(folder, "platform: q\ntime_zone: Asia/Shanghai\njurisdictions: [EU, CN]")
    assert con.execute("SELECT platform, listed_at FROM products").fetchall() == [("q", datetime(2023, 12, 31, 16))]


def test_frames_serve_as_sources(folder: Path) -> None:
    (folder / "mapping.yaml").write_text(PLAIN.replace("items.csv", "items"))
    con = duckdb.connect()
    frame = pl.read_csv(ITEMS.encode(), infer_schema=False)
    staged = stage(con, {"items": frame}, load_mapping(folder / "mapping.yaml"), folder / "work")
    assert staged.tables["orders"].good == 2
    assert staged.ignored == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("platform:", "platfrom:", "platfrom: there is no key of this name; did you mean platform?"),
        ("  orders:", "  oders:", "tables.oders: there is no table of this name; did you mean orders?"),
        (
            "from: items",
            "form: items",
            "tables.orders.form: there is no key of this name; did you mean from?",
        ),
        (
            "quantity:",
            "quantiy:",
            "tables.orders.columns.quantiy: there is no column of this name; did you mean quantity?",
        ),
        (
            "items.csv",
            "item.csv",
            "tables.orders.from: records holds no file 'item.csv'; did you mean items.csv? it holds",
        ),
        ("items.csv", "../items.csv", "tables.orders.from: '../items.csv' leads out of the records folder"),
        ("items.csv", "items JOIN states", "tables.orders.from: joins files that have no alias"),
        (
            "Asia/Shanghai",
            "Asia/Shangai",
            "time_zone: 'Asia/Shangai' is not a time zone; did you mean Asia/Shanghai?",
        ),
        ("CNY", "yuan", "currency: 'yuan' is not three capital letters"),
        (
            "seller: shop",
            "seller: shpo",
            "tables.orders.columns.seller: the sources have no column 'shpo'; did you mean shop?",
        ),
        ("seller: shop", "seller: x.shop", "tables.orders.columns.seller: "),
        ("seller: shop", "seller: shop +", "tables.orders.columns.seller: is not SQL"),
        ("seller: shop", "seller: uper(shop)", "tables.orders.columns.seller: cannot be computed"),
        ("seller: shop", "seller: max(shop)", "tables.orders.columns.seller: sums over rows"),
        (
            "seller: shop",
            "seller: (select 1 from other)",
            "tables.orders.columns.seller: there is no source 'other'",
        ),
        (
            "seller: shop",
            "seller: (select 1 from read_csv('x.csv'))",
            "tables.orders.columns.seller: reads by read_csv",
        ),
        (
            "gross_amount: price",
            "gross_amount: price * 2.5",
            "columns of CSV and JSON Lines are text: use TRY_CAST",
        ),
        (
            "gross_amount: price",
            "gross_amount: CAST(price AS DOUBLE)",
            "tables.orders: cannot be read to the end",
        ),
        (
            "gross_amount: price",
            "buyer: note",
            "tables.orders: the table orders needs gross_amount; supply or map",
        ),
        (
            "gross_amount: price",
            "gross_amount: null",
            "tables.orders.columns.gross_amount: is not an SQL expression",
        ),
        ("gross_amount: price", "gross_amount: 2024-01-01", "tables.orders.columns.gross_amount: is a date"),
        (
            "gross_amount: price",
            "gross_amount: true",
            "tables.orders.columns.gross_amount: is not an SQL expression",
        ),
        ("occurred_at: at", "occurred_at: 17", "tables.orders.columns.occurred_at: holds INTEGER, not times"),
        ("    from: items.csv", "    where: a", "tables.orders: has no 'from'"),
        ("from: items.csv", "from: items.csv\n    where: note < ", "tables.orders.where: is not SQL"),
        (
            "from: items.csv",
            "from: items.csv\n    where: nota = 'a'",
            "tables.orders.where: the sources have no column 'nota'",
        ),
        ("from: items.csv", "from: items.csv\n    from: b.csv", "the key 'from' stands twice; keep one"),
        ("platform: shop", "platform: [shop]", "platform: expected"),
        ("platform: shop", "platform: shop\njurisdictions: [NO]", "jurisdictions[0]: expected"),
        ("platform: shop", "platform: shop\njurisdictions: [china]", "jurisdictions: 'china' is not a code"),
        ("platform: shop", "file: shop", "file: there is no key of this name"),
        ("platform: shop", "platform: 'shop", "correct the YAML there"),
        ("  orders:", "  - orders:", "tables: is not keys with values"),
    ],
)
def test_slips(folder: Path, old: str, new: str, said: str) -> None:
    assert old in PLAIN
    assert said in refused(folder, PLAIN.replace(old, new, 1))


@pytest.mark.parametrize(
    ("from_", "said"),
    [
        (
            "items JOIN sates USING (order_id)",
            "tables.orders.from: there is no source 'sates'; did you mean states?",
        ),
        ("items JOIN states USING (order)", "tables.orders.from: "),
        ("items JOIN states USING", "tables.orders.from: is not SQL"),
        (
            "items JOIN states ON items.order_id = states.oder_id",
            "tables.orders.from: the sources have no column 'oder_id'",
        ),
        ("items JOIN read_csv('x.csv') USING (order_id)", "tables.orders.from: reads by read_csv"),
        ("items; DROP TABLE x", "tables.orders.from: "),
    ],
)
def test_slips_in_a_from_clause(folder: Path, from_: str, said: str) -> None:
    sources = "sources: {items: items.csv, states: states.csv}"
    assert said in refused(folder, PLAIN.replace("from: items.csv", f'{sources}\n    from: "{from_}"'))


def test_slips_of_the_file_itself(folder: Path) -> None:
    with pytest.raises(BadInput, match="there is no such mapping file"):
        load_mapping(folder / "none.yaml")
    assert "holds no keys" in refused(folder, "")
    assert "tables: is not keys with values" in refused(folder, "tables: [orders]")


def test_one_source_may_make_several_rows(folder: Path) -> None:
    text = PLAIN.replace("from: items.csv", 'sources: {i: items.csv}\n    from: "i, range(2) AS r(n)"')
    staged, _ = run(folder, text.replace("|| item", "|| item || '-' || n"))
    assert (staged.tables["orders"].read, staged.tables["orders"].good) == (6, 4)
