"""How many units of a week a lawful clearance explains: computed from counted stock, shelf life and sales."""

from dataclasses import dataclass

import ibis
from ibis import Table, _

from guiju.checks import OFFER
from guiju.checks.exact import EXACT
from guiju.checks.pricing._weeks import WEEK, week_of

SHELF = ["platform", "seller", "product"]


@dataclass(frozen=True)
class Clearances:
    """What a lawful clearance is: limits of the rulebook that every check on sales below cost shares."""

    max_fresh_shelf_life_days: int
    max_fresh_remaining_pct: float
    max_stock_cover_days: float
    pace_weeks: int
    new_item_days: int
    max_new_item_units: float
    season_weeks: int
    min_season_share_pct: float
    min_season_sold_pct: float
    season_year_weeks: int
    min_history_days: int


def exempt_units(
    asked: Table, weeks: Table, products: Table, stocks: Table, limits: Clearances, until, utc_offset
) -> Table:
    """The exempt units of each week of the products asked for: the greatest of the four exemptions, not their sum.

    `weeks` are all weeks in the records, also those before the window: the pace and the season are read from them.
    """
    asked = asked.select(OFFER).distinct()
    stocks = stocks.semi_join(asked, SHELF)
    goods = products.select("platform", "category", "shelf_life_days", "listed_at", product=_.id)
    nearby = weeks.semi_join(asked, OFFER)
    pace = nearby.all_units.sum().over(
        ibis.trailing_range_window(ibis.interval(days=7 * limits.pace_weeks), group_by=OFFER, order_by="week")
    )
    sold = nearby.select(*OFFER, "week", daily=(pace - nearby.all_units) / (7 * limits.pace_weeks))
    rows = (
        sold.left_join(goods, ["platform", "product"])
        .drop("platform_right", "product_right")
        .left_join(_opening(stocks, utc_offset), [*SHELF, "week"])
        .select(*OFFER, "week", "daily", "category", "listed_at", "on_hand")
        .left_join(_expiring(stocks, goods, limits, utc_offset), [*SHELF, "week"])
        .select(*OFFER, "week", "daily", "category", "listed_at", "on_hand", "fresh")
        .left_join(_season_ends(weeks, goods, limits, until), ["platform", "category"])
        .select(*OFFER, "week", "daily", "listed_at", "on_hand", "fresh", "season_ends")
    )
    overstock = _.on_hand - limits.max_stock_cover_days * _.daily
    is_new = _.week < _.listed_at + ibis.interval(days=limits.new_item_days)
    return rows.select(
        *OFFER,
        "week",
        exempt_units=ibis.greatest(
            _.fresh.cast("float64").fill_null(0.0),
            overstock.cast("float64").fill_null(0.0),
            ibis.ifelse(_.week > _.season_ends, _.on_hand.cast("float64"), 0.0).fill_null(0.0),
            ibis.ifelse(is_new, float(limits.max_new_item_units), 0.0).fill_null(0.0),
        ).cast(EXACT),
    )


def _opening(stocks: Table, utc_offset) -> Table:
    """What was on hand when a week began: the latest count of the seven days up to its first moment, lots summed."""
    counts = stocks.group_by([*SHELF, "occurred_at"]).agg(counted=_.quantity.sum())
    # A count at the very moment the week begins opens that week, hence the microsecond.
    opens = week_of(_.occurred_at - ibis.interval(microseconds=1), utc_offset) + WEEK
    return counts.mutate(week=opens).group_by([*SHELF, "week"]).agg(on_hand=_.counted.argmax(_.occurred_at))


def _expiring(stocks: Table, goods: Table, limits: Clearances, utc_offset) -> Table:
    """Fresh units counted in a week in lots near expiry; a lot counted twice is one lot."""
    fresh = goods.filter(_.shelf_life_days <= limits.max_fresh_shelf_life_days).select(
        "platform", "product", "shelf_life_days"
    )
    lots = stocks.inner_join(fresh, ["platform", "product"])
    left = lots.expires_at.epoch_seconds() - lots.occurred_at.epoch_seconds()
    near = lots.filter(left >= 0, left <= lots.shelf_life_days * 864 * limits.max_fresh_remaining_pct)
    each = near.group_by([*SHELF, "expires_at", week_of(near.occurred_at, utc_offset).name("week")]).agg(
        lot=_.quantity.max()
    )
    return each.group_by([*SHELF, "week"]).agg(fresh=_.lot.sum())


def _season_ends(weeks: Table, goods: Table, limits: Clearances, until) -> Table:
    """The week in which a seasonal category's season ended; none without a year of records."""
    begins, history = (ibis.interval(days=n) for n in (7 * limits.season_year_weeks, limits.min_history_days))
    year = weeks.filter(_.week >= until - begins, _.week < until).inner_join(goods, ["platform", "product"])
    whole = weeks.group_by("platform").agg(begins=_.week.min()).filter(_.begins <= until - history)
    sums = year.semi_join(whole, "platform").group_by("platform", "category", "week").agg(units=_.all_units.sum())
    of_category = ibis.window(group_by=["platform", "category"])
    busiest = ibis.row_number().over(group_by=["platform", "category"], order_by=[_.units.desc(), _.week])
    so_far = _.units.sum().over(ibis.cumulative_window(group_by=["platform", "category"], order_by="week"))
    ranked = sums.mutate(total=_.units.sum().over(of_category), place=busiest, so_far=so_far)
    seasonal = ranked.mutate(peak=_.units.sum(where=_.place < limits.season_weeks).over(of_category))
    over = seasonal.filter(
        _.peak * 100 >= _.total * limits.min_season_share_pct, _.so_far * 100 >= _.total * limits.min_season_sold_pct
    )
    return over.group_by("platform", "category").agg(season_ends=_.week.min())
