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
        Column(
            "whose",
            TEXT,
            "whose they are: person, poster (who put them there to be read) or company (a hotline, …)",
        ),
        Column("value", TEXT, "the value as it was seen", secret=True),
    ),
)
