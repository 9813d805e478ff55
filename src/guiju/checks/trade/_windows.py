"""All distinct windows of a shop's orders: where a crowded one can begin, what is in it, which run into one another."""

from fractions import Fraction
from math import ceil

import ibis
from ibis import Table, _

from guiju.checks import KEY, SHOP

STRETCH = ["platform", "seller", "stretch"]
TICK = ibis.interval(microseconds=1)


def in_stretches(orders: Table, seconds: int) -> Table:
    """Order rows with the stretch of time they lie in, as long as a window: a window lies in two that follow."""
    return orders.mutate(stretch=_.occurred_at.epoch_seconds() // seconds)


def opening(rows: Table, min_orders: int, min_orders_per_buyer: float) -> Table:
    """The stretches of a shop in which a crowded window can begin.

    Leave out of each buyer's lines the first `few` in a stretch. Of a window's `n` orders at most `2 * few` a buyer are
    left out, as it lies in two stretches; if it is crowded, `few` being under half of what a buyer then has, that is
    less than `n`. A line is at least an order, so no crowded window slips through, and there are few others.
    """
    few = max(ceil(min_orders_per_buyer / 2) - 1, 0)
    least = ceil(min_orders * (1 - 2 * few / Fraction(min_orders_per_buyer)))
    more = rows.group_by([*STRETCH, "buyer"]).agg(more=_.count() - few).filter(_.more > 0)
    alone = more.group_by(STRETCH).agg(more=_.more.sum())
    with_next = ibis.union(alone, alone.mutate(stretch=_.stretch - 1)).group_by(STRETCH).agg(more=_.more.sum())
    return with_next.filter(_.more >= least).select(STRETCH)


def within(rows: Table, opening: Table) -> Table:
    """The rows that can lie in a window that begins in one of those stretches, in the few columns asked of them."""
    few = rows.select(*STRETCH, "currency", "id", "order_id", "buyer", "occurred_at")
    return few.semi_join(ibis.union(opening, opening.mutate(stretch=_.stretch + 1)), STRETCH)


def placed(rows: Table, near: Table, seconds: int) -> Table:
    """The orders that have a line near, each at its first line's moment, wherever that is."""
    order = ibis.coalesce(_.order_id, _.id)
    reductions = _.seller_funded_amount + _.platform_funded_amount + _.third_party_funded_amount
    known = near.filter(_.buyer.notnull()).select(*SHOP, "buyer", order=order).distinct()
    lines = rows.select(*SHOP, "buyer", "occurred_at", order=order, paid=_.gross_amount - reductions)
    whole = lines.semi_join(known, [*SHOP, "buyer", "order"])
    orders = whole.group_by([*SHOP, "buyer", "order"]).agg(occurred_at=_.occurred_at.min(), paid=_sum(_.paid))
    return in_stretches(orders, seconds)


def _sum(amount):
    """The sum of amounts, not known if one is not."""
    return ibis.ifelse(amount.isnull().any(), ibis.null("decimal(38, 2)"), amount.sum().cast("decimal(38, 2)"))


def crowded(orders: Table, opening: Table, seconds: int, width, min_orders: int, min_orders_per_buyer: float) -> Table:
    """The windows, by their first moment, with enough orders from few enough buyers."""
    moments = ibis.union(
        orders.select(*SHOP, starts=_.occurred_at + TICK),
        orders.select(*SHOP, starts=_.occurred_at - width),
        distinct=True,
    )
    windows = moments.mutate(stretch=_.starts.epoch_seconds() // seconds).semi_join(opening, STRETCH)
    reached = ibis.union(windows, windows.mutate(stretch=_.stretch + 1))
    inside = reached.inner_join(orders, [*SHOP, "stretch"]).filter(
        _.occurred_at >= _.starts, _.occurred_at <= _.starts + width
    )
    counted = inside.group_by([*SHOP, "starts"]).agg(
        orders=_.count(), buyers=_.buyer.nunique(), begins=_.occurred_at.min(), ends=_.occurred_at.max()
    )
    return counted.filter(_.orders >= min_orders, _.orders >= _.buyers * min_orders_per_buyer)


def episodes(windows: Table, orders: Table, width) -> Table:
    """Windows that overlap, merged: when it began and ended, its densest window, and the orders in all of them."""
    in_turn = ibis.window(group_by=SHOP, order_by="starts")
    apart = windows.mutate(before=_.starts.lag().over(in_turn)).mutate(
        apart=ibis.ifelse((_.starts <= _.before + width).fill_null(False), 0, 1)
    )
    runs = apart.mutate(run=_.apart.sum().over(ibis.cumulative_window(group_by=SHOP, order_by="starts")))
    densest = ibis.row_number().over(
        group_by=[*SHOP, "run"], order_by=[(_.orders / _.buyers).desc(), _.orders.desc(), _.starts]
    )
    merged = runs.mutate(place=densest).group_by([*SHOP, "run"]).agg(
        episode_start=_.begins.min(), episode_end=_.ends.max(), window_start=_.begins.min(where=_.place == 0),
        window_orders=_.orders.max(where=_.place == 0), window_buyers=_.buyers.max(where=_.place == 0),
    )  # fmt: skip
    inside = runs.inner_join(orders, SHOP).filter(_.occurred_at >= _.starts, _.occurred_at <= _.starts + width)
    members = inside.select(*SHOP, "run", "order", "buyer", "paid").distinct()
    of_buyer = members.group_by([*SHOP, "run", "buyer"]).agg(orders=_.count(), paid=_sum(_.paid))
    totals = of_buyer.group_by([*SHOP, "run"]).agg(
        orders=_.orders.sum(),
        buyers=_.count(),
        top_buyer_orders=_.orders.max(),
        amount_at_stake=_sum(_.paid).cast("decimal(18, 2)"),
    )
    return merged.inner_join(totals, [*SHOP, "run"]).drop("run")


def by_buyer(orders: Table, found: Table) -> Table:
    """Each buyer's orders in an episode, most first: those with the most are the suspicious ones."""
    keys = found.select(*KEY, "episode_end", seller=_.subject)
    inside = orders.inner_join(keys, SHOP).filter(_.occurred_at >= _.episode_start, _.occurred_at <= _.episode_end)
    each = inside.group_by([*KEY, "buyer"]).agg(orders=_.count(), paid_amount=_sum(_.paid))
    place = ibis.row_number().over(group_by=[*KEY], order_by=[_.orders.desc(), _.buyer])
    return each.mutate(place=place + 1).select(*KEY, "place", "buyer", "orders", "paid_amount")
