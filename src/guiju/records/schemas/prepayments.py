"""Something sold for goods to be had later: a voucher, a prepayment, a discount card, goods on instalments."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "prepayments",
    __doc__,
    (
        *key("the sale"),
        Column("occurred_at", TIME, "when it was sold, UTC", needed=True),
        Column("seller", TEXT, "who sold it: a shop, or the platform itself", needed=True),
        Column("buyer", TEXT, "who bought it, as in loans.borrower", needed=True),
        Column(
            "sold_as", TEXT, "as what it was sold: voucher, prepayment, discount_card, instalments, or another word"
        ),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("price_amount", AMOUNT, "its price as the buyer was told it, after every reduction", above=0),
        Column("face_amount", AMOUNT, "what goods can be had for it, at their list price", above=0),
    ),
)
