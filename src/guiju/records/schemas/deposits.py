"""A deposit that somebody made: one sum, at one bank, through one platform; renewed it is a row of its own."""

from guiju.records import AMOUNT, PER_CENT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "deposits",
    __doc__,
    (
        *key("the deposit"),
        Column("bank", TEXT, "the bank that took it", needed=True),
        Column(
            "operator", TEXT, "who runs the platform; of a bank's own app, site or outlet: the bank; null: not known"
        ),
        Column("offer", TEXT, "what was bought, as in deposit_offers.id"),
        Column("depositor", TEXT, "whose it is: one name for one person or company on every platform", needed=True),
        Column("holder", TEXT, "household, company, bank, or manager (a senior manager of this bank); null: not known"),
        Column("kind", TEXT, "time, notice (term and demand in one, 定活两便) or demand", needed=True),
        Column("opened_at", TIME, "when it was made, UTC", needed=True),
        Column("matures_at", TIME, "when it matures, UTC; null: it has no term"),
        Column("closed_at", TIME, "when it was paid out, UTC, exclusive; null: it was not"),
        Column("renews", TEXT, "the deposit that it renews, as in deposits.id; null: none"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("amount", AMOUNT, "what was deposited", needed=True, above=0),
        Column("rate_pct", PER_CENT, "nominal rate a year, not compounded", least=0),
        Column("region", TEXT, "where the depositor was when it was made: GB/T 2260; null: not known"),
        Column("home_region", TEXT, "where the depositor is registered: GB/T 2260"),
    ),
    spans=(("opened_at", "matures_at"), ("opened_at", "closed_at")),
)
