"""A wind-down as tables: plans month by month, and what is repaid when by what it was due."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guiju.market.wind_down import WindDown, WoundDown, repayments
from guiju.market.wind_down.plan import Plan

if TYPE_CHECKING:
    import polars as pl

SUMS = ("due", "repaid", "early", "replaced", "liquid", "needed", "left")


def write_tables(made: WindDown, folder: Path) -> None:
    """plans.parquet and repayments.parquet; sums are decimals in the currency."""
    plans(made).write_parquet(folder / "plans.parquet", compression="zstd")
    _repayments(made).write_parquet(folder / "repayments.parquet", compression="zstd")


def plans(made: WindDown) -> pl.DataFrame:
    """A row a bank, plan and month."""
    import polars as pl

    rows = [row for one in made.banks for name, plan in both(one) for row in _months(made, one, name, plan)]
    texts = dict.fromkeys(("bank", "currency", "plan"), pl.String)
    schema: Any = {**texts, "month": pl.Int64, "ends_on": pl.Date, **dict.fromkeys(SUMS, pl.Decimal(20, 2))}
    return pl.DataFrame(rows, schema=schema)


def both(one: WoundDown) -> list[tuple[str, Plan]]:
    """A bank's plans by name; none where there is none."""
    return [(name, plan) for name, plan in (("slowest", one.slow), ("fastest", one.fast)) if plan is not None]


def _months(made: WindDown, one: WoundDown, name: str, plan: Plan) -> list[dict[str, Any]]:
    assert one.begins is not None
    columns = (one.begins.due, plan.repaid, plan.early, plan.replaced, plan.liquid, plan.needed, plan.left)
    return [
        {"bank": one.bank, "currency": one.currency, "plan": name, "month": month, "ends_on": made.months[month - 1],
         **{column: Decimal(cents).scaleb(-2) for column, cents in zip(SUMS, sums, strict=True)}}
        for month, sums in enumerate(zip(*columns, strict=True), 1)
    ]  # fmt: skip


def _repayments(made: WindDown) -> pl.DataFrame:
    import polars as pl

    rows = [
        {"bank": one.bank, "currency": one.currency, "plan": name, "month": month, "due_month": due,
         "amount": Decimal(cents).scaleb(-2)}
        for one in made.banks for name, parts in repayments(one).items() for month, due, cents in parts
    ]  # fmt: skip
    texts = dict.fromkeys(("bank", "currency", "plan"), pl.String)
    schema: Any = {**texts, "month": pl.Int64, "due_month": pl.Int64, "amount": pl.Decimal(20, 2)}
    return pl.DataFrame(rows, schema=schema)
