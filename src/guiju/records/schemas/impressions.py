"""What a platform showed of a seller over a span of time, a day or a week: its exposure, and on what terms."""

from guiju.records import AMOUNT, QUANTITY, TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "impressions",
    __doc__,
    (
        *key("the seller's row"),
        Column("occurred_at", TIME, "when the span began, UTC", needed=True),
        Column("ended_at", TIME, "when it ended, UTC, exclusive", needed=True),
        Column("seller", TEXT, "whose goods were shown", needed=True),
        Column("impressions", WHOLE, "times they were shown, whatever the page; 0: not once", needed=True, least=0),
        Column("search_rank", QUANTITY, "their place in search results, on average; 1 is the first", least=1),
        Column("commission_pct", QUANTITY, "the commission rate the seller was charged, per cent", least=0),
        Column("currency", TEXT, "ISO 4217, of the spend", needed=True),
        Column("spend_amount", AMOUNT, "what the seller spent on being shown: advertising, paid places", least=0),
        Column("unavailable_pct", QUANTITY, "goods out of stock or shop closed, per cent of the span", least=0),
        Column("cancelled_pct", QUANTITY, "orders the seller did not fulfil, per cent of its orders", least=0),
    ),
    spans=(("occurred_at", "ended_at"),),
)
