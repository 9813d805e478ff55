"""A store of a store network: one owner's, selling brands' goods to customers near it; orders name it as seller."""

from guiju.records import TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "stores",
    __doc__,
    (
        *key("the store, as in orders.seller"),
        Column("owner", TEXT, "who owns it; an owner may have several", needed=True),
        Column("region", TEXT, "where its customers are: GB/T 2260 or ISO 3166-2; null: not known"),
        Column("channel", TEXT, "the channel it sells in, as in orders.channel"),
        Column("opened_at", TIME, "when it opened, UTC"),
        Column("closed_at", TIME, "when it closed, UTC, exclusive; null: it is open"),
        Column(
            "max_listings", WHOLE, "how many goods it can show at once; null: as many as the platform says", least=0
        ),
    ),
    spans=(("opened_at", "closed_at"),),
)
