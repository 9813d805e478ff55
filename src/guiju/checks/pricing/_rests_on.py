"""What a run of weeks below cost rests on: sales, costs, counted stock, the product; and its weeks one by one."""

from ibis import Table, _

from guiju.checks import KEY, OFFER
from guiju.checks.pricing._weeks import WEEK


def evidence(found: Table, sales: Table, costs: Table, stocks: Table, products: Table) -> dict[str, Table]:
    """The rows by table; stock also of the week before, whose last count opens the first."""
    own = ["subject", "object", "episode_start", "episode_end"]
    keys, shelf = found.select(*OFFER, *own), ["platform", "seller", "product"]
    sold = sales.inner_join(keys, OFFER).filter(_.occurred_at >= _.episode_start, _.occurred_at < _.episode_end)
    held = costs.inner_join(keys, OFFER).filter(
        _.valid_from < _.episode_end, (_.valid_to > _.episode_start) | _.valid_to.isnull()
    )
    counted = stocks.inner_join(keys, shelf).filter(
        _.occurred_at > _.episode_start - WEEK, _.occurred_at < _.episode_end
    )
    named = keys.select("platform", "currency", *own, id=_["product"]).distinct()
    goods = products.inner_join(named, ["platform", "id"])
    parts = {"orders": sold, "costs": held, "stocks": counted, "products": goods}
    return {name: rows.select(*KEY, "id") for name, rows in parts.items()}


def in_episodes(flagged: Table, found: Table) -> Table:
    """The weeks of each found row, with what was sold, explained and lost in each."""
    keys = found.select(*KEY, "episode_end", "payer", "seller", "product")
    weeks = flagged.drop("subject").inner_join(keys, [*OFFER, "payer"])
    inside = weeks.filter(_.week >= _.episode_start, _.week < _.episode_end)
    told = {name: _[name].cast("float64") for name in ("exempt_units", "counted_units")}
    loss = _.counted_loss.cast("decimal(18, 2)")
    return inside.select(*KEY, "week", "units", "below_units", **told, cost_value=_.cost_value, counted_loss=loss)
