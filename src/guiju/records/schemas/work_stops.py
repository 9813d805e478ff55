"""A span in which a party was given no orders, though it wished for some."""

from guiju.records import TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "work_stops",
    __doc__,
    (
        *key("the stop"),
        Column("occurred_at", TIME, "from when, UTC", needed=True),
        Column("ended_at", TIME, "until when, UTC, exclusive; null: it still lasts"),
        Column("party", TEXT, "who was given none, as in parties.id", needed=True),
        Column("reason", TEXT, "why: balance_below_zero, decision, licence_expired, or another word; null: not known"),
        Column("decision", TEXT, "the decision of its own that it rests on, as in decisions.id; null: on none"),
        Column("refused", WHOLE, "orders that the party asked for within it, or would have been sent", least=0),
    ),
    spans=(("occurred_at", "ended_at"),),
)
