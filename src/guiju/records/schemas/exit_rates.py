"""What a deposit that was offered pays if it is taken out before it matures: the rate from so many days held on."""

from guiju.records import PER_CENT, TEXT, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "exit_rates",
    __doc__,
    (
        *key("the step's row"),
        Column("offer", TEXT, "the offer, as in deposit_offers.id", needed=True),
        Column("held_days", WHOLE, "from how many days held on, until the next step", needed=True, least=0),
        Column("rate_pct", PER_CENT, "rate a year for all of the time held, not compounded", needed=True, least=0),
    ),
)
