"""A voucher that a customer was given under a campaign."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "vouchers",
    __doc__,
    (
        *key("the voucher"),
        Column("occurred_at", TIME, "when it was given, UTC", needed=True),
        Column("holder", TEXT, "to whom, as in parties.id", needed=True),
        Column("campaign", TEXT, "under which campaign, as in campaigns.campaign", needed=True),
        Column("policy", TEXT, "the insurance policy it came with; null: none"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("amount", AMOUNT, "what it pays at most", needed=True, above=0),
        Column("min_fare_amount", AMOUNT, "the least fare on which it may be used; null: any", least=0),
        Column("expires_at", TIME, "until when it may be used, UTC; null: it does not expire"),
    ),
    spans=(("occurred_at", "expires_at"),),
)
