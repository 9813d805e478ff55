"""A place in which a bank has an outlet, or that its licence lets it work without any, over a span of time."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "outlets",
    __doc__,
    (
        *key("the row"),
        Column("bank", TEXT, "the bank", needed=True),
        Column("kind", TEXT, "outlet, or online_only: a bank licensed to work without outlets", needed=True),
        Column("region", TEXT, "where the outlet is: GB/T 2260; null of a bank without outlets"),
        Column("valid_from", TIME, "from when, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it still is"),
    ),
    spans=(("valid_from", "valid_to"),),
)
