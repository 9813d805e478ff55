"""A contract put out to tender: what was asked, by whom, and at what it was estimated."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "tenders",
    __doc__,
    (
        *key("the tender"),
        Column("occurred_at", TIME, "when the bids were opened, UTC", needed=True),
        Column("buyer", TEXT, "who asked for bids"),
        Column("market", TEXT, "what is bought and where: tenders of one market have the same bidders to hope for"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("estimate_amount", AMOUNT, "what the buyer thought it would cost, before the bids", above=0),
    ),
)
