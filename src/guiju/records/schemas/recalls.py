"""Goods that may no longer be sold, by a published recall or an order: a row for each model, batch or product of it."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "recalls",
    __doc__,
    (
        *key("the row, on each platform on which it is to be obeyed"),
        Column("recall", TEXT, "the recall or order as it was numbered, one word for all its rows", needed=True),
        Column("kind", TEXT, "recall (of the maker or importer) or order (of an authority)"),
        Column("product", TEXT, "the product, as in products.id; null: the goods are told by brand and model"),
        Column("brand", TEXT, "the brand, as in labels.brand"),
        Column("model", TEXT, "the model, as in labels.model; null: every model of the brand"),
        Column("batch", TEXT, "the batch, as in labels.batch; null: every batch"),
        Column("valid_from", TIME, "when it was published, or from when sales were to stop if it says so, UTC",
               needed=True),
        Column("valid_to", TIME, "when it was lifted, UTC, exclusive; null: it was not"),
        Column("source", TEXT, "where it was published"),
    ),
    spans=(("valid_from", "valid_to"),),
)  # fmt: skip
