"""An account that signed in on a device at one moment."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "sign_ins",
    __doc__,
    (
        *key("the sign-in's row"),
        Column("occurred_at", TIME, "when it signed in, UTC", needed=True),
        Column(
            "account", TEXT, "the account: a customer's, as in orders.buyer, or one that works for a shop", needed=True
        ),
        Column("seller", TEXT, "the shop it works for, as in orders.seller; null: it is a customer's"),
        Column("device", TEXT, "the device, by one name on the platform: a digest of its identifier", needed=True),
    ),
)
