"""What one party sold in one area, or to one group of customers, in one week; a week in which it sold nothing is a row.

An area is the smallest that is entered or left by itself: what is served from one depot or under one licence, and so is
left by one decision, is one area.
"""

from guiju.records import QUANTITY, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "area_sales",
    __doc__,
    (
        *key("the row"),
        Column("occurred_at", TIME, "when the week began, UTC", needed=True),
        Column("party", TEXT, "who sold: the undertaking that decides where to sell", needed=True),
        Column("market", TEXT, "the goods or services in which such parties compete", needed=True),
        Column("area", TEXT, "the area, or the group of customers", needed=True),
        Column("units", QUANTITY, "units sold; 0: none", least=0),
    ),
)
