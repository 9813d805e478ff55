"""A shop's orders within an hour come from few buyers, each with several.

## What it finds
Windows of `window_minutes`, both ends included, with at least `min_orders` orders and at least `min_orders_per_buyer`
orders for each distinct buyer. Windows that overlap are one episode. Suspicious are the buyers with the most orders in
them.

## Why it matters
Orders nobody wanted make sales figures and ratings that deceive whoever relies on them.

## Innocent explanations
- A flash sale or a live stream: many orders, but of many buyers.
- A household or an office orders twice: fewer than `min_orders` orders in a window.
- An order of several lines is one order (`order_id`).
- A reseller buys often: named among the facts by `top_buyer_orders`, for a person to look at.

## Method and source
The rule a marketplace's organiser published for its own orders (orders / distinct buyers >= 3 in an hour). The window
family is part of the rule: *all distinct* windows, not only those that start at an order, which find fewer shops. A
window's set of orders changes only just after an order's moment or at the moment one hour before an order, so these
are all the windows there are. A window can only be found if one buyer has at least `min_orders_per_buyer` orders in
it; the others are not looked at.
"""

import ibis
from ibis import Table, _

from guiju.checks import KEY, SHOP, Answer, account, check
from guiju.checks.trade import _windows


@check(
    zh="{subject} 在 {window_minutes:g} 分钟内（{window_start:%Y-%m-%d %H:%M} 起，{time_zone}）有 "
    "{window_orders} 笔订单来自 {window_buyers} 名买家，人均 {orders_per_buyer:.1f} 笔；"
    "整段共 {orders} 笔、{buyers} 名买家。",
    en="{subject} had {window_orders} orders from {window_buyers:#buyer} within {window_minutes:g} minutes "
    "(from {window_start:%Y-%m-%d %H:%M}, {time_zone}), {orders_per_buyer:.1f} a buyer; "
    "{orders} orders from {buyers:#buyer} in the whole episode.",
    formula="{window_orders} orders / {window_buyers:#buyer} = {orders_per_buyer:.2f} >= {min_orders_per_buyer:g}; "
    "{window_orders} >= {min_orders:g}",
)
def order_brushing(orders: Table, *, since, until, window_minutes: float, min_orders_per_buyer: float, min_orders: int):
    seconds = int(window_minutes * 60)
    width = ibis.interval(seconds=seconds)
    rows = _windows.in_stretches(orders.filter(_.occurred_at >= since), seconds)
    asked = rows.filter(_.buyer.notnull())

    # Few shops have a stretch of time in which one could be; only those are looked at, window by window.
    opening = yield _windows.opening(asked, min_orders, min_orders_per_buyer)
    near = yield _windows.within(rows, opening)
    placed = yield _windows.placed(asked, near, seconds)
    windows = yield _windows.crowded(placed, opening, seconds, width, min_orders, min_orders_per_buyer)
    found = _windows.episodes(windows, placed, width).select(
        "platform", "currency", "episode_start", "episode_end", "amount_at_stake", "window_start", "window_orders",
        "window_buyers", "orders", "buyers", "top_buyer_orders", subject=_.seller, object=ibis.literal(""),
        orders_per_buyer=(_.window_orders / _.window_buyers).round(6),
    )  # fmt: skip

    def evidence(found: Table) -> dict[str, Table]:
        keys = found.select(
            "platform", "currency", "subject", "object", "episode_start", "episode_end", seller=_.subject
        )
        held = near.inner_join(keys, SHOP).filter(_.occurred_at >= _.episode_start, _.occurred_at <= _.episode_end)
        return {"orders": held.select(*KEY, "id")}

    def workings(found: Table) -> dict[str, Table]:
        return {"buyers": _windows.by_buyer(placed, found)}

    early, unknown = orders.filter(_.occurred_at < since).count(), rows.filter(_.buyer.isnull()).count()
    counts = account(
        ("before the window", early), ("the buyer is not known", unknown),
        (None, orders.count()), (None, -early), (None, -unknown),
    )  # fmt: skip
    return Answer(found, evidence, {"orders": counts}, workings)
