"""A figure of a business as its records hold it, or as somebody reported it: what was counted, of whom and when."""

from guiju.records import QUANTITY, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "figures",
    __doc__,
    (
        *key("the figure"),
        Column("occurred_at", TIME, "the moment counted, or the end of the period, UTC", needed=True),
        Column("holder", TEXT, "whose figure it is: the platform, a shop, or a rival", needed=True),
        Column(
            "measure",
            TEXT,
            "what was counted: members, orders, stores, cities, employees, senior_managers, middle_managers, doctors, "
            "cases, turnover (of the twelve months before), market_share_pct, repurchase_pct, praise_pct, years, "
            "reply_minutes, or another word",
            needed=True,
        ),
        Column("amount", QUANTITY, "the figure; null: not known", least=0),
        Column("source", TEXT, "where it is from: own records, a roll, a filing, somebody's report"),
    ),
)
