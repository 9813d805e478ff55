"""A matching as tables: every listing and why, every supply with its lots' price, every store, what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from guiju.market.matching import Matching
from guiju.market.matching.comparing import store_sales
from guiju.market.matching.telling import of_listings, of_stores, of_supplies

if TYPE_CHECKING:
    import polars as pl

ROWS = 100_000  # stores written at a time
IN_WORKBOOK = 20_000  # listings


def write_tables(made: Matching, folder: Path) -> None:
    """plan, supplies, stores and excluded as Parquet, and match.xlsx."""
    import pyarrow.parquet as pq

    writer, first = None, None
    for part in listings(made):
        first = part if first is None else first
        table = part.to_arrow()
        writer = writer or pq.ParquetWriter(
            folder / "plan.parquet", table.schema, compression="zstd", compression_level=1
        )
        writer.write_table(table)
    if writer is not None:
        writer.close()
    supplies, stores, out = supply_rows(made), store_rows(made), excluded_rows(made)
    for name, rows in (("supplies", supplies), ("stores", stores), ("excluded", out)):
        rows.write_parquet(folder / f"{name}.parquet", compression="zstd")
    _workbook(made, folder / "match.xlsx", supplies, first)


def listings(made: Matching) -> Iterator[pl.DataFrame]:
    """A row a listing: the store, its place there (the most expected sales first), and why."""
    import polars as pl

    of, problem, plan = made.network, made.problem, made.plan
    prices = plan.prices
    for begin in range(0, max(problem.stores, 1), ROWS):
        rows = slice(begin, min(begin + ROWS, problem.stores))
        listed = plan.listed[rows]
        worth = np.where(listed, problem.score[rows], -1)
        order = np.argsort(-worth, axis=1, kind="stable")
        rank = np.empty_like(order)
        np.put_along_axis(rank, order, np.broadcast_to(np.arange(order.shape[1]), order.shape), axis=1)
        store, column = np.nonzero(listed)
        supply, score = problem.supply[rows][store, column], problem.score[rows][store, column].astype(float)
        many = listed.sum(axis=1)
        by_floor = (many <= problem.floor[rows])[store] & (score <= prices[supply])
        why = np.where(
            by_floor, "floor", np.where(prices[supply] <= 0, "free", np.where(score > prices[supply], "worth", "left"))
        )
        its = of.supplies[supply]
        frame = pl.concat(
            [
                of.stores[rows][store].select(store="id", owner="owner", region="region"),
                its.select(supply="id", seller="seller", product="product", name="name", mode="mode", price="price"),
            ],
            how="horizontal",
        )
        frame = frame.with_columns(
            place=pl.Series(rank[store, column] + 1), expected_sales=pl.Series(score).round(4),
            lot_price=pl.Series(prices[supply]).round(4), why=pl.Series(why.tolist(), dtype=pl.String))  # fmt: skip
        yield of_listings(frame.sort("store", "place"), of.platform, of.currency)


def supply_rows(made: Matching) -> pl.DataFrame:
    """A row a supply: lots, listings, and what one more lot would add."""
    import polars as pl

    its = made.network.supplies.select(
        supply="id",
        seller="seller",
        product="product",
        name="name",
        category="category",
        mode="mode",
        place="place",
        price="price",
        lot_quantity="lot_quantity",
        lots=pl.col("lots").cast(pl.Int64),
        only_channel="only_channel",
    )
    its = its.with_columns(listed=pl.Series(made.plan.lots), lot_price=pl.Series(made.plan.prices).round(4),
                           regions=pl.Series((made.network.days > 0).sum(axis=1)))  # fmt: skip
    return of_supplies(its, made.network.platform, made.network.currency)


def store_rows(made: Matching) -> pl.DataFrame:
    """A row a store: its floor, what it lists, expected sales, what popularity would give it, and why in words."""
    import polars as pl

    problem = made.problem
    rows = made.network.stores.select(store="id", owner="owner", region="region", channel="channel").with_columns(
        small=pl.Series(made.small), places=pl.Series(problem.places), floor=pl.Series(problem.floor),
        listings=pl.Series(made.plan.listed.sum(axis=1)),
        expected_sales=pl.Series(store_sales(problem, made.plan.listed)).round(4),
        listings_by_popularity=pl.Series(made.popular.sum(axis=1)),
        sales_by_popularity=pl.Series(store_sales(problem, made.popular)).round(4),
    )  # fmt: skip
    return of_stores(rows, made.network.platform, made.network.currency)


def excluded_rows(made: Matching) -> pl.DataFrame:
    """A row for each row of records that takes no part."""
    import polars as pl

    schema = {"table": pl.String, "id": pl.String, "why_zh": pl.String, "why_en": pl.String}
    parts = [
        pl.DataFrame({"id": one.ids}, schema={"id": pl.String}).select(
            pl.lit(one.table).alias("table"), "id", why_zh=pl.lit(one.why[0]), why_en=pl.lit(one.why[1]))
        for one in made.network.left_out
    ]  # fmt: skip
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema)


def _workbook(made: Matching, path: Path, supplies: pl.DataFrame, plan: pl.DataFrame | None) -> None:
    """Supplies with their prices, and the first listings, for whoever opens a spreadsheet."""
    import xlsxwriter

    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, as_text) as book:
        supplies.write_excel(book, "supplies", autofit=True)
        if plan is not None:
            plan.head(IN_WORKBOOK).write_excel(book, "plan", autofit=True)
        sheet = book.add_worksheet("notes")
        told = min(made.outcomes[0].listings, IN_WORKBOOK)
        sheet.write_string(
            0, 0, f"共 {made.outcomes[0].listings:,} 个展示位，此处列出前 {told:,} 个；全部见 plan.parquet。"
        )
        sheet.write_string(1, 0, f"The first {told:,} of {made.outcomes[0].listings:,} listings; plan.parquet has all.")
