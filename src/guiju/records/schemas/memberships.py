"""A seller's presence on a platform over a span of time, and who the seller is: one party on all platforms."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "memberships",
    __doc__,
    (
        *key("the presence's row"),
        Column("seller", TEXT, "the shop, by its name on this platform", needed=True),
        Column(
            "party",
            TEXT,
            "who runs it, by one name on all platforms: the unified social credit code, or a digest of it",
        ),
        Column("category", TEXT, "what it mainly sells here"),
        Column("valid_from", TIME, "from when it was seen on the platform, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it is there still"),
    ),
    spans=(("valid_from", "valid_to"),),
)
