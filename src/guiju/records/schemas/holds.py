"""A sum of a party's money that a platform set aside; one row a sum, whatever became of it later (`hold_steps`)."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "holds",
    __doc__,
    (
        *key("the hold"),
        Column("occurred_at", TIME, "when it was set aside, UTC", needed=True),
        Column("party", TEXT, "whose money it is, as in parties.id", needed=True),
        Column(
            "decision", TEXT, "the decision it rests on, as in decisions.id; null: on none, if other holds name one"
        ),
        Column(
            "dispute", TEXT, "what the dispute is about, an order say; all holds for it bear this name", needed=True
        ),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("amount", AMOUNT, "what was set aside", needed=True, above=0),
        Column(
            "disputed_amount",
            AMOUNT,
            "the sum in dispute: what the party would have to give back if the platform were right in everything",
            least=0,
        ),
        Column("expires_at", TIME, "when it ends unless somebody decides, UTC; null: no end was set"),
    ),
    spans=(("occurred_at", "expires_at"),),
)
