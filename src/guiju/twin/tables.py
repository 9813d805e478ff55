"""The twin's tables as Parquet: arrays become Arrow columns of the records' types, with no loop over rows."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from guiju.records import tables
from guiju.twin.market import CITIES, DAY, HOUR, PER_SELLER, SLOT, Ints, Many, Market, Small
from guiju.twin.prices import CAMPAIGNS, Grids
from guiju.twin.settling import Shown, Truth
from guiju.twin.stock import EXPIRY_HOUR, LOTS, Stock
from guiju.twin.trade import Chunk

ROWS_A_GROUP = 250_000
ARROW = {
    "string": pa.string(), "timestamp(6)": pa.timestamp("us"), "int64": pa.int64(),
    "decimal(18, 2)": pa.decimal128(18, 2),
    "decimal(18, 6)": pa.decimal128(18, 6), "decimal(18, 3)": pa.decimal128(18, 3),
}  # fmt: skip
KEYED = {
    "platform",
    "seller",
    "product",
    "region",
    "channel",
    "campaign",
    "currency",
    "kind",
    "reference_basis",
    "category",
}
DRIVEN = {
    "platform", "driver", "agency", "region", "zone", "service", "channel", "driver_device", "currency", "campaign",
}  # fmt: skip
CODED = {"orders": KEYED, "trips": DRIVEN}  # written from the codes of their words, which saves half the time
TRUTH = pa.schema(
    [(n, pa.string()) for n in ("check", "kind", "pattern", "platform", "subject", "object")]
    + [
        ("starts_at", pa.timestamp("us")),
        ("ends_at", pa.timestamp("us")),
        ("strength", pa.float64()),
        ("rule", pa.string()),
    ]
)


def schema(name: str) -> pa.Schema:
    """A records table's columns as Arrow types."""
    return pa.schema([pa.field(c.name, ARROW[c.type]) for c in tables()[name].columns])


class Writer:
    """Appends columns to one Parquet file, in row groups of 250,000."""

    def __init__(self, out: Path, name: str) -> None:
        self.schema = schema(name)
        fields = [
            pa.field(f.name, pa.dictionary(pa.int32(), pa.string())) if f.name in CODED.get(name, ()) else f
            for f in self.schema
        ]
        self.written_as = pa.schema(fields)
        self.writer = pq.ParquetWriter(
            out / f"{name}.parquet", self.written_as, compression="zstd", compression_level=1,
            store_schema=False,
            use_dictionary=[f.name for f in self.schema if f.name in KEYED | CODED.get(name, set())],
            store_decimal_as_integer=True,
            write_statistics=True,
        )  # fmt: skip
        self.waiting: list[pa.RecordBatch] = []

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.flush(0)
        self.writer.close()

    def add(self, columns: dict[str, pa.Array]) -> None:
        arrays = [columns[f.name].cast(f.type) for f in self.written_as]
        self.waiting.append(pa.RecordBatch.from_arrays(arrays, schema=self.written_as))
        self.flush(ROWS_A_GROUP)

    def flush(self, least: int) -> None:
        waiting = pa.Table.from_batches(self.waiting, schema=self.written_as)
        while waiting.num_rows and waiting.num_rows >= least:
            self.writer.write_table(waiting.slice(0, ROWS_A_GROUP), row_group_size=ROWS_A_GROUP)
            waiting = waiting.slice(ROWS_A_GROUP)
        self.waiting = waiting.to_batches()


def exact(values: Many, digits: int, scale: int) -> pa.Array:
    """Whole numbers of 10**-digits as decimal(18, scale)."""
    words = np.empty((len(values), 2), np.int64)
    words[:, 0] = np.asarray(values, np.int64) * 10 ** (scale - digits)
    words[:, 1] = words[:, 0] >> 63
    return pa.Array.from_buffers(pa.decimal128(18, scale), len(values), [None, pa.py_buffer(words)])


def times(values: Many, known: Many | None = None) -> pa.Array:
    return pa.array(np.asarray(values, np.int64), mask=None if known is None else ~np.asarray(known)).cast(
        pa.timestamp("us")
    )


def numbered(prefix: str, values: Many, digits: int = 9) -> pa.Array:
    """A letter and a number of fixed width: made as bytes."""
    width = digits + 1
    made = np.empty((len(values), width), np.uint8)
    made[:, 0] = ord(prefix)
    left = np.asarray(values, np.int64).copy()
    for at in range(digits, 0, -1):
        tens = left // 10
        made[:, at] = left - tens * 10 + 48
        left = tens
    offsets = (np.arange(len(values) + 1) * width).astype(np.int32)
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(made))


def coded(codes: Many, names: pa.Array, known: Many | None = None) -> pa.Array:
    mask = None if known is None else ~np.asarray(known)
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=mask), names)


class Names:
    """The market's names, made once."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.platforms = pa.array(market.platforms)
        self.sellers = numbered("s", np.arange(market.sellers), 5)
        self.products = numbered("p", np.arange(market.products), 6)
        self.regions = pa.array([f"{city}-{z:02d}" for city in cities(market) for z in (1, 2)])
        self.channels = pa.array(["app", "mini_programme"])
        self.campaigns = pa.array(list(CAMPAIGNS))
        self.currency = pa.array(["CNY"])

    def product_keys(self, product: Many) -> dict[str, pa.Array]:
        seller = product // PER_SELLER
        return {
            "platform": coded(self.market.platform[seller], self.platforms),
            "seller": coded(seller, self.sellers),
            "product": coded(product, self.products),
            "currency": coded(np.zeros(len(product)), self.currency),
        }


def cities(market: Market) -> tuple[str, ...]:
    return CITIES[: market.cities]


def order_columns(c: Chunk, market: Market, names: Names, first_line: int) -> dict[str, pa.Array]:
    """A week's order lines as the columns of `orders`."""
    line = np.arange(first_line, first_line + c["at"].size)
    money = {f"{to}_amount": exact(c[of], 2, 2) for of, to in (
        ("gross", "gross"), ("by_seller", "seller_funded"), ("by_platform", "platform_funded"),
        ("by_third", "third_party_funded"), ("silent", "undisclosed"), ("coupon", "coupon"),
        ("newcomer", "newcomer"),
    )}  # fmt: skip
    return money | names.product_keys(c["product"]) | {
        "id": numbered("l", line),
        "order_id": numbered("o", line - c["second"]),
        "occurred_at": times(c["at"]),
        "buyer": numbered("c", c["buyer"]),
        "region": coded(market.city[c["seller"]] * 2 + c["zone"], names.regions),
        "channel": coded(c["channel"], names.channels),
        "campaign": coded(np.maximum(c["campaign"] - 1, 0), names.campaigns, c["campaign"] > 0),
        "device": pa.nulls(line.size, pa.string()),  # sign-ins are made after the trade
        "quantity": exact(c["quantity"], 0, 3),
    }  # fmt: skip


def write_listings(out: Path, market: Market, grids: Grids, shown: list[Shown], names: Names) -> None:
    """A row wherever the price or the reference changes."""
    reference = np.zeros_like(grids.price)
    basis = np.zeros(grids.price.shape, np.int8)
    bases: list[str | None] = [None, "own_price", "suggested_retail"]
    for s in shown:
        span = slice(s.promo.steps[0][0], s.promo.slot_to)
        reference[s.promo.product, span] = s.reference
        basis[s.promo.product, span] = bases.index(s.basis)
    fresh = np.ones(grids.price.shape, bool)
    fresh[:, 1:] = (grids.price[:, 1:] != grids.price[:, :-1]) | (reference[:, 1:] != reference[:, :-1])
    product, slot = np.nonzero(fresh & (grids.price > 0))
    at = market.clock.start + market.offset[product] + slot * SLOT
    at = np.where(slot == 0, market.listed[product], at)
    price, was, on = grids.price[product, slot], reference[product, slot], basis[product, slot]
    until = np.append(at[1:], 0)
    closed = (was > 0) & (np.append(product[1:], -1) == product)
    order = np.argsort(at, kind="stable")
    product, at, price, was = product[order], at[order], price[order], was[order]
    on, until, closed = on[order], until[order], closed[order]
    with Writer(out, "listings") as writer:
        writer.add(names.product_keys(product) | {
            "id": numbered("f", np.arange(len(at))),
            "occurred_at": times(at),
            "ended_at": times(until, closed),
            "price": exact(price, 2, 6),
            "reference_price": pa.compute.if_else(pa.array(was > 0), exact(was, 2, 6), None),
            "reference_basis": pa.array(bases).take(pa.array(on.astype(np.int32))),
        })  # fmt: skip


def write_costs(out: Path, market: Market, grids: Grids, names: Names) -> None:
    """A row wherever a cost changes; every thirtieth was booked wrongly at first."""
    changes = np.ones(grids.purchase.shape, bool)
    changes[:, 1:] = (grids.purchase[:, 1:] != grids.purchase[:, :-1]) | (
        grids.variable[:, 1:] != grids.variable[:, :-1]
    )
    product, day = np.nonzero(changes)
    wrong = np.arange(0, len(product), 30)
    product, day = np.concatenate([product, product[wrong]]), np.concatenate([day, day[wrong]])
    false = np.arange(len(product)) >= len(product) - len(wrong)
    start = np.where(day == 0, market.clock.start - 400 * DAY, market.clock.start + day * DAY)
    known = start + np.where(false, -1, 2) * DAY
    order = np.lexsort((known, product, start))
    product, day, start, known, false = product[order], day[order], start[order], known[order], false[order]

    def cost(grid: Small) -> pa.Array:
        return exact(np.where(false, grid[product, day] * 13 // 10, grid[product, day]), 2, 6)

    with Writer(out, "costs") as writer:
        writer.add(names.product_keys(product) | {
            "id": numbered("k", np.arange(len(product))),
            "valid_from": times(start),
            "valid_to": pa.nulls(len(product), pa.timestamp("us")),
            "known_at": times(known),
            "purchase_cost": cost(grids.purchase),
            "variable_cost": cost(grids.variable),
            "total_cost": cost(grids.total),
        })  # fmt: skip


def write_stocks(out: Path, market: Market, stock: Stock, names: Names) -> None:
    """Mondays of all that does not spoil, every day of what does; sorted by time."""
    clock, is_fresh = market.clock, np.isin(np.arange(market.products), stock.fresh)
    product, week = np.nonzero((stock.on_hand >= 0) & ~is_fresh[:, None])
    monday = clock.start + (clock.monday + 7 * week) * DAY
    shelf = market.shelf_days[stock.fresh][:, None, None]
    lot_of, day, lot = np.nonzero(np.broadcast_to(np.arange(LOTS) < shelf, stock.lots.shape))
    listed = market.listed[stock.fresh[lot_of]] <= clock.start + day * DAY
    lot_of, day, lot = lot_of[listed], day[listed], lot[listed]
    midnight = clock.start + day * DAY
    at = np.concatenate([monday, midnight])
    expires = np.concatenate([np.zeros(len(monday), np.int64), midnight + lot * DAY + EXPIRY_HOUR * HOUR])
    units = np.concatenate([stock.on_hand[product, week], stock.lots[lot_of, day, lot]])
    product = np.concatenate([product, stock.fresh[lot_of]])
    order = np.argsort(at, kind="stable")
    with Writer(out, "stocks") as writer:
        for first in range(0, len(order), ROWS_A_GROUP):
            its = order[first : first + ROWS_A_GROUP]
            writer.add(names.product_keys(product[its]) | {
                "id": numbered("t", np.arange(first, first + len(its))),
                "occurred_at": times(at[its]),
                "quantity": exact(units[its], 0, 3),
                "expires_at": times(expires[its], expires[its] > 0),
            })  # fmt: skip


def write_parties(out: Path, market: Market, names: Names) -> None:
    """The platforms, the sellers, then every customer."""
    n = len(market.platforms)
    city = pa.array(cities(market))
    born = market.clock.start - np.arange(3, 3 + n) * 365 * DAY
    with Writer(out, "parties") as writer:
        writer.add({"platform": names.platforms, "id": names.platforms, "kind": pa.array(["platform"] * n),
                    "registered_at": times(born), "region": pa.array(["330100"] * n)})  # fmt: skip
        writer.add({"platform": names.platforms.take(pa.array(market.platform)), "id": names.sellers,
                    "kind": pa.array(["seller"] * market.sellers), "registered_at": times(market.joined),
                    "region": city.take(pa.array(market.city))})  # fmt: skip
        for first in range(0, len(market.registered), ROWS_A_GROUP):
            who = np.arange(first, min(first + ROWS_A_GROUP, len(market.registered)))
            home: Ints = who % market.per_platform % market.cities
            writer.add({"platform": names.platforms.take(pa.array(who // market.per_platform)),
                        "id": numbered("c", who),
                        "kind": pa.array(["customer"]).take(pa.array(np.zeros(len(who), np.int32))),
                        "registered_at": times(market.registered[who]),
                        "region": city.take(pa.array(home))})  # fmt: skip


def write_products(out: Path, market: Market, names: Names) -> None:
    category = pa.array(market.category)
    seller = np.arange(market.products) // PER_SELLER
    with Writer(out, "products") as writer:
        writer.add({
            "platform": names.platforms.take(pa.array(market.platform[seller])),
            "id": names.products,
            "name": pa.array([f"{c.replace('_', ' ')}, no. {i}" for i, c in enumerate(market.category)]),
            "category": category,
            "shelf_life_days": pa.array(market.shelf_days, mask=market.shelf_days == 0),
            "listed_at": times(market.listed),
        })  # fmt: skip


def write_truth(out: Path, rows: list[Truth]) -> None:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(TRUTH)
    table = pa.table([pa.array(v, f.type) for v, f in zip(columns, TRUTH, strict=True)], schema=TRUTH)
    pq.write_table(table, out / "truth.parquet", compression="zstd", store_schema=False)


def write_rows(out: Path, name: str, rows: list[dict[str, object]]) -> None:
    """A small table given row by row: times in UTC microseconds, money in fen; what a row does not name is null."""
    with Writer(out, name) as writer:
        writer.add(columns_of(name, rows))


def columns_of(name: str, rows: list[dict[str, object]]) -> dict[str, pa.Array]:
    columns = {}
    for field in schema(name):
        values = [row.get(field.name) for row in rows]
        known = np.array([value is not None for value in values], bool)
        if pa.types.is_decimal(field.type):
            whole = exact(np.array([v if v is not None else 0 for v in values], np.int64), 2, field.type.scale)
            columns[field.name] = pa.compute.if_else(pa.array(known), whole, None)
        else:
            columns[field.name] = pa.array(values, field.type)
    return columns


def append(out: Path, name: str, columns: dict[str, pa.Array]) -> None:
    """Rows put behind those that are in a table already, and sorted in where it is sorted by time."""
    before = pq.read_table(out / f"{name}.parquet")
    rows = pa.concat_tables([before, pa.table(columns).select(before.column_names).cast(before.schema)])
    if "occurred_at" in rows.column_names:
        at = rows["occurred_at"].combine_chunks().cast(pa.int64()).to_numpy()
        rows = rows.take(pa.array(np.argsort(at, kind="stable")))
    with Writer(out, name) as writer:
        for batch in rows.to_batches():
            writer.add({field: batch[field] for field in rows.column_names})


def append_rows(out: Path, name: str, rows: list[dict[str, object]]) -> None:
    """The same of rows given one by one, as to `write_rows`."""
    append(out, name, columns_of(name, rows))


def retitle(out: Path, titles: dict[str, str]) -> None:
    """Give products other names than their category's."""
    table = pq.read_table(out / "products.parquet")
    named = [titles.get(row["id"], row["name"]) for row in table.select(["id", "name"]).to_pylist()]
    with Writer(out, "products") as writer:
        writer.add({c: pa.array(named) if c == "name" else table[c].combine_chunks() for c in table.column_names})
