"""How one order line reached its buyer: who sent it, when it was to come and came, and whether it came back.

Whichever way it goes, the consumer buys the same good and may expect the same of it.
"""

from guiju.records import TEXT, TIME, Column, RecordTable, key

MODES = ("merchant", "warehouse", "owner")  # as in supplies.mode

TABLE = RecordTable(
    "fulfilments",
    __doc__,
    (
        *key("the delivery"),
        Column("order_line", TEXT, "the order line it delivers, as in orders.id", needed=True),
        Column("occurred_at", TIME, "when that line was paid, UTC", needed=True),
        Column("product", TEXT, "the product, as in products.id", needed=True),
        Column("region", TEXT, "where it is delivered: GB/T 2260 or ISO 3166-2"),
        Column(
            "mode",
            TEXT,
            "who fulfils, as in supplies.mode: merchant (sells and sends by itself), warehouse (the platform's, where "
            "the goods lie) or owner (of a store, who holds the goods and sells them)",
        ),
        Column("sender", TEXT, "who sent it: the merchant, the warehouse, the store"),
        Column("shipped_at", TIME, "when it was sent off, UTC; null: it is not yet, or not known"),
        Column("promised_at", TIME, "by when the buyer was told it would be there, UTC; null: nothing was promised"),
        Column("delivered_at", TIME, "when it was handed to the buyer, UTC; null: it is not yet, or not known"),
        Column("returned_at", TIME, "when it was sent back, UTC; null: it was not"),
        Column("return_reason", TEXT, "why: quality, damaged, not_as_described, late, changed_mind, …"),
        Column("complained_at", TIME, "when its buyer complained about it, UTC; null: nobody did"),
        Column("complaint", TEXT, "about what: quality, damaged, not_as_described, late, service, …; null: not known"),
    ),
    spans=(
        ("occurred_at", "shipped_at"),
        ("shipped_at", "delivered_at"),
        ("occurred_at", "promised_at"),
        ("delivered_at", "returned_at"),
        ("occurred_at", "complained_at"),
    ),
)
