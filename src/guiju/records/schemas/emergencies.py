"""A declaration by an authority that goods of one kind are in an emergency, in one place, over a span of time."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "emergencies",
    __doc__,
    (
        *key("the declaration's row"),
        Column("region", TEXT, "where: GB/T 2260 (330000: the province) or ISO 3166-2; null: everywhere"),
        Column("category", TEXT, "the goods, as products.category names them on this platform", needed=True),
        Column("valid_from", TIME, "from when it holds, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it holds still"),
        Column("declared_by", TEXT, "the authority that declared it"),
        Column("source", TEXT, "where the declaration is to be read: document number or address"),
    ),
    spans=(("valid_from", "valid_to"),),
)
