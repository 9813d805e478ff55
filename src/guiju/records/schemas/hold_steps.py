"""What became of a part of a hold: it was given back to the party, or taken for good."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "hold_steps",
    __doc__,
    (
        *key("the step"),
        Column("occurred_at", TIME, "when, UTC", needed=True),
        Column("hold", TEXT, "the hold, as in holds.id", needed=True),
        Column(
            "kind",
            TEXT,
            "released (the party has it back, also what had been taken before) or captured (taken for good)",
            needed=True,
        ),
        Column("currency", TEXT, "ISO 4217: the hold's", needed=True),
        Column("amount", AMOUNT, "how much of it", needed=True, above=0),
    ),
)
