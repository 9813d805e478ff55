"""What one party sold in one area, or to one group of customers, in one week; a week in which it sold nothing is a row.

Areas with one `depot` are opened and closed together: of such areas one is counted.
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
        Column(
            "depot",
            TEXT,
            "the depot, team or licence from which the party serves the area: what is closed at once; the area's own "
            "name where it is served by itself",
        ),
        Column("units", QUANTITY, "units sold; 0: none", least=0),
    ),
)
