"""What a bank has or owes at the end of a day, by class and time left: a row a class and number of days.

Without what is in other tables: liquid assets, claims between banks, and the deposits that platforms brought.
"""

from guiju.records import AMOUNT, TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "balance_sheet_items",
    __doc__,
    (
        *key("the item's row"),
        Column("bank", TEXT, "whose balance sheet it is", needed=True),
        Column("occurred_at", TIME, "the day: any moment of it, UTC", needed=True),
        Column(
            "kind",
            TEXT,
            "owed: capital, retail_stable, retail_less_stable, small_business_stable, small_business_less_stable, "
            "operational, corporate_insured, corporate, financial, other_liability; had: loan_retail, loan_corporate, "
            "mortgage, loan_financial, other_asset; promised: commitment_retail, commitment_corporate",
            needed=True,
        ),
        Column("due_days", WHOLE, "days until it is due by contract; null: on demand, or it has no term", least=0),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("amount", AMOUNT, "how much of it", needed=True, least=0),
    ),
)
