"""A week of one product in one shop: what was sold below cost, and who bore it."""

import ibis
from ibis import Table, _

from guiju.records import AMOUNT, QUANTITY

SHOP = ["platform", "seller", "product", "currency"]
BASES = ("purchase", "variable")  # the columns of costs that a rule may ask of
WEEK = ibis.interval(days=7)
NEVER = ibis.timestamp("9999-12-31")  # an end that a plain comparison can be made with: engines join on those quickly


def week_of(moment, utc_offset):
    """The Monday midnight, local time, that begins the week of a moment."""
    return (moment + utc_offset).truncate("W") - utc_offset


def unit_costs(costs: Table) -> Table:
    """One row a shop and product at any moment: a cost holds until its end or until the next begins, the later known first."""
    latest = ibis.row_number().over(group_by=[*SHOP, "valid_from"], order_by=[_.known_at.desc(nulls_first=False), _.id])
    known = costs.mutate(place=latest).filter(_.place == 0)
    following = known.valid_from.lead().over(group_by=SHOP, order_by=known.valid_from)
    ends = ibis.least(_.valid_to.fill_null(NEVER), _.following.fill_null(NEVER))
    units = {f"{b}_cost": _[f"{b}_cost"] for b in BASES}
    return known.mutate(following=following).select(*SHOP, "valid_from", **units, ends=ends, held=ibis.row_number())


def weekly(orders: Table, unit_costs: Table, utc_offset) -> Table:
    """Sums a shop, product and week, for each cost basis, so that rules which ask of different ones share one reading.

    `<basis>_seller_…`: below cost by the seller's own reductions; `<basis>_platform_…`: only by the platform's.
    """
    groups = _groups(orders, unit_costs, utc_offset)
    shop = {name: ibis.coalesce(groups[f"no_cost_{name}"], unit_costs[name]) for name in SHOP}
    costs = {f"{b}_cost": unit_costs[f"{b}_cost"] for b in BASES}
    named = groups.left_join(unit_costs, groups.held == unit_costs.held).select(
        "week", "split", "rows", "quantity", "gross", "net", "part", *(f"{b}_falls" for b in BASES), **shop, **costs
    )
    sums = {name: sum_ for basis in BASES for name, sum_ in _sums(basis).items()}
    return named.group_by([*SHOP, "week"]).agg(rows=_.rows.sum(), all_units=_.quantity.sum(), gross=_.gross.sum(), **sums)


def _groups(orders: Table, cost: Table, utc_offset) -> Table:
    """The one reading of all orders, summed by the cost that held (a number is quicker to group by than four names) and who went below it."""
    joined = orders.left_join(cost, [*SHOP, orders.occurred_at >= cost.valid_from, orders.occurred_at < cost.ends])
    # In a platform's own shop the two payers are one: what the platform bears, the seller bears.
    own, platform_part = joined.seller == joined.platform, joined.platform_funded_amount
    names = {f"no_cost_{name}": joined.held.isnull().ifelse(joined[name], ibis.null("string")) for name in SHOP}
    row = joined.select(
        "held", "quantity", "gross_amount", *(f"{b}_cost" for b in BASES), **names, week=week_of(joined.occurred_at, utc_offset),
        net=joined.gross_amount - joined.seller_funded_amount - own.ifelse(platform_part, 0), part=own.ifelse(0, platform_part),
    ).mutate(split=_.net.notnull() & _.part.notnull())  # fmt: skip
    falls = {f"{b}_falls": _falls(_[f"{b}_cost"] * _.quantity) for b in BASES}
    return row.group_by("held", *names, "week", "split", **falls).agg(
        rows=_.count(), quantity=_.quantity.sum().cast(QUANTITY), gross=_.gross_amount.sum().cast(AMOUNT), net=_.net.sum().cast(AMOUNT),
        part=_.part.sum().cast(AMOUNT),
    )


def _falls(cost):
    """Who brings a row below its cost: 1 the seller, 2 the platform, 0 nobody, as far as is known."""
    return ibis.cases((_.net < cost, 1), (_.net - _.part < cost, 2), else_=0)


def _sums(basis: str) -> dict:
    unit, falls = _[f"{basis}_cost"], _[f"{basis}_falls"]
    cost, asked = unit * _.quantity, _.split & unit.notnull()
    by_seller, by_platform = asked & (falls == 1), asked & (falls == 2)
    sums = {
        "rows_no_cost": _.rows.sum(where=unit.isnull()), "rows_no_split": _.rows.sum(where=unit.notnull() & ~_.split),
        "units": _.quantity.sum(where=asked), "cost_value": cost.sum(where=asked),
        "seller_net": _.net.sum(where=asked), "platform_net": (_.net - _.part).sum(where=asked),
        "seller_below": _.quantity.sum(where=by_seller), "seller_loss": (cost - _.net).sum(where=by_seller),
        "platform_below": _.quantity.sum(where=by_platform), "platform_loss": (cost - _.net + _.part).sum(where=by_platform),
    }  # fmt: skip
    return {f"{basis}_{name}": sum_.fill_null(0) if name.startswith("rows") else sum_ for name, sum_ in sums.items()}


def on_basis(weeks: Table, basis: str) -> Table:
    """The weeks with one basis' sums, under their plain names."""
    plain = {c.removeprefix(f"{basis}_"): _[c] for c in weeks.columns if c.startswith(f"{basis}_")}
    return weeks.select(*SHOP, "week", "rows", "all_units", "gross", **plain)


def by_payer(weeks: Table) -> Table:
    """The same weeks once for the seller's part and once for the platform's."""
    parts = [
        weeks.select(
            *SHOP, "week", "units", "cost_value", payer=ibis.literal(payer), subject=_[payer], net_value=_[f"{payer}_net"],
            below_units=_[f"{payer}_below"], shortfall=_[f"{payer}_loss"],
        ).filter(_.below_units > 0)
        for payer in ("seller", "platform")
    ]  # fmt: skip
    return ibis.union(*parts)


def episodes(flagged: Table, min_weeks: int) -> Table:
    """Runs of consecutive flagged weeks, as found rows."""
    run = ibis.window(group_by=[*SHOP, "payer"], order_by="week")
    begins = flagged.mutate(before=_.week.lag().over(run)).mutate(
        begins=(_.before.isnull() | (_.week > _.before + WEEK)).cast("int64")
    )
    runs = begins.mutate(run=_.begins.sum().over(ibis.cumulative_window(group_by=[*SHOP, "payer"], order_by="week")))
    sums = runs.group_by([*SHOP, "payer", "subject", "run"]).agg(
        episode_start=_.week.min(), last=_.week.max(), weeks=_.count(), units=_.units.sum(), below_units=_.below_units.sum(),
        counted_units=_.counted_units.sum(), exempt_units=_.exempt_units.sum(), loss=_.counted_loss.sum(),
        cost_value=_.cost_value.sum(), net_value=_.net_value.sum(),
    )  # fmt: skip
    return sums.filter(_.weeks >= min_weeks).select(
        "platform", "subject", "currency", "episode_start", "payer", "seller", "product", "weeks",
        object=_.seller.concat("/", _["product"]), episode_end=_["last"] + WEEK, amount_at_stake=_.loss.cast("decimal(18, 2)"),
        units=_.units.cast("float64"), below_units=_.below_units.cast("float64"), counted_units=_.counted_units.cast("float64"),
        exempt_units=_.exempt_units.cast("float64"), below_share_pct=(_.counted_units / _.units * 100).cast("float64").round(6),
        depth_pct=(_.loss / _.cost_value * 100).cast("float64").round(6), unit_cost=(_.cost_value / _.units).cast("float64").round(6),
        net_price=(_.net_value / _.units).cast("float64").round(6),
        below_price=((_.cost_value / _.units).cast("float64") - _.loss / _.counted_units).round(6),
    )  # fmt: skip


def with_category_share(found: Table, weeks: Table, products: Table) -> Table:
    """Each found row's payer's share of its category's gross, where the records hold at least two platforms that sell it."""
    goods = products.select("platform", "category", product=_.id).filter(_.category.notnull())
    sales = weeks.inner_join(goods, ["platform", "product"])
    whole = sales.group_by("category", "currency").agg(all_gross=_.gross.sum(), platforms=_.platform.nunique())
    parts = ibis.union(*(
        sales.group_by("platform", "category", "currency", subject=_[payer]).agg(gross=_.gross.sum()).mutate(payer=ibis.literal(payer))
        for payer in ("seller", "platform")
    ))  # fmt: skip
    share = parts.inner_join(whole.filter(_.platforms >= 2), ["category", "currency"]).select(
        "platform", "category", "currency", "payer", "subject",
        category_share_pct=(_.gross / _.all_gross * 100).cast("float64").round(6),
    )  # fmt: skip
    return found.inner_join(goods, ["platform", "product"]).inner_join(share, ["platform", "category", "currency", "payer", "subject"])
