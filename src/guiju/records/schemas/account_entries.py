"""A movement on the account that a party has with a platform and draws its pay from, and what stood there after it."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "account_entries",
    __doc__,
    (
        *key("the entry"),
        Column("occurred_at", TIME, "when, UTC; of one moment they follow one another by id", needed=True),
        Column("party", TEXT, "whose account, as in parties.id", needed=True),
        Column(
            "kind",
            TEXT,
            "why: pay, payout (the party drew it), hold, release, capture, fee, penalty, deposit (security taken from "
            "it), refund (a customer was given the money back), or another word",
            needed=True,
        ),
        Column("hold", TEXT, "the hold, as in holds.id, where it is about one"),
        Column("order_id", TEXT, "the order, as in trips.id or orders.order_id, where it is about one"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("amount", AMOUNT, "what came to the account; below zero: what left it", needed=True),
        Column("balance_amount", AMOUNT, "what the party could draw after it; below zero: what it owed", needed=True),
    ),
)
