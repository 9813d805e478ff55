"""A right to sell a brand's goods, passed from one party to another: from the owner, a dealer, to a shop."""

from guiju.records import TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "authorisations",
    __doc__,
    (
        *key("the authorisation's row"),
        Column("brand", TEXT, "the brand, as in brands.brand", needed=True),
        Column("grantor", TEXT, "who gives it: the owner, or one who was given it", needed=True),
        Column("grantee", TEXT, "who is given it: a dealer, or the shop as in listings.seller", needed=True),
        Column("valid_from", TIME, "from when it holds, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it does not end"),
    ),
    spans=(("valid_from", "valid_to"),),
)
