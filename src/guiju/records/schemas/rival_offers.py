"""An offer that stands in a market with others: those of one market are offered to the same buyers, by rivals."""

from guiju.records import TEXT, Column, RecordTable, key

TABLE = RecordTable(
    "rival_offers",
    __doc__,
    (
        *key("the offer's row"),
        Column("market", TEXT, "the market: a good and a place, by one name on all platforms", needed=True),
        Column("seller", TEXT, "the shop that offers, as in listings.seller", needed=True),
        Column("product", TEXT, "what it offers there, as in listings.product", needed=True),
        Column("party", TEXT, "who sets the price, by one name on all platforms; offers of one party are no rivals"),
    ),
)
