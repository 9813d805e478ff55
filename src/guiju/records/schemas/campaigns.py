"""A promotion in one region over a span of time: who pays for it, and for what a customer is given it.

A campaign that runs in several regions, or again, has several rows.
"""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "campaigns",
    __doc__,
    (
        *key("the campaign's row"),
        Column(
            "campaign", TEXT, "its name, which marks a trip or an order (trips.campaign, orders.campaign)", needed=True
        ),
        Column("funder", TEXT, "who pays for it, by name", needed=True),
        Column("funder_kind", TEXT, "platform, insurer, agency, seller, …", needed=True),
        Column("region", TEXT, "where it runs: GB/T 2260 or ISO 3166-2; null: everywhere"),
        Column("condition", TEXT, "for what it is given: registration, policy (one was bought), every_trip, …"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("amount", AMOUNT, "what one voucher of it pays at most", needed=True, least=0),
        Column("min_fare_amount", AMOUNT, "the least fare on which a voucher may be used; null: any", least=0),
        Column("valid_from", TIME, "from when it runs, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it does not end"),
        Column("known_at", TIME, "when the platform's own risk control was told of it, UTC; null: from its start"),
    ),
    spans=(("valid_from", "valid_to"),),
)
