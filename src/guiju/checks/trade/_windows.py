"""All distinct windows of a shop's orders: where a crowded one can begin, what is in it, which run into one another."""

import ibis
from ibis import Table, _

SHOP = ["platform", "seller", "currency"]
TICK = ibis.interval(microseconds=1)


def keyed(rows: Table, seconds: int) -> Table:
    """Order rows with numbers to sift by before anything is compared in full.

    They are of the shop, of the buyer there and of the stretch of time. Two shops may share a number; that lets
    more by, never less.
    """
    shop = rows.platform.hash() ^ rows.seller.hash()
    return rows.mutate(
        order=rows.order_id.fill_null(rows.id),
        shop=shop,
        pair=shop ^ rows.buyer.hash(),
        stretch=rows.occurred_at.epoch_seconds() // seconds,
    )


def lines(rows: Table) -> Table:
    """Keyed rows as lines of orders, with what was paid. Made late: it is dear on rows not needed."""
    reductions = (
        _.seller_funded_amount.fill_null(0)
        + _.platform_funded_amount.fill_null(0)
        + _.third_party_funded_amount.fill_null(0)
    )
    return rows.select(*SHOP, "shop", "pair", "buyer", "occurred_at", "order", paid=_.gross_amount - reductions)


def bursts(rows: Table, least: int, width) -> Table:
    """Where a window must begin to hold `least` orders of one buyer: `opens` to `closes`, at most `width` apart."""
    often = rows.group_by("pair").agg(n=_.count()).filter(_.n >= least)
    some = rows.semi_join(often, "pair")
    orders = some.group_by("shop", "pair", order=_.order.hash()).agg(occurred_at=_.occurred_at.min())
    in_turn = ibis.window(group_by="pair", order_by=["occurred_at", "order"])
    first = orders.mutate(first=_.occurred_at.lag(least - 1).over(in_turn))
    return (
        first.filter(_["first"] >= _.occurred_at - width)
        .select("shop", opens=_.occurred_at - width, closes=_["first"])
        .distinct()
    )


def within(rows: Table, spans: Table, width, seconds: int) -> Table:
    """The lines that can lie in a window beginning in one of the spans."""
    begins = spans.mutate(stretch=_.opens.epoch_seconds() // seconds)
    stretches = ibis.union(*(begins.select("shop", stretch=_.stretch + n) for n in range(3)), distinct=True)
    return _near(lines(rows.semi_join(stretches, ["shop", "stretch"])), spans, width)


def placed(rows: Table, near: Table, spans: Table, width) -> Table:
    """The orders of those lines that can lie in such a window, each at its first line's moment, wherever that is."""
    sifted = rows.semi_join(near.select("pair").distinct(), "pair")
    whole = lines(sifted.semi_join(near, [*SHOP, "buyer", "order"]))
    orders = whole.group_by([*SHOP, "shop", "buyer", "order"]).agg(occurred_at=_.occurred_at.min(), paid=_.paid.sum())
    return _near(orders, spans, width)


def _near(rows: Table, spans: Table, width) -> Table:
    near = rows.inner_join(spans, "shop").filter(_.occurred_at >= _.opens, _.occurred_at <= _.closes + width)
    return near.drop("opens", "closes").distinct()


def crowded(orders: Table, spans: Table, width, min_orders: int, min_orders_per_buyer: float) -> Table:
    """The windows, by their first moment, with enough orders from few enough buyers."""
    starts = ibis.union(
        orders.select(*SHOP, "shop", starts=_.occurred_at + TICK),
        orders.select(*SHOP, "shop", starts=_.occurred_at - width),
    )
    windows = (
        starts.inner_join(spans, "shop")
        .filter(_.starts >= _.opens, _.starts <= _.closes)
        .select(*SHOP, "starts")
        .distinct()
    )
    inside = windows.inner_join(orders, SHOP).filter(_.occurred_at >= _.starts, _.occurred_at <= _.starts + width)
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
    of_buyer = members.group_by([*SHOP, "run", "buyer"]).agg(orders=_.count(), paid=_.paid.sum())
    totals = of_buyer.group_by([*SHOP, "run"]).agg(
        orders=_.orders.sum(),
        buyers=_.count(),
        top_buyer_orders=_.orders.max(),
        amount_at_stake=_.paid.sum().cast("decimal(18, 2)"),
    )
    return merged.inner_join(totals, [*SHOP, "run"]).drop("run")
