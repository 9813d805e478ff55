"""A bank's deposit as a platform showed it, over a span of time."""

from guiju.records import AMOUNT, PER_CENT, TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "deposit_offers",
    __doc__,
    (
        *key("the offer"),
        Column("bank", TEXT, "the bank that takes the deposit", needed=True),
        Column("operator", TEXT, "who runs the platform; of a bank's own app or site: the bank; null: not known"),
        Column("name", TEXT, "what the deposit is called"),
        Column("kind", TEXT, "time, notice (term and demand in one, 定活两便) or demand", needed=True),
        Column("term_months", WHOLE, "months until it matures; null: not known, or it has no term", above=0),
        Column("rate_pct", PER_CENT, "nominal rate a year, paid at maturity, not compounded", needed=True, least=0),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("min_amount", AMOUNT, "the least that can be deposited", least=0),
        Column("place", WHOLE, "where it stood on the shelf, from the top", above=0),
        Column("valid_from", TIME, "from when it was shown, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it still is"),
    ),
    spans=(("valid_from", "valid_to"),),
)
