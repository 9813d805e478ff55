"""Trips by group and month, flagged or not; the days on which most of a group's drivers were flagged; campaigns."""

from functools import reduce

import ibis
from ibis import Table, _

from guiju.estimators.within import within_sums

GROUP = ["platform", "currency", "group", "episode_start"]
CELL = [*GROUP, "campaign"]
DAY_S = 86_400
MONDAY = 3  # 1 January 1970 was a Thursday


def flags(decisions: Table, kinds: list[str], max_review_days: int) -> Table:
    """The orders decided about, once each: when first; whether it was `excused`: taken back, or put into one case."""
    about = decisions.filter(_.kind.isin(kinds), _.order_id.notnull()).mutate(
        excused=_.group_case.notnull()
        | (_.undone_at <= _.occurred_at + ibis.interval(days=max_review_days)).fill_null(False)
    )
    return about.group_by("platform", id="order_id").agg(flagged_at=_.occurred_at.min(), excused=_.excused.all())


def with_flags(trips: Table, flags: Table, grouped_by: str) -> Table:
    """The trips of known groups, each with when it was decided about; null: it was not."""
    rows = trips.select("platform", "currency", "id", "occurred_at", "driver", "campaign", group=trips[grouped_by])
    told = rows.filter(_.group.notnull()).left_join(flags, ["platform", "id"])
    return told.drop("platform_right", "id_right")


def in_months(rows: Table, periods, lookback_days: int, utc_offset) -> Table:
    """A row a trip and month that looks back on it: `hit`, flagged in that month and not excused, on which local `day`.

    A trip that was decided about before the month is not in it: it could not be flagged again.
    """
    back = ibis.interval(days=lookback_days)
    months = [
        rows.filter(_.occurred_at >= ibis.literal(b) - back, _.occurred_at < b,
                    _.flagged_at.isnull() | (_.flagged_at >= a)).mutate(
            episode_start=ibis.literal(a).cast("timestamp(6)"),
            hit=((_.flagged_at < b) & ~_.excused).fill_null(False),
            spared=((_.flagged_at < b) & _.excused).fill_null(False),
        )
        for a, b in periods
    ]  # fmt: skip
    none = [rows.filter(ibis.literal(False)).mutate(
        episode_start=ibis.null("timestamp(6)"), hit=ibis.literal(False), spared=ibis.literal(False))]  # fmt: skip
    both = reduce(lambda one, other: one.union(other), months or none)
    day, ended = (local_day(at, utc_offset) for at in (both.flagged_at, both.occurred_at))
    week = ((ended + MONDAY) / 7).floor().cast("int64")
    return both.select(*GROUP, "id", "driver", "campaign", "hit", "spared", week=week, day=both.hit.ifelse(day, None))


def local_day(at, utc_offset):
    """The number of a moment's local day since 1 January 1970."""
    return ((at + utc_offset).epoch_seconds() / DAY_S).floor().cast("int64")


def bursts(rows: Table, burst_days: int) -> Table:
    """A row a group and month with a flag: the `burst_days` with most drivers flagged, and how many elsewhere then."""
    hits = rows.filter(_.hit).select(*GROUP, "driver", "day").distinct()
    first = hits.select(*GROUP, first_day="day").distinct()
    within = first.inner_join(hits, [*GROUP, hits.day >= first.first_day, hits.day < first.first_day + burst_days])
    many = within.group_by([*GROUP, "first_day"]).agg(flagged_drivers=_.driver.nunique())
    in_turn = ibis.row_number().over(group_by=GROUP, order_by=[_.flagged_drivers.desc(), _.first_day])
    best = many.mutate(place=in_turn).filter(_.place == 0).drop("place")
    month = ["platform", "currency", "episode_start"]
    of_all = hits.select(*month, "driver", "day").distinct()
    then = best.inner_join(of_all, [*month, of_all.day >= best.first_day, of_all.day < best.first_day + burst_days])
    everywhere = then.group_by(GROUP).agg(everywhere=_.driver.nunique())
    drivers = rows.group_by(GROUP).agg(drivers=_.driver.nunique())
    everybody = rows.group_by(month).agg(everybody=_.driver.nunique())
    told = best.inner_join(everywhere, GROUP).inner_join(drivers, GROUP).inner_join(everybody, month)
    elsewhere = {"elsewhere_flagged": _.everywhere - _.flagged_drivers, "elsewhere_drivers": _.everybody - _.drivers}
    return told.select(*GROUP, "first_day", "flagged_drivers", "drivers", **elsewhere)


def cells(rows: Table, bursts: Table, min_drivers: int) -> Table:
    """Every campaign that a group's trips were of, by month: counts, the burst, sums of the difference it makes."""
    known = rows.filter(_.campaign.notnull()).group_by(CELL).agg(
        shared_trips=_.count(), shared_hits=_.hit.sum(), spared=_.spared.sum(),
    )  # fmt: skip
    whole = rows.group_by(GROUP).agg(trips=_.count(), hits=_.hit.sum())
    large = bursts.filter(_.flagged_drivers >= min_drivers).select(GROUP)
    asked = rows.semi_join(large, GROUP).rename(own="campaign").inner_join(known.select(CELL), GROUP)
    asked = asked.mutate(shared=(_.own == _.campaign).fill_null(False).ifelse(1, 0), flagged=_.hit.ifelse(1, 0))
    sums = within_sums(
        asked, by=CELL, cell=["driver", "week"], cluster="driver", treated="shared", outcomes=["flagged"]
    )
    told = known.inner_join(whole, GROUP).left_join(bursts, GROUP).drop(*(f"{name}_right" for name in GROUP))
    return told.left_join(sums, CELL).drop(*(f"{name}_right" for name in CELL))
