"""Every sale set against what its goods cost, summed by week: how much went below cost, and by whose reductions."""

import ibis
from ibis import Table, _

from guiju.checks import OFFER
from guiju.checks.pricing._weeks import nth_week, week_of
from guiju.checks.validity import NEVER
from guiju.records import AMOUNT, QUANTITY

BASES = ("purchase", "variable", "total")  # the columns of costs that a rule may ask of
NOT_SPLIT = -1  # who bore the reductions of a row is not known


def unit_costs(costs: Table) -> Table:
    """One row a shop and product at any moment: a cost holds until its end or the next; the later known goes first."""
    latest = ibis.row_number().over(
        group_by=[*OFFER, "valid_from"], order_by=[_.known_at.desc(nulls_first=False), _.id]
    )
    known = costs.mutate(place=latest).filter(_.place == 0)
    following = known.valid_from.lead().over(group_by=OFFER, order_by=known.valid_from)
    ends = ibis.least(_.valid_to.fill_null(NEVER), _.following.fill_null(NEVER))
    units = {f"{b}_cost": _[f"{b}_cost"] for b in BASES}
    return known.mutate(following=following).select(
        *OFFER, "valid_from", **units, highest=ibis.greatest(*units.values()), ends=ends, held=ibis.row_number()
    )


def weekly(orders: Table, unit_costs: Table, utc_offset) -> Table:
    """Sums a shop, product and week, for each cost basis, so that rules which ask of different ones share one reading.

    `<basis>_seller_…`: below cost by the seller's own reductions; `<basis>_platform_…`: only by the platform's.
    """
    groups = _groups(orders, unit_costs, utc_offset)
    shop = {name: ibis.coalesce(groups[f"no_cost_{name}"], unit_costs[name]) for name in OFFER}
    costs = {f"{b}_cost": unit_costs[f"{b}_cost"] for b in BASES}
    named = groups.left_join(unit_costs, groups.held == unit_costs.held).select(
        "rows", "quantity", "gross", "net", "part", **shop, **costs, week=week_of(groups.moment, utc_offset),
        split=groups.falls != NOT_SPLIT, **{f"{b}_falls": groups.falls // 3**n % 3 for n, b in enumerate(BASES)},
    )  # fmt: skip
    sums = {name: sum_ for basis in BASES for name, sum_ in _sums(basis).items()}
    return named.group_by([*OFFER, "week"]).agg(
        rows=_.rows.sum(), all_units=_.quantity.sum(), gross=_.gross.sum(), **sums
    )


def _groups(orders: Table, cost: Table, utc_offset) -> Table:
    """The one reading of all orders, summed by the cost that held and by who went below it."""
    # The cost is its number here: quicker to group by than four names.
    joined = orders.left_join(cost, [*OFFER, orders.occurred_at >= cost.valid_from, orders.occurred_at < cost.ends])
    # In a platform's own shop the two payers are one: what the platform bears, the seller bears.
    own, platform_part = joined.seller == joined.platform, joined.platform_funded_amount
    names = {f"no_cost_{name}": joined.held.isnull().ifelse(joined[name], ibis.null("string")) for name in OFFER}
    row = joined.select(
        "held", "occurred_at", "quantity", "gross_amount", "highest", *(f"{b}_cost" for b in BASES), **names,
        nth_week=nth_week(joined.occurred_at, utc_offset), part=own.ifelse(0, platform_part),
        net=joined.gross_amount - joined.seller_funded_amount - own.ifelse(platform_part, 0),
    )  # fmt: skip
    # Who brings a row below each cost, as one number. Nearly every row is above all: that is one comparison.
    each = sum(3**n * _falls(_[f"{b}_cost"] * _.quantity) for n, b in enumerate(BASES))
    above, unknown = _.net - _.part >= _.highest * _.quantity, _.net.isnull() | _.part.isnull()
    falls = ibis.cases((above, 0), (unknown, NOT_SPLIT), else_=each)
    return row.group_by("held", *names, "nth_week", falls=falls).agg(
        rows=_.count(),
        moment=_.occurred_at.min(),
        quantity=_.quantity.sum().cast(QUANTITY),
        gross=_.gross_amount.sum().cast(AMOUNT),
        net=_.net.sum().cast(AMOUNT),
        part=_.part.sum().cast(AMOUNT),
    )


def _falls(cost):
    """Who brings a row below its cost: 1 the seller, 2 the platform, 0 nobody, as far as is known."""
    return ibis.cases((_.net < cost, 1), (_.net - _.part < cost, 2), else_=0)


def _sums(basis: str) -> dict[str, ibis.Value]:
    unit, falls = _[f"{basis}_cost"], _[f"{basis}_falls"]
    cost, asked = unit * _.quantity, _.split & unit.notnull()
    by_seller, by_platform = asked & (falls == 1), asked & (falls == 2)
    sums = {
        "rows_no_cost": _.rows.sum(where=unit.isnull()),
        "rows_no_split": _.rows.sum(where=unit.notnull() & ~_.split),
        "units": _.quantity.sum(where=asked),
        "cost_value": cost.sum(where=asked),
        "seller_net": _.net.sum(where=asked),
        "platform_net": (_.net - _.part).sum(where=asked),
        "seller_below": _.quantity.sum(where=by_seller),
        "seller_loss": (cost - _.net).sum(where=by_seller),
        "platform_below": _.quantity.sum(where=by_platform),
        "platform_loss": (cost - _.net + _.part).sum(where=by_platform),
    }
    return {f"{basis}_{name}": sum_.fill_null(0) if name.startswith("rows") else sum_ for name, sum_ in sums.items()}
