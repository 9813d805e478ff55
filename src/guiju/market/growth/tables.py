"""Growth as tables: every number of the page, as Parquet and as one workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from guiju.market.growth import Asked, retained

if TYPE_CHECKING:
    from guiju.market.growth import Grown

ESTIMATES = ("growth", "acceleration")


def write_tables(made: Grown, folder: Path) -> None:
    """growth.parquet (a row a series), periods.parquet, cohorts.parquet, and growth.xlsx with a sheet for each."""
    import xlsxwriter

    sheets = {"growth": series_rows(made), "periods": period_rows(made)}
    if made.counted.cohorts.height:
        curves = [retained(made.counted.cohorts, p).with_columns(platform=pl.lit(p)) for p in made.platforms]
        sheets["retention"] = pl.concat(curves).select("platform", "age", "cohorts", "joined", "active", "pct")
        sheets["cohorts"] = made.counted.cohorts
    for name, table in sheets.items():
        table.write_parquet(folder / f"{name}.parquet", compression="zstd")
    with xlsxwriter.Workbook(folder / "growth.xlsx", {"strings_to_formulas": False, "nan_inf_to_errors": True}) as book:
        head, day = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "yyyy-mm-dd"})
        for name, table in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, table.columns, head)
            for row, cells in enumerate(table.iter_rows(), 1):
                for column, cell in enumerate(cells):
                    if hasattr(cell, "isoformat"):
                        sheet.write_datetime(row, column, cell, day)
                    else:
                        sheet.write(row, column, None if cell is None or cell != cell else cell)
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, table.width - 1, 14)


def series_rows(made: Grown) -> pl.DataFrame:
    """A row a series: what it is counted from, and both verdicts with their estimates per period."""
    rows = []
    for one in made.asked:
        s = one.series
        row: dict[str, Any] = {
            "platform": s.platform, "measure": s.measure, "basis": s.basis, "currency": s.currency or None,
            "periods": len(s.periods), "first_period": s.periods[0] if s.periods else None,
            "last_period": s.periods[-1] if s.periods else None,
        }  # fmt: skip
        for kind, its in (("relative", one.relative), ("absolute", one.absolute)):
            row[f"{kind}_course"] = its.course.value if its else None
            for name in ESTIMATES:
                estimate = getattr(its, name) if its else None
                for part in ("value", "low", "high"):
                    row[f"{kind}_{name}_{part}"] = getattr(estimate, part) if estimate else None
            row |= {f"{kind}_at_first": its.first if its else None, f"{kind}_at_last": its.last if its else None,
                    f"{kind}_noise_memory": its.rho if its else None}  # fmt: skip
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


def period_rows(made: Grown) -> pl.DataFrame:
    """A row a series and period, also of those that are not whole: value, by the day, trend and season."""
    rows = [row for one in made.asked for row in _periods(one, made.unit)]
    return pl.DataFrame(rows, infer_schema_length=None)


def _periods(one: Asked, unit: str) -> list[dict[str, Any]]:
    s, its = one.series, one.relative or one.absolute
    of = {"platform": s.platform, "measure": s.measure}
    scale = "logarithm" if one.relative else "value"
    rows = [
        {
            **of,
            "period": p,
            "whole": True,
            "value": v,
            "asked": a,
            "scale": scale,
            "trend": float(t),
            "season": float(e),
        }
        for p, v, a, t, e in zip(s.periods, s.values, s.per_day(unit), its.trend, its.season, strict=True)
    ]
    for edge in (s.before, s.after):
        if edge is not None:
            rows.append({**of, "period": edge[0], "whole": False, "value": edge[1], "asked": None, "scale": scale,
                         "trend": None, "season": None})  # fmt: skip
    return sorted(rows, key=lambda row: row["period"])
