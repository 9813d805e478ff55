"""A shelf as tables: every offer in its place with what its points are made of, and every excluded one with why."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.market.shelf import Shelf
from guiju.market.shelf.page import why

if TYPE_CHECKING:
    import polars as pl


def write_tables(made: Shelf, folder: Path) -> None:
    """shelf.parquet and excluded.parquet."""
    import polars as pl

    placed(made).write_parquet(folder / "shelf.parquet", compression="zstd")
    rows = [
        {"platform": e.platform, "offer": e.offer, "bank": e.bank, "name": e.name, "rule": rule or None, "why_zh": zh,
         "why_en": en} for e in made.excluded for rule, (zh, en) in e.reasons
    ]  # fmt: skip
    columns = ("platform", "offer", "bank", "name", "rule", "why_zh", "why_en")
    excluded = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String))
    excluded.write_parquet(folder / "excluded.parquet", compression="zstd")


def placed(made: Shelf) -> pl.DataFrame:
    """A row an offer: points and per cent rounded to six decimals; the order is of the exact ones."""
    import polars as pl

    rows = []
    for platform, its in made.shelves.items():
        for p in its:
            zh, en = why(p, its[p.place - 2] if p.place > 1 else None, made.depositor)
            rows.append({
                "platform": platform, "place": p.place, "offer": p.offer.id, "bank": p.offer.bank, "name": p.offer.name,
                "term_months": p.offer.term_months, "rate_pct": float(p.offer.rate_pct), "points": _six(p.points),
                "net_yield_pct": _six(p.net_yield_pct), "insured_pct": _six(p.insured_pct), "given": p.given,
                "liquidity_class": p.liquidity_class, "class_points": _six(p.class_points),
                "liquid_pct": _six(p.standing.liquid_pct), "platform_share_pct": _six(p.standing.platform_share_pct),
                "share_points": _six(p.share_points), "why_zh": zh, "why_en": en,
            })  # fmt: skip
    texts = {"platform", "offer", "bank", "name", "liquidity_class", "why_zh", "why_en"}
    kinds: dict[str, Any] = {"place": pl.Int64, "term_months": pl.Int64, "given": pl.Decimal(18, 2)}
    order = ("platform", "place", "offer", "bank", "name", "term_months", "rate_pct", "points", "net_yield_pct",
             "insured_pct", "given", "liquidity_class", "class_points", "liquid_pct", "platform_share_pct",
             "share_points", "why_zh", "why_en")  # fmt: skip
    schema = {name: pl.String if name in texts else kinds.get(name, pl.Float64) for name in order}
    return pl.DataFrame(rows, schema=schema)


def _six(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 6)
