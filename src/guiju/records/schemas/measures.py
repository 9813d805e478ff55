"""A measure that a platform took against a merchant, and the reason that its own records give for it."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "measures",
    __doc__,
    (
        *key("the measure"),
        Column("occurred_at", TIME, "from when it held, or when it was done, UTC", needed=True),
        Column("ended_at", TIME, "when it was lifted or given back, UTC; null: it was not"),
        Column("seller", TEXT, "the merchant", needed=True),
        Column("product", TEXT, "the product it is about, as in products.id; null: the whole shop"),
        Column(
            "kind",
            TEXT,
            "what was done: rank_lowered, traffic_limited, delisted, shop_blocked, fee_raised, fee_added, "
            "deposit_deducted, subsidy_cut, or another word, as warning",
            needed=True,
        ),
        Column(
            "reason",
            TEXT,
            "why: cheaper_elsewhere, price_not_lowered, price_tool_refused (it would not let a tool set its prices), "
            "or another word, as quality; null: not known",
        ),
        Column(
            "agreed",
            TEXT,
            "whether the merchant had agreed to the condition for a campaign of its own choice: yes or no; "
            "null: not known",
        ),
    ),
    spans=(("occurred_at", "ended_at"),),
)
