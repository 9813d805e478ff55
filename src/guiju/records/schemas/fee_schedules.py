"""An item of the fees a platform published for merchants, over a span of time."""

from guiju.records import AMOUNT, PER_CENT, TEXT, TIME, Column, RecordTable, key

TABLE = RecordTable(
    "fee_schedules",
    __doc__,
    (
        *key("the published item's row"),
        Column("item", TEXT, "what is charged for, as fees.item names it", needed=True),
        Column("category", TEXT, "the merchants' category it holds for; null: every one"),
        Column("tier", TEXT, "the merchants' tier it holds for; null: every one"),
        Column("least_base_amount", AMOUNT, "it holds for bases from here on; null: from nothing", least=0),
        Column("below_base_amount", AMOUNT, "and for bases below this; null: however large", above=0),
        Column("valid_from", TIME, "from when it holds, UTC", needed=True),
        Column("valid_to", TIME, "until when, UTC, exclusive; null: until the item's next row for the same merchants"),
        Column("published_at", TIME, "when merchants could first read it, UTC; it holds no earlier; null: in time"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("rate_pct", PER_CENT, "per cent of the base; null: none", least=0),
        Column("fixed_amount", AMOUNT, "a sum for each service or period, beside the rate; null: none", least=0),
        Column("least_amount", AMOUNT, "the least that is charged for one; null: nothing", least=0),
    ),
    spans=(("valid_from", "valid_to"),),
)
