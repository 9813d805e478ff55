"""A region that a supply is delivered to, until a last-order date; a region without a row is not delivered to."""

from guiju.records import TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "delivery_areas",
    __doc__,
    (
        *key("the area's row"),
        Column("supply", TEXT, "the supply, as in supplies.id", needed=True),
        Column("region", TEXT, "the region, GB/T 2260 (with all that lies in it) or ISO 3166-2", needed=True),
        Column("valid_from", TIME, "from when orders are taken, UTC; null: always were"),
        Column("last_order_at", TIME, "orders are taken before this moment, UTC; null: no end is set"),
        Column("lead_days", WHOLE, "days from the order to the customer's door", least=0),
    ),
    spans=(("valid_from", "last_order_at"),),
)
