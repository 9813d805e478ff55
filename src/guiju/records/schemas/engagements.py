"""A driver's contract over a span of time: with an agency, or with the platform itself."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "engagements",
    __doc__,
    (
        *key("the engagement's row"),
        Column("driver", TEXT, "who drives, as in parties.id", needed=True),
        Column("agency", TEXT, "the agency under contract, as in agencies.agency; null: the platform itself"),
        Column("region", TEXT, "where the driver drives: GB/T 2260 or ISO 3166-2"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("deposit_amount", AMOUNT, "the security deposit that the driver paid", least=0),
        Column("valid_from", TIME, "from when, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it still holds"),
    ),
    spans=(("valid_from", "valid_to"),),
)
