"""What one unit of a product costs a seller, over a span of time."""

from guiju.records import TEXT, TIME, UNIT_PRICE, Column, RecordTable, key

TABLE = RecordTable(
    "costs",
    __doc__,
    (
        *key("the cost's row"),
        Column("seller", TEXT, "whose cost it is", needed=True),
        Column("product", TEXT, "the product, as in products.id", needed=True),
        Column("valid_from", TIME, "from when it holds, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: until the next row"),
        Column("known_at", TIME, "when it was booked, UTC; of two rows from one moment the later known holds"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("purchase_cost", UNIT_PRICE, "purchase price and direct freight, for one unit", least=0),
        Column("variable_cost", UNIT_PRICE, "average variable cost (AVC), for one unit", least=0),
        Column("total_cost", UNIT_PRICE, "average total cost (ATC), for one unit", least=0),
    ),
    spans=(("valid_from", "valid_to"),),
)
