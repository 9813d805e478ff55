"""An offer as anyone saw it from one moment on: its price, and the reference price struck through by it."""

from guiju.records import TEXT, TIME, UNIT_PRICE, Column, RecordTable, key

TABLE = RecordTable(
    "listings",
    __doc__,
    (
        *key("the offer's row"),
        Column("occurred_at", TIME, "when this offer was posted, or seen, UTC", needed=True),
        Column("ended_at", TIME, "when it ended, UTC; null: it stood until the shop's next row for the product"),
        Column("seller", TEXT, "the shop that offers", needed=True),
        Column("product", TEXT, "the product offered, as in products.id", needed=True),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("price", UNIT_PRICE, "the price asked of anyone, for one unit", needed=True, above=0),
        Column(
            "reference_price",
            UNIT_PRICE,
            "the price struck through or called 'was', for one unit; "
            "where only a cut of c % is announced: price / (1 − c/100); null: none shown",
            above=0,
        ),
        Column(
            "reference_basis",
            TEXT,
            "what the reference is said to be: own_price (or null), suggested_retail, "
            "disclosed (its basis stated beside it)",
        ),
    ),
    spans=(("occurred_at", "ended_at"),),
)
