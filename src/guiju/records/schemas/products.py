"""A product a platform lists."""

from guiju.records import TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "products",
    __doc__,
    (
        *key("the product"),
        Column("name", TEXT, "its name as shown"),
        Column("category", TEXT, "the narrowest category it is listed in"),
        Column(
            "shelf_life_days",
            WHOLE,
            "days from making to expiry; null: does not expire, or not known",
            least=0,
        ),
        Column("listed_at", TIME, "when it was first offered on the platform, UTC"),
    ),
)
