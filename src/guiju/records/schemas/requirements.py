"""A category whose goods may be sold under a licence only, over a span of time."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "requirements",
    __doc__,
    (
        *key("the requirement's row"),
        Column("category", TEXT, "the category, as in products.category", needed=True),
        Column("licence", TEXT, "the kind of licence, as in licences.kind", needed=True),
        Column("valid_from", TIME, "from when it is required, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it still is"),
        Column("source", TEXT, "who says so: the provision, or the authority's list"),
    ),
    spans=(("valid_from", "valid_to"),),
)
