"""A name by which a shop, an account or an app is shown, for as long as it was."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "trade_names",
    __doc__,
    (
        *key("the name's row"),
        Column("holder", TEXT, "who is shown by it: a shop, as in listings.seller", needed=True),
        Column("kind", TEXT, "what is so named: shop (or null), account or app"),
        Column("shown_name", TEXT, "the name as it is shown", needed=True),
        Column("category", TEXT, "the goods mainly sold under it, as in products.category"),
        Column("basis", TEXT, "why so, where shown: own_name (the holder's own, of a person or firm); null: not shown"),
        Column("valid_from", TIME, "from when it was shown, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it still is"),
    ),
    spans=(("valid_from", "valid_to"),),
)
