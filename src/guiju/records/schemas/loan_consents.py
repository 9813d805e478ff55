"""A borrower's consent to a loan as such, as somebody keeps it: the contract signed, or the step agreed to."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "loan_consents",
    __doc__,
    (
        *key("the consent's row"),
        Column("borrower", TEXT, "who consented, as in loans.borrower, on whatever platform", needed=True),
        Column("lender", TEXT, "to a loan by whom, as in loans.lender", needed=True),
        Column("given_at", TIME, "when, UTC", needed=True),
        Column("withdrawn_at", TIME, "when it was withdrawn or ran out, UTC; null: it still holds"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("up_to_amount", AMOUNT, "the greatest principal consented to; null: none was named", above=0),
    ),
    spans=(("given_at", "withdrawn_at"),),
)
