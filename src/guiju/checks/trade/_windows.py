"""All distinct windows of a shop's orders: where a crowded one can begin, what is in it, and which of them run into one another."""

import ibis
from ibis import Table, _

SHOP = ["platform", "seller", "currency"]
TICK = ibis.interval(microseconds=1)


def placed(lines: Table) -> Table:
    """One row an order, at its first line's moment."""
    return lines.group_by([*SHOP, "buyer", "order"]).agg(occurred_at=_.occurred_at.min(), paid=_.paid.sum())


def bursts(lines: Table, least: int, width) -> Table:
    """Where a window must begin to hold `least` orders of one buyer: `opens` to `closes`."""
    often = lines.group_by([*SHOP, "buyer"]).agg(n=_.count()).filter(_.n >= least)
    orders = placed(lines.semi_join(often, [*SHOP, "buyer"]))
    in_turn = ibis.window(group_by=[*SHOP, "buyer"], order_by=["occurred_at", "order"])
    first = orders.mutate(first=_.occurred_at.lag(least - 1).over(in_turn))
    return first.filter(_["first"] >= _.occurred_at - width).select(*SHOP, opens=_.occurred_at - width, closes=_["first"]).distinct()


def around(lines: Table, spans: Table, width) -> Table:
    """The orders that can lie in a window beginning in one of the spans, each at its first line's moment."""
    some = _near(lines, spans, width)
    return _near(placed(lines.semi_join(some, [*SHOP, "buyer", "order"])), spans, width)


def _near(rows: Table, spans: Table, width) -> Table:
    near = rows.inner_join(spans, SHOP).filter(_.occurred_at >= _.opens, _.occurred_at <= _.closes + width)
    return near.drop("opens", "closes").distinct()


def crowded(orders: Table, spans: Table, width, min_orders: int, min_orders_per_buyer: float) -> Table:
    """The windows, by their first moment, with enough orders from few enough buyers."""
    starts = ibis.union(orders.select(*SHOP, starts=_.occurred_at + TICK), orders.select(*SHOP, starts=_.occurred_at - width))
    windows = starts.inner_join(spans, SHOP).filter(_.starts >= _.opens, _.starts <= _.closes).select(*SHOP, "starts").distinct()
    inside = windows.inner_join(orders, SHOP).filter(_.occurred_at >= _.starts, _.occurred_at <= _.starts + width)
    counted = inside.group_by([*SHOP, "starts"]).agg(
        orders=_.count(), buyers=_.buyer.nunique(), begins=_.occurred_at.min(), ends=_.occurred_at.max()
    )
    return counted.filter(_.orders >= min_orders, _.orders >= _.buyers * min_orders_per_buyer)


def episodes(windows: Table, orders: Table, width) -> Table:
    """Windows that overlap, merged: when it began and ended, its densest window, and the orders in all of them."""
    in_turn = ibis.window(group_by=SHOP, order_by="starts")
    apart = windows.mutate(before=_.starts.lag().over(in_turn)).mutate(apart=ibis.ifelse((_.starts <= _.before + width).fill_null(False), 0, 1))
    runs = apart.mutate(run=_.apart.sum().over(ibis.cumulative_window(group_by=SHOP, order_by="starts")))
    densest = ibis.row_number().over(group_by=[*SHOP, "run"], order_by=[(_.orders / _.buyers).desc(), _.orders.desc(), _.starts])
    merged = runs.mutate(place=densest).group_by([*SHOP, "run"]).agg(
        episode_start=_.begins.min(), episode_end=_.ends.max(), window_start=_.begins.min(where=_.place == 0),
        window_orders=_.orders.max(where=_.place == 0), window_buyers=_.buyers.max(where=_.place == 0),
    )  # fmt: skip
    inside = runs.inner_join(orders, SHOP).filter(_.occurred_at >= _.starts, _.occurred_at <= _.starts + width)
    members = inside.select(*SHOP, "run", "order", "buyer", "paid").distinct()
    of_buyer = members.group_by([*SHOP, "run", "buyer"]).agg(orders=_.count(), paid=_.paid.sum())
    totals = of_buyer.group_by([*SHOP, "run"]).agg(
        orders=_.orders.sum(), buyers=_.count(), top_buyer_orders=_.orders.max(), amount_at_stake=_.paid.sum().cast("decimal(18, 2)")
    )
    return merged.inner_join(totals, [*SHOP, "run"]).drop("run")
