"""A company's turnover in a financial year, with which it counts for its group; a group is the sum of its rows."""

from guiju.records import AMOUNT, TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "turnovers",
    __doc__,
    (
        *key("the turnover's row"),
        Column("company", TEXT, "whose turnover it is", needed=True),
        Column("company_group", TEXT, "the group for which it counts", needed=True),
        Column("year", WHOLE, "the calendar year in which the financial year ended", needed=True, least=1990),
        Column(
            "sector", TEXT, "financial where the rules for banks, insurers, securities or futures count it; else null"
        ),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("worldwide_amount", AMOUNT, "turnover worldwide, without sales within the group", least=0),
        Column("china_amount", AMOUNT, "of it: turnover in mainland China", least=0),
        Column("known_at", TIME, "when it was booked, UTC; of two rows for a company and year the later known holds"),
    ),
    caps=((("china_amount",), ("worldwide_amount",)),),
)
