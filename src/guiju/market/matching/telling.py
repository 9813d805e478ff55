"""Who got what and why, in words: sentences of a listing, a supply and a store, in zh and en, made column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guiju.audit.report.words import Pair
from guiju.market.matching import Matching
from guiju.market.pages import say
from guiju.records.errors import BadInput

if TYPE_CHECKING:
    import polars as pl


def _filled(name: str, language: int, **columns: pl.Expr) -> pl.Expr:
    """A text of words.yaml with columns put in where braces stand; written once for all rows."""
    import polars as pl

    marks = {key: f"\x00{key}\x00" for key in columns}
    parts = say("matching", name, **marks)[language].split("\x00")
    return pl.concat_str([columns[part].cast(pl.String) if part in columns else pl.lit(part) for part in parts if part])


def _cases(column: str, names: dict[str, str], language: int, **columns: pl.Expr) -> pl.Expr:
    import polars as pl

    told = pl.lit(None, pl.String)
    for value, name in names.items():
        told = pl.when(pl.col(column) == value).then(_filled(name, language, **columns)).otherwise(told)
    return told


def _two(column: str) -> pl.Expr:
    import polars as pl

    return pl.col(column).round(2).cast(pl.String)


def of_listings(rows: pl.DataFrame, platform: str, currency: str) -> pl.DataFrame:
    """Listings with their key and why, in both languages."""
    import polars as pl

    names = {"worth": "why_worth", "free": "why_free", "floor": "why_floor", "left": "why_left"}
    put = {"sales": _two("expected_sales"), "price": _two("lot_price")}
    return rows.select(
        pl.lit(platform).alias("platform"), "store", "owner", "region", "place", "supply", "seller", "product", "name",
        "mode", pl.lit(currency).alias("currency"), "price", "expected_sales", "lot_price", "why",
        why_zh=_cases("why", names, 0, **put), why_en=_cases("why", names, 1, **put),
    )  # fmt: skip


def of_supplies(rows: pl.DataFrame, platform: str, currency: str) -> pl.DataFrame:
    """Supplies with what the price of a lot says, in both languages."""
    import polars as pl

    case = pl.when(pl.col("lot_price") > 0).then(pl.lit("scarce")).when(pl.col("listed") < pl.col("lots"))
    rows = rows.with_columns(state=case.then(pl.lit("enough")).otherwise(pl.lit("just")))
    names = {"scarce": "supply_scarce", "enough": "supply_enough", "just": "supply_just"}
    put = {"price": _two("lot_price"), "lots": pl.col("lots"), "listed": pl.col("listed")}
    return rows.select(
        pl.lit(platform).alias("platform"), pl.lit(currency).alias("currency"), pl.exclude("state"),
        why_zh=_cases("state", names, 0, **put), why_en=_cases("state", names, 1, **put),
    )  # fmt: skip


def of_stores(rows: pl.DataFrame, platform: str, currency: str) -> pl.DataFrame:
    """Stores with why they list as many as they do, in both languages."""
    import polars as pl

    state = (
        pl.when(pl.col("listings") < pl.col("floor")).then(pl.lit("short"))
        .when((pl.col("floor") > 0) & (pl.col("listings") == pl.col("floor"))).then(pl.lit("floor"))
        .when(pl.col("listings") >= pl.col("places")).then(pl.lit("full"))
        .otherwise(pl.lit("fewer"))
    )  # fmt: skip
    names = {"short": "store_short", "floor": "store_floor", "full": "store_full", "fewer": "store_fewer"}
    put = {"listings": pl.col("listings"), "floor": pl.col("floor"), "places": pl.col("places"),
           "sales": _two("expected_sales"), "popular": pl.col("listings_by_popularity"),
           "popular_sales": _two("sales_by_popularity")}  # fmt: skip
    return rows.with_columns(state=state).select(
        pl.lit(platform).alias("platform"), pl.lit(currency).alias("currency"), pl.all(),
        why_zh=_cases("state", names, 0, **put), why_en=_cases("state", names, 1, **put),
    )  # fmt: skip


def one_store(made: Matching, name: str) -> list[Pair]:
    """What one store lists and why, as written into the folder. Raises BadInput for a store that takes no part."""
    import polars as pl

    stores = pl.scan_parquet(made.folder / "stores.parquet").filter(pl.col("store") == name).collect().to_dicts()
    if not stores:
        out = pl.scan_parquet(made.folder / "excluded.parquet")
        why = out.filter((pl.col("table") == "stores") & (pl.col("id") == name)).collect().to_dicts()
        if not why:
            raise BadInput(f"there is no store {name!r} in the records; see stores.parquet for those there are")
        return [(f"{name}：{why[0]['why_zh']}", f"{name}: {why[0]['why_en']}")]
    its = pl.scan_parquet(made.folder / "plan.parquet").filter(pl.col("store") == name).sort("place").collect()
    told = [(f"{name}：{stores[0]['why_zh']}", f"{name}: {stores[0]['why_en']}")]
    for one in its.to_dicts():
        told.append((f"{name} {one['place']}. {one['name']}（{one['supply']}）：{one['why_zh']}",
                     f"{name} {one['place']}. {one['name']} ({one['supply']}): {one['why_en']}"))  # fmt: skip
    return told
