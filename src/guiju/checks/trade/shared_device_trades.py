"""A shop's orders come from accounts that sign in on devices its own account also used and on hardly any other.

## What it finds
Shops with at least `min_orders` orders of which all this holds: the buyer's account signed in, within `device_days` of
the order, on a device on which an account of the shop did so too; at least `min_sign_in_pct` of all its sign-ins are on
devices an account of the shop also used; at least `min_orders_pct` of all its orders are from the shop; and at least
`min_buyers` such buyers ordered by that one device. Devices with more than `max_accounts` accounts are nobody's own and
left out.

## Why it matters
A shop that buys from itself shows sales and ratings that nobody's custom stands behind.

## Innocent explanations
- A family's phone: fewer than `min_buyers` accounts.
- Staff buy for themselves at times: fewer than `min_orders` orders, or each on a phone of their own.
- An internet café, a shop's till, a counter for everybody: more than `max_accounts` accounts.
- Guests on the shop's device have phones of their own: less than `min_sign_in_pct` of their sign-ins are on it.
- The shop orders for neighbours without phones: they buy elsewhere too, less than `min_orders_pct` from it.
- The file has only some devices' sign-ins, so that nobody seems to use another: a platform is asked only if at least
  `min_signed_pct` of its buyers have a sign-in on record.
- A device that changed hands: the shop signed in on it more than `device_days` before or after.

## Method and source
Orders are counted one by one; nothing is estimated, no density searched and no score made, so that no null is needed:
every condition is one a person can look up. A device alone shows nothing: sign-ins, orders and the number of accounts
must agree with it. The limits are our own.
"""

import ibis
from ibis import Table, _

from guiju.checks import SHOP, Answer, check
from guiju.checks.trade import _devices


@check(
    zh="{subject} 的 {shop_orders:,} 笔订单中，{orders} 笔来自 {buyers} 名买家：下单前后 {device_days:g} 日内，他们与"
    "该店铺的账户曾在同一设备上登录（{devices} 台，单台至多 {top_device_buyers} 名买家）；其登录至少 "
    "{min_sign_in_pct:g}% 在该店铺账户也用过的设备上，其订单至少 {min_orders_pct:g}% 在该店铺。",
    en="Of {shop_orders:,} orders at {subject}, {orders} came from {buyers:#buyer} who, within {device_days:g} days of "
    "ordering, signed in on {devices:#device} on which an account of the shop also did (most buyers on one: "
    "{top_device_buyers}); of each one's sign-ins at least {min_sign_in_pct:g} % were on devices an account of the "
    "shop also used, and of each one's orders at least {min_orders_pct:g} % came to it.",
    formula="{orders} orders >= {min_orders:g}; {least_device_buyers:#buyer} or more on each device >= {min_buyers:g}",
)
def shared_device_trades(
    orders: Table, sign_ins: Table, *, since, device_days: float, min_buyers: int, min_orders: int,
    min_orders_pct: float, min_sign_in_pct: float, max_accounts: int, min_signed_pct: float,
):  # fmt: skip
    lines, on_record = orders.filter(_.occurred_at >= since), sign_ins.filter(_.occurred_at >= since)
    covered = yield _devices.covered(lines, on_record, min_signed_pct)
    seen = on_record.semi_join(covered, "platform")
    own = yield _devices.own(seen, max_accounts)
    here = yield _devices.customers_on(seen, own)
    placed = yield _devices.placed(lines, here)
    captive = yield _devices.captive(seen, here, placed, min_sign_in_pct, min_orders_pct)
    linked = yield _devices.linked(placed, captive, here, seen, device_days, min_buyers)
    on_each = linked.group_by([*SHOP, "device"]).agg(n=_.buyer.nunique()).group_by(SHOP).agg(
        devices=_.count(), top_device_buyers=_.n.max(), least_device_buyers=_.n.min()
    )  # fmt: skip
    counted = linked.drop("device").distinct()
    shops = counted.group_by(SHOP).agg(
        orders=_.count(), buyers=_.buyer.nunique(), episode_start=_.occurred_at.min(), episode_end=_.occurred_at.max(),
        amount_at_stake=_.paid.sum().cast("decimal(18, 2)"),
    ).filter(_.orders >= min_orders)  # fmt: skip
    of_shop = lines.semi_join(shops, SHOP).mutate(order=ibis.coalesce(_.order_id, _.id))
    in_all = of_shop.group_by(SHOP).agg(shop_orders=_["order"].nunique())
    found = shops.inner_join(on_each, SHOP).inner_join(in_all, SHOP).mutate(object=ibis.literal(""))
    found = found.rename(subject="seller")

    def evidence(found: Table) -> dict[str, Table]:
        own_key = ["subject", "object", "currency", "episode_start"]
        keys = found.select("platform", *own_key, seller=_.subject)
        ordered = counted.inner_join(keys, SHOP).select("platform", *own_key, "seller", "buyer", "order")
        rows = lines.mutate(order=ibis.coalesce(_.order_id, _.id)).drop("currency")
        bought = rows.inner_join(ordered, ["platform", "seller", "buyer", "order"]).select(
            *own_key, *(c for c in orders.columns if c != "currency")
        )
        devices = linked.inner_join(keys, SHOP).select("platform", *own_key, "device").distinct()
        used = seen.inner_join(devices, ["platform", "device"]).select(*own_key, *sign_ins.columns)
        return {"orders": bought, "sign_ins": used}

    def workings(found: Table) -> dict[str, Table]:
        accounts = _devices.by_account(linked, captive, found)
        return {"devices": _devices.by_device(linked, found), "accounts": accounts}

    signed = seen.filter(_.seller.isnull()).select("platform", buyer="account").distinct().mutate(signed=True)
    of_shops = seen.filter(_.seller.notnull()).select("platform", "seller").distinct().mutate(shop_signed=True)
    told = orders.select("platform", "buyer", "seller", "occurred_at").left_join(signed, ["platform", "buyer"])
    told = told.left_join(of_shops, ["platform", "seller"])
    told = told.left_join(covered.mutate(covered=True), "platform")
    reason = ibis.cases(
        (told.occurred_at < since, "before the window"),
        (told.buyer.isnull(), "the buyer is not known"),
        (told.covered.isnull(), "too few of the platform's buyers have a sign-in on record"),
        (told.shop_signed.isnull(), "no sign-in of the shop is on record"),
        (told.signed.isnull(), "no sign-in of the buyer is on record"),
    )
    early = ibis.cases((sign_ins.occurred_at < since, "before the window"))
    asked = {"orders": told.select(unanswered=reason), "sign_ins": sign_ins.select(unanswered=early)}
    counts = {name: rows.group_by("unanswered").agg(rows=_.count()) for name, rows in asked.items()}
    return Answer(found, evidence, counts, workings)
