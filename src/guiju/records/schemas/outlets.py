"""A place in which a bank has an outlet, or that its licence does not bind it to places, over a span of time."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "outlets",
    __doc__,
    (
        *key("the row"),
        Column("bank", TEXT, "the bank", needed=True),
        Column(
            "kind",
            TEXT,
            "outlet; or online_only: licensed to work without outlets; or nationwide: no local bank",
            needed=True,
        ),
        Column("region", TEXT, "where the outlet is: GB/T 2260; null where it is no outlet"),
        Column("valid_from", TIME, "from when, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it still is"),
    ),
    spans=(("valid_from", "valid_to"),),
)
