"""A text by which somebody advertises, as it was shown at one moment."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "adverts",
    __doc__,
    (
        *key("the shown text's row"),
        Column("occurred_at", TIME, "when it was shown, UTC", needed=True),
        Column("seller", TEXT, "who advertises: the shop, or the platform itself", needed=True),
        Column("product", TEXT, "the product advertised, as in products.id; null: the shop, or several"),
        Column("place", TEXT, "where it was shown: title, detail_page, banner, live_stream, …"),
        Column("text", TEXT, "the text, as shown"),
        Column("mark", TEXT, "a registered name or mark in the text that is used as such; null: none"),
    ),
)
