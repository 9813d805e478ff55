"""A decision that a platform took about one party, by a rule of its own, and what the party was told of it.

Stopping somebody's work is a decision of its own: a row of its own, beside that of the money. A decision about ten
orders is ten rows, one an order. What the party was told is what stood in the message, not what the platform knew.
"""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "decisions",
    __doc__,
    (
        *key("the decision"),
        Column("occurred_at", TIME, "when it was taken, UTC", needed=True),
        Column("party", TEXT, "whom it is about, as in parties.id", needed=True),
        Column("agency", TEXT, "the agency the party worked for then, as in agencies.agency; null: for none"),
        Column("region", TEXT, "where the party works: GB/T 2260 or ISO 3166-2"),
        Column(
            "kind",
            TEXT,
            "what was decided: hold (of money), stop (of work), flag (marked, and nothing done yet), or another word",
            needed=True,
        ),
        Column("order_id", TEXT, "the one order it is about, as in trips.id or orders.order_id; null: no one order"),
        Column("rule", TEXT, "the platform's rule that it rests on, by the name the platform has for it"),
        Column("automated", TEXT, "whether no person looked before it took effect: yes or no"),
        Column("told_at", TIME, "when the party was told of it, UTC; null: it was not"),
        Column("told_rule", TEXT, "whether the party was told which rule or term it rests on: yes or no"),
        Column("told_facts", TEXT, "whether it was told the facts, and which limit they passed: yes or no"),
        Column("told_until", TEXT, "whether it was told until when it holds: yes or no"),
        Column("told_appeal", TEXT, "whether it was told how and until when to appeal: yes or no"),
        Column("group_case", TEXT, "the case in which it was decided with others of one cause; null: it was not"),
        Column("undone_at", TIME, "when the platform took it back, by itself or on appeal, UTC; null: it stands"),
    ),
    spans=(("occurred_at", "told_at"), ("occurred_at", "undone_at")),
)
