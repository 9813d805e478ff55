"""Prices of new and of known customers for the same goods in the same hour: who is asked about, and what each paid.

Texts are dear to carry and to compare. So every product of a shop, every place and every customer has a number, from
small tables that hold each once; one pass over the orders puts numbers in the place of texts. They are exact: equal
numbers are equal texts.
"""

import ibis
from ibis import Table, _

from guiju.checks import OFFER, SHOP, first_of

PLACE = ["region", "channel", "campaign", "quantity"]
CELL = ["offer", "place", "bucket", "period"]
AMOUNTS = ["gross_amount", "undisclosed_amount", "coupon_amount", "newcomer_amount"]
NARROW = [*CELL, "customer", "kind", "id", *AMOUNTS]
DAY = 86400  # seconds
NEW, KNOWN = 0, 1  # kinds of rows that are asked; of any other kind is, in turn,
WHY = (  # why a row is not asked; of several reasons the first holds
    "outside the complete quarters",
    "the buyer's tenure is not known",
    "undisclosed discount, coupon or newcomer offer is not known",
    "neither new nor known",
)


def numbers(orders: Table, parties: Table):
    """The numbers of offers (and their shops), places and customers, each a table computed once."""
    places = orders.select(PLACE).distinct()
    offers = yield orders.select(OFFER).distinct().mutate(offer=_rank(OFFER), shop=_rank(SHOP))
    places = yield places.select(**{f"of_{name}": places[name] for name in PLACE}, place=_rank(PLACE))
    tenures = parties.filter(_.kind == "customer").select("platform", "id", "registered_at")
    customers = yield tenures.mutate(customer=ibis.row_number().cast("int32"))  # each stands there once
    return offers, places, customers


def _rank(names: list[str]):
    return ibis.dense_rank().over(order_by=names).cast("int32")


def asked(orders: Table, numbers, periods, *, cell_minutes: float, new_days: float, known_days: float) -> Table:
    """Orders in numbers, of their cell and customer, with the `kind` they are of; `id` where they are asked."""
    offers, places, customers = numbers
    placed = orders.inner_join(offers, OFFER)
    placed = placed.inner_join(places, [placed[name].identical_to(places[f"of_{name}"]) for name in PLACE])
    buyers = customers.select("platform", "registered_at", "customer", buyer=_.id)
    of_period = (((_.occurred_at >= a) & (_.occurred_at < b), n) for n, (a, b) in enumerate(periods))
    tenured = placed.left_join(buyers, ["platform", "buyer"]).mutate(
        period=first_of(of_period, ibis.null("int8")),
        bucket=(_.occurred_at.epoch_seconds() // int(cell_minutes * 60)).cast("int32"),
        tenure=_.occurred_at.epoch_seconds() - _.registered_at.epoch_seconds(),
    )
    parted = _.undisclosed_amount.notnull() & _.coupon_amount.notnull() & _.newcomer_amount.notnull()
    faults = (_.period.isnull(), ~(_.tenure >= 0).fill_null(False), ~parted)
    kinds = (_.tenure <= new_days * DAY, NEW), (_.tenure >= known_days * DAY, KNOWN)
    why = ((fault, KNOWN + 1 + n) for n, fault in enumerate(faults))
    rows = tenured.mutate(kind=ibis.cases(*why, *kinds, else_=KNOWN + len(WHY)))
    return rows.mutate(id=ibis.ifelse(_.kind <= KNOWN, _.id, ibis.null("string"))).select(NARROW)


def both(asked: Table) -> Table:
    """The cells, numbered, in which new and known customers bought: most hold one kind alone, and tell nothing."""
    cells = asked.filter(_.kind <= KNOWN).group_by(CELL).agg(least=_.kind.min(), most=_.kind.max())
    return cells.filter(_.least < _.most).select(*CELL, cell=ibis.row_number())


def compared(asked: Table, both: Table, offers: Table) -> Table:
    """The rows of those cells, with their shop."""
    rows = asked.filter(_.kind <= KNOWN).inner_join(both, CELL).inner_join(offers.select("offer", "shop"), "offer")
    unit = {
        "judged": (_.gross_amount - _.undisclosed_amount).cast("decimal(18, 2)"),
        "list": _.gross_amount,
        "undisclosed": _.undisclosed_amount,
        "coupon": _.coupon_amount,
        "newcomer": _.newcomer_amount,
    }
    return rows.select("shop", "period", "cell", "customer", "id", known=_.kind == KNOWN, **unit)
