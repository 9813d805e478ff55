"""Prices of new and of known customers for the same goods in the same hour: who is asked about, and what each paid."""

import ibis
from ibis import Table, _

CELL = ["region", "channel", "campaign", "quantity", "bucket", "product"]
DAY = 86400  # seconds


def first_of(branches):
    """The moment of the first branch that holds; null where none does, as where there is no complete period."""
    known, nothing = list(branches), ibis.null("timestamp(6)")
    return ibis.cases(*known, else_=nothing) if known else nothing


def asked(orders: Table, parties: Table, periods, cell_minutes: float, new_days: float, known_days: float) -> Table:
    """Orders with their period, `bucket` of time and whether the buyer is `known`; `unanswered`: why not asked."""
    customers = parties.filter(_.kind == "customer").select("platform", "registered_at", buyer=_.id)
    rows = orders.left_join(customers, ["platform", "buyer"]).mutate(
        episode_start=first_of(((_.occurred_at >= a) & (_.occurred_at < b), a) for a, b in periods),
        tenure=_.occurred_at.epoch_seconds() - _.registered_at.epoch_seconds(),
        bucket=_.occurred_at.epoch_seconds() // int(cell_minutes * 60),
        parted=_.undisclosed_amount.notnull() & _.coupon_amount.notnull() & _.newcomer_amount.notnull(),
    )
    known, new = _.tenure >= known_days * DAY, _.tenure <= new_days * DAY
    why = ibis.cases(
        (_.episode_start.isnull(), "outside the complete quarters"),
        (~(_.tenure >= 0).fill_null(False), "the buyer's tenure is not known"),
        (~_.parted, "undisclosed discount, coupon or newcomer offer is not known"),
        (~(known | new), "neither new nor known"),
    )
    return rows.mutate(unanswered=why, known=known)


def prices(rows: Table) -> Table:
    """The rows to compare, of the hours in which a new customer bought the product too: the others tell nothing."""
    reductions = (
        _.seller_funded_amount.fill_null(0)
        + _.platform_funded_amount.fill_null(0)
        + _.third_party_funded_amount.fill_null(0)
    )
    unit = {
        "judged": _.gross_amount - _.undisclosed_amount,
        "list": _.gross_amount,
        "undisclosed": _.undisclosed_amount,
        "coupon": _.coupon_amount,
        "newcomer": _.newcomer_amount,
        "paid": _.gross_amount - reductions,
    }
    each = {name: (amount / _.quantity).cast("float64") for name, amount in unit.items()}
    # A number is quicker to look up than names; two hours that share one only let more by, and are told apart later.
    numbered = rows.mutate(hour=_.platform.hash() ^ _.seller.hash() ^ _["product"].hash() ^ _.bucket.hash())
    shared = numbered.semi_join(numbered.filter(~_.known).select("hour").distinct(), "hour")
    whose = ["platform", "id", "seller", "currency", "episode_start", "buyer", "known"]
    return shared.select(*whose, *CELL, judged_amount=unit["judged"], **each)
