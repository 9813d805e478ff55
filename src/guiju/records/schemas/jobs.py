"""How many people work at something in a region, as somebody counted them."""

from guiju.records import TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "jobs",
    __doc__,
    (
        *key("the count"),
        Column("occurred_at", TIME, "the moment counted, UTC", needed=True),
        Column("region", TEXT, "where they work: GB/T 2260, ISO 3166-2 or a delivery zone below them"),
        Column("kind", TEXT, "what they do: group_leader, courier, sorter, shop_staff, …", needed=True),
        Column("people", WHOLE, "how many people", needed=True, least=0),
        Column("source", TEXT, "who counted them"),
    ),
)
