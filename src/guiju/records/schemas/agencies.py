"""A regional agency that finds and contracts drivers for a platform, over a span of time."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "agencies",
    __doc__,
    (
        *key("the agency's row"),
        Column("agency", TEXT, "the agency, as in parties.id", needed=True),
        Column("region", TEXT, "where it works: GB/T 2260 or ISO 3166-2", needed=True),
        Column("represents", TEXT, "whether it may speak for its drivers in their cases: yes or no; null: not known"),
        Column("valid_from", TIME, "from when it works for the platform, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it still does"),
    ),
    spans=(("valid_from", "valid_to"),),
)
