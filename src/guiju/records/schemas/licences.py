"""A licence, with a shop it covers; one that covers several shops has a row for each."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "licences",
    __doc__,
    (
        *key("the licence's row"),
        Column("seller", TEXT, "the shop it covers", needed=True),
        Column("holder", TEXT, "who holds it: the shop itself, or the head office whose branch it is"),
        Column("kind", TEXT, "what it allows, as in requirements.licence", needed=True),
        Column("valid_from", TIME, "from when it holds, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it does not end"),
        Column("extended_to", TIME, "until when it went on beyond that while renewal was decided, as recorded, UTC"),
        Column("revoked_at", TIME, "when it was revoked or given up, UTC; null: it was not"),
        Column("known_at", TIME, "when the platform learned of it, UTC; it counts from when it holds all the same"),
    ),
    spans=(("valid_from", "valid_to"),),
)
