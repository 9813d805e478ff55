"""A bank's deposits and size, at the end of a day, as its books state them."""

from guiju.records import AMOUNT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "bank_positions",
    __doc__,
    (
        *key("the statement's row"),
        Column("bank", TEXT, "the bank", needed=True),
        Column("occurred_at", TIME, "the day: any moment of it, UTC", needed=True),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("deposits_amount", AMOUNT, "all deposits, of households, companies and others", least=0),
        Column("savings_amount", AMOUNT, "of them: households' (savings)", least=0),
        Column("assets_amount", AMOUNT, "all assets", least=0),
        Column("interbank_amount", AMOUNT, "what it owes other banks in all", least=0),
    ),
    caps=((("savings_amount",), ("deposits_amount",)),),
)
