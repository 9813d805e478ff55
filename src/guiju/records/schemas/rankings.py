"""A product's place in one list of search results, as it was shown, and its merits as the platform knew them."""

from guiju.records import AMOUNT, QUANTITY, TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "rankings",
    __doc__,
    (
        *key("the place's row"),
        Column("occurred_at", TIME, "when the list was shown, UTC", needed=True),
        Column("search", TEXT, "the search whose results these are; another name each time", needed=True),
        Column("query", TEXT, "what was searched for, in one spelling", needed=True),
        Column("ordered_by", TEXT, "who chose the order: platform, or viewer (by price, by sales, …)"),
        Column("position", WHOLE, "its place; 1 is the first", needed=True, least=1),
        Column("product", TEXT, "the product", needed=True),
        Column("seller", TEXT, "whose it is", needed=True),
        Column("own", TEXT, "whether the platform or its group sells it, or owns its brand: yes or no"),
        Column(
            "placement",
            TEXT,
            "why it stood there: merit, paid (an advert), trial (new goods tried out), or demoted (sold out, or "
            "put down for a breach)",
        ),
        Column("currency", TEXT, "ISO 4217, of the price", needed=True),
        Column("price", AMOUNT, "the price shown", above=0),
        Column("rating", QUANTITY, "its rating, higher is better; null: it has none", least=0),
        Column("sales", WHOLE, "units sold in the 30 days before", least=0),
        Column("delivery_hours", QUANTITY, "promised time of delivery, hours", least=0),
        Column(
            "relevance",
            QUANTITY,
            "how well it matches what was searched for, higher is better; only if reckoned blind to whose it is",
        ),
    ),
)
