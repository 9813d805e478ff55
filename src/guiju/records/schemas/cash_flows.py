"""A sum that came into or left the funds of who runs a network, and what was left there."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "cash_flows",
    __doc__,
    (
        *key("the flow"),
        Column("occurred_at", TIME, "when, UTC; of one moment they follow one another by id", needed=True),
        Column("organiser", TEXT, "whose funds, as in recruitments.organiser", needed=True),
        Column(
            "kind",
            TEXT,
            "in: entry (fees, starter packs, what members put in), member_purchase (further goods a member bought), "
            "outside_sale (goods who is no member bought), service (fees of others), capital (owners, lenders); out: "
            "payout (commissions, bonuses, returns), refund (an entry given back), goods, cost; or another word",
            needed=True,
        ),
        Column("counterparty", TEXT, "from whom or to whom; a member as in recruitments.member"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("amount", AMOUNT, "what came in; below zero: what left", needed=True),
        Column("balance_amount", AMOUNT, "what was in the funds after it"),
    ),
)
