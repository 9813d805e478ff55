"""What one bank owed another at the end of a day: a row a claim."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "interbank_claims",
    __doc__,
    (
        *key("the claim"),
        Column("occurred_at", TIME, "the day: any moment of it, UTC", needed=True),
        Column("creditor", TEXT, "the bank that is owed, as in bank_positions.bank", needed=True),
        Column("debtor", TEXT, "the bank that owes, as in bank_positions.bank", needed=True),
        Column("due_at", TIME, "when it is due, UTC; null: on demand"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("amount", AMOUNT, "what is owed", needed=True, least=0),
    ),
)
