"""One payment of a loan's schedule: what is due on one day, and what was paid of it."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "repayments",
    __doc__,
    (
        *key("the payment's row"),
        Column("loan", TEXT, "the loan, as in loans.id", needed=True),
        Column("due_at", TIME, "when it is due, UTC", needed=True),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("due_amount", AMOUNT, "what is due: principal, interest and fees", needed=True, least=0),
        Column("paid_at", TIME, "when the last of it was paid, UTC; null: not all of it was"),
        Column("paid_amount", AMOUNT, "what was paid of it up to now; null: not known", least=0),
        Column("payer", TEXT, "who paid: borrower, seller (of what was bought with the loan), or another word"),
    ),
)
