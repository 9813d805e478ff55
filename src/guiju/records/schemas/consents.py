"""A person's consent to one collector's use of one field of their information for one purpose, over a span of time."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "consents",
    __doc__,
    (
        *key("the consent's row"),
        Column("person", TEXT, "whose information it is, as in personal_data.person", needed=True),
        Column("collector", TEXT, "to whom it was given, as in personal_data.collector", needed=True),
        Column("purpose", TEXT, "for what, as in personal_data.purpose", needed=True),
        Column("field", TEXT, "of which information, as in personal_data.field", needed=True),
        Column(
            "given_at", TIME, "when it was given, UTC, however long ago; given anew is a row of its own", needed=True
        ),
        Column("withdrawn_at", TIME, "when it was withdrawn or ran out, UTC; null: it still holds"),
        Column("separate", TEXT, "whether it was asked for by itself, apart from other terms: yes or no"),
        Column("given_by", TEXT, "who gave it: person, or guardian (a parent, …)"),
    ),
    spans=(("given_at", "withdrawn_at"),),
)
