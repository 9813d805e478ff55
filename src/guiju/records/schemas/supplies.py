"""Stock of a good that a brand offers to the stores of a network: in one place, delivered in one mode."""

from guiju.records import QUANTITY, TEXT, TIME, UNIT_PRICE, Column, RecordTable, key

TABLE = RecordTable(
    "supplies",
    __doc__,
    (
        *key("the supply"),
        Column("occurred_at", TIME, "when the stock was counted, UTC", needed=True),
        Column("seller", TEXT, "the brand or merchant whose good it is", needed=True),
        Column("product", TEXT, "the good, as in products.id", needed=True),
        Column(
            "mode",
            TEXT,
            "who fulfils: merchant (ships by itself), warehouse (the platform's, both sell) or owner "
            "(store owners hold the goods and sell them)",
            needed=True,
        ),
        Column("place", TEXT, "where the stock lies: a warehouse's name or a region"),
        Column("quantity", QUANTITY, "units on hand that may still be promised", needed=True, least=0),
        Column("lot_quantity", QUANTITY, "units set aside for one store that lists it; null: 1", above=0),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("price", UNIT_PRICE, "the price to the consumer, for one unit", needed=True, above=0),
        Column("only_channel", TEXT, "the one channel that may sell it, as in stores.channel; null: any"),
    ),
)
