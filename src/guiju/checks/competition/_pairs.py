"""Each offer with each of its rivals': how far their prices moved against each other, now and in their own past."""

import ibis
from ibis import Table, _

from guiju.checks import first_of
from guiju.checks.competition._panel import LOG, MARKET, OFFER

SQUARE = "decimal(38, 18)"
RIVAL = ["rival_platform", "rival_seller", "rival_product"]


def pairs(weekly: Table, weeks: int, weeks_before: int) -> Table:
    """One row an offer and rival's: `apart` and `apart_before`, the deviation of the weekly gap between their prices.

    Before are as many whole stretches of `weeks` as fit into `weeks_before`, each with a mean of its own.
    """
    theirs = weekly.select(*MARKET, "week", rival_platform="platform", rival_seller="seller", rival_product="product",
                           rival="party", rival_price="price")  # fmt: skip
    both = weekly.inner_join(theirs, [*MARKET, "week"]).filter(_.party != _.rival)
    # Counted back from the end: stretch 0 is the weeks judged.
    gaps = both.mutate(gap=_.price - _.rival_price, stretch=(weeks + weeks_before - 1 - _.week) // weeks)
    whole = gaps.filter(_.stretch <= weeks_before // weeks)
    sums = whole.group_by(*OFFER, *RIVAL, "rival", "stretch").agg(
        total=_.gap.sum().cast("float64"), squares=(_.gap * _.gap).cast(SQUARE).sum().cast("float64")
    )
    spread = ibis.greatest(sums.squares - sums.total * sums.total / weeks, 0.0) / (weeks - 1)
    each = sums.mutate(variance=spread.cast(LOG))
    now = each.stretch == 0
    means = each.group_by(*OFFER, *RIVAL, "rival").agg(
        now=each.variance.sum(where=now).cast("float64"),
        before=each.variance.sum(where=~now).cast("float64") / (weeks_before // weeks),
    )
    return means.select(*OFFER, *RIVAL, "rival", apart=_.now.sqrt(), apart_before=_.before.sqrt())


def close(pairs: Table, max_apart_ratio: float) -> Table:
    """The pairs that moved less against each other than `max_apart_ratio` times what they did before."""
    return pairs.filter(_.apart_before > 0, _.apart <= _.apart_before * max_apart_ratio)


def courses(weekly: Table, close: Table, weeks: int, weeks_before: int) -> Table:
    """One row an offer: `over_k` the price over cost of week k, `gap_k` over the mean of the close rivals' prices."""
    theirs = weekly.select(*MARKET, "week", rival_platform="platform", rival_seller="seller", rival_product="product",
                           rival_price="price")  # fmt: skip
    mean = close.inner_join(theirs, [*MARKET, *RIVAL]).group_by(*OFFER, "week").agg(
        total=_.rival_price.sum().cast("float64"), n=_.count()
    )  # fmt: skip
    both = weekly.left_join(mean, [*OFFER, "week"])
    gap = both.price.cast("float64") - both.total / both.n
    rows = both.select(*OFFER, "week", "cost", over=both.price - both.cost, gap=gap)
    of = {f"{name}_{k}": ibis.cases((rows.week == k, rows[name])).max().cast("float64")
          for name in ("over", "gap") for k in range(weeks + weeks_before)}  # fmt: skip
    cost = {"cost_before": (rows.cost.sum(where=rows.week < weeks_before) / weeks_before).cast("float64"),
            "cost_now": (rows.cost.sum(where=rows.week >= weeks_before) / weeks).cast("float64")}  # fmt: skip
    near = close.group_by(OFFER).agg(close_rivals=_.rival.nunique())
    told = rows.group_by(OFFER).agg(**of, **cost).left_join(near, OFFER)
    return told.drop(*(f"{name}_right" for name in OFFER))


def end_of(start, periods):
    return first_of(((start == a, b) for a, b in periods), ibis.null("timestamp(6)"))
