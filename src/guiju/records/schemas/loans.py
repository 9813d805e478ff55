"""A loan that was made: one principal, paid out once, in one borrower's name."""

from guiju.records import AMOUNT, PER_CENT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "loans",
    __doc__,
    (
        *key("the loan"),
        Column("lender", TEXT, "who lent: a bank has one name here and in balances.bank", needed=True),
        Column("borrower", TEXT, "in whose name: one name for one person or company on every platform", needed=True),
        Column("prepayment", TEXT, "what was bought with it, as in prepayments.id; null: nothing that is one"),
        Column("opened_at", TIME, "when it was paid out, UTC", needed=True),
        Column("matures_at", TIME, "when its last payment is due, UTC"),
        Column("closed_at", TIME, "when nothing of it was owed any more: repaid, or undone, UTC; null: some still is"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("principal_amount", AMOUNT, "what was lent", needed=True, above=0),
        Column("rate_pct", PER_CENT, "nominal rate a year, as stated; null: none was", least=0),
    ),
    spans=(("opened_at", "matures_at"), ("opened_at", "closed_at")),
)
