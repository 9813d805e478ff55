"""What a bank could turn into money at once at the end of a day: a row a kind of liquid asset, before any haircut."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "liquid_assets",
    __doc__,
    (
        *key("the stock's row"),
        Column("bank", TEXT, "whose it is", needed=True),
        Column("occurred_at", TIME, "the day: any moment of it, UTC", needed=True),
        Column("kind", TEXT, "level_1, level_2a, level_2b_rmbs or level_2b, as Basel III sorts them", needed=True),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("amount", AMOUNT, "market value of what is pledged to nobody, before any haircut", needed=True, least=0),
    ),
)
