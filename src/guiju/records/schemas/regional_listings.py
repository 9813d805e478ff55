"""A good put on sale in one region, for as long as it could be bought there."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "regional_listings",
    __doc__,
    (
        *key("the row"),
        Column("occurred_at", TIME, "from when it could be bought there, UTC", needed=True),
        Column("ended_at", TIME, "until when, UTC, exclusive; null: it still can"),
        Column("product", TEXT, "the product, as in products.id", needed=True),
        Column("region", TEXT, "where it could be bought: GB/T 2260 or ISO 3166-2", needed=True),
    ),
    spans=(("occurred_at", "ended_at"),),
)
