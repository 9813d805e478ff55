"""A season's days as tables: one row a good, region and mode, with every number behind them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.market.season import Row, Season, Way
from guiju.market.season.page import RULES, STATUS, WHEN, WHOSE, why

if TYPE_CHECKING:
    import polars as pl


def write_tables(made: Season, folder: Path) -> None:
    """season.parquet, season.csv (UTF-8 with a mark, as Excel wants it) and season.xlsx."""
    import polars as pl
    import xlsxwriter

    ways, rules = ways_table(made), rules_table(made)
    ways.write_parquet(folder / "season.parquet", compression="zstd")
    ways.write_csv(folder / "season.csv", include_bom=True)
    told = pl.DataFrame(
        {
            "what": [f"{one} / {other}" for other, one in _head(made)[0]],
            "value": _head(made)[1],
        }
    )
    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(folder / "season.xlsx", as_text) as book:
        for name, frame in {"season": told, "days": ways, "rules": rules}.items():
            frame.write_excel(book, worksheet=name, autofit=True, dtype_formats={pl.Date: "yyyy-mm-dd"})


def _head(made: Season) -> tuple[list[tuple[str, str]], list[str]]:
    names = [("节日", "feast"), ("节日当天", "its day"), ("计算日", "reckoned on"), ("上年节日", "last year's")]
    plan = made.plan
    values = [f"{plan.feast.en} / {plan.feast.zh}", str(plan.day), str(made.on), str(plan.last_day or "–")]
    return [*names, *((n, n) for n in made.used)], [*values, *(str(one.value) for one in made.used.values())]


def ways_table(made: Season) -> pl.DataFrame:
    """A row a good, region and mode. `lead_days` is null where the records bear none, and so are the days then."""
    import polars as pl

    texts = (
        "product", "good_zh", "good_en", "region", "region_zh", "region_en", "status", "mode", "whose_deliveries",
        "span",
    )  # fmt: skip
    days = ("target", "listing", "listed_on", "last_listed_on", "way_listing", "last_order", "arrival")
    schema: dict[str, Any] = {
        **dict.fromkeys(texts[:7], pl.String), **dict.fromkeys(days[:4], pl.Date), "earlier_days": pl.Int64,
        **dict.fromkeys(texts[7:], pl.String), "deliveries": pl.Int64, "never_arrived": pl.Int64,
        "tenth_days": pl.Int64, "median_days": pl.Int64, "lead_days": pl.Int64, **dict.fromkeys(days[4:], pl.Date),
        "why_zh": pl.String, "why_en": pl.String,
    }  # fmt: skip
    rows = [_row(made, row, way) for row in made.rows for way in row.ways]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _row(made: Season, row: Row, way: Way) -> dict[str, Any]:
    lead, its = way.lead, way.dates
    good, region, told = made.goods[row.product], made.regions[row.region], why(made, way)
    return {
        "product": row.product, "good_zh": good.zh, "good_en": good.en, "region": row.region, "region_zh": region.zh,
        "region_en": region.en, "status": STATUS[row.status][1], "target": row.target, "listing": row.listing,
        "listed_on": row.listed_on, "last_listed_on": row.last_listed_on, "earlier_days": row.earlier_days,
        "mode": way.mode, "whose_deliveries": WHOSE[lead.whose][1], "span": WHEN[lead.when][1],
        "deliveries": lead.seen, "never_arrived": lead.never, "tenth_days": lead.low_days,
        "median_days": lead.median_days, "lead_days": lead.lead_days,
        "way_listing": its.listing if its else None, "last_order": its.last_order if its else None,
        "arrival": its.arrival if its else None, "why_zh": told[0], "why_en": told[1],
    }  # fmt: skip


def rules_table(made: Season) -> pl.DataFrame:
    """The plan's rules of regions."""
    import polars as pl

    columns = ("region", "kind", "from", "to", "days", "because_zh", "because_en", "mark")
    rows = [
        (r.region, RULES[r.kind][1], r.first, r.last, r.days, r.because.zh, r.because.en, r.mark)
        for r in made.plan.rules
    ]
    kinds: dict[str, Any] = {"from": pl.Date, "to": pl.Date, "days": pl.Int64}
    return pl.DataFrame(rows, schema={name: kinds.get(name, pl.String) for name in columns}, orient="row")
