"""A paid order line: one product bought by one buyer at one moment, as it stood when it was paid."""

from guiju.records import AMOUNT, QUANTITY, TEXT, TIME, Column, RecordTable, key

FUNDED = ("seller_funded_amount", "platform_funded_amount", "third_party_funded_amount")

TABLE = RecordTable(
    "orders",
    __doc__,
    (
        *key("the order line"),
        Column("order_id", TEXT, "the order the line belongs to; null where every line is an order of its own"),
        Column("occurred_at", TIME, "when it was paid, UTC", needed=True),
        Column("seller", TEXT, "the shop that sold it", needed=True),
        Column("buyer", TEXT, "the customer who bought it"),
        Column("product", TEXT, "the product sold, as in products.id", needed=True),
        Column("region", TEXT, "where it is delivered: GB/T 2260, ISO 3166-2 or a delivery zone below them"),
        Column("channel", TEXT, "where it was bought: app, mini programme, shop, …"),
        Column("campaign", TEXT, "the public campaign whose terms applied"),
        Column("device", TEXT, "the device it was ordered from, as in sign_ins.device"),
        Column("quantity", QUANTITY, "units bought", needed=True, above=0),
        Column("currency", TEXT, "ISO 4217", needed=True),
        Column(
            "gross_amount",
            AMOUNT,
            "quantity × the list price of that moment, before every reduction",
            needed=True,
            least=0,
        ),
        Column("seller_funded_amount", AMOUNT, "the part of all reductions that the seller bears", least=0),
        Column("platform_funded_amount", AMOUNT, "the part of all reductions that the platform bears", least=0),
        Column(
            "third_party_funded_amount",
            AMOUNT,
            "the part of all reductions that a brand, insurer or other bears",
            least=0,
        ),
        Column(
            "undisclosed_amount",
            AMOUNT,
            "of all reductions: taken off by itself, under no published rule",
            least=0,
        ),
        Column("coupon_amount", AMOUNT, "of all reductions: coupons the buyer held", least=0),
        Column("newcomer_amount", AMOUNT, "of all reductions: a published offer to new customers", least=0),
    ),
    caps=(
        (FUNDED, ("gross_amount",)),
        (("undisclosed_amount", "coupon_amount", "newcomer_amount"), FUNDED),
    ),
)
