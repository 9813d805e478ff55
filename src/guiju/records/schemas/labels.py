"""What a product is in one shop, by what is printed on it, for as long as goods so labelled were on sale there."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "labels",
    __doc__,
    (
        *key("the label's row; two batches on sale at once have a row each"),
        Column("seller", TEXT, "the shop", needed=True),
        Column("product", TEXT, "the product, as in products.id", needed=True),
        Column("brand", TEXT, "the brand printed on it"),
        Column("model", TEXT, "the model printed on it"),
        Column("batch", TEXT, "the batch printed on it; null: not known"),
        Column("valid_from", TIME, "from when goods so labelled were on sale, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: they still are"),
        Column("cleared_at", TIME, "from when those on sale had been repaired, exchanged or certified anew, UTC; "
               "null: they were not"),
    ),
    spans=(("valid_from", "valid_to"),),
)  # fmt: skip
