"""A price shown to one viewer: on an ordinary visit, or in a probe in which accounts ask alike at one moment."""

from guiju.records import TEXT, TIME, UNIT_PRICE, Column, RecordTable, key

TABLE = RecordTable(
    "quotes",
    __doc__,
    (
        *key("the quote"),
        Column("occurred_at", TIME, "when it was shown, UTC", needed=True),
        Column("seller", TEXT, "the shop whose price it is", needed=True),
        Column("product", TEXT, "the product, as in products.id", needed=True),
        Column("region", TEXT, "where it would be delivered: GB/T 2260, ISO 3166-2 or a delivery zone below them"),
        Column("channel", TEXT, "where it was shown: app, mini programme, shop, …"),
        Column("viewer", TEXT, "the account it was shown to"),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column("price", UNIT_PRICE, "the price asked of the viewer, for one unit", needed=True, above=0),
        Column(
            "named_offer",
            UNIT_PRICE,
            "what is already taken off it under offers the page names (for new customers, for members, a coupon), "
            "for one unit",
            least=0,
        ),
        Column("probe", TEXT, "the probe it is part of: accounts that ask for the same at the same moment; null: none"),
        Column(
            "profile",
            TEXT,
            "what sets the account apart from the probe's controls (known, heavy_spender, member, a device, …); "
            "control: nothing does",
        ),
    ),
)
