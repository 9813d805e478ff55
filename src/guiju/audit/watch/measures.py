"""What is watched, by platform, city and week: price against cost, shares, merchants, jobs, complaints.

The engine sums each merchant's week in a city; everything else is arithmetic over those sums.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from guiju.checks import OFFER
from guiju.checks.pricing._costs import unit_costs
from guiju.records import AMOUNT

if TYPE_CHECKING:
    from ibis import Table

WEEK = timedelta(days=7)
CITY_DIGITS = 4  # of a GB/T 2260 code: the prefecture's
FUNDED = ("seller_funded_amount", "platform_funded_amount", "third_party_funded_amount")


def city_of(region: Any) -> Any:
    """The prefecture of a county by GB/T 2260, as 330400 of 330402-01; another code stands for itself."""
    coded = region.re_search(r"^[0-9]{6}")
    return coded.ifelse(region.substr(0, CITY_DIGITS).concat("00"), region)


def week_of(moment: Any, utc_offset: Any) -> Any:
    """The Monday midnight, local time, that begins the week of a moment."""
    return (moment + utc_offset).truncate("W") - utc_offset


def merchants_weeks(orders: Table, costs: Table | None, utc_offset: Any) -> Table:
    """Of each merchant, city and week: money asked, paid and kept, and both against purchase cost where that is known.

    paid: what buyers paid; kept: what the merchant was left, that is asked less its own reductions. `costed_…` are
    sums over the rows of which reductions and purchase cost are known.
    """
    import ibis
    from ibis import _

    funded = [orders[name] for name in FUNDED]
    rows = orders.mutate(
        city=city_of(orders.region), week=week_of(orders.occurred_at, utc_offset),
        paid=orders.gross_amount - funded[0] - funded[1] - funded[2], kept=orders.gross_amount - funded[0],
    )  # fmt: skip
    if costs is None:
        rows = rows.mutate(cost=ibis.null("decimal(18, 6)"))
    else:
        cost = unit_costs(costs).select(*OFFER, "valid_from", "ends", unit="purchase_cost")
        moment = [*OFFER, rows.occurred_at >= cost.valid_from, rows.occurred_at < cost.ends]
        rows = rows.left_join(cost, moment).select(*(rows[c] for c in rows.columns), cost=_.unit * rows.quantity)
    known = rows.cost.notnull() & rows.paid.notnull()
    sums = {
        "gross": _.gross_amount.sum(),
        "paid": ibis.ifelse(
            _.paid.count() == _.count(), _.paid.sum(), ibis.null(AMOUNT)
        ),  # all of it is known, or none
        "kept": ibis.ifelse(_.kept.count() == _.count(), _.kept.sum(), ibis.null(AMOUNT)),
        "paid_gross": _.gross_amount.sum(where=_.paid.notnull()),
        "costed_gross": _.gross_amount.sum(where=known),
        "costed_paid": _.paid.sum(where=known),
        "costed_kept": _.kept.sum(where=known),
        "cost": _.cost.sum(where=known),
    }
    keys = ("platform", "city", "week", "currency", "seller")
    return rows.group_by(*keys).agg(lines=_.count(), **{name: value.cast(AMOUNT) for name, value in sums.items()})


def whole_weeks(first: datetime, until: datetime, monday: datetime) -> tuple[datetime, datetime]:
    """The begin of the first whole week from `first` on, the end of the last up to `until`; `monday`: of any week."""
    begin = monday + -((monday - first) // WEEK) * WEEK
    return begin, monday + (until - monday) // WEEK * WEEK


def _whole(money: pl.Expr) -> pl.Expr:
    """A sum of which every part is known; null otherwise."""
    return pl.when(money.null_count() == 0).then(money.sum())


def trade(sums: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """The weeks of each group: turnover, price against cost, merchants at work and those that sold below their cost."""
    grouped = sums.group_by([*by, "currency", "week"]).agg(
        pl.col("lines").sum(),
        *(pl.col(name).sum() for name in ("gross", "costed_gross", "costed_paid", "cost")),
        *(_whole(pl.col(name)).alias(name) for name in ("paid", "kept")),
        merchants=pl.col("seller").n_unique(),
        losing_merchants=pl.col("seller").filter(pl.col("costed_kept") < pl.col("cost")).n_unique(),
    )
    real = {name: pl.col(name).cast(pl.Float64) for name in ("costed_paid", "cost", "costed_gross", "gross", "kept")}
    return grouped.with_columns(
        paid_to_cost_pct=pl.when(pl.col("cost") > 0).then(real["costed_paid"] / real["cost"] * 100),
        costed_pct=real["costed_gross"] / real["gross"] * 100,
        income_per_merchant=real["kept"] / pl.col("merchants"),
    )


def turnover(sums: pl.DataFrame, by: list[str], settled: timedelta) -> pl.DataFrame:
    """How many merchants sold for the first, and for the last, time in a week; null where the records cannot say.

    One that sold in the first `settled` of the records may have been there before, one that sold in the last may come
    again.
    """
    whose = [*by, "currency", "platform", "seller"]
    merchants = sums.group_by(list(dict.fromkeys(whose))).agg(first=pl.col("week").min(), last=pl.col("week").max())
    begin, end = sums["week"].min(), sums["week"].max()
    keys = [*by, "currency", "week"]
    entered = merchants.rename({"first": "week"}).group_by(keys).agg(entered=pl.len())
    left = merchants.rename({"last": "week"}).group_by(keys).agg(left=pl.len())
    weeks = sums.select(keys).unique()
    both = (
        weeks.join(entered, on=keys, how="left")
        .join(left, on=keys, how="left")
        .with_columns(entered=pl.col("entered").fill_null(0), left=pl.col("left").fill_null(0))
    )
    return both.with_columns(
        entered=pl.when(pl.col("week") >= pl.lit(begin) + settled).then("entered"),
        left=pl.when(pl.col("week") <= pl.lit(end) - settled).then("left"),
    )


def shares(weeks: pl.DataFrame, within: list[str]) -> pl.DataFrame:
    """Each platform's share of a market's gross in a week, and the week's HHI (0 to 10,000) over the platforms seen."""
    gross = pl.col("gross").cast(pl.Float64)
    market = [*within, "currency", "week"]
    shared = weeks.with_columns(share_pct=gross / gross.sum().over(market) * 100)
    return shared.with_columns(hhi=(pl.col("share_pct") ** 2).sum().over(market))


def watched(sums: pl.DataFrame, settled: timedelta) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The weeks of each platform and city, and of each platform in all cities."""

    def of(within: list[str]) -> pl.DataFrame:
        by = ["platform", *within]
        keys = [*by, "currency", "week"]
        weeks = trade(sums, by).join(turnover(sums, by, settled), on=keys, how="left", nulls_equal=True)
        return shares(weeks, within).sort(*within, "platform", "currency", "week")

    return of(["city"]), of([])


def lately(weeks: pl.DataFrame, by: list[str], now_weeks: int, before_weeks: int) -> pl.DataFrame:
    """Each group's last weeks beside those before them: `…_now` and `…_before`, ratios over the sums of the weeks."""
    end = weeks["week"].max()
    turn = pl.lit(end) + WEEK - now_weeks * WEEK
    spans = {"now": pl.col("week") >= turn,
             "before": (pl.col("week") < turn) & (pl.col("week") >= turn - before_weeks * WEEK)}  # fmt: skip
    sides = []
    for name, inside in spans.items():
        its = weeks.filter(inside)
        real = {c: pl.col(c).cast(pl.Float64).sum() for c in ("gross", "costed_paid", "cost")}
        real["kept"] = _whole(pl.col("kept").cast(pl.Float64))
        within = [k for k in by if k != "platform"] + ["currency"]
        side = its.group_by([*by, "currency"]).agg(
            gross=real["gross"],
            paid_to_cost_pct=pl.when(real["cost"] > 0).then(real["costed_paid"] / real["cost"] * 100),
            merchants=pl.col("merchants").mean(),
            losing_merchants=pl.col("losing_merchants").mean(),
            entered=pl.col("entered").sum(),
            left=pl.col("left").sum(),
            income_per_merchant=real["kept"] / pl.col("merchants").sum(),
        ).with_columns(share_pct=pl.col("gross") / pl.col("gross").sum().over(within) * 100)  # fmt: skip
        sides.append(side.rename({c: f"{c}_{name}" for c in side.columns if c not in (*by, "currency")}))
    return sides[0].join(sides[1], on=[*by, "currency"], how="full", coalesce=True, nulls_equal=True).sort(by)


def people(jobs: Table, utc_offset: Any) -> Table:
    """People at work by platform, city, kind and week: the last count of each region in it, summed."""
    import ibis
    from ibis import _

    counted = jobs.mutate(city=city_of(jobs.region), week=week_of(jobs.occurred_at, utc_offset))
    latest = ibis.row_number().over(
        group_by=["platform", "region", "kind", "week"], order_by=[_.occurred_at.desc(), _.id.desc()]
    )
    last = counted.mutate(place=latest).filter(_.place == 0)
    return last.group_by("platform", "city", "kind", "week").agg(people=_.people.sum())


def leads(complaints: Table, utc_offset: Any) -> Table:
    """Every complaint with its city and week; who made it is not in the records."""
    return complaints.mutate(city=city_of(complaints.region), week=week_of(complaints.occurred_at, utc_offset))
