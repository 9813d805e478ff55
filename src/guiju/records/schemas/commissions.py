"""A sum that a member of a network earned, and what for: somebody's joining, or a sale."""

from guiju.records import AMOUNT, TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "commissions",
    __doc__,
    (
        *key("the commission"),
        Column("occurred_at", TIME, "when it was earned, UTC", needed=True),
        Column("member", TEXT, "who earned it, as in recruitments.member", needed=True),
        Column(
            "cause",
            TEXT,
            "what for: recruitment (somebody joined), headcount (how many are below), member_purchase (a member below "
            "bought for itself), member_sale (a member below sold to who is no member), own_sale (it sold to who is no "
            "member), own_purchase (given back on what it bought for itself), or another word",
            needed=True,
        ),
        Column("caused_by", TEXT, "the member who joined, bought or sold, as in recruitments.member; null: no one"),
        Column(
            "level", WHOLE, "over how many levels: 1 for whom it brought itself, 2 for theirs, …; 0: its own", least=0
        ),
        Column("order_line", TEXT, "the order line it was paid on, as in orders.id"),
        Column("recruitment", TEXT, "the joining it was paid on, as in recruitments.id"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("amount", AMOUNT, "what was earned; below zero: taken back", needed=True),
        Column("base_amount", AMOUNT, "what a rate was taken of: the sale, the fee, the pack", least=0),
    ),
)
