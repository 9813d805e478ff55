"""A licence for one kind of financial business, as its register has it; one that allows several has a row for each."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "financial_licences",
    __doc__,
    (
        *key("the licence's row"),
        Column("holder", TEXT, "who holds it: one name for one firm on every platform", needed=True),
        Column("business", TEXT, "what it allows, as in financial_business.business", needed=True),
        Column("valid_from", TIME, "from when it holds, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it does not end"),
        Column("extended_to", TIME, "until when it went on beyond that while renewal was decided, as recorded, UTC"),
        Column("revoked_at", TIME, "when it was revoked or given up, UTC; null: it was not"),
    ),
    spans=(("valid_from", "valid_to"),),
)
