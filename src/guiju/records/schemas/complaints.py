"""What somebody complained about: a lead for whoever looks, and no evidence of anything."""

from guiju.records import TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "complaints",
    __doc__,
    (
        *key("the complaint"),
        Column("occurred_at", TIME, "when it was made, UTC", needed=True),
        Column("region", TEXT, "where: GB/T 2260, ISO 3166-2 or a delivery zone below them"),
        Column("subject", TEXT, "whom it is about: a shop, or the platform"),
        Column("line", WHOLE, "the line of the nine don'ts it was filed under", least=1),
        Column("kind", TEXT, "what it is about, as the office that took it says"),
    ),
)
