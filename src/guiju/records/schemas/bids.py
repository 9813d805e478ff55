"""A bid in a tender."""

from guiju.records import AMOUNT, TEXT, Column, RecordTable, key

TABLE = RecordTable(
    "bids",
    __doc__,
    (
        *key("the bid's row"),
        Column("tender", TEXT, "the tender, as in tenders.id", needed=True),
        Column("bidder", TEXT, "who bids, by one name in all tenders", needed=True),
        Column("amount", AMOUNT, "what it asks, in the tender's currency", above=0),
    ),
)
