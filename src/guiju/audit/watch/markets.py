"""How concentrated the market is, by several definitions of it at once: which goods, which area, what is measured.

No provision in the rulebook sets a bound for it, so nothing here is judged.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import polars as pl

from guiju.audit.watch.measures import city_of
from guiju.estimators import concentration

if TYPE_CHECKING:
    from ibis import Table

ALL = "all"
MEASURES = ("turnover", "order_lines")
DEFINITION = ("goods_by", "area_by", "measure")


def market_sums(orders: Table, products: Table | None) -> Table:
    """Of each platform, city and category: turnover and order lines."""
    import ibis
    from ibis import _

    rows = orders.mutate(city=city_of(orders.region))
    if products is None:
        rows = rows.mutate(category=ibis.null("string"))
    else:
        goods = products.select("platform", "category", product=_.id)
        rows = rows.left_join(goods, ["platform", "product"]).select(*(rows[c] for c in rows.columns), "category")
    return rows.group_by("platform", "city", "category", "currency").agg(
        turnover=_.gross_amount.sum().cast("float64"), order_lines=_.count().cast("float64")
    )


def markets(sums: pl.DataFrame, unseen_pct: float, joining: list[str]) -> pl.DataFrame:
    """A row a market by each definition: its platforms, index, largest shares, and what a joining would add.

    A sale of which the category or the city is not known is of no market that asks for it.
    """
    rows: list[dict[str, Any]] = []
    for goods_by, area_by, measure in product((ALL, "category"), (ALL, "city"), MEASURES):
        whose = [k for k, by in (("category", goods_by), ("city", area_by)) if by != ALL]
        known = sums.filter(pl.all_horizontal(pl.col(k).is_not_null() for k in whose)) if whose else sums
        sold = known.group_by(*whose, "currency", "platform").agg(pl.col(measure).sum()).filter(pl.col(measure) > 0)
        for key, its in sorted(sold.group_by(*whose, "currency"), key=lambda market: market[0]):
            named = dict(zip([*whose, "currency"], key, strict=True))
            one = its.sort("platform")
            rows.append({
                "goods_by": goods_by, "area_by": area_by, "measure": measure,
                "category": named.get("category"), "city": named.get("city"), "currency": named["currency"],
                **_concentrated(one["platform"].to_list(), one[measure].to_list(), unseen_pct, joining),
            })  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def _concentrated(platforms: list[str], sold: list[float], unseen_pct: float, joining: list[str]) -> dict[str, Any]:
    low, high = concentration.hhi(sold, unseen_pct)
    largest = {f"cr{k}_pct": concentration.ratio_pct(sold, k, unseen_pct) for k in (1, 2, 3)}
    rise = concentration.rise(sold, [p in joining for p in platforms], unseen_pct)
    return {"platforms": len(platforms), "hhi_low": low, "hhi_high": high, **largest, "rise": rise}


def by_definition(markets: pl.DataFrame) -> list[dict[str, Any]]:
    """A row a definition: how many markets it makes, and how far apart they lie."""
    if markets.is_empty():
        return []
    return (
        markets.group_by(DEFINITION, maintain_order=True)
        .agg(
            markets=pl.len(),
            least=pl.col("hhi_low").min(),
            median_low=pl.col("hhi_low").median(),
            median_high=pl.col("hhi_high").median(),
            greatest=pl.col("hhi_high").max(),
            half=(pl.col("cr1_pct") >= 50).sum(),
            rise_least=pl.col("rise").min(),
            rise_median=pl.col("rise").median(),
            rise_greatest=pl.col("rise").max(),
        )
        .to_dicts()
    )
