"""The market of a run below cost: who held how much of it before, and what the product's price was before and after."""

from dataclasses import dataclass

import ibis
from ibis import Table, _

from guiju.checks import KEY, OFFER, account
from guiju.checks.pricing._runs import Low

KINDS = ["category", "currency"]  # what a market is: a category's sales in one currency, on every platform given
RUN = [*KEY, "payer"]


@dataclass(frozen=True)
class Market:
    """What holding a market is: limits of the rulebook."""

    min_share_pct: float
    min_platforms: int
    beside_weeks: int
    min_rise_pct: float


def with_category(runs: Table, products: Table) -> Table:
    """The runs of which the market is known."""
    goods = products.select("platform", "category", product=_.id).filter(_.category.notnull())
    return runs.inner_join(goods, ["platform", "product"])


def sales_beside(runs: Table, weeks: Table, products: Table, beside_weeks: int) -> Table:
    """Each run's market: every shop's week in it, from so many weeks before the run to its end."""
    sales = with_category(weeks, products).select(
        *KINDS, "week", "gross", "all_units", of_platform=_.platform, of_seller=_.seller
    )
    ends, back = ["episode_end", "category"], ibis.interval(days=7 * beside_weeks)
    near = runs.select(*RUN, *ends).inner_join(sales, KINDS)
    near = near.filter(_.week >= _.episode_start - back, _.week < _.episode_end)
    return near.mutate(
        own=(_.of_platform == _.platform) & ((_.payer == "platform") | (_.of_seller == _.subject)),
        before=_.week < _.episode_start,
    )


def shares(near: Table) -> Table:
    """A row a run: its payer's shares before it began, by turnover and by units, and of the units during the run."""
    sums = near.group_by(RUN).agg(
        platforms=_.of_platform.nunique(where=_.before),
        gross=_.gross.sum(where=_.before), own_gross=_.gross.sum(where=_.before & _.own),
        units=_.all_units.sum(where=_.before), own_units=_.all_units.sum(where=_.before & _.own),
        run_units=_.all_units.sum(where=~_.before), own_run_units=_.all_units.sum(where=~_.before & _.own),
    )  # fmt: skip
    return sums.select(
        *RUN, "platforms", share_pct=_part(_.own_gross, _.gross), unit_share_pct=_part(_.own_units, _.units),
        run_unit_share_pct=_part(_.own_run_units, _.run_units),
    )  # fmt: skip


def _part(own, whole):
    return (own.fill_null(0).cast("float64") * 100 / whole.cast("float64").nullif(0.0)).round(6)


def prices_beside(runs: Table, weeks: Table, low: Low, beside_weeks: int) -> Table:
    """A row a run: the payer's net price before and after it, and the rise between them in terms of cost."""
    span = ibis.interval(days=7 * beside_weeks)
    near = runs.select(*RUN, "episode_end", "seller", "product").inner_join(weeks.filter(_.units.notnull()), OFFER)
    near = near.mutate(
        net=ibis.ifelse(_.payer == "seller", _.seller_net, _.platform_net),
        before=(_.week >= _.episode_start - span) & (_.week < _.episode_start),
        after=(_.week >= _.episode_end) & (_.week < _.episode_end + span),
    )
    sums = near.group_by(RUN).agg(**{
        f"{when}_{name}": _[column].sum(where=_[when]).cast("float64")
        for when in ("before", "after") for name, column in (("units", "units"), ("net", "net"), ("cost", "cost_value"))
    })  # fmt: skip
    enough = {when: _[f"{when}_units"] >= low.min_units for when in ("before", "after")}
    prices = {
        f"{when}_price": ibis.ifelse(enough[when], _[f"{when}_net"] / _[f"{when}_units"], None).round(6)
        for when in ("before", "after")
    }
    rise = (_.after_net / _.after_cost.nullif(0.0)) / (_.before_net / _.before_cost.nullif(0.0)).nullif(0.0) - 1
    known = enough["before"] & enough["after"]
    return sums.select(*RUN, **prices, rise_pct=ibis.ifelse(known, rise * 100, None).round(6))


def sums_by_platform(near: Table, found: Table) -> Table:
    """What the shares of each found run were worked out from: each platform's sales, and the payer's among them."""
    sums = near.semi_join(found.select(KEY), KEY).group_by([*KEY, "of_platform"]).agg(
        gross_amount=_.gross.sum(where=_.before).cast("decimal(18, 2)"),
        own_amount=_.gross.sum(where=_.before & _.own).cast("decimal(18, 2)"),
        before_units=_.all_units.sum(where=_.before), own_before_units=_.all_units.sum(where=_.before & _.own),
        run_units=_.all_units.sum(where=~_.before), own_run_units=_.all_units.sum(where=~_.before & _.own),
    )  # fmt: skip
    amounts = ("gross_amount", "own_amount", "before_units", "own_before_units", "run_units", "own_run_units")
    return sums.select(*KEY, "of_platform", **{name: _[name].fill_null(0) for name in amounts})


def rows_asked(weeks: Table, judged: Table, products: Table, min_platforms: int) -> Table:
    """How many rows of orders could be asked of a market, and why the others could not."""
    known = judged.mutate(asked=_.rows - _.rows_no_cost - _.rows_no_split)
    named = with_category(known, products)
    wide = named.group_by(KINDS).agg(platforms=_.platform.nunique()).filter(_.platforms >= min_platforms)
    return account(
        ("outside the whole weeks judged", weeks.anti_join(judged, [*OFFER, "week"]).rows.sum()),
        ("no unit cost known at that moment", judged.rows_no_cost.sum()),
        ("who bore the reductions is not known", judged.rows_no_split.sum()),
        ("the category is not known", known.anti_join(named, [*OFFER, "week"]).asked.sum()),
        ("too few platforms of its market are in the records", named.anti_join(wide, KINDS).asked.sum()),
        (None, named.semi_join(wide, KINDS).asked.sum()),
    )
