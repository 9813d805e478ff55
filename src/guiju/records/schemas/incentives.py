"""What a depositor is given beside the rate: a rebate, a coupon, a prize, a gift."""

from guiju.records import AMOUNT, PER_CENT, TEXT, TIME, WHOLE, Column, RecordTable, key

TABLE = RecordTable(
    "incentives",
    __doc__,
    (
        *key("the incentive"),
        Column("offer", TEXT, "with which offer it comes, as in deposit_offers.id", needed=True),
        Column("kind", TEXT, "rebate, coupon (interest for newcomers, say), prize, gift", needed=True),
        Column("for_whom", TEXT, "all, newcomers (of the platform or bank), or another word, as vip; null: not known"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("amount", AMOUNT, "its value in money, tax included", needed=True, least=0),
        Column("on_amount", AMOUNT, "the least deposit that is given it", needed=True, above=0),
        Column("chance_pct", PER_CENT, "of a prize: the chance of it, per cent; null: not known", least=0),
        Column("paid_days", WHOLE, "days from the deposit until it is paid; null: not known", least=0),
        Column("held_days", WHOLE, "days for which the deposit must be held; null: it need not be", least=0),
        Column("one_of", TEXT, "of an offer's incentives with one word here a deposit is given one; null: all others"),
        Column("funded_by", TEXT, "who pays for it: bank, platform, another"),
        Column("valid_from", TIME, "from when it was given, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: it still is"),
    ),
    spans=(("valid_from", "valid_to"),),
)
