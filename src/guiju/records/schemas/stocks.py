"""A lot on hand when stock was counted; lots counted at one moment together are one snapshot."""

from guiju.records import QUANTITY, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "stocks",
    __doc__,
    (
        *key("the counted lot's row"),
        Column("occurred_at", TIME, "when it was counted, UTC", needed=True),
        Column("seller", TEXT, "whose stock it is", needed=True),
        Column("product", TEXT, "the product, as in products.id", needed=True),
        Column("quantity", QUANTITY, "units on hand", needed=True, least=0),
        Column("expires_at", TIME, "when the lot expires, UTC; null: it does not"),
    ),
)
