"""Someone known to a platform: a customer, a shop, a driver, an agency, the platform itself."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "parties",
    __doc__,
    (
        *key("the party"),
        Column("kind", TEXT, "customer (of trips: the rider), seller, driver, agency or platform", needed=True),
        Column("registered_at", TIME, "when it joined the platform, UTC"),
        Column("region", TEXT, "where it is at home: GB/T 2260 or ISO 3166-2"),
    ),
)
