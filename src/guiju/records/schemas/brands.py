"""A brand's name as its owner writes it, registered for one category of goods; another form of it is another row."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "brands",
    __doc__,
    (
        *key("the name's row"),
        Column("brand", TEXT, "the brand, one word for all its forms", needed=True),
        Column("name", TEXT, "the name as its owner writes it: Chinese, Latin, traditional, …", needed=True),
        Column("owner", TEXT, "who owns it, as in authorisations.grantor"),
        Column("category", TEXT, "the goods it is registered for, as in products.category", needed=True),
        Column("ordinary", TEXT, "yes: it is an ordinary word for such goods too; no, or null: it is not"),
        Column("valid_from", TIME, "from when it is registered, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it is still"),
    ),
    spans=(("valid_from", "valid_to"),),
)
