"""A position that a driver's phone sent during a trip, its start and its end among them."""

from guiju.records import DEGREES, TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "pings",
    __doc__,
    (
        *key("the position's row"),
        Column("occurred_at", TIME, "when it was measured, UTC", needed=True),
        Column("trip", TEXT, "during which trip, as in trips.id", needed=True),
        Column("driver", TEXT, "whose phone, as in parties.id", needed=True),
        Column("latitude", DEGREES, "where, degrees north, WGS 84", needed=True, secret=True, least=-90),
        Column("longitude", DEGREES, "where, degrees east, WGS 84", needed=True, secret=True, least=-180),
        Column("accuracy_m", WHOLE, "how far it may be off by the phone's own word, metres", least=0),
    ),
)
