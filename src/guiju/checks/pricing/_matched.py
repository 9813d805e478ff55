"""Prices of new and of known customers for the same goods in the same hour: who is asked about, and what each paid.

Texts are dear to carry and to compare. So every product of a shop, every place and every customer has a number, from
small tables that hold each once; one pass over the orders puts numbers in the place of texts. They are exact: equal
numbers are equal texts.
"""

import ibis
from ibis import Table, _

from guiju.checks import OFFER, SHOP, first_of

PLACE = ["region", "channel", "campaign", "quantity"]
CELL = ["offer", "place", "bucket"]
AMOUNTS = ["gross_amount", "undisclosed_amount", "coupon_amount", "newcomer_amount"]
NARROW = ["shop", "episode_start", "customer", "known", "why", *CELL, *AMOUNTS]
DAY = 86400  # seconds
WHY = (  # a row is not asked, by number; of several reasons the first holds
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
    customers = yield tenures.mutate(customer=_rank(["platform", "id"]))
    return offers, places, customers


def _rank(names: list[str]):
    return ibis.dense_rank().over(order_by=names).cast("int32")


def timed(orders: Table, periods, cell_minutes: float) -> Table:
    """Orders with the period they are of, and the `bucket` of time."""
    starts = (((_.occurred_at >= a) & (_.occurred_at < b), a) for a, b in periods)
    bucket = _.occurred_at.epoch_seconds() // int(cell_minutes * 60)
    return orders.mutate(episode_start=first_of(starts, ibis.null("timestamp(6)")), bucket=bucket)


def asked(timed: Table, numbers, new_days: float, known_days: float) -> Table:
    """Orders with numbers, and whether the buyer is `known`; `why` they are not asked."""
    offers, places, customers = numbers
    placed = timed.inner_join(offers, OFFER)
    placed = placed.inner_join(places, [placed[name].identical_to(places[f"of_{name}"]) for name in PLACE])
    return _by_tenure(placed, customers, new_days, known_days)


def bought_in(cells: Table, timed: Table, numbers, new_days: float, known_days: float) -> Table:
    """The orders of some cells that were asked, found by the names of what makes a cell: few, so all they hold."""
    offers, places, customers = numbers
    named = cells.inner_join(offers, "offer").inner_join(places, "place")
    alike = [timed[name].identical_to(named[f"of_{name}"]) for name in PLACE]
    sold = timed.inner_join(named, [*OFFER, "episode_start", "bucket", *alike])
    sold = sold.select(*timed.columns, *(c for c in cells.columns if c not in (*timed.columns, *CELL)))
    return _by_tenure(sold, customers, new_days, known_days).filter(_.why.isnull())


def _by_tenure(rows: Table, customers: Table, new_days: float, known_days: float) -> Table:
    buyers = customers.select("platform", "registered_at", "customer", buyer=_.id)
    tenured = rows.left_join(buyers, ["platform", "buyer"]).mutate(
        tenure=_.occurred_at.epoch_seconds() - _.registered_at.epoch_seconds()
    )
    known, new = _.tenure >= known_days * DAY, _.tenure <= new_days * DAY
    parted = _.undisclosed_amount.notnull() & _.coupon_amount.notnull() & _.newcomer_amount.notnull()
    faults = (_.episode_start.isnull(), ~(_.tenure >= 0).fill_null(False), ~parted, ~(known | new))
    return tenured.mutate(why=ibis.cases(*((fault, n) for n, fault in enumerate(faults))), known=known)


def compared(asked: Table) -> Table:
    """The rows that a new customer bought beside, in the same cell: most cells hold none, and tell nothing."""
    rows = asked.filter(_.why.isnull())
    beside = rows.semi_join(rows.filter(~_.known).select(CELL).distinct(), CELL)
    unit = {
        "judged": (_.gross_amount - _.undisclosed_amount).cast("decimal(18, 2)"),
        "list": _.gross_amount,
        "undisclosed": _.undisclosed_amount,
        "coupon": _.coupon_amount,
        "newcomer": _.newcomer_amount,
    }
    return beside.select("shop", "episode_start", "customer", "known", *CELL, **unit)
