"""Every number of a stress as tables, in the order in which the page tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from guiju.market.stress.joint import QUANTILES

if TYPE_CHECKING:
    from guiju.market.stress import Stress

TAILS = (50, 95, 99, 99.9)  # per cent, of how many banks fail


def tables(seen: Stress) -> dict[str, pl.DataFrame]:
    """banks, missing, courses, grid, joint, tail, fans, banks_joint."""
    return {
        "banks": banks(seen),
        "missing": pl.DataFrame(
            [(m.bank, m.what, m.why[0], m.why[1]) for m in seen.missing],
            schema=dict.fromkeys(("bank", "what", "why_zh", "why_en"), pl.String), orient="row",
        ),
        "courses": _courses(seen),
        "grid": _grid(seen),
        "joint": joint(seen),
        "tail": tail(seen),
        "fans": fans(seen),
        "banks_joint": banks_joint(seen),
    }  # fmt: skip


def banks(seen: Stress) -> pl.DataFrame:
    """A row a bank: its ratios, how much of it came by platforms, and its survival day by scenario (null: it lasts).

    missing_<scenario>: what is missing on the worst day.
    """
    books, r = seen.books, seen.ratios
    columns = {
        "hqla": r.hqla, "outflow": r.outflow, "inflow": r.inflow, "lcr_pct": r.lcr, "lcr_locked_pct": r.lcr_locked,
        "available_funding": r.available, "required_funding": r.required, "nsfr_pct": r.nsfr,
        "platform_money": books.brought.sum(axis=1), "deposits": books.deposits, "platform_pct": seen.dependence(),
        "assets": books.assets,
    }  # fmt: skip
    named = pl.DataFrame(
        {"bank": books.banks} | {n: pl.Series(np.round(v, 4)).fill_nan(None) for n, v in columns.items()}
    )
    missing = {
        f"missing_{name}": pl.Series(np.round((-left.min(axis=1)).clip(0), 2)) for name, left in seen.levels.items()
    }
    named = named.with_columns(**missing)
    survival = {f"days_{name}": pl.Series(days) for name, days in seen.days.items()}
    return named.with_columns(
        pl.when(pl.Series(days) > 0).then(pl.Series(days)).alias(name) for name, days in survival.items()
    )


def _courses(seen: Stress) -> pl.DataFrame:
    """What each bank has left at the end of each day, by scenario."""
    one = next(iter(seen.levels.values()))
    bank, day = (a.ravel() for a in np.indices(one.shape))
    return pl.DataFrame(
        {"bank": np.array(seen.books.banks, dtype=object)[bank].tolist(), "day": day + 1}
        | {name: np.round(course.ravel(), 2) for name, course in seen.levels.items()}
    )


def _grid(seen: Stress) -> pl.DataFrame:
    shares, spans = seen.given.value("grid_runoff_pct"), seen.given.value("grid_over_days")
    bank, i, j = (a.ravel() for a in np.indices(seen.grid.shape))
    days = pl.Series("survival_day", seen.grid.ravel())
    table = pl.DataFrame({
        "bank": np.array(seen.books.banks, dtype=object)[bank].tolist(),
        "runoff_pct": np.array(shares, float)[i], "over_days": np.array(spans)[j], "day": days,
    })  # fmt: skip
    return table.with_columns(survival_day=pl.when(pl.col("day") > 0).then("day")).drop("day")


def joint(seen: Stress) -> pl.DataFrame:
    """A row a correlation (null: independent): how many banks fail, by quantiles, and what stays unpaid."""
    rows = []
    for one in seen.joint:
        n, draws = one.counts, len(one.counts)
        worst = np.sort(n)[-max(draws // 100, 1) :]
        any_, all_three = float((n > 0).mean()), float(one.together.mean())
        rows.append(
            {"rho": one.rho, "mean_banks": float(n.mean())}
            | {f"banks_{q:g}": float(np.quantile(n, q / 100, method="inverted_cdf")) for q in TAILS}
            | {
                "worst_hundredth_banks": float(worst.mean()), "any_pct": any_ * 100,
                "any_error_pct": 100 * (any_ * (1 - any_) / draws) ** 0.5, "together_pct": all_three * 100,
                "together_error_pct": 100 * (all_three * (1 - all_three) / draws) ** 0.5,
                "infected_banks": float(one.infected.sum(axis=1).mean()),
                "unpaid_depositors_99": round(float(np.quantile(one.unpaid_depositors, 0.99)), 2),
                "unpaid_banks_99": round(float(np.quantile(one.unpaid_banks, 0.99)), 2),
            }
        )  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def tail(seen: Stress) -> pl.DataFrame:
    """In how many draws of a hundred at least so many banks fail, by correlation."""
    most = max(int(one.counts.max(initial=0)) for one in seen.joint)
    parts = [
        pl.DataFrame({
            "rho": pl.Series([one.rho] * (most + 1), dtype=pl.Float64), "banks": np.arange(most + 1),
            "draws_pct": [float((one.counts >= k).mean() * 100) for k in range(most + 1)],
        })
        for one in seen.joint
    ]  # fmt: skip
    return pl.concat(parts)


def fans(seen: Stress) -> pl.DataFrame:
    """What a bank has left at the end of each day, by quantile of all draws."""
    parts = [
        pl.DataFrame({
            "rho": pl.Series([one.rho] * fan.shape[1], dtype=pl.Float64), "bank": [bank] * fan.shape[1],
            "day": np.arange(1, fan.shape[1] + 1),
            **{f"p{q}": np.round(fan[i], 2) for i, q in enumerate(QUANTILES)},
        })
        for one in seen.joint for bank, fan in sorted(one.fans.items())
    ]  # fmt: skip
    return pl.concat(parts)


def banks_joint(seen: Stress) -> pl.DataFrame:
    """In how many draws of a hundred each bank fails, and only because others did not pay it, by correlation."""
    parts = [
        pl.DataFrame({
            "bank": seen.books.banks, "rho": pl.Series([one.rho] * len(seen.books.banks), dtype=pl.Float64),
            "failed_pct": one.failed.mean(axis=0) * 100, "infected_pct": one.infected.mean(axis=0) * 100,
        })
        for one in seen.joint
    ]  # fmt: skip
    return pl.concat(parts)
