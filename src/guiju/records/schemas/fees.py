"""A sum a platform charged a merchant, or gave back to it."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "fees",
    __doc__,
    (
        *key("the charge"),
        Column("occurred_at", TIME, "when it was charged, or given back, UTC", needed=True),
        Column("seller", TEXT, "the merchant charged", needed=True),
        Column("kind", TEXT, "fee, refund, penalty (under the terms) or deposit", needed=True),
        Column("refund_of", TEXT, "of a refund: the charge it gives back, as in fees.id"),
        Column("item", TEXT, "what was charged for, as the published schedule names it"),
        Column("category", TEXT, "the merchant's category for this schedule"),
        Column("tier", TEXT, "the merchant's tier for this schedule"),
        Column("service", TEXT, "the one service it is for: an order, a campaign, …; null: the item as such"),
        Column("period_start", TIME, "the first moment of the period it is for, UTC; null: the moment charged"),
        Column("period_end", TIME, "the end of that period, UTC, exclusive"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("amount", AMOUNT, "what was charged, tax included", needed=True, least=0),
        Column("tax_amount", AMOUNT, "of it: tax", least=0),
        Column("base_amount", AMOUNT, "what a rate is taken of: sales, the service's value", least=0),
        Column("rendered", TEXT, "whether the service was rendered: yes or no; null: not known"),
    ),
    spans=(("period_start", "period_end"),),
    caps=((("tax_amount",), ("amount",)),),
)
