"""A member's joining of a network whose members bring in members: who brought it, and what joining cost."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "recruitments",
    __doc__,
    (
        *key("the joining"),
        Column("occurred_at", TIME, "when it joined, UTC", needed=True),
        Column("member", TEXT, "who joined: a store owner, an agent, …", needed=True),
        Column(
            "person", TEXT, "the natural person behind the member, by one name or its digest; null: the member alone"
        ),
        Column("recruiter", TEXT, "the member who brought it; null: nobody did"),
        Column(
            "organiser",
            TEXT,
            "who runs the plan it joined: a company, or a member; null: who stands at the head of its line",
        ),
        Column("order_line", TEXT, "of a starter pack: the order line it was bought by, as in orders.id"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("entry_fee_amount", AMOUNT, "what it paid to join; 0: nothing; null: not known", least=0),
        Column("pack_amount", AMOUNT, "what it paid for the goods one must buy to join; 0: there are none", least=0),
        Column("pack_market_amount", AMOUNT, "what those goods cost who is no member", least=0),
    ),
)
