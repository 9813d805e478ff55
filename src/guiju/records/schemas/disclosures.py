"""A value of one field that others could read, on a page, in an export or a log, as seen at one moment."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "disclosures",
    __doc__,
    (
        *key("the value's row"),
        Column("occurred_at", TIME, "when it was seen, UTC", needed=True),
        Column("holder", TEXT, "who let it be read: the platform, a shop, …", needed=True),
        Column("place", TEXT, "where: the page, file, interface or log", needed=True),
        Column("field", TEXT, "the field or column there", needed=True),
        Column("audience", TEXT, "who could read it: public, users (any signed in), partner, staff or self"),
        Column("whose", TEXT, "whose the field's values are: person, or company (a hotline, a firm's account, …)"),
        Column("value", TEXT, "the value as it was seen", secret=True),
    ),
)
