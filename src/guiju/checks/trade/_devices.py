"""Customers on devices a shop also used: who hardly uses another, buys mostly there, and orders near its sign-ins."""

import ibis
from ibis import Table, _

from guiju.checks import KEY, SHOP

ORDER = [*SHOP, "buyer", "order"]


def covered(lines: Table, seen: Table, min_signed_pct: float) -> Table:
    """The platforms whose sign-ins on record are those of most buyers, not of some devices only."""
    person = ["platform", "buyer"]
    signed = seen.filter(_.seller.isnull()).select("platform", buyer="account").distinct().mutate(signed=1)
    buyers = lines.filter(_.buyer.notnull()).select(person).distinct().left_join(signed, person)
    shares = buyers.group_by("platform").agg(buyers=_.count(), signed=_.signed.count())
    return shares.filter(_.signed * 100 >= _.buyers * min_signed_pct).select("platform")


def own(seen: Table, max_accounts: int) -> Table:
    """The devices on which accounts of a shop signed in, those left out that are anybody's."""
    of_shops = seen.filter(_.seller.notnull()).select("platform", "device", "seller").distinct()
    crowds = seen.semi_join(of_shops, ["platform", "device"]).group_by(["platform", "device"])
    few = crowds.agg(accounts=_.account.nunique()).filter(_.accounts <= max_accounts)
    return of_shops.semi_join(few, ["platform", "device"])


def customers_on(seen: Table, own: Table) -> Table:
    """Customers' sign-ins on devices a shop's account also used, once for each shop."""
    theirs = seen.filter(_.seller.isnull()).select("platform", "device", buyer="account", seen_at="occurred_at")
    return theirs.inner_join(own, ["platform", "device"])


def placed(lines: Table, here: Table) -> Table:
    """All orders of those customers, wherever they bought: when, and what was paid."""
    reductions = sum(_[f"{payer}_funded_amount"].fill_null(0) for payer in ("seller", "platform", "third_party"))
    whose = lines.filter(_.buyer.notnull()).semi_join(here, ["platform", "buyer"])
    each = whose.select(
        *SHOP, "buyer", "occurred_at", order=ibis.coalesce(_.order_id, _.id), paid=_.gross_amount - reductions
    )
    return each.group_by(ORDER).agg(occurred_at=_.occurred_at.min(), paid=_.paid.sum().cast("decimal(38, 2)"))


def captive(seen: Table, here: Table, placed: Table, min_sign_in_pct: float, min_orders_pct: float) -> Table:
    """Who hardly signs in but on devices the shop's account also used, and mostly buys from it: with the counts."""
    person, pair = ["platform", "buyer"], ["platform", "buyer", "seller"]
    theirs = seen.filter(_.seller.isnull()).select("platform", buyer="account").semi_join(here, person)
    whole = theirs.group_by(person).agg(sign_ins=_.count())
    on_own = here.group_by(pair).agg(sign_ins_here=_.count()).inner_join(whole, person)
    close = on_own.filter(_.sign_ins_here * 100 >= _.sign_ins * min_sign_in_pct)
    bought = placed.group_by(person).agg(all_orders=_.count())
    from_it = placed.group_by(pair).agg(orders_here=_.count()).inner_join(bought, person)
    return from_it.filter(_.orders_here * 100 >= _.all_orders * min_orders_pct).inner_join(close, pair)


def linked(placed: Table, captive: Table, here: Table, seen: Table, device_days: float, min_buyers: int) -> Table:
    """Their orders from the shop, by device: the buyer and the shop both signed in on it within `device_days`.

    Only devices with enough such buyers.
    """
    near = ibis.interval(seconds=int(device_days * 86_400))
    by_shop = seen.filter(_.seller.notnull()).select("platform", "seller", "device", shop_at="occurred_at")
    orders = placed.semi_join(captive, ["platform", "buyer", "seller"])
    signed = orders.inner_join(here, ["platform", "buyer", "seller"]).filter(
        _.seen_at >= _.occurred_at - near, _.seen_at <= _.occurred_at + near
    )
    devices = signed.select(*ORDER, "occurred_at", "paid", "device").distinct()
    both = devices.inner_join(by_shop, ["platform", "seller", "device"]).filter(
        _.shop_at >= _.occurred_at - near, _.shop_at <= _.occurred_at + near
    )
    found = both.drop("shop_at").distinct()
    enough = found.group_by([*SHOP, "device"]).agg(buyers=_.buyer.nunique()).filter(_.buyers >= min_buyers)
    return found.semi_join(enough, [*SHOP, "device"])


def by_device(linked: Table, found: Table) -> Table:
    """Each device's buyers and orders, most orders first."""
    keys = found.select(*KEY, seller=_.subject)
    each = (
        linked.inner_join(keys, SHOP)
        .group_by([*KEY, "device"])
        .agg(orders=_["order"].nunique(), buyers=_.buyer.nunique(), paid_amount=_.paid.sum().cast("decimal(38, 2)"))
    )
    place = ibis.row_number().over(group_by=[*KEY], order_by=[_.orders.desc(), _.device])
    return each.mutate(place=place + 1).select(*KEY, "place", "device", "orders", "buyers", "paid_amount")


def by_account(linked: Table, captive: Table, found: Table) -> Table:
    """Each buyer's sign-ins and orders, those on the shop's devices or from it and all, most orders from it first."""
    keys = found.select(*KEY, seller=_.subject)
    theirs = linked.inner_join(keys, SHOP).select(*KEY, "seller", "buyer").distinct()
    each = theirs.inner_join(captive, ["platform", "seller", "buyer"])
    place = ibis.row_number().over(group_by=[*KEY], order_by=[_.orders_here.desc(), _.buyer])
    counts = ["sign_ins_here", "sign_ins", "orders_here", "all_orders"]
    return each.mutate(place=place + 1).select(*KEY, "place", "buyer", *counts)
