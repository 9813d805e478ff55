"""An act of financial business that a firm did on a platform, seen on one day."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

ACTS = ("marketing", "contract", "suitability", "advice", "funds", "ledger", "promise")

TABLE = RecordTable(
    "financial_business",
    __doc__,
    (
        *key("the observation's row"),
        Column("occurred_at", TIME, "the day: any moment of it, UTC", needed=True),
        Column("firm", TEXT, "who did it, as in financial_licences.holder", needed=True),
        Column("business", TEXT, "which business: deposits, lending, insurance, payment, or another word", needed=True),
        Column(
            "act",
            TEXT,
            "what the firm did: marketing (showing, advertising, linking to), contract (its signing), suitability (its "
            "test), advice, funds (holding them or passing them on), ledger (keeping the accounts), promise (of "
            "interest, cover or repayment)",
            needed=True,
        ),
        Column("institution", TEXT, "whose product it was, as in financial_licences.holder; null: the firm's own"),
        Column("entrusted", TEXT, "whether that institution entrusted the firm with it: yes or no; null: not known"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("amount", AMOUNT, "what customers put in, borrowed or paid by it; null: not known", least=0),
    ),
)
