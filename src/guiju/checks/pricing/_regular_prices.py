"""What a shop used to charge: before an emergency, a year before it; and how prices went elsewhere meanwhile."""

from dataclasses import dataclass

import ibis
from ibis import Table, _

from guiju.checks import OFFER
from guiju.checks.exact import EXACT, ratio
from guiju.checks.pricing._urgent_sales import lies_in

YEAR = ibis.interval(days=365)
OF = [*OFFER, "spell"]


@dataclass(frozen=True)
class Regular:
    """What a regular price is, and with whom it is compared: limits of the rulebook."""

    baseline_days: int
    min_baseline_days: int
    season_days: int
    min_peers: int


def daily(lines: Table, by: list[str]) -> Table:
    """One row a day: units, what they were sold for, what they cost (null: not known of all), and the price."""
    days = lines.group_by([*by, "day"]).agg(
        lines=_.count(), units=_.quantity.sum(), value=_.value.sum(), costs=_.cost.sum(), costed=_.cost.count(),
        first_at=_.occurred_at.min(), last_at=_.occurred_at.max(),
    )  # fmt: skip
    known = ibis.cases((days.costed == days.lines, days.costs))
    return days.mutate(cost=known, price=ratio(days.value, days.units)).drop("costs", "costed")


def before(offers: Table, apart: Table, regular: Regular) -> Table:
    """Of each offer in an emergency, its own sales there before, `was` recent or a year before."""
    window, near = ibis.interval(days=regular.baseline_days), ibis.interval(days=regular.season_days)
    rows = apart.inner_join(offers.select(*OF, "within", "opens", "closes"), OFFER)
    rows = rows.filter(lies_in(_.region, _.within), _.occurred_at < _.opens)
    season = (_.occurred_at >= _.opens - YEAR - near) & (_.occurred_at < _.closes - YEAR + near)
    was = ibis.cases((_.occurred_at >= _.opens - window, "recent"), (season, "a year before"))
    return rows.mutate(was=was).filter(_.was.notnull())


def reached(days: Table, by: list[str], min_days: int) -> Table:
    """The price reached on `min_days` days at least, as `regular`; no row where there are fewer."""
    place = ibis.row_number().over(group_by=by, order_by=[_.price.desc(), _.day])
    return days.mutate(place=place).filter(_.place == min_days - 1).select(*by, regular=_.price)


def regular_prices(days: Table, by: list[str], min_days: int) -> Table:
    """The price reached on `min_days` days at least, and what a unit cost on such days."""
    at_it = days.inner_join(reached(days, by, min_days), by).filter(_.price >= _.regular)
    sums = at_it.group_by([*by, "regular"]).agg(
        units=_.units.sum(), cost=_.cost.sum(), known=_.cost.count() == _.count()
    )
    return sums.select(*by, "regular", regular_cost=ibis.cases((sums.known, ratio(sums.cost, sums.units))))


def own_prices(offers: Table, was: Table, min_days: int) -> Table:
    """The offers with their regular price and cost before, and a year before; null where there were too few days."""
    prices = regular_prices(daily(was, [*OF, "was"]), [*OF, "was"], min_days)
    for of, price, cost in (("recent", "base", "base_cost"), ("a year before", "season", "season_cost")):
        its = prices.filter(_.was == of).select(*OF, **{price: _.regular, cost: _.regular_cost})
        offers = offers.left_join(its, OF).drop(*(f"{name}_right" for name in OF))
    return offers


def elsewhere(spells: Table, apart: Table, regular: Regular) -> Table:
    """Of each offer that went on outside: its mean price while an emergency held, in terms of its own regular one."""
    window = ibis.interval(days=regular.baseline_days)
    rows = apart.inner_join(spells.select("platform", "category", "spell", "opens", "closes"), ["platform", "category"])
    near = rows.filter(_.occurred_at >= _.opens - window, _.occurred_at < _.closes)
    # All in one pass: there are many times as many lines as in any emergency.
    days = near.group_by([*OF, "day", (near.occurred_at < near.opens).name("earlier")]).agg(
        value=_.value.sum(), units=_.quantity.sum()
    )
    prices = days.filter(_.earlier).mutate(price=ratio(days.value, days.units))
    then = days.filter(~_.earlier).group_by(OF).agg(value=_.value.sum(), units=_.units.sum())
    both = then.inner_join(reached(prices, OF, regular.min_baseline_days), OF)
    return both.select(*OF, "regular", price=ratio(both.value, both.units)).mutate(rise=_.price / _.regular)


def beside_peers(offers: Table, rises: Table, min_peers: int) -> Table:
    """The offers with the rise that half of the other shops elsewhere reached, each counting once; null: too few."""
    each = rises.group_by("platform", "spell", "seller").agg(rise=_.rise.cast(EXACT).sum(), goods=_.count())
    each = each.mutate(rise=ratio(each.rise, each.goods)).drop("goods")
    keys = ["platform", "spell", "seller"]
    pairs = offers.select(keys).distinct().inner_join(each, ["platform", "spell"], rname="{name}_of")
    pairs = pairs.filter(_.seller != _.seller_of)
    place = ibis.row_number().over(group_by=keys, order_by=[_.rise.desc(), _.seller_of])
    ranked = pairs.mutate(place=place, peers=_.count().over(ibis.window(group_by=keys)))
    half = ranked.filter(_.peers >= min_peers, _.place == (_.peers - 1) // 2)
    return offers.left_join(half.select(*keys, "peers", elsewhere=_.rise), keys).drop(
        *(f"{name}_right" for name in keys)
    )
