"""What the depositors that one platform brought had at one bank at the end of a day."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "balances",
    __doc__,
    (
        *key("the balance's row"),
        Column("bank", TEXT, "the bank at which it stood", needed=True),
        Column(
            "operator", TEXT, "who runs the platform; of a bank's own app, site or outlet: the bank; null: not known"
        ),
        Column("occurred_at", TIME, "the day: any moment of it, UTC", needed=True),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("amount", AMOUNT, "what stood there at the end of the day", needed=True, least=0),
        Column("known_at", TIME, "when this was stated, UTC; null: with the day; the last stated of a day counts"),
    ),
)
